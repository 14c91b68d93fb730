package check

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// placed looks whether a seat has what it needs, and reports whether its
// certificate or key pair can be judged further.
func (c *checker) placed(seat *survey.Seat) bool {
	for _, p := range []survey.Place{seat.Config, seat.Cert} {
		if isBroken(p.File) {
			return false // the file has its finding
		}
	}
	ok := true
	if seat.Entry.Kind != catalog.KeyPair && seat.Entry.Kind != catalog.Token {
		ok = c.certPlaced(seat)
	}
	c.keyPlaced(seat, ok)
	if seat.Public.Missing() {
		c.add(findings.KeyMissing, seat.Public.Path, seat, seat.Name())
		ok = false
	}
	return ok
}

func (c *checker) certPlaced(seat *survey.Seat) bool {
	f := seat.Cert.File
	switch {
	case seat.Cert.Path == "":
		return false // not looked at: outside of the directory, or a seat of its own
	case f == nil && pointed(seat):
		return false // whoever uses the kubeconfig misses it
	case f == nil:
		c.add(findings.CertMissing, seat.Cert.Path, seat, seat.Name())
		return false
	case seat.Leaf() != nil:
		return true
	case seat.Cert.Field != "" && f.Odd(scan.ConfigInsecure):
		return false // which has its finding, and hides what else is in it
	case seat.Cert.Field != "":
		if f.Config == nil && len(f.Tokens) == 0 {
			c.add(scan.ConfigBroken, seat.Cert.Path, seat, "it is something else")
		} else if !pointed(seat) && len(f.Tokens) == 0 {
			c.add(findings.CertMissing, seat.Cert.Path, seat, seat.Name())
		}
	case f.Holds(scan.PrivateKey):
		c.add(findings.SwappedFiles, seat.Cert.Path, seat, scan.PrivateKey, scan.Certificate)
	case f.Holds(scan.Request):
		c.add(findings.RequestForCert, seat.Cert.Path, seat)
	case f.Holds(scan.PublicKey):
		c.add(findings.SwappedFiles, seat.Cert.Path, seat, scan.PublicKey, scan.Certificate)
	default:
		c.add(scan.PEMBroken, seat.Cert.Path, seat, "no certificate in it")
	}
	return false
}

// pointed reports whether a kubeconfig names its certificate by a path.
func pointed(seat *survey.Seat) bool {
	return seat.Config.File != nil && seat.Config.File.Config != nil && seat.Config.File.Config.CertFile != ""
}

// keyPlaced looks at the private key; certFine reports whether the certificate is one.
func (c *checker) keyPlaced(seat *survey.Seat, certFine bool) {
	f := seat.Key.File
	switch {
	case seat.Key.Path == "", isBroken(f), !certFine && seat.Entry.Kind != catalog.KeyPair:
		return
	case f == nil && pointed(seat):
		return
	case f == nil && seat.Entry.Kind == catalog.Authority && (seat.By == survey.ByFlag || seat.Want != nil && c.site.Layout != nil && catalog.NodeOf(seat.Key.Path) != ""):
		c.add(findings.SigningKeyMissing, seat.Key.Path, seat, seat.Entry.Name)
		return
	case f == nil && seat.Entry.Kind == catalog.Authority:
		c.add(caKeyAway, seat.Key.Path, seat, seat.Name())
		return
	case f == nil && c.spare[seat.Key.Path]:
		c.addAs(Warning, findings.KeyMissing, seat.Key.Path, seat, seat.Name())
		return
	case f == nil:
		c.add(findings.KeyMissing, seat.Key.Path, seat, seat.Name())
		return
	}
	switch key := seat.Private(); {
	case seat.Entry.Kind == catalog.Token, key == nil && len(f.Tokens) > 0:
	case key == nil && f.Holds(scan.Certificate) && seat.Key.Path != seat.Cert.Path:
		c.add(findings.SwappedFiles, seat.Key.Path, seat, scan.Certificate, scan.PrivateKey)
	case key == nil && f.Holds(scan.PublicKey):
		c.add(findings.SwappedFiles, seat.Key.Path, seat, scan.PublicKey, scan.PrivateKey)
	case key == nil:
		c.add(findings.KeyMissing, seat.Key.Path, seat, seat.Name())
	case seat.Leaf() != nil && !keyOf(key, seat):
		c.add(findings.KeyMismatch, seat.Key.Path, seat, seat.Cert.Path)
	}
}

// keyOf reports whether a key is that of the certificate; beside what a machine
// trusts lies the key of the CA that signs, which is one of those.
func keyOf(key crypto.PublicKey, seat *survey.Seat) bool {
	if seat.Entry.Kind != catalog.Authority {
		return pkey.Same(key, seat.Leaf().PublicKey)
	}
	return slices.ContainsFunc(seat.Cert.File.Certs(seat.Cert.Field), func(c *x509.Certificate) bool { return pkey.Same(key, c.PublicKey) })
}

// pair judges a service account key pair by what kube-apiserver loads
// (k8s.io/client-go/util/keyutil, ParsePublicKeysPEM and ParsePrivateKeyPEM).
func (c *checker) pair(seat *survey.Seat) {
	private := seat.Private()
	if private != nil && !tokenKey(private) {
		c.add(findings.SAKind, seat.Key.Path, seat, fmt.Sprintf("its key is of the kind %T", private))
		return
	}
	if seat.Public.File == nil || isBroken(seat.Public.File) {
		return
	}
	publics, why := tokenPublics(seat.Public.File)
	switch {
	case why != "":
		c.add(findings.SAKind, seat.Public.Path, seat, why)
	case private != nil && !slices.ContainsFunc(publics, func(p crypto.PublicKey) bool { return pkey.Same(private, p) }):
		c.add(findings.SAMismatch, seat.Public.Path, seat, seat.Key.Path)
	}
}

func tokenKey(pub crypto.PublicKey) bool {
	switch pub.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return true
	}
	return false
}

// tokenPublics are the keys by which tokens are checked, or why there are none.
func tokenPublics(f *scan.File) ([]crypto.PublicKey, string) {
	var out []crypto.PublicKey
	for i := range f.Blocks {
		b := &f.Blocks[i]
		public := b.Public
		if b.Cert != nil {
			public = b.Cert.PublicKey
		}
		_, ec := public.(*ecdsa.PublicKey)
		switch {
		case public == nil:
			continue
		case !tokenKey(public):
			return nil, fmt.Sprintf("its key is of the kind %T", public)
		case b.Label == "RSA PUBLIC KEY", ec && b.Label == "PRIVATE KEY":
			return nil, "its PEM block is " + (&pem.Block{Type: b.Label}).Type
		}
		out = append(out, public)
	}
	if len(out) == 0 {
		return nil, "no key in it"
	}
	return out, ""
}
