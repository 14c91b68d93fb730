package plan

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
)

// issuer is the CA as it will be after the run: what a certificate on disk has
// to be signed by in order to stay.
type issuer struct {
	self     bool             // a root, looking at itself
	public   crypto.PublicKey // nil: its key is yet to be made, so nothing is signed by it
	subject  []byte           // DER
	keyID    []byte
	signs    x509.SignatureAlgorithm // how it signs
	notAfter time.Time
	unknown  bool // refused and unreadable, or above an intermediate: nothing can be said about what it signed
}

// differences says in what a certificate that belongs to its key is not as it
// has to be; empty if it may stay. A CA is judged by its fields, dates and
// right to sign only: how another tool has written its subject, its names and
// further usages is kept when it is renewed, for the sake of what it signed.
func differences(have *x509.Certificate, c *catalog.Certificate, by issuer, now time.Time) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	if now.After(have.NotAfter) {
		add("expired " + day(have.NotAfter))
	}
	if now.Before(have.NotBefore) {
		add("begins only on " + day(have.NotBefore))
	}
	switch isCA := pkey.IsCA(have); {
	case c.IsCA() && !isCA:
		add("is not a CA")
	case c.IsCA() && !CanSign(have):
		add("must not sign certificates by its usages")
	case c.IsCA():
	default:
		if isCA {
			add("is a CA")
		}
		add(leafSubjectDifference(have, c))
		add(staleNames(have, c))
		add(usageDifference(have, c))
	}
	add(lifetimeDifference(have, c, by))
	add(signerDifference(have, by))
	return out
}

// subjectDifference compares by the DER, as a chain is built.
func subjectDifference(raw []byte, have pkix.Name, want spec.Subject) string {
	if der, err := catalog.RawSubject(want); err == nil && bytes.Equal(raw, der) {
		return ""
	}
	if parts := changedFields(have, want); len(parts) > 0 {
		return "subject changed: " + strings.Join(parts, ", ")
	}
	return "subject is written in another form or has further fields"
}

// SameSubject reports whether a subject has the fields of the answers, whatever
// else it has and however it is written.
func SameSubject(have pkix.Name, want spec.Subject) bool { return len(changedFields(have, want)) == 0 }

// changedFields are the fields of the answers in which a subject differs:
// `CN from "a" to "b"`.
func changedFields(have pkix.Name, want spec.Subject) []string {
	w := catalog.PKIXName(want)
	var parts []string
	for _, f := range []struct {
		field      string
		have, want []string
	}{
		{"CN", []string{have.CommonName}, []string{w.CommonName}},
		{"C", have.Country, w.Country},
		{"ST", have.Province, w.Province},
		{"L", have.Locality, w.Locality},
		{"O", have.Organization, w.Organization},
		{"OU", have.OrganizationalUnit, w.OrganizationalUnit},
	} {
		if !slices.Equal(f.have, f.want) {
			parts = append(parts, fmt.Sprintf("%s from %q to %q", f.field, strings.Join(f.have, "+"), strings.Join(f.want, "+")))
		}
	}
	return parts
}

// names are subject alternative names, split as a certificate holds them; the
// order of DNS names among addresses is not kept there.
type names struct{ dns, addresses, others []string }

func certNames(c *x509.Certificate) names {
	return newNames(c.DNSNames, c.IPAddresses, c.EmailAddresses, c.URIs)
}

func requestNames(r *x509.CertificateRequest) names {
	return newNames(r.DNSNames, r.IPAddresses, r.EmailAddresses, r.URIs)
}

func newNames(dns []string, ips []net.IP, mails []string, uris []*url.URL) names {
	n := names{dns: dns, others: slices.Clone(mails)}
	for _, ip := range ips {
		n.addresses = append(n.addresses, ip.String())
	}
	for _, u := range uris {
		n.others = append(n.others, u.String())
	}
	return n
}

func wantedNames(hosts []spec.Host) names {
	var n names
	for _, h := range hosts {
		if h.Addr.IsValid() {
			n.addresses = append(n.addresses, h.String())
		} else {
			n.dns = append(n.dns, h.String())
		}
	}
	return n
}

func (n names) all() []string { return slices.Concat(n.addresses, n.dns, n.others) }

// shownNames bounds a reason that would name every node of a large cluster.
const shownNames = 4

func nameDifference(have names, hosts []spec.Host) string {
	want := wantedNames(hosts)
	if slices.Equal(have.dns, want.dns) && slices.Equal(have.addresses, want.addresses) && len(have.others) == 0 {
		return ""
	}
	added, gone := without(want.all(), have.all()), without(have.all(), want.all())
	if len(added)+len(gone) == 0 {
		return "names are in another order"
	}
	return "names changed:" + signed("+", added) + signed("-", gone)
}

// without is what list has and other has not, in list's order.
func without(list, other []string) []string {
	known := make(map[string]bool, len(other))
	for _, s := range other {
		known[s] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return known[s] })
}

func signed(sign string, list []string) string {
	var b strings.Builder
	for i, s := range list {
		if i == shownNames {
			fmt.Fprintf(&b, " %s%d more", sign, len(list)-i)
			break
		}
		b.WriteString(" " + sign + s)
	}
	return b.String()
}

// usageDifference takes a certificate that has usages too which its key cannot do:
// nothing reads them, so it may stay, and its next renewal leaves them out.
func usageDifference(have *x509.Certificate, c *catalog.Certificate) string {
	key, ext, _ := usage.Bits(c.Usages)
	unable, _, _ := usage.Bits(c.Unable)
	if have.KeyUsage&^unable == key && len(have.UnknownExtKeyUsage) == 0 &&
		slices.Equal(sortedSet(have.ExtKeyUsage), sortedSet(ext)) {
		return ""
	}
	return "usages changed"
}

func sortedSet(list []x509.ExtKeyUsage) []x509.ExtKeyUsage {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// lifetimeDifference accepts the profile's expiry, and a shorter life that ends
// with the CA. What was adopted may have any, also one that ends later than its CA, as
// other tools make it: the answers are for the next one.
func lifetimeDifference(have *x509.Certificate, c *catalog.Certificate, by issuer) string {
	life := have.NotAfter.Sub(have.NotBefore)
	if !c.AsFound && !by.self && !by.notAfter.IsZero() && have.NotAfter.After(by.notAfter) {
		return "outlives its CA, which expires " + day(by.notAfter)
	}
	if life == c.Expiry || isCut(have, c, by) || c.AsFound {
		return ""
	}
	return fmt.Sprintf("lifetime changed from %s to %s", spec.DurationText(life), spec.DurationText(c.Expiry))
}

// isCut reports whether the certificate expires with its CA, earlier than its profile says.
func isCut(have *x509.Certificate, c *catalog.Certificate, by issuer) bool {
	return !by.self && have.NotAfter.Equal(by.notAfter) && have.NotAfter.Sub(have.NotBefore) < c.Expiry
}

// otherSigner is the reason for a certificate that another CA has signed.
const otherSigner = "signed by another CA"

func signerDifference(have *x509.Certificate, by issuer) string {
	if by.unknown {
		return ""
	}
	other := otherSigner
	if by.self {
		other = "is not signed by itself"
	}
	if by.public == nil || !bytes.Equal(have.RawIssuer, by.subject) {
		return other
	}
	// OpenSSL takes a CA for another one if its key id differs.
	if !by.self && len(have.AuthorityKeyId) > 0 && !bytes.Equal(have.AuthorityKeyId, by.keyID) {
		return other
	}
	// A CA that is itself renewed with its key has no certificate yet, so the
	// parent is put together from what it will be.
	parent := &x509.Certificate{
		Version: 3, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
		PublicKey: by.public, PublicKeyAlgorithm: publicKeyAlgorithm(by.public), RawSubject: by.subject,
	}
	err := pkey.CheckSignatureFrom(have, parent)
	var insecure x509.InsecureAlgorithmError
	switch {
	case by.self && errors.As(err, &insecure):
		return "" // nobody checks a root's own signature
	case errors.As(err, &insecure):
		return fmt.Sprintf("signed with %v, which no component takes any more", have.SignatureAlgorithm)
	case err != nil:
		return other
	}
	return ""
}

// requestDifference says why a certificate request does not belong to the key
// or the certificate; "" if it does.
func requestDifference(data []byte, c *catalog.Certificate, public crypto.PublicKey) string {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return "holds no certificate request"
	}
	req, err := pkey.ParseRequest(block.Bytes)
	if err != nil || pkey.CheckRequest(req) != nil {
		return "is a damaged certificate request"
	}
	if !pkey.Same(req.PublicKey, public) {
		return "belongs to another private key"
	}
	if s := subjectDifference(req.RawSubject, req.Subject, c.Subject); s != "" {
		return s
	}
	return nameDifference(requestNames(req), c.Hosts)
}
