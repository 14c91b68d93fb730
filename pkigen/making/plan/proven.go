package plan

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"sync"

	"certwright/pkigen/cluster/pkey"
)

// proven are the sums of what was signed, its signature and the key that proves it. A
// plan is made for the review and once more under the lock: most of its time would go
// into proving the same signatures again. Only what is right is remembered.
var proven sync.Map

// proveOnce proves a signature by a public key, of the DER of a certificate or request.
func proveOnce(der []byte, by crypto.PublicKey, prove func() error) error {
	key, err := x509.MarshalPKIXPublicKey(by)
	if err != nil {
		return err
	}
	h := sha256.New()
	h.Write(key)
	h.Write(der)
	sum := [sha256.Size]byte(h.Sum(nil))
	if _, known := proven.Load(sum); known {
		return nil
	}
	if err = prove(); err == nil {
		proven.Store(sum, true)
	}
	return err
}

// checkSigned is have.CheckSignatureFrom(ca).
func checkSigned(have, ca *x509.Certificate) error {
	return proveOnce(have.Raw, ca.PublicKey, func() error { return have.CheckSignatureFrom(ca) })
}

// parseRequest parses a request that is signed by its own key.
func parseRequest(der []byte) (*x509.CertificateRequest, error) {
	req, err := pkey.ParseRequest(der)
	if err != nil {
		return nil, err
	}
	return req, proveOnce(der, req.PublicKey, req.CheckSignature)
}
