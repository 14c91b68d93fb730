package check

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// configCA asks whether the user of a kubeconfig would know the API server.
func (c *checker) configCA(seat *survey.Seat) {
	trusted := seat.Config.File.Certs(scan.FieldCA)
	if name := seat.Config.File.Config.CAFile; name != "" {
		p := c.site.Resolve(seat.Machine, seat.Config.Path, name)
		if p.File == nil || isBroken(p.File) {
			return
		}
		trusted = p.File.Certs("")
	}
	if len(trusted) == 0 || c.trusts(trusted) {
		return
	}
	if ca := c.signers[catalog.Kubernetes]; ca != nil {
		c.add("kubeconfig-ca-stale", seat.Config.Path, seat, ca.Cert.Path)
	}
}

// trusts reports whether an API server is known by one of the CAs. Where there is
// no API server here, its CA has to be among them.
func (c *checker) trusts(trusted []*x509.Certificate) bool {
	seen := false
	for _, seat := range c.apiservers() {
		leaf := seat.Leaf()
		if leaf == nil || c.covered(seat) {
			continue
		}
		seen = true
		if c.chains(leaf, seat.Cert.File.Certs(seat.Cert.Field), trusted) {
			return true
		}
	}
	ca := c.signers[catalog.Kubernetes]
	if seen || ca == nil {
		return !seen
	}
	for _, t := range trusted {
		if pkey.Same(t.PublicKey, ca.Leaf().PublicKey) {
			return true
		}
	}
	return false
}

// chains reports whether one of the CAs signed a certificate, or an intermediate that
// the server sends along with it.
func (c *checker) chains(cert *x509.Certificate, sent, trusted []*x509.Certificate) bool {
	for range len(sent) + 1 {
		if slices.ContainsFunc(trusted, func(ca *x509.Certificate) bool { return pkey.Signed(cert, ca) }) {
			return true
		}
		i := slices.IndexFunc(sent, func(by *x509.Certificate) bool { return by != cert && by.IsCA && pkey.Signed(cert, by) })
		if i < 0 {
			return false
		}
		cert = sent[i]
	}
	return false
}

func (c *checker) apiservers() []*survey.Seat {
	var out []*survey.Seat
	for _, seat := range c.site.Seats {
		if seat.Entry.Name == "apiserver" || seat.Entry.Name == "kubernetes" {
			out = append(out, seat)
		}
	}
	return out
}

// user is whom a client certificate is for, and by whom it was signed.
type user struct{ subject, issuer string }

// fileCerts are the client certificates that have files of their own, the newest
// of each user.
func (c *checker) fileCerts() map[user]newest {
	out := map[user]newest{}
	for _, f := range c.site.Files {
		if f.Odd(scan.SetAside) {
			continue
		}
		for _, cert := range f.Certs("") {
			u := user{identityOf(cert), string(cert.RawIssuer)}
			if have, ok := out[u]; clientOnly(cert) && (!ok || cert.NotBefore.After(have.cert.NotBefore)) {
				out[u] = newest{cert, f.Path}
			}
		}
	}
	return out
}

type newest struct {
	cert *x509.Certificate
	path string
}

// configCert finds a newer certificate of the same user in a file of its own.
func (c *checker) configCert(seat *survey.Seat, files map[user]newest) {
	leaf := seat.Leaf()
	if leaf == nil || seat.Cert.Field == "" || !clientOnly(leaf) {
		return
	}
	n, ok := files[user{identityOf(leaf), string(leaf.RawIssuer)}]
	if ok && n.cert.NotBefore.After(leaf.NotBefore) && n.cert.NotAfter.After(leaf.NotAfter) {
		c.add("kubeconfig-cert-stale", seat.Config.Path, seat, n.path)
	}
}

func clientOnly(cert *x509.Certificate) bool {
	for _, u := range cert.ExtKeyUsage {
		if u == x509.ExtKeyUsageServerAuth {
			return false
		}
	}
	return true
}

// tokens asks whether the token of each bootstrap kubeconfig is known to an API
// server, where a file or a Secret with tokens is here, and tells of those that
// have ended.
func (c *checker) tokens() {
	known := map[[sha256.Size]byte]bool{}
	for _, f := range c.site.Files {
		if f.Config != nil {
			continue
		}
		for _, t := range f.Tokens {
			known[t.Sum] = true
			if !t.Ends.IsZero() && !c.now.Before(t.Ends) && !f.Odd(scan.SetAside) {
				c.add("token-ended", f.Path, nil, stamp(t.Ends))
			}
		}
	}
	if len(known) == 0 {
		return
	}
	for _, f := range c.site.Files {
		if f.Odd(scan.SetAside) {
			continue
		}
		for _, t := range f.Tokens {
			if f.Config != nil && t.ID != "" && !known[t.Sum] {
				c.add("token-mismatch", f.Path, nil)
			}
		}
	}
}
