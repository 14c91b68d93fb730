package plan

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net"
	"slices"
	"sync"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
)

// momentary is one key for as long as the program runs, which signs no certificate that
// stays. Its kind is the one that signs and proves the fastest.
var momentary = sync.OnceValues(func() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
})

// form is the certificate as it will be made, by the rules of package issue, signed
// by a key of the moment, which stands in for its own too where that is yet to be made.
func (c *Certificate) form() (*form, error) {
	key, err := momentary()
	if err != nil {
		return nil, err
	}
	f := &form{key: string(c.Certificate.Key), signed: c.by.signs, newKey: true}
	public := key.Public()
	if c.Key == Keep && c.OldKey != nil {
		public, f.newKey = c.OldKey.Public(), !pkey.Same(c.OldCert.PublicKey, c.OldKey.Public())
		f.key = pkey.Algorithm(public)
	}
	template := c.template(public)
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), trialTime, trialTime
	parent := template
	if !c.IsCA() {
		parent = &x509.Certificate{RawSubject: c.by.subject}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	f.Certificate, err = pkey.ParseCertificate(der)
	return f, err
}

// template is what cfssl, or RenewalOf, makes the certificate of.
func (c *Certificate) template(public crypto.PublicKey) *x509.Certificate {
	if c.IsCA() && c.Renewable() {
		return RenewalOf(c)
	}
	t := &x509.Certificate{Subject: catalog.PKIXName(c.Subject), BasicConstraintsValid: true, SubjectKeyId: pkey.ID(public)}
	if raw, err := c.RawSubject(); err == nil {
		t.RawSubject = raw
	}
	if c.IsCA() {
		t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		return t
	}
	leafFields(t, &c.Certificate)
	keyID := c.by.keyID
	if len(keyID) == 0 {
		keyID = []byte{0} // of a key that is yet to be made
	}
	// Last, where cfssl puts it.
	if id, err := asn1.Marshal(authorityKeyID{KeyID: keyID}); err == nil {
		t.ExtraExtensions = []pkix.Extension{{Id: oidAuthorityKeyID, Value: id}}
	}
	return t
}

// leafFields gives a template the usages and names of a leaf.
func leafFields(t *x509.Certificate, c *catalog.Certificate) {
	t.KeyUsage, t.ExtKeyUsage, _ = usage.Bits(c.Usages)
	for _, h := range c.Hosts {
		if h.Addr.IsValid() {
			t.IPAddresses = append(t.IPAddresses, net.IP(h.Addr.AsSlice()))
		} else {
			t.DNSNames = append(t.DNSNames, h.Name)
		}
	}
}

// RenewalOf is what a CA that stays one is made of anew: the subject's bytes and the
// extensions stay as they are, in their order, so that what it signed is signed by
// the new one too. Name constraints, path length and usages are decisions of whoever
// made it. Serial number, dates and signature are for the caller.
func RenewalOf(c *Certificate) *x509.Certificate {
	old := c.OldCert
	t := &x509.Certificate{RawSubject: old.RawSubject, IsCA: true, ExtraExtensions: slices.Clone(old.Extensions)}
	if !c.KeepSerial {
		// OpenSSL writes the old number into it, and a root needs none (RFC 5280, 4.2.1.1).
		t.ExtraExtensions = slices.DeleteFunc(t.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(oidAuthorityKeyID) })
	}
	if len(old.SubjectKeyId) == 0 {
		// Go would choose its own kind of key id, which does not fit the leaves.
		t.SubjectKeyId = pkey.ID(old.PublicKey)
	}
	if old.Version == 1 {
		// By its version it is a CA without limits, and there are no others than version 3 now.
		t.BasicConstraintsValid, t.MaxPathLen = true, -1
	}
	return t
}

// Renewable reports whether a CA gets new dates, and not another certificate in its place: it
// is one of this key, and the answers still ask for its subject.
func (c *Certificate) Renewable() bool {
	old := c.OldCert
	return c.Cert == Renew && c.OldKey != nil && old != nil && SameSubject(old.Subject, c.Subject) &&
		pkey.IsCA(old) && CanSign(old) && pkey.Same(old.PublicKey, c.OldKey.Public())
}

// SignatureOf is how a CA signs with its key: as cfssl does (signer.DefaultSigAlgo), but
// never with SHA-1, which cfssl takes for keys that are smaller than usual.
func SignatureOf(public crypto.PublicKey) x509.SignatureAlgorithm {
	switch k := public.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits >= 4096:
			return x509.SHA512WithRSA
		case bits >= 3072:
			return x509.SHA384WithRSA
		}
		return x509.SHA256WithRSA
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P521():
			return x509.ECDSAWithSHA512
		case elliptic.P384():
			return x509.ECDSAWithSHA384
		}
		return x509.ECDSAWithSHA256
	case ed25519.PublicKey:
		return x509.PureEd25519
	}
	return x509.UnknownSignatureAlgorithm
}

// signatures are those of keys that are yet to be made.
var signatures = map[spec.KeyAlgorithm]x509.SignatureAlgorithm{
	spec.RSA2048: x509.SHA256WithRSA, spec.RSA3072: x509.SHA384WithRSA, spec.RSA4096: x509.SHA512WithRSA,
	spec.ECDSAP256: x509.ECDSAWithSHA256, spec.ECDSAP384: x509.ECDSAWithSHA384,
}

// StillSigned says why a certificate, or one that lies elsewhere and was signed by the
// old CA, would not be taken below the one that is made again of it; nil where it would.
// Go compares names by their bytes, and OpenSSL key ids and serial numbers too. cert is
// nil for the question about those elsewhere.
func StillSigned(cert, old, ca *x509.Certificate) error {
	switch {
	case !bytes.Equal(old.RawSubject, ca.RawSubject):
		return errors.New("its subject is written in another form")
	case !pkey.Same(old.PublicKey, ca.PublicKey):
		return errors.New("it has another key")
	case len(old.SubjectKeyId) > 0 && !bytes.Equal(old.SubjectKeyId, ca.SubjectKeyId):
		return errors.New("it has another key id")
	case !pkey.IsCA(ca) || !CanSign(ca):
		return errors.New("it is no CA any more")
	case cert == nil:
		return nil
	case !bytes.Equal(cert.RawIssuer, ca.RawSubject):
		return errors.New("it has another subject than the issuer that is named")
	case len(cert.AuthorityKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId):
		return errors.New("it has another key id than the one that is named")
	case bySerial(cert, old.SerialNumber) && !bySerial(cert, ca.SerialNumber):
		return errors.New("it has another serial number than the one that is named")
	}
	return pkey.CheckSignature(cert, ca)
}

// bySerial reports whether a certificate names its signer by the issuer's name and serial
// number, as OpenSSL does with "issuer:always".
func bySerial(c *x509.Certificate, serial *big.Int) bool {
	e := extensionOf(c, oidAuthorityKeyID)
	if e == nil {
		return false
	}
	id, ok := parseAuthorityKeyID(e.Value)
	return ok && id.Serial != nil && id.Serial.Cmp(serial) == 0
}

// keepSerials finds the CAs that are renewed and must keep their serial number: OpenSSL
// refuses a signer of another one than the certificate names. Where the CA names itself
// by it, what its maker has signed elsewhere does so too.
func (p *Plan) keepSerials() {
	for i := range p.Certificates {
		ca := &p.Certificates[i]
		if !ca.IsCA() || !ca.Renewable() {
			continue
		}
		serial := ca.OldCert.SerialNumber
		ca.KeepSerial = bySerial(ca.OldCert, serial) || slices.ContainsFunc(p.Certificates, func(c Certificate) bool {
			return c.Signer == ca.Name && c.OldCert != nil && bytes.Equal(c.OldCert.RawIssuer, ca.OldCert.RawSubject) && bySerial(c.OldCert, serial)
		})
	}
}
