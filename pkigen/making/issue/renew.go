package issue

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"certwright/pkigen/making/plan"
)

// renewCA makes a CA certificate anew for the same key: new dates, and a new serial
// number unless certificates name it by the old one; the rest is plan.RenewalOf's.
// cfssl's own renewal encodes the subject anew, which cuts off the leaves of a CA that
// another tool made.
func renewCA(c *plan.Certificate, key crypto.Signer) ([]byte, error) {
	if err := checkDates(c.NotBefore, c.NotAfter); err != nil {
		return nil, err
	}
	if _, err := newAuthority(c.Name, c.OldCert, key); err != nil {
		return nil, err
	}
	template := plan.RenewalOf(c)
	template.SerialNumber = c.OldCert.SerialNumber
	if !c.KeepSerial {
		serial, err := newSerial()
		if err != nil {
			return nil, err
		}
		template.SerialNumber = serial
	}
	template.NotBefore, template.NotAfter = c.NotBefore.UTC(), c.NotAfter.UTC()
	template.SignatureAlgorithm = plan.SignatureOf(key.Public())
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("renew the CA: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
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
