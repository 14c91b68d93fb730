package pkey

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// modulus is as long as an RSA key of so many bits has it; nobody knows its factors.
func modulus(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	return n.Sub(n, big.NewInt(1))
}

// TestSize refuses keys that nothing should compute with, in each form in which
// others may hand them over, and takes those of usual sizes.
func TestSize(t *testing.T) {
	signer := newECDSA(t, elliptic.P256())
	certificate := func(pub *rsa.PublicKey) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, pub, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	private := func(n *big.Int) []byte {
		half := new(big.Int).Rsh(n, uint(n.BitLen()/2))
		der, err := asn1.Marshal(struct {
			Version    int
			N          *big.Int
			E          int
			D, P, Q    *big.Int
			DP, DQ, QI *big.Int
		}{0, n, 65537, n, half, half, half, half, half})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	wrapped := func(n *big.Int) []byte {
		der, err := asn1.Marshal(struct {
			Version   int
			Algorithm struct {
				ID     asn1.ObjectIdentifier
				Params asn1.RawValue
			}
			Key []byte
		}{0, struct {
			ID     asn1.ObjectIdentifier
			Params asn1.RawValue
		}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue}, private(n)})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	public := func(pub *rsa.PublicKey) []byte {
		der, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	enormous, long, most := modulus(1<<20), modulus(mostRSABits+1), modulus(mostRSABits)
	start := time.Now()
	for _, test := range []struct {
		name, label string
		der         []byte
		want        string // "" for one of a size that is taken
	}{
		{"certificate", "CERTIFICATE", certificate(&rsa.PublicKey{N: enormous, E: 65537}), "1048576 bits"},
		{"certificate, one bit more", "CERTIFICATE", certificate(&rsa.PublicKey{N: long, E: 65537}), "16385 bits"},
		{"certificate, the longest", "CERTIFICATE", certificate(&rsa.PublicKey{N: most, E: 65537}), ""},
		{"certificate, exponent", "CERTIFICATE", certificate(&rsa.PublicKey{N: modulus(2048), E: mostRSAExponent + 2}), "public exponent"},
		{"public key", "PUBLIC KEY", public(&rsa.PublicKey{N: enormous, E: 65537}), "1048576 bits"},
		{"public key, PKCS #1", "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: enormous, E: 65537}), "1048576 bits"},
		{"private key", "RSA PRIVATE KEY", private(enormous), "1048576 bits"},
		{"private key, wrongly labelled", "EC PRIVATE KEY", private(enormous), "1048576 bits"},
		{"private key, PKCS #8", "PRIVATE KEY", wrapped(enormous), "1048576 bits"},
		{"private key, other numbers", "PRIVATE KEY", make([]byte, 1<<20), "longer than one of RSA-16384"},
		{"own private key", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(newRSA(t)), ""},
	} {
		block := &pem.Block{Type: test.label, Bytes: test.der}
		err := CheckPEM(pem.EncodeToMemory(block))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if !strings.HasSuffix(test.label, "PRIVATE KEY") {
			continue
		}
		if _, err := ParsePrivate(test.der); errors.As(err, new(*SizeError)) != (test.want != "") {
			t.Errorf("%s: parsed, %v", test.name, err)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("this took %v: something was computed", took)
	}
}
