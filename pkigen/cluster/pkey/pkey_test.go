package pkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newECDSA(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAlgorithm(t *testing.T) {
	edPublic, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		public crypto.PublicKey
		want   string
	}{
		{newRSA(t).Public(), "RSA-2048"},
		{newECDSA(t, elliptic.P256()).Public(), "ECDSA-P256"},
		{newECDSA(t, elliptic.P384()).Public(), "ECDSA-P384"},
		{newECDSA(t, elliptic.P521()).Public(), "ECDSA-P521"},
		{edPublic, "Ed25519"},
		{"nonsense", "string"},
		{nil, "unknown"},
	} {
		if got := Algorithm(test.public); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// TestID holds our key id against crypto/x509's own under the setting that
// gives CAs the SHA-1 form, which cfssl always uses.
func TestID(t *testing.T) {
	t.Setenv("GODEBUG", "x509sha256skid=0")
	for _, key := range []crypto.Signer{newRSA(t), newECDSA(t, elliptic.P256())} {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
			NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if got := ID(key.Public()); string(got) != string(cert.SubjectKeyId) {
			t.Errorf("got %x, want %x", got, cert.SubjectKeyId)
		}
	}
}

// TestParsePrivate reads a key in each of its forms, whatever they are called.
func TestParsePrivate(t *testing.T) {
	r, e := newRSA(t), newECDSA(t, elliptic.P256())
	sec1, err := x509.MarshalECPrivateKey(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{r, e} {
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParsePrivate(pkcs8); err != nil || !Same(got.Public(), key.Public()) || Text(got.Public()) != Text(key.Public()) {
			t.Errorf("PKCS #8 of %T: %v", key, err)
		}
	}
	for _, der := range [][]byte{x509.MarshalPKCS1PrivateKey(r), sec1} {
		if _, err := ParsePrivate(der); err != nil {
			t.Error(err)
		}
	}
	if _, err := ParsePrivate([]byte("secret words")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("what is no key: %v", err)
	}
	if Same(r.Public(), e.Public()) || Same(nil, nil) || Text(nil) != "" || Text("x") != "" {
		t.Error("what is no key has a form, or is one with another")
	}
}

func TestEncrypted(t *testing.T) {
	for want, blocks := range map[bool][]pem.Block{
		true:  {{Type: "ENCRYPTED PRIVATE KEY"}, {Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}}},
		false: {{Type: "PRIVATE KEY"}, {Type: "EC PRIVATE KEY", Headers: map[string]string{"Comment": "ENCRYPTED"}}},
	} {
		for _, b := range blocks {
			if Encrypted(&b) != want {
				t.Errorf("%v: %t", b, !want)
			}
		}
	}
}
