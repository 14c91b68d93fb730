package verify

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"certwright/pkigen/plan"
	"certwright/pkigen/role"
)

// set is one verification on its way.
type set struct {
	plan *plan.Plan
	read func(path string) ([]byte, error)
	now  time.Time

	certs   map[string]*x509.Certificate // by name, signers first
	names   int                          // server names tried
	chained map[string]int               // leaves by the common name of their CA
	keys    int
}

func newSet(p *plan.Plan, read func(string) ([]byte, error), now time.Time) *set {
	return &set{plan: p, read: read, now: now,
		certs: map[string]*x509.Certificate{}, chained: map[string]int{}}
}

func (s *set) prove() ([]string, error) {
	for i := range s.plan.Certificates {
		if err := s.certificate(&s.plan.Certificates[i]); err != nil {
			return nil, err
		}
	}
	for i := range s.plan.Files {
		if err := s.file(&s.plan.Files[i]); err != nil {
			return nil, err
		}
	}
	if err := s.config(); err != nil {
		return nil, err
	}
	return s.proofs(), nil
}

// certificate checks the certificate, then what lies beside it.
func (s *set) certificate(c *plan.Certificate) error {
	certPEM, cert, err := s.readCertificate(c.Files.Cert)
	if err != nil {
		return err
	}
	for _, check := range []func(*plan.Certificate, *x509.Certificate) error{
		checkKind, checkSubject, checkNames, checkUsages, checkDates, s.checkSigner, s.checkHostnames,
	} {
		if err := check(c, cert); err != nil {
			return fmt.Errorf("%s: %w", c.Files.Cert, err)
		}
	}
	s.certs[c.Name] = cert
	if err := s.privateKey(c, certPEM); err != nil {
		return err
	}
	if err := s.request(c, cert); err != nil {
		return err
	}
	return s.requestJSON(c)
}

// readCertificate reads a file with one certificate and nothing else: cfssl
// refuses a CA file with two.
func (s *set) readCertificate(path string) ([]byte, *x509.Certificate, error) {
	data, block, err := s.readPEM(path, "CERTIFICATE")
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, cert, nil
}

// readPEM reads a file with exactly one PEM block of a type.
func (s *set) readPEM(path, blockType string) ([]byte, *pem.Block, error) {
	data, err := s.readFile(path)
	if err != nil {
		return nil, nil, err
	}
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, nil, fmt.Errorf("%s: has no PEM block, a %q was expected", path, blockType)
	case block.Type != blockType:
		return nil, nil, fmt.Errorf("%s: has a PEM block %q, a %q was expected", path, block.Type, blockType)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, nil, fmt.Errorf("%s: has more after its %q block", path, blockType)
	}
	return data, block, nil
}

// readFile reads a file that must be there and not be empty.
func (s *set) readFile(path string) ([]byte, error) {
	data, err := s.read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s: is empty", path)
	}
	return data, nil
}

// privateKey loads the pair as a server would, and makes sure that a kept key
// is still the key that was there. Errors of crypto/tls do not quote keys.
func (s *set) privateKey(c *plan.Certificate, certPEM []byte) error {
	path := c.Files.Key
	if path == "" {
		return nil
	}
	keyPEM, err := s.readFile(path)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return fmt.Errorf("%s: does not fit %s: %w", path, c.Files.Cert, err)
	}
	if c.Key == plan.Keep && c.OldKey != nil && !publicEqual(pair.Leaf.PublicKey, c.OldKey.Public()) {
		return fmt.Errorf("%s: is another private key than the one that the plan keeps", path)
	}
	if made(c.Key) {
		if alg := plan.Algorithm(pair.Leaf.PublicKey); alg != string(c.Certificate.Key) {
			return fmt.Errorf("%s: is a %s key, %s was planned", path, alg, c.Certificate.Key)
		}
	}
	s.keys++
	return nil
}

// request checks the certificate request: made with the same key, for the same
// names.
func (s *set) request(c *plan.Certificate, cert *x509.Certificate) error {
	path := c.Files.CSR
	if path == "" {
		return nil
	}
	_, block, err := s.readPEM(path, "CERTIFICATE REQUEST")
	if err != nil {
		return err
	}
	req, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := req.CheckSignature(); err != nil {
		return fmt.Errorf("%s: its signature is wrong: %w", path, err)
	}
	if !publicEqual(req.PublicKey, cert.PublicKey) {
		return fmt.Errorf("%s: is for another key than %s", path, c.Files.Cert)
	}
	if !made(c.CSR) {
		return nil
	}
	if err := sameSubject(req.Subject, c.Subject); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := sameNames(c, sans{req.DNSNames, req.IPAddresses, req.EmailAddresses, req.URIs}, true); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// file checks that a file whose bytes the plan knew has these bytes, and that a
// kept certificate is the one that was there.
func (s *set) file(a *plan.Action) error {
	switch {
	case a.Verb == plan.Refuse:
		return fmt.Errorf("%s: was refused by the plan: %s", a.Path, a.Reason)
	case a.Verb != plan.Keep && a.Data != nil:
		data, err := s.readFile(a.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, a.Data) {
			return fmt.Errorf("%s: is not what was planned", a.Path)
		}
	case a.Verb == plan.Keep && a.Part == role.Cert:
		c, cert := s.plan.Find(a.Certificate), s.certs[a.Certificate]
		if c != nil && cert != nil && c.OldCert != nil && !cert.Equal(c.OldCert) {
			return fmt.Errorf("%s: is another certificate than the one that the plan keeps", a.Path)
		}
	}
	return nil
}

// made tells whether a verb makes something new.
func made(v plan.Verb) bool {
	return v == plan.Create || v == plan.Renew || v == plan.Replace
}

// publicEqual compares two public keys.
func publicEqual(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}
