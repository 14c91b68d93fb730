package survey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/reading/scan"
)

// issuer is a CA of a test.
type issuer struct {
	t    testing.TB
	cert *x509.Certificate
	key  crypto.Signer
	pem  string
}

func newKey(t testing.TB) (crypto.Signer, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, block("EC PRIVATE KEY", der)
}

func block(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func newCA(t testing.TB, cn string) (*issuer, string) {
	t.Helper()
	key, keyPEM := newKey(t)
	ca := &issuer{t: t, key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}}
	ca.pem = ca.sign(key.Public(), ca.cert)
	return ca, keyPEM
}

func (ca *issuer) sign(pub crypto.PublicKey, c *x509.Certificate) string {
	ca.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, ca.cert, pub, ca.key)
	if err != nil {
		ca.t.Fatal(err)
	}
	if c == ca.cert {
		if ca.cert, err = x509.ParseCertificate(der); err != nil {
			ca.t.Fatal(err)
		}
	}
	return block("CERTIFICATE", der)
}

// leaf makes a certificate of a subject such as "admin/system:masters", for
// server, client or both, with names, and returns it and its key.
func (ca *issuer) leaf(subject, usages string, names ...string) (cert, key string) {
	ca.t.Helper()
	cn, o, _ := strings.Cut(subject, "/")
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
	if o != "" {
		c.Subject.Organization = []string{o}
	}
	if strings.Contains(usages, "server") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if strings.Contains(usages, "client") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	k, keyPEM := newKey(ca.t)
	return ca.sign(k.Public(), c), keyPEM
}

// put writes files below a new directory.
func put(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t testing.TB, dir string) *scan.Scan {
	t.Helper()
	s, err := scan.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
