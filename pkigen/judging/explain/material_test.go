package explain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// pair is a certificate and its key, made for one test.
type pair struct {
	cert *x509.Certificate
	der  []byte
	key  crypto.Signer
}

var serial int64 = 1000

// change alters the template of a certificate before it is signed.
type change func(*x509.Certificate)

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign makes a certificate for a key, by a CA or by itself.
func sign(t testing.TB, key crypto.Signer, by *pair, cn string, changes ...change) *pair {
	t.Helper()
	serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: cn},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	for _, f := range changes {
		f(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{cert, der, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
}

func serves(names ...string) change {
	return func(c *x509.Certificate) {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		for _, n := range names {
			if ip := net.ParseIP(n); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, n)
			}
		}
	}
}

func dials(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) }

func ended(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
}

func early(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
}

func newCA(t testing.TB, cn string, changes ...change) *pair {
	t.Helper()
	return sign(t, ecKey(t), nil, cn, append([]change{authority}, changes...)...)
}

func issue(t testing.TB, ca *pair, cn string, changes ...change) *pair {
	t.Helper()
	return sign(t, ecKey(t), ca, cn, changes...)
}

func pool(pairs ...*pair) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range pairs {
		p.AddCert(c.cert)
	}
	return p
}

func (p *pair) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.der}, PrivateKey: p.key, Leaf: p.cert}
}

func (p *pair) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.der})
}

func (p *pair) keyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// wantCause checks that the text of a real error is recognised, that its first cause
// is the planted one, and that the sentences hold no empty places.
func wantCause(t *testing.T, err error, id string, check CheckID) *Match {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %s", id)
	}
	got := Explain(err.Error())
	if len(got) == 0 || got[0].ID != id {
		t.Fatalf("%q is %v, want %s", err, ids(got), id)
	}
	m := &got[0]
	if c := m.Causes()[0]; c.Check != check {
		t.Errorf("%q: the first cause is %q (%s), want %q", err, c.Check, c.Text, check)
	}
	for _, s := range []string{m.Means(), m.PrintedBy(), m.FaultOf(), m.Next()} {
		if s == "" || slot().MatchString(s) {
			t.Errorf("%q: sentence %q", err, s)
		}
	}
	return m
}

// raw is a certificate with an extension of any bytes.
func raw(t testing.TB, ca *pair, id asn1.ObjectIdentifier, value []byte, critical bool) []byte {
	t.Helper()
	serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "raw"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtraExtensions: []pkix.Extension{{Id: id, Critical: critical, Value: value}},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca.cert, ecKey(t).Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
