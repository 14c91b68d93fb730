package pkigen

import (
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
)

// MadeFor reports whether a directory was made for one of two clusters rather than for
// the other, by what lies there of that in which they differ: a certificate that only
// one of them has, and a name that it has in one of them alone.
func (d Dir) MadeFor(one, other *spec.Cluster) bool {
	l, known := catalog.LayoutOf(one)
	if !known {
		return false
	}
	tree, err := store.Open(string(d))
	if err != nil {
		return false // who reads the set says why it cannot be read
	}
	defer tree.Close()
	certs, others := l.Certificates(one), l.Certificates(other)
	return shows(tree, certs, others) && !shows(tree, others, certs)
}

// shows reports whether something lies there that only certs have, and not others.
func shows(tree *store.Tree, certs, others []catalog.Certificate) bool {
	in := make(map[string]*catalog.Certificate, len(others))
	for i := range others {
		in[others[i].Name] = &others[i]
	}
	own := map[string][]spec.Host{} // by path, the names of a certificate; none for a file that is enough
	for i := range certs {
		c := &certs[i]
		switch o := in[c.Name]; {
		case o == nil:
			own[c.Place(catalog.Key)] = nil
		case !c.Embedded():
			if names := hostsWithout(c.Hosts, o.Hosts); len(names) > 0 {
				own[c.Place(catalog.Cert)] = names
			}
		}
	}
	paths := make([]string, 0, len(own))
	for path := range own {
		paths = append(paths, path)
	}
	have, err := tree.Read(paths)
	if err != nil {
		return false
	}
	for path, names := range own {
		if file, there := have[path]; there && (names == nil || hasAny(file.Data, names)) {
			return true
		}
	}
	return false
}

// hostsWithout are those of a list that another one has not.
func hostsWithout(list, other []spec.Host) []spec.Host {
	known := make(map[spec.Host]bool, len(other))
	for _, h := range other {
		known[h] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(h spec.Host) bool { return known[h] })
}

// hasAny reports whether a certificate has one of the names.
func hasAny(text []byte, names []spec.Host) bool {
	certs, _ := pkey.Certificates(text)
	return slices.ContainsFunc(certs, func(c *x509.Certificate) bool {
		return slices.ContainsFunc(names, func(h spec.Host) bool { return c.VerifyHostname(h.String()) == nil })
	})
}
