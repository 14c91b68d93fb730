package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/survey"
)

// authority is a CA that can sign.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// authority is the CA that a leaf is checked by, with its key.
func (g *ground) authority(leaf *survey.Seat) (*authority, error) {
	return g.authorityOf(leaf.Entry.Domain)
}

func (g *ground) authorityOf(d catalog.Domain) (*authority, error) {
	for _, seat := range g.site.CAs(d) {
		if seat.Key.File == nil || seat.Leaf() == nil {
			continue
		}
		data, err := g.read(seat.Key.Path)
		if err != nil {
			return nil, err
		}
		key, err := parseKey(data)
		return &authority{seat.Leaf(), key}, err
	}
	return nil, fmt.Errorf("the directory holds no CA key for %s", d)
}

// seatOf is a place of a CA in the operator's own folder, or in a flat one the
// only place.
func (g *ground) seatOf(d catalog.Domain) *survey.Seat {
	for _, seat := range g.site.CAs(d) {
		if seat.Key.File != nil && !onNode(seat) {
			return seat
		}
	}
	return nil
}

// keyOf is the private key of a seat.
func (g *ground) keyOf(seat *survey.Seat) (crypto.Signer, error) {
	data, err := g.keyText(seat)
	if err != nil {
		return nil, err
	}
	return parseKey(data)
}

func (g *ground) keyText(seat *survey.Seat) ([]byte, error) {
	data, err := g.read(seat.Key.Path)
	if err != nil || seat.Key.Field == "" {
		return data, err
	}
	c, err := kubeconfig.Parse(data)
	return c.Key, err
}

// order is a certificate to be signed in the place of another.
type order struct {
	seat   *survey.Seat
	change func(*x509.Certificate) // of what it is otherwise like; nil for nothing
	by     *authority              // nil for its own CA
	key    crypto.PublicKey        // nil for the key that it has
}

// sign makes the certificate. It keeps the dates, the names, and all else that
// the order does not change; only its number is a new one, as of any certificate.
func (g *ground) sign(o order) ([]byte, error) {
	if o.by == nil {
		var err error
		if o.by, err = g.authority(o.seat); err != nil {
			return nil, err
		}
	}
	old := o.seat.Leaf()
	if o.key == nil {
		o.key = old.PublicKey
	}
	t := like(old)
	if o.key != old.PublicKey {
		t.SubjectKeyId = pkey.ID(o.key)
	}
	if o.change != nil {
		o.change(t)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, o.by.cert, o.key, o.by.key)
	if err != nil {
		return nil, err
	}
	return certPEM(der), nil
}

// like is a template for a certificate that is like another.
func like(old *x509.Certificate) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: newSerial(), RawSubject: old.RawSubject, Subject: old.Subject,
		NotBefore: old.NotBefore, NotAfter: old.NotAfter,
		KeyUsage: old.KeyUsage, ExtKeyUsage: old.ExtKeyUsage, UnknownExtKeyUsage: old.UnknownExtKeyUsage,
		BasicConstraintsValid: old.BasicConstraintsValid, IsCA: old.IsCA, MaxPathLen: old.MaxPathLen, MaxPathLenZero: old.MaxPathLenZero,
		SubjectKeyId: old.SubjectKeyId, SignatureAlgorithm: old.SignatureAlgorithm,
		DNSNames: old.DNSNames, IPAddresses: old.IPAddresses, EmailAddresses: old.EmailAddresses, URIs: old.URIs,
	}
}

// newSerial is a number as cfssl gives them: 20 random bytes, positive
// (RFC 5280, 4.1.2.2).
func newSerial() *big.Int {
	b := make([]byte, 20)
	rand.Read(b) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// root makes a self-signed CA that is like another, with a key of its own.
func root(old *x509.Certificate, change func(*x509.Certificate)) (*authority, error) {
	key, err := newKey(old.PublicKey)
	if err != nil {
		return nil, err
	}
	return rootOf(old, key, change)
}

func rootOf(old *x509.Certificate, key crypto.Signer, change func(*x509.Certificate)) (*authority, error) {
	t := like(old)
	t.SubjectKeyId = pkey.ID(key.Public())
	if change != nil {
		change(t)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := pkey.ParseCertificate(der)
	return &authority{cert, key}, err
}

// newKey makes a key of the same kind and size as another.
func newKey(like crypto.PublicKey) (crypto.Signer, error) {
	switch k := like.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.GenerateKey(k.Curve, rand.Reader)
	case *rsa.PublicKey:
		return rsa.GenerateKey(rand.Reader, k.N.BitLen())
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// keyPEM writes a key in the forms of cfssl.
func keyPEM(key crypto.Signer) ([]byte, error) {
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
	case *rsa.PrivateKey:
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}), nil
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// parseKey reads a private key of our own sets. Its errors quote nothing of it.
func parseKey(data []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("no PEM block in the key")
	}
	return pkey.ParsePrivate(block.Bytes)
}
