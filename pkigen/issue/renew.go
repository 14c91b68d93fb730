package issue

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/cloudflare/cfssl/signer"

	"certwright/pkigen/pkey"
	"certwright/pkigen/plan"
	"certwright/pkigen/spec"
)

// renewCA makes a CA certificate anew for the same key: a new serial number and
// new dates; the subject's bytes and the extensions stay as they are. So every
// certificate that names the old one by its subject and key id stays valid under
// the new one. cfssl's own renewal encodes the subject anew, which cuts off the
// leaves of a CA that another tool made.
func renewCA(old *x509.Certificate, key crypto.Signer, notBefore, notAfter time.Time) ([]byte, error) {
	if err := checkDates(notBefore, notAfter); err != nil {
		return nil, err
	}
	if _, err := newAuthority(old.Subject.CommonName, old, key); err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		RawSubject:         old.RawSubject,
		SerialNumber:       serial,
		NotBefore:          notBefore.UTC(),
		NotAfter:           notAfter.UTC(),
		SignatureAlgorithm: signer.DefaultSigAlgo(key),
		IsCA:               true,
		// In their order and with their bytes: name constraints, path length and
		// usages are decisions of whoever made the CA.
		ExtraExtensions: withoutAuthorityKeyID(old.Extensions),
	}
	if len(old.SubjectKeyId) == 0 {
		// Go would choose its own kind of key id, which does not fit the leaves.
		template.SubjectKeyId = pkey.ID(old.PublicKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("renew the CA: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// withoutAuthorityKeyID drops the extension by which a root names itself as its
// own signer: OpenSSL writes the old serial number into it, and a root needs none
// (RFC 5280 section 4.2.1.1).
func withoutAuthorityKeyID(exts []pkix.Extension) []pkix.Extension {
	return slices.DeleteFunc(slices.Clone(exts), func(e pkix.Extension) bool {
		return e.Id.Equal(oidAuthorityKeyID)
	})
}

// newSerial makes a serial number as cfssl does: 159 random bits, positive and
// within the 20 octets of RFC 5280 section 4.1.2.2.
func newSerial() (*big.Int, error) {
	b := make([]byte, 20)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("random serial number: %w", err)
	}
	b[0] &= 0x7f
	serial := new(big.Int).SetBytes(b)
	if serial.Sign() == 0 {
		return nil, errors.New("random serial number: the system gave zeros")
	}
	return serial, nil
}

// renewable tells whether a root can be renewed in place: it is a CA with this
// key, and the answers still ask for its subject. Otherwise a new one is made.
func renewable(old *x509.Certificate, key crypto.Signer, want spec.Subject) bool {
	if old == nil || key == nil || !plan.SameSubject(old.Subject, want) {
		return false
	}
	_, err := newAuthority(want.CN, old, key)
	return err == nil
}
