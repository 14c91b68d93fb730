package catalog

import (
	"slices"
	"testing"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// TestRisks: what is allowed and not safe is warned of, and only that.
func TestRisks(t *testing.T) {
	nodes := []spec.Node{{Name: "cp1", Roles: spec.ControlPlane | spec.Etcd}, {Name: "w1", Roles: spec.Worker}}
	for i := range Layouts {
		l := &Layouts[i]
		want := map[problem.Code]bool{}
		for _, c := range []spec.Cluster{
			{},
			{SignCSRs: true},
			{Bootstrap: spec.BootstrapSecret, SignCSRs: true},
			{Bootstrap: spec.BootstrapFile, SignCSRs: true},
			{Bootstrap: spec.BootstrapDone, SignCSRs: true},
		} {
			c.Layout, c.Nodes = l.Name, nodes
			want[problem.OneCAForAll] = l != &Layouts[0]
			want[problem.CAKeyOnNodes] = l.PerNode && c.SignCSRs
			want[problem.TokenWithoutEnd] = l.PerNode && c.Bootstrap == spec.BootstrapFile
			ps := checkRisks(l, &c)
			for code, want := range want {
				if got := slices.ContainsFunc(ps, func(p problem.Problem) bool { return p.Code == code }); got != want {
					t.Errorf("%s, %q, signs %t: %s is %t, want %t", l.Name, c.Bootstrap, c.SignCSRs, code, got, want)
				}
			}
			if problem.HasErrors(ps) {
				t.Errorf("%s: a risk stops the work: %v", l.Name, ps)
			}
		}
	}
}
