package check

import (
	"crypto/sha256"
	"crypto/x509"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

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
		c.add(findings.KubeconfigCertStale, seat.Config.Path, seat, n.path)
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
// have expired.
func (c *checker) tokens() {
	known := map[[sha256.Size]byte]bool{}
	for _, f := range c.site.Files {
		if f.Config != nil {
			continue
		}
		for _, t := range f.Tokens {
			known[t.Sum] = true
			if !t.Ends.IsZero() && !c.now.Before(t.Ends) && !f.Odd(scan.SetAside) {
				c.add(findings.TokenEnded, f.Path, nil, plan.Minute(t.Ends))
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
				c.add(findings.TokenMismatch, f.Path, nil)
			}
		}
	}
}
