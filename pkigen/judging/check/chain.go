package check

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/survey"
)

// authority judges a file that others are checked by.
func (c *checker) authority(seat *survey.Seat, ca *x509.Certificate) {
	switch {
	case !isCA(ca):
		c.add(findings.NotACA, seat.Cert.Path, seat, seat.Entry.Name)
		return
	case ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0:
		// Without the extension every usage is allowed (RFC 5280, 4.2.1.3).
		c.add(findings.CACannotSign, seat.Cert.Path, seat)
		return
	}
}

// sameName compares two names as OpenSSL does: whatever kind of string they are
// written in, in whatever case, and whatever blanks are between their words (RFC 5280,
// 7.1).
func sameName(a, b []byte) bool {
	return bytes.Equal(a, b) || folded(a) != "" && folded(a) == folded(b)
}

func folded(raw []byte) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &name); err != nil || len(rest) > 0 {
		return ""
	}
	var out strings.Builder
	for _, set := range name {
		for _, v := range set {
			fmt.Fprintf(&out, "%s=%s;", v.Type, strings.ToLower(strings.Join(strings.Fields(fmt.Sprint(v.Value)), " ")))
		}
		out.WriteByte('/')
	}
	return out.String()
}

// chain judges by whom a certificate was signed.
func (c *checker) chain(seat *survey.Seat, leaf *x509.Certificate) {
	named := sameName(leaf.RawSubject, leaf.RawIssuer)
	selfSigned := named && pkey.CheckSignature(leaf, leaf) == nil
	if isCA(leaf) && !selfSigned {
		c.add(LeafIsCA, seat.Cert.Path, seat, seat.Name())
	}
	if named && !selfSigned {
		c.add(findings.LeafNamedAsCA, seat.Cert.Path, seat, leaf.Issuer.CommonName)
	}
	signer := c.signerOf(seat, leaf)
	if signer == nil || (selfSigned || seat.SelfMade()) && c.unchecked(seat) {
		return
	}
	ca := c.signerIn(signer, leaf)
	if !isCA(ca) || ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0 {
		return // the CA has its finding
	}
	// A file may hold several: while a CA is replaced, the old one and the new one.
	for _, other := range signer.Cert.File.Certs(signer.Cert.Field) {
		if isCA(other) && pkey.Signed(leaf, other) {
			ca = other
			break
		}
	}
	err := pkey.CheckSignature(leaf, ca)
	if err != nil && c.over(seat, ca) {
		err = nil
	}
	switch sameName := bytes.Equal(leaf.RawIssuer, ca.RawSubject); {
	case weakHash(leaf.SignatureAlgorithm):
		c.add(findings.SHA1, seat.Cert.Path, seat)
	case err == nil:
		c.mu.Lock()
		c.proven++
		c.mu.Unlock()
		c.span(seat, leaf, ca)
	case sameName && len(leaf.AuthorityKeyId) > 0 && bytes.Equal(leaf.AuthorityKeyId, ca.SubjectKeyId):
		c.add(findings.SignatureWrong, seat.Cert.Path, seat, signer.Cert.Path)
	case sameName:
		c.add(findings.TwoCAsOneName, seat.Cert.Path, seat, ca.Subject.CommonName, signer.Cert.Path)
	default:
		c.add(findings.UnknownSigner, seat.Cert.Path, seat, leaf.Issuer.CommonName, signer.Cert.Path)
	}
}

// signerIn is the certificate of a CA's file that has signed the leaf, as in a
// change of CA the file holds several, and each of them is trusted. It is the
// first where none has.
func (c *checker) signerIn(signer *survey.Seat, leaf *x509.Certificate) *x509.Certificate {
	for _, ca := range signer.Cert.File.Certs(signer.Cert.Field)[1:] {
		if isCA(ca) && pkey.Signed(leaf, ca) {
			return ca
		}
	}
	return signer.Leaf()
}

// weakHash tells of the signatures that crypto/x509 refuses when it builds a
// chain, though not when it checks one signature.
func weakHash(a x509.SignatureAlgorithm) bool {
	switch a {
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1, x509.MD5WithRSA, x509.MD2WithRSA:
		return true
	}
	return false
}

// signerOf is the CA that a certificate is checked by. One of no known role may
// be of any CA that is here, and so may all where nobody knows which CA is for whom.
func (c *checker) signerOf(seat *survey.Seat, leaf *x509.Certificate) *survey.Seat {
	checked := seat.Entry != programs.Other && (seat.Want != nil || seat.Entry.Dialled == "") // by the domain's CA
	if checked && c.site.Apart == "" {
		return c.signers[seat.Entry.Domain]
	}
	for _, other := range c.site.Seats {
		if other.Entry.Kind != catalog.Authority {
			break // CAs come first
		}
		if ca := other.Leaf(); ca != nil && pkey.Signed(leaf, ca) {
			return other
		}
	}
	if c.site.Apart == "" {
		return nil
	}
	// None has signed it: that is told of the one whose name it bears.
	for _, other := range c.site.Seats {
		if ca := other.Leaf(); other.Entry.Kind == catalog.Authority && ca != nil && bytes.Equal(ca.RawSubject, leaf.RawIssuer) {
			return other
		}
	}
	return c.signers[seat.Entry.Domain]
}

// unchecked tells of the certificate that a kubelet makes for itself when nobody
// gives it one: nobody checks it, unless kube-apiserver is told to.
func (c *checker) unchecked(seat *survey.Seat) bool {
	if seat.Want != nil || seat.Entry.Name != id.KubeletServer {
		return seat.Entry == programs.Other
	}
	for _, m := range c.site.Machines() {
		if c.site.Setting(m, apiserver, "--kubelet-certificate-authority") != "" {
			return false
		}
	}
	return true
}

// over reports whether the file brings an intermediate CA that leads to the root.
func (c *checker) over(seat *survey.Seat, ca *x509.Certificate) bool {
	certs := seat.Cert.File.Certs(seat.Cert.Field)
	if len(certs) < 2 {
		return false
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(ca)
	for _, cert := range certs[1:] {
		between.AddCert(cert)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between,
		CurrentTime: certs[0].NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil
}
