// Package pkey asks of keys what every room asks: of which kind one is, whether
// two are one, and what forms of it others know. What others have written is parsed
// here, and private keys are put behind a passphrase and opened. It makes none.
package pkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"strings"
)

// IsCA tells a CA: one of version 1 that signs itself is one too, for Go and for
// OpenSSL, and has nothing to say so with.
func IsCA(c *x509.Certificate) bool {
	if c.Version == 1 {
		return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
	}
	return c.BasicConstraintsValid && c.IsCA
}

// Algorithm names the algorithm of a public key in the words of the answers
// ("RSA-2048"), also for algorithms that cannot be chosen ("Ed25519").
func Algorithm(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA-" + strings.ReplaceAll(k.Curve.Params().Name, "-", "")
	case ed25519.PublicKey:
		return "Ed25519"
	case nil:
		return "unknown"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", pub), "*")
}

// Same reports whether two public keys are one.
func Same(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// ID is the subject key id that cfssl gives to a key: the SHA-1 of its bits
// (RFC 5280, 4.2.1.2, method 1). It identifies and protects nothing.
// It is nil for a kind of key that is not known.
func ID(pub crypto.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:]
}

// EncodePublic writes a public key as kube-apiserver reads it (PKIX).
func EncodePublic(pub crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// Text is the SubjectPublicKeyInfo of a public key as certificates hold it, to
// compare and to sort by; "" for none, and for a kind that is not known.
func Text(pub crypto.PublicKey) string {
	if pub == nil {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return ""
	}
	return string(der)
}

// Encrypted reports whether a PEM block is a private key behind a passphrase, in
// the form of PKCS #8 or the older one with headers (RFC 1421).
func Encrypted(b *pem.Block) bool {
	return b.Type == encryptedType || strings.Contains(b.Headers["Proc-Type"], "ENCRYPTED")
}
