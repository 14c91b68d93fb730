package spec

import (
	"slices"

	"certwright/pkigen/cluster/problem"
)

const (
	keySigns = "signCSRs"
	// maxLabelValue is the length of a label's value: the kubelet writes the name
	// of its node into the label kubernetes.io/hostname
	// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/).
	maxLabelValue = 63
)

// Kubelet are the roles of the nodes that run a kubelet, any of which is enough: kubeadm has
// one on each control-plane node too.
const Kubelet = ControlPlane | Worker

// CheckTrees judges what only the layouts with a tree for each node need: these
// make every certificate, and tell each component what it dials. It says
// nothing of answers that could not be read, which have errors among those that
// were found before, and nothing that Check says.
func CheckTrees(c *Cluster, found []problem.Problem) []problem.Problem {
	var ps []problem.Problem
	control, etcd := 0, 0
	var first *Node
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if n.Roles.Has(Etcd) {
			etcd++
		}
		if n.Roles.Has(ControlPlane) {
			control++
			if first == nil {
				first = n
			}
		}
		if n.Roles&Kubelet != 0 && len(n.Name) > maxLabelValue {
			ps = append(ps, problem.New(nodeNameOver63, keyNodes, n.Line, n.Name, len(n.Name)))
		}
	}
	if len(c.Nodes) > 0 && etcd == 0 {
		ps = append(ps, problem.New(nodesNoEtcd, keyNodes, 0))
	}
	unread := slices.ContainsFunc(found, func(p problem.Problem) bool { return p.Key == keyEndpoint && p.Severity() == problem.Error })
	if control > 1 && c.Endpoint.IsZero() && !unread {
		ps = append(ps, problem.New(endpointMissing, keyEndpoint, 0, control, first.Name))
	}
	if c.Bootstraps() && !c.SignCSRs {
		ps = append(ps, problem.New(bootstrapUnsigned, keySigns, 0))
	}
	return ps
}
