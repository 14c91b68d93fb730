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

// However long the CA lives, no default has to be changed for it.
func TestDefaultsWithinCA(t *testing.T) {
	for _, layout := range layoutNames() {
		for _, expiry := range []string{"5y", "43800h", "365d", "720h", "1h", "20y"} {
			a := treeAnswers(t, "layout", layout, "ca.expiry", expiry, "nodes", "m 10.0.0.1 cp,etcd")
			c, ps := Build(a, testNow)
			for _, p := range ByKey(ps)["profiles.kubernetes.expiry"] {
				t.Errorf("%s, a CA of %s: %s", layout, expiry, p.Error())
			}
			for _, p := range c.Profiles {
				if p.Expiry > c.CA.Expiry || p.Expiry == 0 {
					t.Errorf("%s, a CA of %s: profile %s has %s", layout, expiry, p.Name, p.Expiry)
				}
			}
		}
	}
	a := treeAnswers(t, "layout", "article", "ca.expiry", "5y")
	if got := a.Get("profiles.kubernetes.expiry"); got != "43800h" || !a.IsDefault("profiles.kubernetes.expiry") {
		t.Errorf("the profile's default is %q", got)
	}
	if err := a.Set("profiles.kubernetes.expiry", "10y"); err != nil {
		t.Fatal(err)
	}
	if _, ps := Build(a, testNow); len(ByKey(ps)["profiles.kubernetes.expiry"]) != 1 {
		t.Error("a profile that was answered with more than its CA is not refused")
	}
}
