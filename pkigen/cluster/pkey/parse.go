package pkey

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Parsing foreign bytes and computing with them are two things: a key of a million
// bits parses at once, and takes minutes for one signature. So all that others
// have written is parsed here and nowhere else, and no larger key comes out.

// The largest RSA keys with which anything is computed, as OpenSSL has it
// (OPENSSL_RSA_MAX_MODULUS_BITS); an exponent is what crypto/rsa takes.
const (
	mostRSABits     = 16384
	mostRSAExponent = 1<<31 - 1
	// mostPrivateDER bounds a private key in any form: eight numbers, of which three
	// are as long as the modulus and five half as long, and what wraps them.
	mostPrivateDER = mostRSABits/8*6 + 1024
)

// SizeError says that an RSA key is too large to compute with.
type SizeError struct {
	Bits     int  // of the modulus; 0 where it was not read
	Exponent bool // it is the public exponent that is too large
}

// Error follows the name of a file, and says what would be accepted.
func (e *SizeError) Error() string {
	switch {
	case e.Exponent:
		return fmt.Sprintf("has an RSA key whose public exponent is above %d: nothing is computed with it (65537 is usual)", mostRSAExponent)
	case e.Bits == 0:
		return fmt.Sprintf("has a private key that is longer than one of RSA-%d: nothing is computed with it (2048 to 8192 bits are usual)", mostRSABits)
	}
	return fmt.Sprintf("has an RSA key of %d bits, more than %d: nothing is computed with it (2048 to 8192 bits are usual)", e.Bits, mostRSABits)
}

// CheckSize is a *SizeError for a public key that is too large to compute with.
func CheckSize(pub crypto.PublicKey) error {
	k, ok := pub.(*rsa.PublicKey)
	switch {
	case !ok:
		return nil
	case k.N.BitLen() > mostRSABits:
		return &SizeError{Bits: k.N.BitLen()}
	case k.E > mostRSAExponent:
		return &SizeError{Exponent: true}
	}
	return nil
}

// ParseCertificate is x509.ParseCertificate, for keys that can be computed with.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if err := CheckSize(cert.PublicKey); err != nil {
		return nil, err
	}
	return cert, nil
}

// ParseRequest is x509.ParseCertificateRequest, for keys that can be computed with.
func ParseRequest(der []byte) (*x509.CertificateRequest, error) {
	req, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, err
	}
	if err := CheckSize(req.PublicKey); err != nil {
		return nil, err
	}
	return req, nil
}

// ParseRevocationList is x509.ParseRevocationList. A list holds no key; what reads it
// asks no more of a signature than its CA's key, which was parsed here.
func ParseRevocationList(der []byte) (*x509.RevocationList, error) {
	return x509.ParseRevocationList(der)
}

// ParsePublic reads the public key of a PEM block.
func ParsePublic(b *pem.Block) (pub crypto.PublicKey, err error) {
	if b.Type == "RSA PUBLIC KEY" {
		pub, err = x509.ParsePKCS1PublicKey(b.Bytes)
	} else {
		pub, err = x509.ParsePKIXPublicKey(b.Bytes)
	}
	if err != nil {
		return nil, err
	}
	if err := CheckSize(pub); err != nil {
		return nil, err
	}
	return pub, nil
}

// ErrCannotSign is the error for a private key that only agrees on others, as X25519.
var ErrCannotSign = errors.New("holds a key that cannot sign")

var errPrivate = errors.New("the private key cannot be read")

// ParsePrivate reads the bytes of a private key in any of the three forms,
// whatever the label of their PEM block says: crypto/tls does so too. The parsers'
// own errors are not told, as they might quote what they could not read.
func ParsePrivate(der []byte) (crypto.Signer, error) {
	if err := CheckPrivateSize(der); err != nil {
		return nil, err
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, CheckSize(k.Public())
	}
	if k, err := x509.ParseECPrivateKey(der); err == nil {
		return k, nil
	}
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if s, ok := k.(crypto.Signer); ok {
			return s, CheckSize(s.Public())
		}
		return nil, ErrCannotSign
	}
	return nil, errPrivate
}

// CheckPrivateSize is a *SizeError for the bytes of a private key, in any of the
// three forms, that is too large to compute with: parsing one computes already.
func CheckPrivateSize(der []byte) error {
	var outer struct {
		Version   int
		Algorithm asn1.RawValue
		Key       []byte
	}
	inner := der
	if _, err := asn1.Unmarshal(der, &outer); err == nil { // PKCS #8; what follows in it does not count
		inner = outer.Key
	}
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(inner, &seq); err == nil && seq.IsCompound {
		var version int
		var modulus *big.Int
		if rest, err := asn1.Unmarshal(seq.Bytes, &version); err == nil {
			if _, err := asn1.Unmarshal(rest, &modulus); err == nil && modulus.BitLen() > mostRSABits {
				return &SizeError{Bits: modulus.BitLen()}
			}
		}
	}
	if len(der) > mostPrivateDER {
		return &SizeError{}
	}
	return nil
}

// CheckPEM is a *SizeError for the first key or certificate of a PEM text that is
// too large to compute with: for texts that a library parses by itself.
func CheckPEM(data []byte) error {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch t := block.Type; {
		case strings.HasSuffix(t, "PRIVATE KEY"):
			err = CheckPrivateSize(block.Bytes)
		case strings.HasSuffix(t, "PUBLIC KEY"):
			_, err = ParsePublic(block)
		case strings.HasSuffix(t, "CERTIFICATE"):
			_, err = ParseCertificate(block.Bytes)
		}
		if size := (*SizeError)(nil); errors.As(err, &size) {
			return size
		}
	}
	return nil
}
