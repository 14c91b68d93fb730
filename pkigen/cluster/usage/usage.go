// Package usage has the usages of certificates, in cfssl's words.
package usage

import "crypto/x509"

// Usage is one word of a profile's usages with what it puts into a certificate.
type Usage struct {
	Word string
	Key  x509.KeyUsage    // 0 for an extended usage
	Ext  x509.ExtKeyUsage // counts only where Key is 0
}

// Table has every word that cfssl knows, spelt and cased as it does
// (github.com/cloudflare/cfssl/config, KeyUsage and ExtKeyUsage).
var Table = []Usage{
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

// Find is the usage of a word of cfssl.
func Find(word string) (Usage, bool) {
	for _, u := range Table {
		if u.Word == word {
			return u, true
		}
	}
	return Usage{}, false
}

// KeyWord is cfssl's word for one bit of a key usage, the first of the table
// where it has two; "" for a bit that has none.
func KeyWord(bit x509.KeyUsage) string {
	for _, u := range Table {
		if u.Key != 0 && u.Key == bit {
			return u.Word
		}
	}
	return ""
}

// ExtWord is cfssl's word for an extended key usage, the first of the
// table where it has two.
func ExtWord(ext x509.ExtKeyUsage) (string, bool) {
	for _, u := range Table {
		if u.Key == 0 && u.Ext == ext {
			return u.Word, true
		}
	}
	return "", false
}

// Bits turns cfssl's words into what stands in a certificate, as cfssl
// does: extended usages in the order of the words, and the words it does not
// know apart (cfssl drops them without a sound).
func Bits(usages []string) (x509.KeyUsage, []x509.ExtKeyUsage, []string) {
	var key x509.KeyUsage
	var ext []x509.ExtKeyUsage
	var unknown []string
	for _, word := range usages {
		switch u, ok := Find(word); {
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

// OfCertificate are the usages of a certificate in cfssl's words; one that
// cfssl has no word for is its OID.
func OfCertificate(c *x509.Certificate) []string {
	var words []string
	for bit := x509.KeyUsage(1); bit <= x509.KeyUsageDecipherOnly; bit <<= 1 {
		if c.KeyUsage&bit != 0 {
			words = append(words, KeyWord(bit))
		}
	}
	for _, u := range c.ExtKeyUsage {
		word, ok := ExtWord(u)
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
