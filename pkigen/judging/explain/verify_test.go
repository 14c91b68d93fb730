package explain

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"
	"strings"
	"testing"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// check verifies a certificate as a client does.
func (p *pair) check(host string, roots *x509.CertPool, usages ...x509.ExtKeyUsage) error {
	_, err := p.cert.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, KeyUsages: usages, Intermediates: x509.NewCertPool()})
	return err
}

// What crypto/x509 itself says of planted faults.
func TestVerifyTexts(t *testing.T) {
	ca, other, again := newCA(t, "kubernetes"), newCA(t, "etcd-ca"), newCA(t, "kubernetes")
	good := issue(t, ca, "good", serves("master1", "127.0.0.1"))
	many := func(c *x509.Certificate) {
		for i := range 150 {
			c.IPAddresses = append(c.IPAddresses, net.IPv4(10, 0, 0, byte(i)))
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("node%d", i))
		}
	}
	crowd := issue(t, ca, "crowd", serves(), many)
	impostor := issue(t, ca, "kubernetes", serves("x")) // a leaf that is named as the CA and stands in the trust file
	impostorMade := issue(t, impostor, "below", serves("master1"))
	clientOnly := newCA(t, "clients", dials)
	for _, tt := range []struct {
		name  string
		err   error
		id    string
		check CheckID
		value string // that must be in the sentence
	}{
		{"other CA", good.check("master1", pool(other)), "unknown-authority", findings.UnknownSigner, ""},
		{"same name", good.check("master1", pool(again)), "same-name-ca", findings.TwoCAsOneName, `"kubernetes"`},
		{"no CA", impostorMade.check("master1", pool(impostor)), "signer-no-ca", findings.NotACA, "kubernetes"},
		{"name", good.check("worker9", pool(ca)), "san-mismatch", findings.SANMissing, "worker9"},
		{"address", good.check("10.0.0.9", pool(ca)), "san-mismatch", findings.SANMissing, "10.0.0.9"},
		{"no address", issue(t, ca, "a", serves("master1")).check("10.0.0.9", pool(ca)), "san-no-address", findings.SANMissing, "10.0.0.9"},
		{"IPv6", issue(t, ca, "a", serves("master1")).check("fd00::9", pool(ca)), "san-no-address", findings.SANMissing, "fd00::9"},
		{"many names", crowd.check("worker9", pool(ca)), "san-mismatch", findings.SANMissing, "worker9"},
		{"many addresses", crowd.check("192.0.2.1", pool(ca)), "san-mismatch", findings.SANMissing, "192.0.2.1"},
		{"no names", issue(t, ca, "a", serves("127.0.0.1")).check("master1", pool(ca)), "san-none", findings.SANNone, "master1"},
		{"CN only", issue(t, ca, "master1", serves()).check("master1", pool(ca)), "legacy-cn", findings.SANNone, ""},
		{"ended", issue(t, ca, "a", serves("master1"), ended).check("master1", pool(ca)), "expired", findings.Expired, ""},
		{"early", issue(t, ca, "a", serves("master1"), early).check("master1", pool(ca)), "not-yet-valid", findings.NotYetValid, ""},
		{"usage", issue(t, ca, "a", dials).check("", pool(ca), x509.ExtKeyUsageServerAuth), "wrong-usage", findings.UsageMissing, ""},
		{"usage of the CA", issue(t, clientOnly, "a", serves("master1")).check("", pool(clientOnly), x509.ExtKeyUsageServerAuth), "wrong-usage", findings.UsageMissing, ""},
		{"signature", good.cert.CheckSignatureFrom(again.cert), "signature-wrong", findings.TwoCAsOneName, ""},
		{"parent", good.cert.CheckSignatureFrom(issue(t, ca, "a").cert), "signer-no-ca", findings.NotACA, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := wantCause(t, tt.err, tt.id, tt.check)
			if !strings.Contains(m.Means(), tt.value) {
				t.Errorf("%q does not name %q", m.Means(), tt.value)
			}
		})
	}
}

// A chain that breaks a limit of its CA.
func TestLimitTexts(t *testing.T) {
	root := newCA(t, "root", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	middle := sign(t, ecKey(t), root, "middle", authority)
	leaf := issue(t, middle, "leaf", serves("master1"))
	_, err := leaf.cert.Verify(x509.VerifyOptions{Roots: pool(root), Intermediates: pool(middle)})
	wantCause(t, err, "ca-limits", findings.CACannotSign)

	fenced := newCA(t, "fenced", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.com"} })
	wantCause(t, issue(t, fenced, "leaf", serves("master1")).check("", pool(fenced)), "ca-limits", findings.CACannotSign)
}

// The hint behind an unknown authority depends on the kind of the CA's key.
func TestPossiblyBecauseOf(t *testing.T) {
	rsaKey := func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	edKey := func() ed25519.PrivateKey {
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first, second := sign(t, rsaKey(), nil, "my CA", authority), sign(t, rsaKey(), nil, "my CA", authority)
	m := wantCause(t, issue(t, first, "a", serves("m")).check("m", pool(second)), "same-name-ca", findings.TwoCAsOneName)
	if m.Values["ca"] != "my CA" {
		t.Errorf("the CA is %q", m.Values["ca"])
	}
	first, second = sign(t, edKey(), nil, "my CA", authority), sign(t, edKey(), nil, "my CA", authority)
	wantCause(t, issue(t, first, "a", serves("m")).check("m", pool(second)), "same-name-ca", findings.TwoCAsOneName)

	old := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
	ca := sign(t, rsaKey(), nil, "old", authority)
	weak := issue(t, ca, "a", serves("m"), old)
	m = wantCause(t, weak.check("m", pool(ca)), "signed-with-sha1", findings.SHA1)
	if m.Values["alg"] != "SHA1-RSA" {
		t.Errorf("the algorithm is %q", m.Values["alg"])
	}
	wantCause(t, weak.cert.CheckSignatureFrom(ca.cert), "signed-with-sha1", findings.SHA1)
}

// What can not be read, and keys that Go does not use.
func TestParseTexts(t *testing.T) {
	ca := newCA(t, "ca")
	network, err := asn1.Marshal([]asn1.RawValue{{Tag: 7, Class: asn1.ClassContextSpecific, Bytes: []byte{192, 168, 214, 0, 255, 255, 255, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	san := asn1.ObjectIdentifier{2, 5, 29, 17}
	_, err = x509.ParseCertificate(raw(t, ca, san, network, false))
	m := wantCause(t, err, "san-bytes", findings.SANIsNetwork)
	if m.Values["bytes"] != "8" {
		t.Errorf("the bytes are %q", m.Values["bytes"])
	}
	_, err = x509.ParseCertificate(raw(t, ca, san, []byte{0x30, 0x03, 0x82, 0x01, 0xff}, false))
	wantCause(t, err, "san-malformed", findings.SANIsPort)
	_, err = x509.ParseCertificate(ca.der[:len(ca.der)-9])
	wantCause(t, err, "cert-unreadable", scan.PEMBroken)
	strange, err := x509.ParseCertificate(raw(t, ca, asn1.ObjectIdentifier{1, 2, 3, 4}, []byte{5, 0}, true))
	if err != nil {
		t.Fatal(err)
	}
	wantCause(t, (&pair{cert: strange}).check("", pool(ca)), "critical-extension", "")
	_, err = x509.CreateCertificate(rand.Reader, ca.cert, ca.cert, ca.key.Public(), ecKey(t))
	wantCause(t, err, "issuer-key", findings.KeyMismatch)
	_, err = rsa.GenerateKey(rand.Reader, 512)
	m = wantCause(t, err, "weak-rsa-key", findings.WeakKey)
	if m.Values["bits"] != "512" {
		t.Errorf("the bits are %q", m.Values["bits"])
	}
}
