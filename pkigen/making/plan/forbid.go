package plan

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
)

// The extensions by which a CA limits what it may sign
// (RFC 5280, 4.2.1.9, 4.2.1.10 and 4.2.1.12).
var (
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// trialTime is when trials take place; any time will do.
var trialTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// forbidden says why a CA that would be kept must not sign what this layout
// needs; "" if it may. A certificate that it signs all the same is refused by
// every client, and renewing the CA keeps its limits.
func (m *maker) forbidden(c *catalog.Certificate, ca *x509.Certificate) string {
	t, err := newTrial(ca)
	if t == nil && err == nil {
		return ""
	}
	for i := range m.certs {
		leaf := &m.certs[i]
		if leaf.Signer != c.Name || leaf.IsCA() {
			continue
		}
		if err == nil {
			err = t.sign(leaf)
		}
		if err != nil {
			return fmt.Sprintf("%s must not sign %s: %v; put a CA without such limits here", c.Place(catalog.Cert), leaf.Place(catalog.Cert), err)
		}
	}
	return ""
}

// trial is a stand-in for a CA, with its limits and a key of the moment, so that
// Go's own rules judge them and the operator's key signs nothing.
type trial struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

// newTrial is nil for a CA without limits.
func newTrial(ca *x509.Certificate) (*trial, error) {
	var limits []pkix.Extension
	limited := false
	for _, e := range ca.Extensions {
		switch {
		case e.Id.Equal(oidNameConstraints), e.Id.Equal(oidExtKeyUsage):
			limited = true
			limits = append(limits, e)
		case e.Id.Equal(oidBasicConstraints):
			limits = append(limits, e)
		}
	}
	if !limited {
		return nil, nil
	}
	key, err := momentary()
	if err != nil {
		return nil, err
	}
	t := &trial{key: key}
	t.cert, err = t.make(&x509.Certificate{
		Subject: pkix.Name{CommonName: "trial"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign, ExtraExtensions: limits,
	})
	return t, err
}

// make signs a template; the trial signs itself as long as it has no certificate.
func (t *trial) make(template *x509.Certificate) (*x509.Certificate, error) {
	template.SerialNumber, template.BasicConstraintsValid = big.NewInt(1), true
	template.NotBefore, template.NotAfter = trialTime.AddDate(-1, 0, 0), trialTime.AddDate(1, 0, 0)
	parent := t.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, t.key.Public(), t.key)
	if err != nil {
		return nil, err
	}
	return pkey.ParseCertificate(der)
}

// sign is an error where the limits forbid a certificate for one of its purposes.
func (t *trial) sign(c *catalog.Certificate) error {
	template := &x509.Certificate{Subject: catalog.PKIXName(c.Subject)}
	leafFields(template, c)
	cert, err := t.make(template)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(t.cert)
	for _, p := range c.Entry.Purposes {
		usage := x509.ExtKeyUsageClientAuth
		if p == catalog.Server {
			usage = x509.ExtKeyUsageServerAuth
		}
		if c.AsFound && len(template.ExtKeyUsage) > 0 && !slices.Contains(template.ExtKeyUsage, usage) {
			continue // it was found without, and stays so
		}
		_, err := cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: trialTime, KeyUsages: []x509.ExtKeyUsage{usage}})
		var invalid x509.CertificateInvalidError
		switch {
		case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
			return fmt.Errorf("its extended key usages do not allow %s auth", p)
		case errors.As(err, &invalid) && invalid.Detail != "":
			return fmt.Errorf("its name constraints: %s", invalid.Detail)
		case err != nil:
			return err
		}
	}
	return nil
}
