package restart

import (
	"net/netip"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

// TestOwnFiles: what stands in manifests and kubeconfigs of an adopted directory no
// run writes, and a change says so; in a set of ours it writes them itself.
func TestOwnFiles(t *testing.T) {
	before, after := cluster("three-ca"), cluster("three-ca")
	after.Endpoint = spec.Endpoint{Host: spec.Host{Name: "new.example.com"}, Port: 6443}
	after.ServiceSubnets = []netip.Prefix{netip.MustParsePrefix("10.97.0.0/16")}
	after.Nodes[0].Addresses = []netip.Addr{netip.MustParseAddr("10.9.9.9")}
	of := func(l *catalog.Layout) string {
		return strings.Join(Make(l, after, "pki", Changes{Before: before}).Notes, "\n")
	}
	ours := layoutOf(t, before)
	theirs := *ours
	theirs.AsFound = true
	for _, want := range []string{
		"write https://new.example.com:6443 into server: of each",
		"write --service-cluster-ip-range=10.97.0.0/16 for kube-apiserver",
		"write 10.9.9.9 in its place",
	} {
		if notes := of(&theirs); !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
		if notes := of(ours); strings.Contains(notes, want) {
			t.Errorf("%q of a set of ours", want)
		}
	}
}
