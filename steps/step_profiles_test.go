package steps

import (
	"testing"

	"certwright/pkigen/cluster/spec"
)

// TestEnciphers holds what is said of usages that a key cannot do.
func TestEnciphers(t *testing.T) {
	usages := []string{"digital signature", "key encipherment", "server auth"}
	for _, test := range []struct {
		layout string
		key    spec.KeyAlgorithm
		want   string
	}{
		{"three-ca", spec.RSA2048, ""},
		{"three-ca", spec.ECDSAP256, "; without key encipherment, which an ECDSA key cannot do"},
		{"article", spec.ECDSAP384, "; with key encipherment, though an ECDSA key cannot do it"},
		{"article", spec.RSA2048, ""},
		{"", spec.ECDSAP256, ""},
	} {
		if got := enciphers(&spec.Cluster{Layout: test.layout, Key: test.key}, usages); got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.layout, test.key, got, test.want)
		}
	}
}
