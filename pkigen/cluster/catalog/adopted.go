package catalog

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// LayoutOf is the layout that the answers of a cluster choose. For an adopted
// directory it is made of the lines that say what is in it; any other is shared,
// and must not be changed.
func LayoutOf(c *spec.Cluster) (*Layout, bool) {
	if c.Layout == adoption.Layout {
		return adopted(c), true
	}
	return FindLayout(c.Layout)
}

// Adopted is the layout of adopted directories as far as it is the same for all:
// without any certificate.
func Adopted() *Layout { return adopted(&spec.Cluster{}) }

// adopted makes the layout that a directory has: each certificate where it lies,
// with the names that it has.
func adopted(c *spec.Cluster) *Layout {
	l := &Layout{
		Name:  adoption.Layout,
		Title: "a directory that was made elsewhere, as it is",
		Text: "Every file stays where it lies and keeps its name; what a certificate says stays too, unless the answers change it. " +
			"The answers are those that certwright adopt has read off the files.",
		AsFound:  true,
		Answers:  true,
		CAs:      map[Domain]string{},
		Profiles: kubeadmProfiles,
	}
	for i := range c.Adopted {
		a := &c.Adopted[i]
		p, ok := placeAdopted(a)
		if !ok {
			continue
		}
		l.Entries = append(l.Entries, p)
		for _, name := range a.Roles {
			// Servers and clients may have CAs of their own: kubeconfigs hold the servers'.
			if r := CatalogueEntry(name); r != nil && r.Kind == Leaf && (l.CAs[r.Domain] == "" || r.Told(id.KubeAPIServer, "--tls-cert-file")) {
				l.CAs[r.Domain] = a.Signer
			}
		}
	}
	l.partPeers()
	return l
}

// partPeers takes from other CAs what the one of etcd's peers is for, where there is one.
func (l *Layout) partPeers() {
	if l.Find(peerAuthority.Name) == nil {
		return
	}
	for i := range l.Entries {
		if p := &l.Entries[i]; p.Kind == Authority && !slices.Contains(p.Found.Roles, peerAuthority.Name) {
			p.Uses = slices.DeleteFunc(p.Uses, func(u Use) bool {
				return slices.ContainsFunc(peerAuthority.Uses, func(o Use) bool { return u.Component == o.Component && u.Flag == o.Flag })
			})
		}
	}
}

// placeAdopted is one line as an entry of the layout: all entries of the catalogue
// that it has, in one; false where it has none that the catalogue knows.
func placeAdopted(a *spec.Adopted) (Placed, bool) {
	var p Placed
	for _, name := range a.Roles {
		r := CatalogueEntry(name)
		switch {
		case r == nil:
			continue
		case p.Kind == "":
			p.Entry = *r
			p.Name, p.Each, p.When, p.Uses, p.Purposes = a.Name, false, nil, nil, nil
		}
		p.On |= r.On
		for _, u := range r.Uses {
			p.addUses(u, len(a.Configs) > 0)
		}
		for _, purpose := range r.Purposes {
			if !slices.Contains(p.Purposes, purpose) {
				p.Purposes = append(p.Purposes, purpose)
			}
		}
		if p.Kubeconfig == nil {
			p.Kubeconfig = r.Kubeconfig
		}
	}
	if p.Kind == "" {
		return Placed{}, false
	}
	p.Found, p.Profile, p.Signer = a, a.Profile, a.Signer
	if p.Kind == Authority {
		p.Signer = a.Name
	}
	p.Subject = func(*spec.Cluster, *spec.Node) spec.Subject { return a.Subject }
	if p.Kind == KeyPair {
		p.Subject = nil
	}
	p.Hosts = func(c *spec.Cluster, n *spec.Node) []spec.Host { return adoptedHosts(a.Names, c, n) }
	p.Files = func(*spec.Cluster, *spec.Node) Files { return adoptedFiles(a) }
	return p, true
}

// addUses adds a use, and for a certificate in files those by which a kubeconfig
// names them: nobody knows how the kubeconfigs of other folders hold it.
func (p *Placed) addUses(u Use, config bool) {
	u.When = nil // what is there is in use
	if u.File != Config || config {
		p.Uses = append(p.Uses, u)
		return
	}
	for _, more := range []Use{{Component: u.Component, Flag: ConfigCert, File: Cert}, {Component: u.Component, Flag: ConfigKey, File: Key}} {
		if !p.Told(more.Component, more.Flag) {
			p.Uses = append(p.Uses, more)
		}
	}
}

// wholeCatalogue are all entries that a directory may have, also those that no layout has.
var wholeCatalogue = func() []*Entry {
	out := []*Entry{&peerAuthority}
	for i := range threeCA.Entries {
		out = append(out, &threeCA.Entries[i].Entry)
	}
	return out
}()

// CatalogueEntry is an entry of the whole catalogue by its name; nil for none.
func CatalogueEntry(name string) *Entry {
	for _, r := range wholeCatalogue {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Authority is the name of the CA of a domain; of etcd's peers that of their own CA, where
// it is another one than that of etcd's clients.
func (r *Entry) Authority(apart bool) string {
	if apart && r.Domain == Etcd && r.Told(id.Etcd, "--peer-cert-file") {
		return peerAuthority.Name
	}
	return authorities[r.Domain].Name
}

// adoptedFiles are the files of a line.
func adoptedFiles(a *spec.Adopted) Files {
	var f Files
	take := func(part Part, paths []string, first *string) {
		for i, p := range paths {
			if i == 0 {
				*first = p
			} else {
				f.Copies = append(f.Copies, Copy{part, p})
			}
		}
	}
	take(Cert, a.Certs, &f.Cert)
	take(Key, a.Keys, &f.Key)
	take(Public, a.Publics, &f.Public)
	for _, p := range a.Configs {
		f.Configs = append(f.Configs, ConfigFile{Path: p, Node: a.Node, AsFound: true})
	}
	return f
}

// adoptedHosts puts the answers in the place of the words among names.
func adoptedHosts(names []string, c *spec.Cluster, n *spec.Node) []spec.Host {
	var l hostList
	for _, name := range names {
		for _, h := range Expand(name, c, n) {
			l.add(h)
		}
	}
	return l.hosts
}

// Expand is what one name of an adopted certificate stands for: itself, or what
// the answers have for one of adoption.Words. n is the certificate's node; nil for
// none.
func Expand(name string, c *spec.Cluster, n *spec.Node) []spec.Host {
	var l hostList
	switch name {
	case adoption.Node:
		if n != nil {
			l.node(n)
		}
	case adoption.Addresses:
		if n != nil {
			l.addr(n.Addresses...)
		}
	case adoption.Nodes:
		for i := range c.Nodes {
			if m := &c.Nodes[i]; m.Roles&(spec.ControlPlane|spec.Etcd) != 0 {
				l.addr(m.Addresses...)
			}
		}
	case adoption.Service:
		for _, p := range c.ServiceSubnets {
			l.addr(spec.FirstServiceAddr(p))
		}
	case adoption.Endpoint:
		l.addr(c.Endpoint.Host.Addr)
		l.name(c.Endpoint.Host.Name)
	case adoption.SANs:
		for _, h := range c.SANs {
			l.add(h)
		}
	default:
		if before, ok := strings.CutSuffix(name, adoption.Domain); ok {
			name = before + c.DNSDomain
		}
		if a, err := netip.ParseAddr(name); err == nil {
			l.addr(a)
		} else {
			l.name(name)
		}
	}
	return l.hosts
}

// own sets what the line of an adopted certificate says in the place of other
// answers.
func (c *Certificate) own(a *spec.Adopted) {
	c.AsFound = true
	if a.Algorithm != "" {
		c.Key = a.Algorithm
	}
	if a.Usages != nil {
		c.Usages = a.Usages
	}
	if a.Expiry > 0 {
		c.Expiry = a.Expiry
	}
}

// checkAdopted judges the lines by the catalogue, the nodes and the profiles.
func checkAdopted(c *spec.Cluster) []problem.Problem {
	var ps []problem.Problem
	for i := range c.Adopted {
		a := &c.Adopted[i]
		say := func(code problem.Code, args ...any) {
			ps = append(ps, problem.Problem{Code: code, Key: adoption.CertificatesKey, Line: a.Line, Args: args})
		}
		leaf := false
		for _, name := range a.Roles {
			r := CatalogueEntry(name)
			if r == nil {
				say(spec.AdoptedRole, name, a.Name, spec.Nearest(name, roleNames(), len(name)))
			}
			leaf = leaf || r != nil && r.Kind == Leaf
		}
		if a.Node != "" && node(c, a.Node) == nil {
			say(spec.AdoptedNode, a.Node, a.Name)
		}
		_, known := c.Profile(a.Profile)
		switch {
		case !leaf:
		case a.Signer == "":
			say(spec.AdoptedLacks, a.Name, "signer")
		case a.Profile == "":
			say(spec.AdoptedLacks, a.Name, "profile")
		case !known:
			say(problem.ChoiceUnknown, a.Profile, profileNames(c))
		}
	}
	return ps
}

func profileNames(c *spec.Cluster) string {
	var out []string
	for _, p := range c.Profiles {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}

func roleNames() []string {
	var out []string
	for _, r := range wholeCatalogue {
		out = append(out, r.Name)
	}
	return out
}

// node is a node by its name; nil for none.
func node(c *spec.Cluster, name string) *spec.Node {
	for i := range c.Nodes {
		if c.Nodes[i].Name == name {
			return &c.Nodes[i]
		}
	}
	return nil
}
