package catalog

import (
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// checkRisks warns of what is allowed and not safe, however the answers came to say it.
// Without nodes nothing is at risk yet.
func checkRisks(l *Layout, c *spec.Cluster) []problem.Problem {
	if len(c.Nodes) == 0 {
		return nil
	}
	var ps []problem.Problem
	if l.authorities() == 1 {
		ps = append(ps, problem.Problem{Code: problem.OneCAForAll, Key: "layout", Args: []any{Layouts[0].Name}})
	}
	if !l.PerNode {
		return ps // its files go to no node by themselves
	}
	if c.Bootstrap == spec.BootstrapFile {
		ps = append(ps, problem.Problem{Code: problem.TokenWithoutEnd, Key: "tlsBootstrap", Args: []any{string(spec.BootstrapSecret)}})
	}
	if n := controlPlanes(c); c.SignCSRs && n > 0 {
		ps = append(ps, problem.Problem{Code: problem.CAKeyOnNodes, Key: "signCSRs", Args: []any{spec.Count(n, "control-plane node", "control-plane nodes")}})
	}
	return ps
}

// controlPlanes is the number of nodes that get the CA's key where it signs.
func controlPlanes(c *spec.Cluster) int {
	n := 0
	for i := range c.Nodes {
		if c.Nodes[i].Roles.Has(spec.ControlPlane) {
			n++
		}
	}
	return n
}

// authorities is the number of the layout's CAs.
func (l *Layout) authorities() int {
	n := 0
	for i := range l.Entries {
		if l.Entries[i].Kind == Authority {
			n++
		}
	}
	return n
}
