package certinfo

import (
	"encoding/pem"
	"fmt"
)

// PEM is the certificate of the entry in PEM form, as CFSSL takes it; nil for
// an entry that is no certificate.
func (e *Entry) PEM() []byte {
	if e.der == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.der})
}

// PublicKey is the public key of the entry, as DER: of a certificate, a request, a
// public key, or the public half of a private key. It is nil where there is none.
func (e *Entry) PublicKey() []byte { return e.pub }

// CFSSL is the certificate of the entry as cfssl-certinfo prints it, also
// where it stands in a bundle or a kubeconfig. It is an error for an entry
// that is no certificate.
func (e *Entry) CFSSL() ([]byte, error) {
	if e.der == nil {
		return nil, fmt.Errorf("%s: entry %d is a %s, not a certificate", e.File, e.Index, e.Kind)
	}
	return CFSSL(e.PEM())
}
