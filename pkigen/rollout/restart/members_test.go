package restart

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/spec"
)

// TestMemberGoes: API servers forget a member of etcd before it leaves, since what a
// member is asked in the moment in which it leaves fails. Where another one comes in
// the same run, the old one leaves first of all: the new one would not start beside a
// member that it is not told of.
func TestMemberGoes(t *testing.T) {
	before := cluster("three-ca")
	gone := func(more ...spec.Node) *spec.Cluster {
		c := cluster("three-ca")
		c.Nodes = append(slices.Delete(c.Nodes, 2, 3), more...)
		return c
	}
	fresh := spec.Node{Name: "cp-4", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.9")}, Roles: spec.ControlPlane | spec.Etcd}
	for name, test := range map[string]struct {
		after *spec.Cluster
		want  []string
	}{
		"alone": {gone(), []string{
			"drain cp-3", "stop cp-3 without etcd", "restart kube-apiserver cp-1", "restart kube-apiserver cp-2", "leave etcd cp-3", "stop cp-3 etcd", "delete node cp-3",
		}},
		"while another comes": {gone(fresh), []string{
			"drain cp-3", "leave etcd cp-3", "stop cp-3 without etcd", "join etcd cp-4", "start etcd cp-4", "promote etcd cp-4", "restart kube-apiserver cp-1", "restart kube-apiserver cp-2", "stop cp-3 etcd", "delete node cp-3",
		}},
	} {
		var written []Change
		for _, node := range []string{"cp-1", "cp-2"} {
			written = append(written, Change{Path: "nodes/" + node + "/etc/kubernetes/kube-apiserver.env", Flags: []string{"--etcd-servers"}})
		}
		if len(test.after.Nodes) == len(before.Nodes) {
			written = append(written, Change{Path: "nodes/cp-4/etc/kubernetes/etcd.env", New: true}, Change{Path: "nodes/cp-4/etc/kubernetes/pki/etcd/server.crt", New: true})
		}
		p := Make(layoutOf(t, before), test.after, "pki", Changes{Before: before, Written: written})
		var got []string
		for _, s := range slices.Concat(p.First, p.Steps) {
			switch {
			case s.What == Stop && s.Component != "etcd" && !strings.Contains(s.Command.String(), "etcd"):
				got = append(got, "stop "+s.Node+" without etcd")
			case s.What == Stop:
				got = append(got, "stop "+s.Node+" "+s.Component)
			case s.What == Restart, s.What == Start:
				got = append(got, string(s.What)+" "+s.Component+" "+s.Node)
			default:
				got = append(got, string(s.What)+" "+s.Node)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, ", "), strings.Join(test.want, ", "))
		}
	}
}
