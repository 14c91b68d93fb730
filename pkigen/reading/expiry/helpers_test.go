package expiry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"certwright/pkigen/reading/certinfo"
)

const day = 24 * time.Hour

// now is the moment of the tests. The certificates carry whole seconds.
var now = time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)

// issuer signs the certificates of a test, and may be a CA below another.
type issuer struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

var serial int64

func (by *issuer) sign(t testing.TB, c *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, []byte) {
	t.Helper()
	serial++
	c.SerialNumber = big.NewInt(serial)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// authorityFor makes a CA that begins and ends so far from now; a nil key is made.
func (by *issuer) authorityFor(t testing.TB, cn string, begin, end time.Duration, key *ecdsa.PrivateKey) *issuer {
	t.Helper()
	if key == nil {
		key = newKey(t)
	}
	a := &issuer{t: t, key: key}
	a.cert, a.pem = by.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: cn}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.Add(begin), NotAfter: now.Add(end)}, key)
	return a
}

// leaf makes a certificate that begins and ends so far from now.
func (by *issuer) leaf(cn string, begin, end time.Duration) []byte {
	by.t.Helper()
	_, text := by.sign(by.t, &x509.Certificate{Subject: pkix.Name{CommonName: cn},
		NotBefore: now.Add(begin), NotAfter: now.Add(end), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, newKey(by.t))
	return text
}

func kubeconfig(ca, cert []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    certificate-authority-data: %s\n"+
		"users:\n- name: u\n  user:\n    client-certificate-data: %s\n", b64(ca), b64(cert))
}

// folder writes files into a directory of its own, and goes there, so that the
// paths are as short as those of the table.
func folder(t testing.TB, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

func scan(t testing.TB, paths ...string) []certinfo.Entry {
	t.Helper()
	entries, err := certinfo.ScanContext(t.Context(), paths, certinfo.Watch)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// cutScan scans no further than one entry.
func cutScan(t testing.TB, paths ...string) []certinfo.Entry {
	t.Helper()
	limit := certinfo.Watch
	limit.Entries = 1
	entries, err := certinfo.ScanContext(t.Context(), paths, limit)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
