package spec

import (
	"crypto/x509"
	"strings"

	"certwright/pkigen/cluster/problem"
)

// Usage is one word of a profile's usages with what it puts into a certificate.
type Usage struct {
	Word string
	Key  x509.KeyUsage    // 0 for an extended usage
	Ext  x509.ExtKeyUsage // counts only where Key is 0
}

// UsageTable has every word that cfssl knows, spelt and cased as it does
// (github.com/cloudflare/cfssl/config, KeyUsage and ExtKeyUsage).
var UsageTable = []Usage{
	{Word: "signing", Key: x509.KeyUsageDigitalSignature},
	{Word: "digital signature", Key: x509.KeyUsageDigitalSignature},
	{Word: "content commitment", Key: x509.KeyUsageContentCommitment},
	{Word: "key encipherment", Key: x509.KeyUsageKeyEncipherment},
	{Word: "key agreement", Key: x509.KeyUsageKeyAgreement},
	{Word: "data encipherment", Key: x509.KeyUsageDataEncipherment},
	{Word: "cert sign", Key: x509.KeyUsageCertSign},
	{Word: "crl sign", Key: x509.KeyUsageCRLSign},
	{Word: "encipher only", Key: x509.KeyUsageEncipherOnly},
	{Word: "decipher only", Key: x509.KeyUsageDecipherOnly},
	{Word: "any", Ext: x509.ExtKeyUsageAny},
	{Word: "server auth", Ext: x509.ExtKeyUsageServerAuth},
	{Word: "client auth", Ext: x509.ExtKeyUsageClientAuth},
	{Word: "code signing", Ext: x509.ExtKeyUsageCodeSigning},
	{Word: "email protection", Ext: x509.ExtKeyUsageEmailProtection},
	{Word: "s/mime", Ext: x509.ExtKeyUsageEmailProtection},
	{Word: "ipsec end system", Ext: x509.ExtKeyUsageIPSECEndSystem},
	{Word: "ipsec tunnel", Ext: x509.ExtKeyUsageIPSECTunnel},
	{Word: "ipsec user", Ext: x509.ExtKeyUsageIPSECUser},
	{Word: "timestamping", Ext: x509.ExtKeyUsageTimeStamping},
	{Word: "ocsp signing", Ext: x509.ExtKeyUsageOCSPSigning},
	{Word: "microsoft sgc", Ext: x509.ExtKeyUsageMicrosoftServerGatedCrypto},
	{Word: "netscape sgc", Ext: x509.ExtKeyUsageNetscapeServerGatedCrypto},
}

// usageSynonyms are the names of OpenSSL, Go and RFC 5280, without blanks and
// case, that differ from cfssl's by more than that.
var usageSynonyms = map[string]string{
	"keycertsign": "cert sign", "certsigning": "cert sign", "crlsigning": "crl sign",
	"nonrepudiation": "content commitment", "tlswebserverauthentication": "server auth",
	"tlswebclientauthentication": "client auth", "serverauthentication": "server auth",
	"clientauthentication": "client auth", "server": "server auth", "client": "client auth",
	"emailprotection": "email protection", "extkeyusageserverauth": "server auth", "extkeyusageclientauth": "client auth",
}

func findUsage(word string) (Usage, bool) {
	for _, u := range UsageTable {
		if u.Word == word {
			return u, true
		}
	}
	return Usage{}, false
}

// KeyUsageWord is cfssl's word for one bit of a key usage, the first of the table
// where it has two; "" for a bit that has none.
func KeyUsageWord(bit x509.KeyUsage) string {
	for _, u := range UsageTable {
		if u.Key != 0 && u.Key == bit {
			return u.Word
		}
	}
	return ""
}

// ExtKeyUsageWord is cfssl's word for an extended key usage, the first of the
// table where it has two.
func ExtKeyUsageWord(ext x509.ExtKeyUsage) (string, bool) {
	for _, u := range UsageTable {
		if u.Key == 0 && u.Ext == ext {
			return u.Word, true
		}
	}
	return "", false
}

// UsageBits turns cfssl's words into what stands in a certificate, as cfssl
// does: extended usages in the order of the words, and the words it does not
// know apart (cfssl drops them without a sound).
func UsageBits(usages []string) (x509.KeyUsage, []x509.ExtKeyUsage, []string) {
	var key x509.KeyUsage
	var ext []x509.ExtKeyUsage
	var unknown []string
	for _, word := range usages {
		switch u, ok := findUsage(word); {
		case !ok:
			unknown = append(unknown, word)
		case u.Key != 0:
			key |= u.Key
		default:
			ext = append(ext, u.Ext)
		}
	}
	return key, ext, unknown
}

// ParseUsages reads the usages of a signing profile: cfssl's words with commas
// between them or on lines of their own, cased as cfssl has them, in the given
// order. Words that stand there twice are dropped with a warning.
func ParseUsages(key, s string) ([]string, []problem.Problem) {
	var words []string
	var ps []problem.Problem
	split := func(r rune) bool { return r == ',' || r == ';' || r == '\n' }
	refused := false
	for word := range strings.FieldsFuncSeq(normalise(s), split) {
		word = unquote(strings.TrimSpace(word))
		if word == "" {
			continue
		}
		switch _, ok := findUsage(word); {
		case !ok:
			refused = true
			ps = append(ps, usageFault(word).at(key, 0))
		case contains(words, word):
			ps = append(ps, problem.New(usageTwice, key, 0, word))
		default:
			words = append(words, word)
			if word == "cert sign" {
				ps = append(ps, problem.New(usageCertSign, key, 0, word))
			}
		}
	}
	if len(words) == 0 && !refused {
		ps = append(ps, problem.New(problem.Missing, key, 0, "signing, key encipherment, server auth, client auth"))
	}
	return words, ps
}

func usageFault(s string) *fault {
	if f := textFault(s); f != nil {
		return f
	}
	bare := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	if word, ok := usageSynonyms[bare]; ok {
		return faulty(usageMisspelt, s, word)
	}
	words := make([]string, len(UsageTable))
	for i, u := range UsageTable {
		words[i] = u.Word
		if bare == strings.ReplaceAll(u.Word, " ", "") {
			return faulty(usageMisspelt, s, u.Word)
		}
	}
	if near := Nearest(s, words, 3); near != "" {
		return faulty(usageMisspelt, s, near)
	}
	return faulty(usageUnknown, s)
}

// CertificateUsages are the usages of a certificate in cfssl's words; one that
// cfssl has no word for is its OID.
func CertificateUsages(c *x509.Certificate) []string {
	var words []string
	for bit := x509.KeyUsage(1); bit <= x509.KeyUsageDecipherOnly; bit <<= 1 {
		if c.KeyUsage&bit != 0 {
			words = append(words, KeyUsageWord(bit))
		}
	}
	for _, u := range c.ExtKeyUsage {
		word, ok := ExtKeyUsageWord(u)
		if !ok {
			word = u.String()
		}
		words = append(words, word)
	}
	for _, oid := range c.UnknownExtKeyUsage {
		words = append(words, oid.String())
	}
	return words
}
