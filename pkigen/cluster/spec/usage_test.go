package spec

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"certwright/pkigen/cluster/usage"
)

// TestCertificateUsages has a word for each usage, and the OID where there is none.
func TestCertificateUsages(t *testing.T) {
	got := usage.OfCertificate(&x509.Certificate{
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:        []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 2, 3}},
	})
	if want := []string{"signing", "cert sign", "server auth", "1.2.3"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
