package verify

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"time"

	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/kubeconfig"
	"certwright/pkigen/pkey"
	"certwright/pkigen/plan"
	"certwright/pkigen/role"
)

// set is one verification on its way.
type set struct {
	plan *plan.Plan
	read func(path string) ([]byte, error)
	now  time.Time

	signers map[string]*signer // CAs by name, proven before what they sign

	// What was proven; written after all checks of a certificate.
	names   int            // server names tried
	chained map[string]int // leaves by the common name of their CA
	keys    int

	untouched int // certificates of nodes that were proven before
}

// signer is a CA that was proven.
type signer struct {
	cert *x509.Certificate
	pool *x509.CertPool // with nothing but the CA
}

func newSigner(cert *x509.Certificate) *signer {
	s := &signer{cert: cert, pool: x509.NewCertPool()}
	s.pool.AddCert(cert)
	return s
}

func newSet(p *plan.Plan, read func(string) ([]byte, error), now time.Time) *set {
	return &set{plan: p, read: read, now: now,
		signers: map[string]*signer{}, chained: map[string]int{}}
}

// prove checks the CAs one after another, since a chain is built on them, and
// then all leaves at the same time.
func (s *set) prove() ([]string, error) {
	var leaves []*plan.Certificate
	for i := range s.plan.Certificates {
		c := &s.plan.Certificates[i]
		if !c.IsCA() {
			if c.Untouched {
				s.untouched++
			} else if c.IsCertificate() {
				leaves = append(leaves, c)
			}
			continue
		}
		cert, err := s.certificate(c)
		if err != nil {
			return nil, err
		}
		s.signers[c.Name] = newSigner(cert)
		s.proven(c)
	}
	if err := s.leaves(leaves); err != nil {
		return nil, err
	}
	for i := range s.plan.Files {
		if err := s.file(&s.plan.Files[i]); err != nil {
			return nil, err
		}
	}
	if err := s.config(); err != nil {
		return nil, err
	}
	if err := s.copies(); err != nil {
		return nil, err
	}
	return s.proofs(), nil
}

// leaves checks all leaves. The error is that of the first in the plan's order.
func (s *set) leaves(leaves []*plan.Certificate) error {
	err := parallel.Each(len(leaves), runtime.GOMAXPROCS(0), func(i int) (err error) {
		defer caught(leaves[i].Place(role.Cert), &err)
		_, err = s.certificate(leaves[i])
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range leaves {
		s.proven(c)
	}
	return nil
}

// caught turns a crash into an error, deferred by what each calls: a crash must
// leave the terminal and the lock to those who clean up.
func caught(place string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s: internal error: %v", place, r)
	}
}

// proven counts what certificate has checked.
func (s *set) proven(c *plan.Certificate) {
	if c.Signer != c.Name {
		s.chained[s.signers[c.Signer].cert.Subject.CommonName]++
	}
	if c.Place(role.Key) != "" {
		s.keys++
	}
	if slices.Contains(c.Role.Purposes, role.Server) {
		s.names += len(c.Hosts)
	}
}

// certificate checks the certificate, then what lies beside it. It changes
// nothing of the set, and may be called from several goroutines.
func (s *set) certificate(c *plan.Certificate) (*x509.Certificate, error) {
	certPEM, cert, err := s.readCertificate(c)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(*plan.Certificate, *x509.Certificate) error{
		checkKind, checkSubject, checkNames, checkUsages, checkDates, s.checkSigner, checkHostnames,
	} {
		if err := check(c, cert); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Place(role.Cert), err)
		}
	}
	if c.Cert == plan.Keep && c.OldCert != nil && !cert.Equal(c.OldCert) {
		return nil, fmt.Errorf("%s: is another certificate than the one that the plan keeps", c.Place(role.Cert))
	}
	if err := s.privateKey(c, certPEM); err != nil {
		return nil, err
	}
	if err := s.request(c, cert); err != nil {
		return nil, err
	}
	return cert, s.requestJSON(c)
}

// readCertificate reads a file with one certificate and nothing else: cfssl
// refuses a CA file with two. What is embedded is read from its first kubeconfig.
func (s *set) readCertificate(c *plan.Certificate) ([]byte, *x509.Certificate, error) {
	path := c.Place(role.Cert)
	data, err := s.readPart(c, role.Cert)
	if err != nil {
		return nil, nil, err
	}
	block, err := onePEM(path, data, "CERTIFICATE")
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, cert, nil
}

// readPart reads a part of a certificate from where it is first to be found.
func (s *set) readPart(c *plan.Certificate, part role.Part) ([]byte, error) {
	path := c.Place(part)
	data, err := s.readFile(path)
	if err != nil || !c.Embedded() {
		return data, err
	}
	k, err := kubeconfig.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if part == role.Key {
		return k.Key, nil
	}
	return k.Cert, nil
}

// readPEM reads a file with exactly one PEM block of a type.
func (s *set) readPEM(path, blockType string) (*pem.Block, error) {
	data, err := s.readFile(path)
	if err != nil {
		return nil, err
	}
	return onePEM(path, data, blockType)
}

// onePEM is the block of a text that has exactly one.
func onePEM(path string, data []byte, blockType string) (*pem.Block, error) {
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%s: has no PEM block, a %q was expected", path, blockType)
	case block.Type != blockType:
		return nil, fmt.Errorf("%s: has a PEM block %q, a %q was expected", path, block.Type, blockType)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("%s: has more after its %q block", path, blockType)
	}
	return block, nil
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
	path := c.Place(role.Key)
	if path == "" {
		return nil
	}
	keyPEM, err := s.readPart(c, role.Key)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return fmt.Errorf("%s: does not fit %s: %w", path, c.Place(role.Cert), err)
	}
	if c.Key == plan.Keep && c.OldKey != nil && !pkey.Same(pair.Leaf.PublicKey, c.OldKey.Public()) {
		return fmt.Errorf("%s: is another private key than the one that the plan keeps", path)
	}
	if c.Key.Writes() {
		if alg := pkey.Algorithm(pair.Leaf.PublicKey); alg != string(c.Certificate.Key) {
			return fmt.Errorf("%s: is a %s key, %s was planned", path, alg, c.Certificate.Key)
		}
	}
	return nil
}

// request checks the certificate request: made with the same key, for the same
// names.
func (s *set) request(c *plan.Certificate, cert *x509.Certificate) error {
	path := c.Files.CSR
	if path == "" {
		return nil
	}
	block, err := s.readPEM(path, "CERTIFICATE REQUEST")
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
	if !pkey.Same(req.PublicKey, cert.PublicKey) {
		return fmt.Errorf("%s: is for another key than %s", path, c.Place(role.Cert))
	}
	if !c.CSR.Writes() {
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

// file checks that a file whose bytes the plan knew has these bytes, and that one
// that is to go is gone.
func (s *set) file(a *plan.Action) error {
	switch {
	case s.plan.Untouched(a.Path):
	case a.Verb == plan.Refuse:
		return fmt.Errorf("%s: was refused by the plan: %s", a.Path, a.Reason)
	case a.Verb == plan.Remove:
		if _, err := s.read(a.Path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: is still there, though it is to go", a.Path)
		}
	case a.Verb != plan.Keep && a.Data != nil:
		data, err := s.readFile(a.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, a.Data) {
			return fmt.Errorf("%s: is not what was planned", a.Path)
		}
	}
	return nil
}
