package verify

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/plan"
)

// set is one verification on its way.
type set struct {
	plan  *plan.Plan
	now   time.Time
	files *reader

	clusterCA func() ([]byte, error) // what kubeconfigs have to trust
	signers   map[string]*signer     // CAs by name, proven before what they sign

	// What was proven; written after all checks of a certificate.
	names   int            // server names tried
	chained map[string]int // leaves by the common name of their CA
	keys    int
	closed  []string // private keys behind a passphrase that the run did not need
	renewed int      // compared with those before them
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

func newSet(p *plan.Plan, made map[string][]byte, read func(string) ([]byte, error), now time.Time) *set {
	s := &set{plan: p, now: now, files: newReader(read, made),
		signers: map[string]*signer{}, chained: map[string]int{}}
	s.clusterCA = sync.OnceValues(func() ([]byte, error) { return s.trusted(p.Layout.CAs[catalog.Kubernetes]) })
	return s
}

// prove checks the CAs one after another, since a chain is built on them, and
// then all leaves at the same time.
func (s *set) prove() ([]string, error) {
	var leaves []*plan.Certificate
	for i := range s.plan.Certificates {
		c := &s.plan.Certificates[i]
		if !c.IsCA() {
			if c.IsCertificate() {
				leaves = append(leaves, c)
			}
			continue
		}
		cert, _, err := s.certificate(c)
		if err != nil {
			return nil, err
		}
		s.signers[c.Name] = newSigner(cert)
		s.proven(c)
	}
	if err := s.leaves(leaves); err != nil {
		return nil, err
	}
	if err := s.signingConfig(); err != nil {
		return nil, err
	}
	err := parallel.Each(len(s.plan.Files), runtime.GOMAXPROCS(0), func(i int) error { return s.file(&s.plan.Files[i]) })
	if err != nil {
		return nil, err
	}
	if err := s.copies(); err != nil {
		return nil, err
	}
	return s.proofs(), nil
}

// leaves checks all leaves, with all places of each. The error is that of the first
// in the plan's order.
func (s *set) leaves(leaves []*plan.Certificate) error {
	err := parallel.Each(len(leaves), runtime.GOMAXPROCS(0), func(i int) (err error) {
		defer caught(leaves[i].Place(catalog.Cert), &err)
		_, have, err := s.certificate(leaves[i])
		if err != nil {
			return err
		}
		return s.copiesOf(leaves[i], &have)
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
	switch {
	case c.Sealed && c.Locked():
		s.closed = append(s.closed, c.Files.Key)
	case c.Place(catalog.Key) != "":
		s.keys++
	}
	if c.Cert.Writes() && c.OldCert != nil {
		s.renewed++
	}
	if slices.Contains(c.Entry.Purposes, catalog.Server) {
		s.names += len(c.Hosts)
	}
}

// certificate checks the certificate, then what lies beside it. It changes
// nothing of the set, and may be called from several goroutines.
func (s *set) certificate(c *plan.Certificate) (*x509.Certificate, parts, error) {
	have, err := s.parts(c)
	if err != nil {
		return nil, have, err
	}
	cert, err := ownCertificate(c, c.Place(catalog.Cert), &have)
	if err != nil {
		return nil, have, err
	}
	for _, check := range []func(*plan.Certificate, *x509.Certificate) error{
		checkKind, checkSubject, checkNames, checkUsages, checkDates, s.checkSigner, checkHostnames,
	} {
		if err := check(c, cert); err != nil {
			return nil, have, fmt.Errorf("%s: %w", c.Place(catalog.Cert), err)
		}
	}
	if c.Cert == plan.Keep && c.OldCert != nil && !cert.Equal(c.OldCert) {
		return nil, have, fmt.Errorf("%s: is another certificate than the one that the plan keeps", c.Place(catalog.Cert))
	}
	if err := s.checkKey(c, cert, have.key); err != nil {
		return nil, have, err
	}
	if err := checkDifferences(c, cert); err != nil {
		return nil, have, err
	}
	if err := s.request(c, cert); err != nil {
		return nil, have, err
	}
	return cert, have, s.requestJSON(c)
}

// checkDifferences holds what was said of a renewal against what was made.
func checkDifferences(c *plan.Certificate, cert *x509.Certificate) error {
	if !c.Cert.Writes() || c.OldCert == nil {
		return nil
	}
	if said, is := c.Differences(), plan.Compare(c.OldCert, cert); !reflect.DeepEqual(said, is) {
		return fmt.Errorf("%s: is not as the plan says it differs from the one before it: %+v, planned %+v", c.Place(catalog.Cert), is, said)
	}
	return nil
}

// checkKey makes sure that the private key is that of the certificate, and that a
// kept one is still the key that was there. One behind a passphrase that nobody gave is
// there, and that is all that can be said of it.
func (s *set) checkKey(c *plan.Certificate, cert *x509.Certificate, keyPEM []byte) error {
	path := c.Place(catalog.Key)
	if path == "" {
		return nil
	}
	if c.Sealed != plan.IsEncrypted(keyPEM) {
		return fmt.Errorf("%s: whether it is behind a passphrase is not as planned", path)
	}
	key, err := s.plan.Unseal(keyPEM)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case key == nil:
		return nil
	case !pkey.Same(key.Public(), cert.PublicKey):
		return fmt.Errorf("%s: does not fit %s", path, c.Place(catalog.Cert))
	case c.Key == plan.Keep && c.OldKey != nil && !pkey.Same(key.Public(), c.OldKey.Public()):
		return fmt.Errorf("%s: is another private key than the one that the plan keeps", path)
	}
	if c.Key.Writes() {
		if alg := pkey.Algorithm(key.Public()); alg != string(c.Certificate.Key) {
			return fmt.Errorf("%s: is a %s key, %s was planned", path, alg, c.Certificate.Key)
		}
	}
	return nil
}

// request checks the certificate request: made with the same key, for the same
// names. The signature of one that this run has made was checked by its signer.
func (s *set) request(c *plan.Certificate, cert *x509.Certificate) error {
	path := c.Files.CSR
	if path == "" {
		return nil
	}
	data, err := s.files.file(path)
	if err != nil {
		return err
	}
	block, err := onePEM(path, data, "CERTIFICATE REQUEST")
	if err != nil {
		return err
	}
	req, err := pkey.ParseRequest(block.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if s.files.made[path] == nil {
		if err := req.CheckSignature(); err != nil {
			return fmt.Errorf("%s: its signature is wrong: %w", path, err)
		}
	}
	if !pkey.Same(req.PublicKey, cert.PublicKey) {
		return fmt.Errorf("%s: is for another key than %s", path, c.Place(catalog.Cert))
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
	case a.Verb == plan.Refuse:
		return fmt.Errorf("%s: was refused by the plan: %s", a.Path, a.Reason)
	case a.Verb == plan.Remove:
		if _, err := s.files.read(a.Path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: is still there, though it is to go", a.Path)
		}
	case a.Verb != plan.Keep && a.Data != nil:
		sum, err := s.files.sum(a.Path)
		if err != nil {
			return err
		}
		if sum != render.SumOf(a.Data) {
			return fmt.Errorf("%s: is not what was planned", a.Path)
		}
	}
	return nil
}
