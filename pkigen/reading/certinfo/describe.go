package certinfo

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/cloudflare/cfssl/helpers"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/usage"
)

// describe fills an entry from a certificate.
func (e *Entry) describe(c *x509.Certificate) {
	e.Kind = Certificate
	e.der, e.cert = c.Raw, c
	e.Subject = newName(c.Subject)
	e.Issuer = newName(c.Issuer)
	e.SerialNumber = c.SerialNumber.String()
	e.setSANs(c.DNSNames, c.IPAddresses, c.EmailAddresses, c.URIs)
	e.Usages = usage.OfCertificate(c)
	e.NotBefore, e.NotAfter = c.NotBefore, c.NotAfter
	e.SignatureAlgorithm = helpers.SignatureString(c.SignatureAlgorithm)
	e.IsCA = c.BasicConstraintsValid && c.IsCA
	e.SelfSigned = pkey.Signed(c, c)
	e.AuthorityKeyID, e.SubjectKeyID = colons(c.AuthorityKeyId), colons(c.SubjectKeyId)
	sum := sha256.Sum256(c.Raw)
	e.Fingerprint = colons(sum[:])
	e.KeyAlgorithm = pkey.Algorithm(c.PublicKey)
	e.pub = c.RawSubjectPublicKeyInfo
}

// describeRequest fills an entry from a certificate request.
func (e *Entry) describeRequest(r *x509.CertificateRequest) {
	e.Subject = newName(r.Subject)
	e.setSANs(r.DNSNames, r.IPAddresses, r.EmailAddresses, r.URIs)
	e.SignatureAlgorithm = helpers.SignatureString(r.SignatureAlgorithm)
	e.KeyAlgorithm = pkey.Algorithm(r.PublicKey)
	e.pub = r.RawSubjectPublicKeyInfo
	if err := r.CheckSignature(); err != nil {
		e.Error = "its signature does not fit its key"
	}
}

// setKey fills an entry about a bare key from its public half.
func (e *Entry) setKey(pub crypto.PublicKey) {
	e.KeyAlgorithm = pkey.Algorithm(pub)
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		e.Error = fmt.Sprintf("a key of the kind %T is not known here", pub)
		return
	}
	e.pub = der
}

// setSANs takes the names in the order in which cfssl-certinfo lists them, with
// the kinds after them that it leaves out.
func (e *Entry) setSANs(dns []string, ips []net.IP, emails []string, uris []*url.URL) {
	e.DNSNames, e.EmailAddresses = dns, emails
	for _, ip := range ips {
		e.IPAddresses = append(e.IPAddresses, ip.String())
	}
	for _, u := range uris {
		e.URIs = append(e.URIs, u.String())
	}
	for _, list := range [][]string{e.DNSNames, e.IPAddresses, e.EmailAddresses, e.URIs} {
		e.SANs = append(e.SANs, list...)
	}
}

func newName(n pkix.Name) Name {
	return Name{
		Text:               n.String(),
		CommonName:         n.CommonName,
		Country:            n.Country,
		Organization:       n.Organization,
		OrganizationalUnit: n.OrganizationalUnit,
		Locality:           n.Locality,
		Province:           n.Province,
	}
}

// colons writes bytes as OpenSSL and cfssl-certinfo do: "0A:FF".
func colons(b []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", b), " ", ":")
}
