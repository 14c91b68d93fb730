package plan

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"strings"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/internal/parallel"
)

// Difference is one field in which a new certificate is not as the old one.
type Difference struct {
	// Field is "subject", "issuer", "names", "usages", "key", "signature", "version"
	// or "extensions".
	Field string
	// Gone and New are what only the old certificate and what only the new one
	// has; a subject is one text.
	Gone, New []string
	Note      string // what the texts do not show, or why it is so
}

// How two texts that say the same may differ.
const (
	otherOrder = "in another order"
	otherForm  = "encoded in another way"
)

// form is a certificate as it is or will be, where key and signature are not those
// of the bytes at hand.
type form struct {
	*x509.Certificate
	key    string // its algorithm
	signed x509.SignatureAlgorithm
	newKey bool
}

// Compare is everything in which a certificate differs from the one before it,
// besides dates, serial number and the bytes of signatures and key ids.
func Compare(old, now *x509.Certificate) []Difference {
	return compare(old, &form{now, pkey.Algorithm(now.PublicKey), now.SignatureAlgorithm, !pkey.Same(old.PublicKey, now.PublicKey)})
}

// Differences are those of Compare to the certificate that was found, as they will
// be; none where there was none, or where it stays. They are found once.
func (c *Certificate) Differences() []Difference {
	if c.OldCert == nil || !c.Cert.Writes() {
		return nil
	}
	if c.compared == nil {
		list := []Difference{{Field: "certificate"}}
		if now, err := c.form(); err == nil {
			list = compare(c.OldCert, now)
		} else {
			list[0].Note = err.Error()
		}
		c.compared = &list
	}
	return *c.compared
}

// Compare finds the Differences of all certificates, on all processors.
func (p *Plan) Compare() {
	_ = parallel.Each(len(p.Certificates), runtime.GOMAXPROCS(0), func(i int) error {
		p.Certificates[i].Differences()
		return nil
	})
}

// HoldTo takes over the Differences that were found for the plan that was reviewed: it
// is to what people read there that the new certificates are held. The two plans say
// the same otherwise.
func (p *Plan) HoldTo(reviewed *Plan) {
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if said := reviewed.Find(c.Name); said != nil {
			c.compared = said.compared
		}
	}
}

func compare(old *x509.Certificate, now *form) []Difference {
	var out []Difference
	add := func(d Difference) {
		if len(d.Gone)+len(d.New) > 0 || d.Note != "" {
			out = append(out, d)
		}
	}
	add(nameChange("subject", old.RawSubject, now.RawSubject))
	if !bytes.Equal(old.RawIssuer, old.RawSubject) || !bytes.Equal(now.RawIssuer, now.RawSubject) {
		add(nameChange("issuer", old.RawIssuer, now.RawIssuer))
	}
	sans := listChange("names", append(certNames(old).all(), otherNames(old)...), append(certNames(now.Certificate).all(), otherNames(now.Certificate)...))
	sans.orderOf(old, now.Certificate, oidNames)
	add(sans)
	usages := listChange("usages", usage.OfCertificate(old), usage.OfCertificate(now.Certificate))
	usages.orderOf(old, now.Certificate, oidExtKeyUsage)
	if strings.HasPrefix(now.key, "ECDSA") && slices.Contains(usages.Gone, usage.KeyWord(x509.KeyUsageKeyEncipherment)) {
		usages.Note = "an ECDSA key cannot do it"
	}
	add(usages)
	add(listChange("key", []string{pkey.Algorithm(old.PublicKey)}, []string{now.key}))
	add(listChange("signature", []string{old.SignatureAlgorithm.String()}, []string{now.signed.String()}))
	add(listChange("version", []string{fmt.Sprint(old.Version)}, []string{fmt.Sprint(now.Version)}))
	add(extensionChange(old, now))
	return out
}

func listChange(field string, old, now []string) Difference {
	return Difference{Field: field, Gone: without(old, now), New: without(now, old)}
}

// orderOf notes where two lists have the same entries, and their extension other bytes.
func (d *Difference) orderOf(old, now *x509.Certificate, id asn1.ObjectIdentifier) {
	a, b := extensionOf(old, id), extensionOf(now, id)
	if len(d.Gone)+len(d.New) == 0 && a != nil && b != nil && !bytes.Equal(a.Value, b.Value) {
		d.Note = otherOrder
	}
}

// nameChange compares subjects or issuers, as chains are built by their bytes.
func nameChange(field string, old, now []byte) Difference {
	d := Difference{Field: field}
	if bytes.Equal(old, now) {
		return d
	}
	was, is := rdnText(old), rdnText(now)
	if strings.Join(was, ",") == strings.Join(is, ",") {
		d.Note = otherForm
		return d
	}
	d.Gone, d.New = []string{strings.Join(was, ",")}, []string{strings.Join(is, ",")}
	slices.Sort(was)
	slices.Sort(is)
	if slices.Equal(was, is) {
		d.Note = otherOrder
	}
	return d
}

// rdnText are the parts of a name, from the last to the first as RFC 4514 has it.
func rdnText(der []byte) []string {
	var all pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &all); err != nil || len(rest) > 0 {
		return []string{fmt.Sprintf("%x", der)}
	}
	var out []string
	for _, rdn := range slices.Backward(all) {
		out = append(out, pkix.RDNSequence{rdn}.String())
	}
	return out
}

var (
	oidSubjectKeyID   = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidNames          = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}
)

// extensionWords are the extensions that are common in clusters; any other is its OID.
var extensionWords = map[string]string{
	oidSubjectKeyID.String(): "subject key id", oidKeyUsage.String(): "key usage", oidNames.String(): "subject alternative names",
	oidBasicConstraints.String(): "basic constraints", oidNameConstraints.String(): "name constraints", "2.5.29.31": "CRL distribution points",
	"2.5.29.32": "certificate policies", oidAuthorityKeyID.String(): "authority key id", oidExtKeyUsage.String(): "extended key usage",
	"1.3.6.1.5.5.7.1.1": "authority information access", "2.16.840.1.113730.1.1": "Netscape certificate type", "2.16.840.1.113730.1.13": "Netscape comment",
}

func extensionWord(id asn1.ObjectIdentifier) string {
	if word, known := extensionWords[id.String()]; known {
		return word
	}
	return id.String()
}

func extensionOf(c *x509.Certificate, id asn1.ObjectIdentifier) *pkix.Extension {
	i := slices.IndexFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(id) })
	if i < 0 {
		return nil
	}
	return &c.Extensions[i]
}

// extensionChange compares which extensions there are, whether they are critical,
// what they hold, and their order.
func extensionChange(old *x509.Certificate, now *form) Difference {
	d := Difference{Field: "extensions"}
	said := func(e *pkix.Extension) bool { // by names and usages
		return e.Id.Equal(oidNames) || e.Id.Equal(oidKeyUsage) || e.Id.Equal(oidExtKeyUsage)
	}
	var was, is []string // those that both have, in their order
	for i := range old.Extensions {
		e := &old.Extensions[i]
		other := extensionOf(now.Certificate, e.Id)
		if other == nil {
			if !said(e) {
				d.Gone = append(d.Gone, extensionWord(e.Id))
			}
			continue
		}
		was = append(was, e.Id.String())
		a, b := "", ""
		if !said(e) {
			a, b = extensionText(e, now.newKey), extensionText(other, now.newKey)
		}
		if a == b {
			a, b = "", ""
		}
		if e.Critical != other.Critical || a != b {
			d.Gone = append(d.Gone, extensionWord(e.Id)+a+critical(e.Critical, other.Critical))
			d.New = append(d.New, extensionWord(e.Id)+b+critical(other.Critical, e.Critical))
		}
	}
	for i := range now.Extensions {
		e := &now.Extensions[i]
		switch {
		case extensionOf(old, e.Id) != nil:
			is = append(is, e.Id.String())
		case !said(e):
			d.New = append(d.New, extensionWord(e.Id))
		}
	}
	if !slices.Equal(was, is) {
		d.Note = otherOrder
	}
	return d
}

func critical(is, other bool) string {
	switch {
	case is == other:
		return ""
	case is:
		return " (critical)"
	}
	return " (not critical)"
}

// extensionText is what an extension holds, as far as two are told apart by it. Key
// ids follow keys, and the id of a signer follows the signer.
func extensionText(e *pkix.Extension, newKey bool) string {
	switch {
	case e.Id.Equal(oidSubjectKeyID) && newKey:
		return ""
	case e.Id.Equal(oidAuthorityKeyID):
		id, ok := parseAuthorityKeyID(e.Value)
		if !ok {
			return fmt.Sprintf(" %X", e.Value)
		}
		var parts []string
		if len(id.KeyID) > 0 {
			parts = append(parts, "key id")
		}
		if id.Serial != nil {
			parts = append(parts, "issuer and serial number")
		}
		return " of " + strings.Join(parts, ", ")
	}
	return fmt.Sprintf(" %X", e.Value)
}

// authorityKeyID is how a certificate names its signer (RFC 5280, 4.2.1.1). Go reads
// the key id alone; OpenSSL refuses a signer of another serial number.
type authorityKeyID struct {
	KeyID  []byte        `asn1:"optional,tag:0"`
	Issuer asn1.RawValue `asn1:"optional,tag:1"`
	Serial *big.Int      `asn1:"optional,tag:2"`
}

func parseAuthorityKeyID(value []byte) (id authorityKeyID, ok bool) {
	rest, err := asn1.Unmarshal(value, &id)
	return id, err == nil && len(rest) == 0
}

// otherNames are names of kinds that are no address, DNS name, mail address or URI.
func otherNames(c *x509.Certificate) []string {
	e := extensionOf(c, oidNames)
	if e == nil {
		return nil
	}
	var all []asn1.RawValue
	if _, err := asn1.Unmarshal(e.Value, &all); err != nil {
		return nil
	}
	var out []string
	for _, n := range all {
		if !slices.Contains([]int{1, 2, 6, 7}, n.Tag) {
			out = append(out, fmt.Sprintf("a name of kind %d: %X", n.Tag, n.Bytes))
		}
	}
	return out
}
