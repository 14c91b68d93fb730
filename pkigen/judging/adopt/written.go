package adopt

import (
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/making/plan"
)

// What a certificate says, in the words of the answers, and whether these can say
// all of it.

// subjectOf is the subject of a certificate.
func subjectOf(c *x509.Certificate) spec.Subject {
	first := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return list[0]
	}
	n := &c.Subject
	s := spec.Subject{CN: n.CommonName, C: first(n.Country), ST: first(n.Province), L: first(n.Locality),
		O: first(n.Organization), OU: first(n.OrganizationalUnit)}
	if len(n.Organization) > 1 {
		for _, o := range n.Organization[1:] {
			s.AddO(o)
		}
	}
	return s
}

// spelled reports whether the answers can say each field that they know.
func spelled(c *x509.Certificate) bool {
	s := subjectOf(c)
	a := spec.Adopted{Name: "x", Roles: []string{id.CA}, Certs: []string{"c"}, Keys: []string{"k"}, Subject: s}
	_, ps := spec.ParseAdopted(adoption.CertificatesKey, a.String())
	return !problem.HasErrors(ps) && plan.SameSubject(c.Subject, s)
}

// further reports whether a subject has fields that the answers do not know.
func further(c *x509.Certificate) bool {
	n := &c.Subject
	return len(n.Names) != len(n.Country)+len(n.Province)+len(n.Locality)+len(n.Organization)+len(n.OrganizationalUnit)+1
}

// namesOf are the names of a certificate that a new one can have: DNS names, then
// addresses, each once.
func namesOf(c *x509.Certificate) []string {
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) && spec.IsHost(s) {
			out = append(out, s)
		}
	}
	for _, n := range c.DNSNames {
		add(n)
	}
	for _, ip := range c.IPAddresses {
		add(ip.String())
	}
	return out
}

// oddNames are those that no client can dial, as cfssl makes of a network among
// the hosts: a new certificate goes without them.
func oddNames(c *x509.Certificate) []string {
	return slices.DeleteFunc(slices.Clone(c.DNSNames), spec.IsHost)
}

// usagesOf are the usages in cfssl's words; empty and not nil for none.
func usagesOf(c *x509.Certificate) []string { return append([]string{}, usage.OfCertificate(c)...) }

// known reports whether cfssl writes every usage, and none belongs to CAs alone.
func known(c *x509.Certificate) bool {
	key, _, unknown := usage.Bits(usagesOf(c))
	return len(unknown) == 0 && key&x509.KeyUsageCertSign == 0
}

// profileOf is the profile that a certificate belongs to by what it may do.
func profileOf(c *x509.Certificate) string {
	server := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	client := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	switch {
	case server && client:
		return "peer"
	case server:
		return "server"
	}
	return "client"
}
