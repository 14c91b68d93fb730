package verify

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"sync"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/making/plan"
)

// reader reads files, and remembers the sum of each: what several checks only
// compare is read once. Several goroutines may use it.
type reader struct {
	read func(path string) ([]byte, error)
	made map[string][]byte
	mu   sync.Mutex
	sums map[string]render.Sum
}

func newReader(read func(string) ([]byte, error), made map[string][]byte) *reader {
	return &reader{read: read, made: made, sums: map[string]render.Sum{}}
}

// file reads a file that must be there and not be empty. Where this run has made
// it, it must have these bytes.
func (r *reader) file(path string) ([]byte, error) {
	data, err := r.read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s: is empty", path)
	}
	if made, ok := r.made[path]; ok && !bytes.Equal(data, made) {
		return nil, fmt.Errorf("%s: is not as it was made", path)
	}
	sum := render.SumOf(data)
	r.mu.Lock()
	r.sums[path] = sum
	r.mu.Unlock()
	return data, nil
}

// sum is that of a file, which is read for it where it was not read before.
func (r *reader) sum(path string) (render.Sum, error) {
	if sum, ok := r.known(path); ok {
		return sum, nil
	}
	if _, err := r.file(path); err != nil {
		return render.Sum{}, err
	}
	sum, _ := r.known(path)
	return sum, nil
}

func (r *reader) known(path string) (sum render.Sum, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum, ok = r.sums[path]
	return sum, ok
}

// parts are what the files of one certificate hold, read once.
type parts struct {
	cert, key []byte             // PEM; no key where none lies here
	config    *kubeconfig.Config // the first kubeconfig, where that embeds them
}

// parts reads the certificate and its key from where they are first to be found.
func (s *set) parts(c *plan.Certificate) (p parts, err error) {
	if c.Embedded() {
		if p.config, err = s.config(c.Place(catalog.Cert)); err == nil {
			p.cert, p.key = p.config.Cert, p.config.Key
		}
		return p, err
	}
	if p.cert, err = s.files.file(c.Place(catalog.Cert)); err != nil {
		return p, err
	}
	if path := c.Place(catalog.Key); path != "" {
		p.key, err = s.files.file(path)
	}
	return p, err
}

// config reads a kubeconfig.
func (s *set) config(path string) (*kubeconfig.Config, error) {
	data, err := s.files.file(path)
	if err != nil {
		return nil, err
	}
	k, err := kubeconfig.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &k, nil
}

// ownCertificate is that of a certificate's first file. One that was adopted may hold
// others beside it, a leaf behind it and a CA in any order: it is that of the key then.
func ownCertificate(c *plan.Certificate, path string, have *parts) (*x509.Certificate, error) {
	if !c.AsFound {
		return parseCertificate(path, have.cert)
	}
	certs, _ := pkey.Certificates(have.cert)
	if !c.IsCA() {
		certs = certs[:min(1, len(certs))]
	}
	public := crypto.PublicKey(nil)
	if key, err := plan.ParsePrivateKey(have.key); err == nil {
		public = key.Public()
	} else if c.OldCert != nil {
		public = c.OldCert.PublicKey
	}
	for _, cert := range certs {
		if pkey.Same(cert.PublicKey, public) {
			return cert, nil
		}
	}
	return nil, fmt.Errorf("%s: does not hold the certificate of its private key", path)
}

// parseCertificate reads a text with one certificate and nothing else: cfssl
// refuses a CA file with two.
func parseCertificate(path string, data []byte) (*x509.Certificate, error) {
	block, err := onePEM(path, data, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := pkey.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cert, nil
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
