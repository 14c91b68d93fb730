package pkey

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// TestExchange puts a certificate into a chain: what is above and below it stays, and
// what describes the old one goes.
func TestExchange(t *testing.T) {
	made := map[string]string{}
	for _, cn := range []string{"leaf", "ca", "root", "new"} {
		key := newECDSA(t, elliptic.P256())
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn}}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		made[cn] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	leaf, ca, root, fresh := made["leaf"], made["ca"], made["root"], made["new"]
	dos := strings.ReplaceAll(ca, "\n", "\r\n")
	for _, test := range []struct{ name, text, old, want string }{
		{"alone", leaf, "leaf", fresh},
		{"a chain", leaf + ca + root, "leaf", fresh + ca + root},
		{"the second", leaf + ca + root, "ca", leaf + fresh + root},
		{"the last", leaf + ca, "ca", leaf + fresh},
		{"descriptions", "Subject: leaf\n" + leaf + "Subject: ca\n" + ca, "leaf", fresh + "Subject: ca\n" + ca},
		{"of the second", "Subject: leaf\n" + leaf + "Subject: ca\n" + ca, "ca", "Subject: leaf\n" + leaf + fresh},
		{"other line ends", dos + leaf, "leaf", dos + fresh},
		{"before other line ends", leaf + "\r\n" + dos, "leaf", fresh + dos},
		{"no line end", leaf + strings.TrimSpace(ca), "ca", leaf + fresh},
		{"it is there already", "Subject: new\n" + fresh + ca, "new", "Subject: new\n" + fresh + ca},
		{"none that is meant", leaf + ca, "root", ""},
		{"no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "leaf", ""},
		{"a key beside it", leaf + "-----BEGIN X-----\nAAAA\n-----END X-----\n", "leaf", fresh + "-----BEGIN X-----\nAAAA\n-----END X-----\n"},
	} {
		text := []byte(test.text)
		got := Exchange(text, []byte(fresh), func(c *x509.Certificate) bool { return c.Subject.CommonName == test.old })
		if string(got) != test.want || !bytes.Equal(text, []byte(test.text)) {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	certs, blocks := Certificates([]byte("Subject: leaf\n" + leaf + ca))
	if len(certs) != 2 || certs[1].Subject.CommonName != "ca" || string(blocks[0]) != leaf || string(blocks[1]) != ca {
		t.Errorf("got %d certificates, in %q", len(certs), blocks)
	}
}
