package keytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"

	"certwright/pkigen/cluster/pkey"
)

// Pair is a certificate with its key, as data and as PEM.
type Pair struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
	// CertPEM may get a chain behind it.
	CertPEM, KeyPEM []byte
}

// Sign makes a certificate for a new key, for tests that lay out what others made; of
// a nil signer one that signs itself.
func Sign(c x509.Certificate, by *Pair) (*Pair, error) {
	p := &Pair{}
	var err error
	if p.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<60)); err != nil {
		return nil, err
	}
	parent, key := &c, p.Key
	if by != nil {
		parent, key = by.Cert, by.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, parent, &p.Key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if p.Cert, err = pkey.ParseCertificate(der); err != nil {
		return nil, err
	}
	secret, err := x509.MarshalECPrivateKey(p.Key)
	if err != nil {
		return nil, err
	}
	p.CertPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.KeyPEM = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	return p, nil
}
