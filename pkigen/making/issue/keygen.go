package issue

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/cloudflare/cfssl/csr"

	"certwright/pkigen/cluster/spec"
)

// keyRequest translates our name of an algorithm into cfssl's.
func keyRequest(alg spec.KeyAlgorithm) (csr.KeyRequest, error) {
	algo, size := alg.CFSSL()
	if algo == "" {
		return csr.KeyRequest{}, fmt.Errorf("key algorithm %q is unknown: one of %v", alg, spec.KeyAlgorithms)
	}
	return csr.KeyRequest{A: algo, S: size}, nil
}

// newKey makes one private key, through cfssl, on the calling goroutine.
func newKey(alg spec.KeyAlgorithm) (key crypto.Signer, err error) {
	req, err := keyRequest(alg)
	if err != nil {
		return nil, err
	}
	err = guard("make the private key", func() error {
		k, err := req.Generate()
		if err != nil {
			return err
		}
		signer, ok := k.(crypto.Signer)
		if !ok {
			return fmt.Errorf("%T cannot sign", k)
		}
		key = signer
		return nil
	})
	return key, err
}

// generate makes one private key and returns early when ctx ends; the key that
// is then in the making is dropped when it is done.
func generate(ctx context.Context, alg spec.KeyAlgorithm) (crypto.Signer, error) {
	done := make(chan outcome, 1)
	go func() {
		key, err := newKey(alg)
		done <- outcome{key, err}
	}()
	select {
	case m := <-done:
		return m.key, m.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// encodeKey writes a private key in the PEM form that cfssl uses, so that the
// file is what cfssl would have made: PKCS #1 for RSA, SEC 1 for ECDSA.
func encodeKey(key crypto.Signer) ([]byte, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		if err != nil {
			return nil, fmt.Errorf("encode the private key: %w", err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
	}
	return nil, fmt.Errorf("encode the private key: %T is neither RSA nor ECDSA", key)
}
