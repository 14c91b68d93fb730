package catalog

import (
	"cmp"
	"slices"

	"certwright/pkigen/cluster/spec"
)

// Layouts are the ways to arrange a cluster's certificates that can be chosen,
// in the order in which they are offered.
var Layouts = []Layout{threeCA, singleCA, article}

// FindLayout finds a layout by its name in the answers. The result is shared:
// it must not be changed. A cluster may have a layout of its own: see LayoutOf.
func FindLayout(name string) (*Layout, bool) {
	for i := range Layouts {
		if Layouts[i].Name == name {
			return &Layouts[i], true
		}
	}
	return nil, false
}

// Everything is a cluster of one node that plays all roles, in which a layout has each of
// its entries, but for what comes by a token: to read off where things lie.
func Everything(node string, kubeconfigs spec.Kubeconfigs) *spec.Cluster {
	return &spec.Cluster{
		Nodes:       []spec.Node{{Name: node, Roles: spec.ControlPlane | spec.Etcd | spec.Worker}},
		Kubeconfigs: kubeconfigs, SignCSRs: true, ServingCertificates: true,
	}
}

// Certificates is what the layout makes of a cluster, signers before what they
// sign. The cluster may be incomplete: what is not answered yet stays empty.
func (l *Layout) Certificates(c *spec.Cluster) []Certificate {
	out := make([]Certificate, 0, len(l.Entries))
	for i := range l.Entries {
		if l.Entries[i].Kind == Authority {
			out = l.appendCertificates(out, &l.Entries[i], c)
		}
	}
	for i := range l.Entries {
		if l.Entries[i].Kind != Authority {
			out = l.appendCertificates(out, &l.Entries[i], c)
		}
	}
	return out
}

// appendCertificates adds one certificate, or one for each node that it names.
func (l *Layout) appendCertificates(out []Certificate, p *Placed, c *spec.Cluster) []Certificate {
	if p.When != nil && !p.When(c) {
		return out
	}
	if p.Found != nil {
		return append(out, l.certificate(p, c, node(c, p.Found.Node)))
	}
	if !p.Each {
		return append(out, l.certificate(p, c, nil))
	}
	for i := range c.Nodes {
		if n := &c.Nodes[i]; n.Roles&p.On != 0 {
			out = append(out, l.certificate(p, c, n))
		}
	}
	return out
}

func (l *Layout) certificate(p *Placed, c *spec.Cluster, n *spec.Node) Certificate {
	cert := Certificate{
		Entry:   &p.Entry,
		Name:    p.Name,
		Profile: p.Profile,
		Signer:  p.Signer,
		Files:   p.Files(c, n),
	}
	if p.Kind != Token {
		cert.Key = c.Key
	}
	if n != nil {
		cert.Node, cert.Name = n.Name, n.Name+"/"+p.Name
	}
	if p.Subject != nil {
		cert.Subject = p.Subject(c, n)
	}
	if p.Hosts != nil {
		cert.Hosts = p.Hosts(c, n)
	}
	switch p.Kind {
	case Authority:
		cert.Expiry = c.CA.Expiry
	case Leaf:
		profile, _ := c.Profile(p.Profile)
		cert.Usages, cert.Expiry = profile.Usages, profile.Expiry-earlier(c.Spread, cmp.Or(cert.Node, cert.Name))
	}
	if p.Found != nil {
		cert.own(p.Found)
	}
	cert.Usages, cert.Unable = l.Usable(cert.Key, cert.Usages)
	return cert
}

// Usable parts the usages of a profile into those that a certificate of a key gets
// and those that the key cannot do: an ECDSA key enciphers no other key, and its
// certificate must not say so (RFC 8813, section 3).
func (l *Layout) Usable(key spec.KeyAlgorithm, usages []string) (able, unable []string) {
	if l.AllUsages || !key.ECDSA() {
		return usages, nil
	}
	for _, word := range usages {
		switch word {
		case keyEncipherment, dataEncipherment:
			unable = append(unable, word)
		default:
			able = append(able, word)
		}
	}
	if unable == nil {
		return usages, nil
	}
	return able, unable
}

// The usages by which a key enciphers something, in cfssl's words.
const (
	keyEncipherment  = "key encipherment"
	dataEncipherment = "data encipherment"
)

// Paths are all files of certificates that the layout knows in a directory of
// this cluster, in the order in which they are shown: the config, then for each
// certificate its request JSON, request, key and certificate.
func (l *Layout) Paths(c *spec.Cluster) []string { return l.PathsOf(l.Certificates(c)) }

// PathsOf is Paths for the certificates that Certificates gave.
func (l *Layout) PathsOf(certs []Certificate) []string {
	var paths []string
	if l.Config != "" {
		paths = append(paths, l.Config)
	}
	for i := range certs {
		cert := &certs[i]
		for _, part := range []Part{Request, CSR, Key, Public, Cert, Trust, Config} {
			switch {
			case cert.Embedded() && (part == Key || part == Cert):
				continue // in the kubeconfigs
			case part == Trust && !cert.Trusted():
				continue // the same files
			}
			paths = append(paths, cert.Places(part)...)
		}
	}
	return paths
}

// CA is the name of the CA entry that serves a domain: a layout with one CA and
// no table has that one for all. It is "" for no domain.
func (l *Layout) CA(d Domain) string {
	if d == "" {
		return ""
	}
	if name := l.CAs[d]; name != "" {
		return name
	}
	for i := range l.Entries {
		if l.Entries[i].Kind == Authority {
			return l.Entries[i].Name
		}
	}
	return ""
}

// Verifier is the name of the CA by which a program checks where a flag tells it: that of
// the domain, or one that is told by no other flag.
func (l *Layout) Verifier(d Domain, component, flag string) string {
	name := l.CA(d)
	for i := range l.Entries {
		if p := &l.Entries[i]; d != "" && p.Kind == Authority && p.Told(component, flag) {
			if own := l.Find(name); own == nil || !own.Told(component, flag) {
				return p.Name
			}
		}
	}
	return name
}

// Find is the entry of the layout that does the work of an entry of the catalogue:
// the one of its name, or the one that is told to the same program by the same
// flag. It is nil where the layout leaves it out.
func (l *Layout) Find(name string) *Placed {
	for i := range l.Entries {
		if p := &l.Entries[i]; p.Name == name || p.Found != nil && slices.Contains(p.Found.Roles, name) {
			return p
		}
	}
	if l.AsFound {
		return nil // its lines say all entries
	}
	for _, p := range threeCA.Entries {
		if p.Name != name || len(p.Uses) == 0 {
			continue
		}
		for i := range l.Entries {
			if l.Entries[i].Told(p.Uses[0].Component, p.Uses[0].Flag) {
				return &l.Entries[i]
			}
		}
	}
	return nil
}

// Told reports whether a program is told about a file of the entry by this flag.
func (r *Entry) Told(component, flag string) bool {
	return slices.ContainsFunc(r.Uses, func(u Use) bool { return u.Component == component && u.Flag == flag })
}
