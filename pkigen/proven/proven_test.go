package proven

import (
	"bytes"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"certwright/pkigen/role"
	"certwright/pkigen/spec"
)

func TestEncode(t *testing.T) {
	x := Index{
		"a": {Wanted: Sum{1}, Found: Sum{2}, Certs: [][]byte{{3}, {4, 5}}},
		"b": {Wanted: Sum{6}},
	}
	data, err := x.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got := Decode(data); !reflect.DeepEqual(got, x) {
		t.Errorf("got %+v", got)
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x40
		if got := Decode(bad); got != nil {
			t.Fatalf("byte %d changed: %+v", i, got)
		}
		if got := Decode(data[:i]); got != nil {
			t.Fatalf("%d bytes: %+v", i, got)
		}
	}
}

func cluster() *spec.Cluster {
	c := &spec.Cluster{Layout: "three-ca", Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local", Kubeconfigs: spec.Embedded, Bootstrap: spec.BootstrapOff}
	addr := netip.MustParseAddr("10.0.0.1")
	for i, name := range []string{"cp", "w1", "w2", "both"} {
		n := spec.Node{Name: name, Addresses: []netip.Addr{addr}, Roles: spec.Worker, Line: i}
		if name == "cp" || name == "both" {
			n.Roles |= spec.ControlPlane
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	return c
}

// sums are those of w1 and w2.
func sums(t *testing.T, c *spec.Cluster, have func(string) []byte) []Sum {
	t.Helper()
	l, _ := role.FindLayout("three-ca")
	certs := l.Certificates(c)
	units := Units(c, certs, l.PathsOf(certs))
	var names []string
	for _, u := range units {
		names = append(names, u.Node)
		if len(u.Certs) != 2 || len(u.Paths) < 6 || slices.ContainsFunc(u.Paths, func(p string) bool { return role.NodeOf(p) != u.Node }) {
			t.Errorf("%+v", u)
		}
	}
	if !slices.Equal(names, []string{"w1", "w2"}) {
		t.Fatalf("units %q: the control plane is always read", names)
	}
	return Wanted(c, certs, units, have)
}

// TestWanted holds what a node's files are made of.
func TestWanted(t *testing.T) {
	none := func(string) []byte { return []byte("x") }
	before := sums(t, cluster(), none)
	if before[0] == before[1] {
		t.Error("two nodes are the same")
	}
	for name, test := range map[string]struct {
		change func(*spec.Cluster)
		have   func(string) []byte
		same   [2]bool
	}{
		"nothing":         {same: [2]bool{true, true}},
		"a line":          {change: func(c *spec.Cluster) { c.Nodes[1].Line = 99 }, same: [2]bool{true, true}},
		"an address":      {change: func(c *spec.Cluster) { c.Nodes[1].Addresses[0] = netip.MustParseAddr("10.1.0.1") }, same: [2]bool{false, true}},
		"an alias":        {change: func(c *spec.Cluster) { c.Nodes[2].Aliases = []string{"w2.lab"} }, same: [2]bool{true, false}},
		"a control plane": {change: func(c *spec.Cluster) { c.Nodes[3].Addresses[0] = netip.MustParseAddr("10.1.0.1") }},
		"the name":        {change: func(c *spec.Cluster) { c.Name = "other" }},
		"the folder":      {change: func(c *spec.Cluster) { c.CertificatesDir = "/opt" }},
		"the kubeconfigs": {change: func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath }},
		"a CA": {have: func(p string) []byte {
			if p == "authority/ca.crt" {
				return []byte("y")
			}
			return []byte("x")
		}},
		"a shared key": {have: func(p string) []byte {
			if p == "nodes/cp/etc/kubernetes/kube-proxy.conf" {
				return []byte("y")
			}
			return []byte("x")
		}},
	} {
		c := cluster()
		if test.change != nil {
			test.change(c)
		}
		if test.have == nil {
			test.have = none
		}
		after := sums(t, c, test.have)
		for i := range after {
			if (after[i] == before[i]) != test.same[i] {
				t.Errorf("%s: unit %d is the same: %v", name, i, !test.same[i])
			}
		}
	}
}
