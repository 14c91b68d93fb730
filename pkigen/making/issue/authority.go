package issue

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/cloudflare/cfssl/config"
	"github.com/cloudflare/cfssl/csr"
	"github.com/cloudflare/cfssl/signer"
	"github.com/cloudflare/cfssl/signer/local"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// The extensions that name the signer's key, and what a certificate may be used for.
var (
	oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// authority is a CA that can sign. It does not change, so any number of
// goroutines may use it.
type authority struct {
	name  string
	cert  *x509.Certificate
	key   crypto.Signer
	keyID string // the AKI extension of what it signs, in hex as cfssl wants it
}

// newAuthority checks that a certificate and a key make a CA, which cfssl does
// not: it signs with a leaf, or with a key that does not fit.
func newAuthority(name string, cert *x509.Certificate, key crypto.Signer) (*authority, error) {
	switch {
	case cert == nil:
		return nil, fmt.Errorf("the certificate of the CA %q is not there", name)
	case key == nil:
		return nil, fmt.Errorf("the private key of the CA %q is not there", name)
	case !pkey.IsCA(cert):
		return nil, fmt.Errorf("the certificate of %q is not a CA", name)
	case !plan.CanSign(cert):
		return nil, fmt.Errorf("the certificate of the CA %q lacks the usage %q", name, "cert sign")
	case !pkey.Same(cert.PublicKey, key.Public()):
		return nil, fmt.Errorf("the private key of the CA %q does not fit its certificate", name)
	}
	id := cert.SubjectKeyId
	if len(id) == 0 {
		if id = pkey.ID(cert.PublicKey); id == nil {
			return nil, fmt.Errorf("the CA %q has a kind of key that is not known", name)
		}
	}
	value, err := asn1.Marshal(struct {
		ID []byte `asn1:"tag:0"`
	}{id})
	if err != nil {
		return nil, fmt.Errorf("the key id of the CA %q: %w", name, err)
	}
	return &authority{name: name, cert: cert, key: key, keyID: hex.EncodeToString(value)}, nil
}

// sign makes a leaf from its request. The dates are the plan's, never cfssl's
// own clock.
func (a *authority) sign(c *plan.Certificate, csrPEM []byte) ([]byte, error) {
	if err := checkWithin(c, a.name, a.cert.NotBefore, a.cert.NotAfter); err != nil {
		return nil, err
	}
	usages := c.Usages
	if unlimited(c) {
		usages = []string{"client auth"} // cfssl signs none without; asPlanned takes it out
	}
	profile := &config.SigningProfile{
		Usage:              usages,
		Expiry:             c.NotAfter.Sub(c.NotBefore), // only to be valid: the request has dates
		ExtensionWhitelist: map[string]bool{oidAuthorityKeyID.String(): true},
	}
	// The same profile stands as the default, since cfssl falls back to that one
	// without a word.
	policy := &config.Signing{Default: profile, Profiles: map[string]*config.SigningProfile{c.Profile: profile}}
	certPEM, err := cfsslSign(a.key, a.cert, policy, signer.SignRequest{
		Request:   string(csrPEM),
		Profile:   c.Profile,
		NotBefore: c.NotBefore,
		NotAfter:  c.NotAfter,
		// crypto/x509 leaves the key id out when signer and leaf have one subject,
		// and OpenSSL then takes the leaf for self-signed (cfssl issue 743).
		Extensions: []signer.Extension{{ID: config.OID(oidAuthorityKeyID), Value: a.keyID}},
	})
	if err != nil {
		return nil, err
	}
	return a.asPlanned(c, certPEM)
}

// asPlanned is a certificate of cfssl's with the subject of the plan byte for byte: cfssl
// writes each in one order and one kind of string, and what was adopted keeps its own. It
// keeps too that it has no usages.
func (a *authority) asPlanned(c *plan.Certificate, certPEM []byte) ([]byte, error) {
	raw, err := c.RawSubject()
	if err != nil {
		return nil, err
	}
	made, err := parseCertificate(certPEM)
	if err != nil || bytes.Equal(made.RawSubject, raw) && !unlimited(c) {
		return certPEM, err
	}
	template := &x509.Certificate{RawSubject: raw, SerialNumber: made.SerialNumber, NotBefore: made.NotBefore, NotAfter: made.NotAfter,
		SignatureAlgorithm: made.SignatureAlgorithm, ExtraExtensions: made.Extensions}
	if unlimited(c) {
		template.ExtraExtensions = slices.DeleteFunc(template.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(oidExtKeyUsage) })
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, made.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// selfSign makes a root as `cfssl gencert -initca` does.
func selfSign(c *plan.Certificate, key crypto.Signer, csrPEM []byte) ([]byte, error) {
	policy := &config.Signing{Default: &config.SigningProfile{
		Usage:        []string{"cert sign", "crl sign"},
		Expiry:       c.NotAfter.Sub(c.NotBefore),
		CAConstraint: config.CAConstraint{IsCA: true},
	}}
	return cfsslSign(key, nil, policy, signer.SignRequest{
		Request: string(csrPEM), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
	})
}

// cfsslSign is the one place where cfssl signs. SignRequest.Hosts stays nil: an
// empty list would take all names away.
func cfsslSign(key crypto.Signer, ca *x509.Certificate, policy *config.Signing, req signer.SignRequest) (certPEM []byte, err error) {
	err = guard("sign the certificate", func() error {
		s, err := local.NewSigner(key, ca, plan.SignatureOf(key.Public()), policy)
		if err != nil {
			return err
		}
		certPEM, err = s.Sign(req)
		return err
	})
	return certPEM, err
}

// request makes the certificate request of a certificate for its key.
func request(c *plan.Certificate, key crypto.Signer) (csrPEM []byte, err error) {
	req := &csr.CertificateRequest{CN: c.Subject.CN, Names: names(c.Subject)}
	if c.IsCA() {
		// As in the JSON form of cfssl: it makes the request ask for the CA flag.
		req.CA = &csr.CAConfig{}
	} else {
		for _, h := range c.Hosts {
			req.Hosts = append(req.Hosts, h.String())
		}
	}
	// Never csr.ParseRequest, which panics where Generate returns an error.
	err = guard("make the certificate request", func() error {
		csrPEM, err = csr.Generate(key, req)
		return err
	})
	return csrPEM, err
}

// names are the fields below the common name, as cfssl's "names" holds them.
func names(s spec.Subject) []csr.Name {
	n := csr.Name{C: s.C, ST: s.ST, L: s.L, O: s.O, OU: s.OU}
	if csr.IsNameEmpty(n) {
		return nil
	}
	out := []csr.Name{n}
	for _, o := range s.MoreOs() {
		out = append(out, csr.Name{O: o})
	}
	return out
}

// parseCertificate reads one certificate that was just made.
func parseCertificate(certPEM []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(certPEM)
	if block == nil {
		return nil, errors.New("what cfssl made is not PEM")
	}
	return pkey.ParseCertificate(block.Bytes)
}
