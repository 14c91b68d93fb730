package plan

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"certwright/pkigen/cluster/pkey"
)

// ErrEncrypted is the error of ParsePrivateKey for a key behind a passphrase.
var ErrEncrypted = errors.New("is encrypted with a passphrase")

// ParsePrivateKey reads the PEM text of one unencrypted private key: PKCS #1,
// SEC 1 or PKCS #8. The error says what the text is instead, in words that
// follow the file's name ("is empty"); it never quotes the text.
func ParsePrivateKey(data []byte) (crypto.Signer, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("is empty")
	}
	var blocks []*pem.Block
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		// OpenSSL writes the curve as a block of its own before the key.
		if block.Type != "EC PARAMETERS" {
			blocks = append(blocks, block)
		}
	}
	switch {
	case len(blocks) == 0:
		return nil, errors.New("is no PEM file")
	case len(blocks) > 1:
		return nil, fmt.Errorf("holds %d PEM blocks, not one private key", len(blocks))
	}
	block := blocks[0]
	if pkey.Encrypted(block) {
		return nil, ErrEncrypted
	}
	switch block.Type {
	case "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY":
	default:
		return nil, fmt.Errorf("holds %q, not a private key", block.Type)
	}
	key, err := pkey.ParsePrivate(block.Bytes)
	switch {
	case err == nil:
		return key, nil
	case errors.Is(err, pkey.ErrCannotSign), errors.As(err, new(*pkey.SizeError)):
		return nil, err
	}
	return nil, errors.New("is a damaged private key")
}

// publicKeyAlgorithm is what crypto/x509 calls the kind of key.
func publicKeyAlgorithm(pub crypto.PublicKey) x509.PublicKeyAlgorithm {
	switch pub.(type) {
	case *rsa.PublicKey:
		return x509.RSA
	case *ecdsa.PublicKey:
		return x509.ECDSA
	case ed25519.PublicKey:
		return x509.Ed25519
	}
	return x509.UnknownPublicKeyAlgorithm
}
