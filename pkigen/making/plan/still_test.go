package plan

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"
)

// TestStillSigned takes a CA apart in each way in which what it has signed would be
// refused.
func TestStillSigned(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(c, by *x509.Certificate, public, private *ecdsa.PrivateKey) *x509.Certificate {
		t.Helper()
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, c, by, &public.PublicKey, private)
		if err != nil {
			t.Fatal(err)
		}
		if c, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		return c
	}
	ca := func(change func(*x509.Certificate), by *ecdsa.PrivateKey) *x509.Certificate {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: "ca", Organization: []string{"o"}}, SerialNumber: big.NewInt(1), SubjectKeyId: []byte{1},
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		change(c)
		return sign(c, c, by, by)
	}
	old := ca(func(*x509.Certificate) {}, key)
	leaf := sign(&x509.Certificate{Subject: pkix.Name{CommonName: "leaf"}, SerialNumber: big.NewInt(7)}, old, other, key)
	for _, test := range []struct {
		want string
		ca   *x509.Certificate
	}{
		{"", ca(func(c *x509.Certificate) { c.SerialNumber = big.NewInt(2) }, key)},
		{"written in another form", ca(func(c *x509.Certificate) {
			c.RawSubject, _ = asn1.Marshal(pkix.RDNSequence{{{Type: []int{2, 5, 4, 3}, Value: "ca"}}, {{Type: []int{2, 5, 4, 10}, Value: "o"}}})
		}, key)},
		{"another key", ca(func(*x509.Certificate) {}, other)},
		{"another key id", ca(func(c *x509.Certificate) { c.SubjectKeyId = []byte{2} }, key)},
		{"no CA any more", ca(func(c *x509.Certificate) { c.IsCA = false }, key)},
		{"no CA any more", ca(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, key)},
	} {
		for _, of := range []*x509.Certificate{nil, leaf} {
			err := StillSigned(of, old, test.ca)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		}
	}
	if err := StillSigned(sign(&x509.Certificate{SerialNumber: big.NewInt(8)}, ca(func(*x509.Certificate) {}, other), other, other), old, old); err == nil {
		t.Error("what another key has signed passes")
	}
}

// TestSignatureOf: cfssl takes SHA-1 for keys that are smaller than usual, and nobody
// takes that from it.
func TestSignatureOf(t *testing.T) {
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		key  crypto.PublicKey
		want x509.SignatureAlgorithm
	}{
		{small.Public(), x509.ECDSAWithSHA256},
		{&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023)}, x509.SHA256WithRSA},
		{&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 3071)}, x509.SHA384WithRSA},
	} {
		if got := SignatureOf(test.key); got != test.want {
			t.Errorf("%T: %v, want %v", test.key, got, test.want)
		}
	}
}
