package restart

import (
	"net/netip"
	"slices"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/shell/shelltest"
	"certwright/pkigen/cluster/spec"
)

// TestHostileNames: whatever nodes and the directory are called, each command is made of
// words of its own.
func TestHostileNames(t *testing.T) {
	seen := 0
	for i, w := range shelltest.Hostile {
		dir := shelltest.Hostile[(i+5)%len(shelltest.Hostile)]
		before, after := cluster("three-ca"), cluster("three-ca")
		for _, c := range []*spec.Cluster{before, after} {
			for j := range c.Nodes {
				c.Nodes[j].Name = w + c.Nodes[j].Name
			}
		}
		addr := netip.MustParseAddr("10.9.0.1")
		after.Nodes = append(after.Nodes[1:], spec.Node{Name: w + "new", Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd})
		after.Nodes[0].Addresses = []netip.Addr{addr.Next()}
		l := layoutOf(t, after)
		var changes []Change
		for _, p := range l.Paths(after) {
			changes = append(changes, Change{Path: p, New: catalog.NodeOf(p) == w+"new"})
		}
		changes = append(changes, Change{Path: catalog.NodeRoot(w+"new") + "/etc/kubernetes/etcd.env", New: true}, Change{Path: catalog.ManifestFolder + "/" + w})
		gone := []string{catalog.NodeRoot(after.Nodes[0].Name) + "/etc/kubernetes/" + w}
		p := Make(l, after, dir, Changes{Before: before, Written: changes, Gone: gone})
		for _, c := range p.Copies {
			seen++
			check(t, c.Command)
		}
		for _, s := range slices.Concat(p.First, p.Steps) {
			for _, line := range []shell.Line{s.Command, s.Older, s.Health} {
				if line != "" {
					seen++
					check(t, line)
				}
			}
		}
	}
	if seen < 20*len(shelltest.Hostile) {
		t.Errorf("%d commands were looked at; this test looks at nothing", seen)
	}
}

func check(t *testing.T, line shell.Line) {
	t.Helper()
	if err := shelltest.Check(line); err != nil {
		t.Error(err)
	}
}
