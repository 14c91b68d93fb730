package pkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"sync"
)

// proven are the sums of what was signed, its signature and the key that proves it.
// A run asks for the same signatures again and again: of each copy of a certificate,
// and of all for the review and once more under the lock. Only what is right is
// remembered.
var proven sync.Map

// Signed reports whether a CA has signed a certificate: by its name, and by its key.
func Signed(cert, ca *x509.Certificate) bool {
	return bytes.Equal(cert.RawIssuer, ca.RawSubject) && CheckSignature(cert, ca) == nil
}

// CheckSignature is ca.CheckSignature of a certificate.
func CheckSignature(cert, ca *x509.Certificate) error {
	return proveOnce("signature", cert.Raw, ca.RawSubjectPublicKeyInfo, func() error {
		return ca.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	})
}

// CheckSignatureFrom is cert.CheckSignatureFrom(ca): the CA has to be one, and the
// signature none of SHA-1.
func CheckSignatureFrom(cert, ca *x509.Certificate) error {
	return proveOnce("signature from", cert.Raw, ca.Raw, func() error { return cert.CheckSignatureFrom(ca) })
}

// CheckRequest is req.CheckSignature.
func CheckRequest(req *x509.CertificateRequest) error {
	return proveOnce("request", req.Raw, nil, req.CheckSignature)
}

// proveOnce proves what one DER says by another, unless that was proven before.
func proveOnce(what string, der, by []byte, prove func() error) error {
	h := sha256.New()
	h.Write([]byte(what))
	h.Write(by) // DER says how long it is
	h.Write(der)
	sum := [sha256.Size]byte(h.Sum(nil))
	if _, known := proven.Load(sum); known {
		return nil
	}
	err := prove()
	if err == nil {
		proven.Store(sum, true)
	}
	return err
}
