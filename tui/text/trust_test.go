package text

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/trust"
)

func trustCluster() *spec.Cluster {
	node := func(name, addr string, roles spec.NodeRoles) spec.Node {
		return spec.Node{Name: name, Addresses: []netip.Addr{netip.MustParseAddr(addr)}, Roles: roles}
	}
	return &spec.Cluster{Nodes: []spec.Node{
		node("master1", "192.168.214.88", spec.ControlPlane|spec.Etcd),
		node("master2", "192.168.214.89", spec.ControlPlane|spec.Etcd),
		node("master3", "192.168.214.90", spec.ControlPlane|spec.Etcd),
		node("worker1", "192.168.214.91", spec.Worker),
	}}
}

func drawTrust(t *testing.T, layout string, width int) string {
	t.Helper()
	l, ok := catalog.FindLayout(layout)
	if !ok {
		t.Fatalf("no layout %s", layout)
	}
	var b strings.Builder
	if err := Trust(&b, trust.Resolve(l, trustCluster()), width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var update = flag.Bool("update", false, "rewrite the golden files")

// The drawings as they were last looked at; -update rewrites them.
func TestTrustDrawing(t *testing.T) {
	for _, layout := range []string{"three-ca", "single-ca", "article"} {
		got := drawTrust(t, layout, 80)
		file := filepath.Join("testdata", "trust-"+layout+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; look at it, then run go test ./tui/text -update\n%s", file, got)
		}
	}
}

// Nothing is wider than the terminal, and every label is there at any width.
func TestTrustFits(t *testing.T) {
	for _, layout := range []string{"three-ca", "single-ca", "article"} {
		for _, width := range []int{36, 58, 78, 80, 118} {
			got := drawTrust(t, layout, width)
			for l := range strings.SplitSeq(got, "\n") {
				if cellWidth(l) > width {
					t.Errorf("%s at %d: %q is %d wide", layout, width, l, cellWidth(l))
				}
			}
		}
	}
	if got := drawTrust(t, "single-ca", 80); !strings.Contains(got, "| ~ any client of ca |= such as kubelet-client ===>|") {
		t.Errorf("single-ca does not draw that a kubelet's certificate opens etcd:\n%s", got)
	}
	if got := drawTrust(t, "three-ca", 80); strings.Contains(got, "any client of") {
		t.Errorf("three-ca draws a danger:\n%s", got)
	}
}

func TestTrustBoxesAreClosed(t *testing.T) {
	for _, layout := range []string{"three-ca", "single-ca", "article"} {
		for l := range strings.SplitSeq(drawTrust(t, layout, 80), "\n") {
			if strings.HasPrefix(l, "|") && !strings.HasSuffix(l, "|") || strings.HasPrefix(l, "+") && !strings.HasSuffix(l, "+") && !strings.HasSuffix(l, "|") {
				t.Errorf("%s: open box %q", layout, l)
			}
		}
	}
}
