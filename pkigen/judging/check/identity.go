package check

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/survey"
)

const (
	apiserver  = "kube-apiserver"
	nodePrefix = "system:node:"
)

// identity judges the subject: of a client of the API it is the user and its
// groups, of others nobody reads it.
func (c *checker) identity(seat *survey.Seat, leaf *x509.Certificate) {
	if seat.Entry == programs.Other {
		return
	}
	want := expected(seat)
	have := leaf.Subject
	if !slices.Contains(seat.Entry.Purposes, catalog.Client) || !isUser(seat) {
		// One that bears its CA's name has that finding.
		if seat.Want != nil && have.CommonName != want.CN && !bytes.Equal(leaf.RawSubject, leaf.RawIssuer) {
			c.addAs(Warning, findings.IdentityUser, seat.Cert.Path, seat, have.CommonName, want.CN)
		}
		return
	}
	switch node, isNode := strings.CutPrefix(want.CN, nodePrefix); {
	case have.CommonName == "":
		if want.CN == "" && seat.Entry.Subject != nil {
			want.CN = seat.Entry.Subject(&spec.Cluster{}, &spec.Node{Name: "NODE"}).CN
		}
		c.add(findings.EmptyCN, seat.Cert.Path, seat, want.CN)
	case have.CommonName == want.CN, want.CN == "":
		c.groups(seat, leaf, want.O)
	case isNode && strings.HasPrefix(have.CommonName, nodePrefix):
		c.add(findings.NodeName, seat.Cert.Path, seat, strings.TrimPrefix(have.CommonName, nodePrefix), node)
	default:
		c.add(findings.IdentityUser, seat.Cert.Path, seat, have.CommonName, want.CN)
	}
}

// identityOf is whom the API server takes a certificate for: its user and its
// groups, in whatever order and form they are written.
func identityOf(cert *x509.Certificate) string {
	return strings.Join(append([]string{cert.Subject.CommonName}, slices.Sorted(slices.Values(cert.Subject.Organization))...), "\x00")
}

// isUser reports whether somebody reads the subject as a user.
func isUser(seat *survey.Seat) bool {
	return seat.Entry.Domain != catalog.Etcd
}

// groups judges the groups of the right user.
func (c *checker) groups(seat *survey.Seat, leaf *x509.Certificate, want string) {
	have := leaf.Subject.Organization
	if want != "" && !slices.Contains(have, want) && !c.admin(seat, have) {
		c.add(findings.IdentityGroup, seat.Cert.Path, seat, strings.Join(have, ", "), want)
		return
	}
	if want == catalog.Masters || !slices.Contains(have, catalog.Masters) {
		return
	}
	severity := Warning
	if c.admin(seat, have) {
		severity = Note // as all guides had it before kubeadm v1.29
	}
	c.addAs(severity, Masters, seat.Cert.Path, seat)
}

// admin: people may be administrators by either group.
func (c *checker) admin(seat *survey.Seat, have []string) bool {
	return seat.Want == nil && seat.Entry.KnownGroup != "" && slices.Contains(have, seat.Entry.KnownGroup)
}

// expected is the identity that a seat must have. Without answers it is the
// catalogue's, where other programs know it by heart; an empty CN is any.
func expected(seat *survey.Seat) spec.Subject {
	if seat.Want != nil {
		return seat.Want.Subject
	}
	if seat.Entry.Subject == nil {
		return spec.Subject{}
	}
	want := seat.Entry.Subject(&spec.Cluster{}, &spec.Node{Name: seat.Node})
	switch {
	case seat.Entry.AnyCN:
		want.CN = ""
	case seat.Entry.Each && seat.Node == "":
		want.CN = "" // nobody knows which node it is
		if leaf := seat.Leaf(); leaf != nil && strings.HasPrefix(leaf.Subject.CommonName, nodePrefix) {
			want.CN = nodePrefix + strings.ToLower(strings.TrimPrefix(leaf.Subject.CommonName, nodePrefix))
		}
	case seat.Entry.Each && strings.HasPrefix(want.CN, nodePrefix):
		want.CN = strings.ToLower(want.CN)
	}
	return want
}

// usages asks for what the role is used for. Without the extension everything
// is allowed (RFC 5280, 4.2.1.12).
func (c *checker) usages(seat *survey.Seat, leaf *x509.Certificate) {
	for _, p := range seat.Entry.Purposes {
		usage, word := x509.ExtKeyUsageServerAuth, "server auth"
		if p == catalog.Client {
			usage, word = x509.ExtKeyUsageClientAuth, "client auth"
		}
		if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 && !slices.Contains(leaf.ExtKeyUsage, usage) &&
			!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
			c.add(findings.UsageMissing, seat.Cert.Path, seat, word)
		}
	}
}
