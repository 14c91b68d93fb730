package role

import "certwright/pkigen/spec"

// Layouts are the ways to arrange a cluster's certificates that can be chosen,
// in the order in which they are offered.
var Layouts = []Layout{article}

// FindLayout finds a layout by its name in the answers. The result is shared:
// it must not be changed.
func FindLayout(name string) (*Layout, bool) {
	for i := range Layouts {
		if Layouts[i].Name == name {
			return &Layouts[i], true
		}
	}
	return nil, false
}

// Certificates is what the layout makes of a cluster, signers before what they
// sign. The cluster may be incomplete: what is not answered yet stays empty.
func (l *Layout) Certificates(c *spec.Cluster) []Certificate {
	out := make([]Certificate, 0, len(l.Roles))
	for i := range l.Roles {
		if l.Roles[i].Kind == Authority {
			out = append(out, l.certificate(&l.Roles[i], c))
		}
	}
	for i := range l.Roles {
		if l.Roles[i].Kind == Leaf {
			out = append(out, l.certificate(&l.Roles[i], c))
		}
	}
	return out
}

func (l *Layout) certificate(p *Placed, c *spec.Cluster) Certificate {
	cert := Certificate{
		Role:    &p.Role,
		Name:    p.Name,
		Subject: p.Subject(c),
		Key:     c.Key,
		Profile: p.Profile,
		Expiry:  c.CA.Expiry,
		Signer:  p.Signer,
		Files:   p.Files,
	}
	if p.Hosts != nil {
		cert.Hosts = p.Hosts(c)
	}
	if p.Kind == Leaf {
		profile, _ := c.Profile(p.Profile)
		cert.Usages, cert.Expiry = profile.Usages, profile.Expiry
	}
	return cert
}

// Paths are all files that the layout knows in a directory of this cluster, in
// the order in which they are shown: the config, then for each certificate its
// request JSON, request, key and certificate.
func (l *Layout) Paths(c *spec.Cluster) []string {
	paths := []string{l.Config}
	for _, cert := range l.Certificates(c) {
		f := cert.Files
		for _, p := range []string{f.Request, f.CSR, f.Key, f.Cert} {
			if p != "" {
				paths = append(paths, p)
			}
		}
	}
	return paths
}
