package steps

import (
	"fmt"
	"strings"
	"time"

	"certwright/pkigen/cluster/spec"
)

func nodesStep() Step {
	return Step{
		Key:   "nodes",
		Title: "Nodes",
		Intro: "One node a line: name, addresses, roles. Without roles, the name says them",
		When:  changeable,
		Questions: []Field{{
			Key: nodesKey, Label: "Nodes", Kind: Lines, Form: lineList,
			Example: "master1 192.168.214.88 control-plane,etcd",
			Means:   countNodes,
			Columns: []string{"NODE", "ADDRESSES", "ROLES"},
			Rows:    nodeRows,
		}},
		Shows: shows(servesEtcd, ofMembers),
	}
}

// nodeRows are the nodes as their lines were read.
func nodeRows(c *spec.Cluster) (int, func(int) (int, []string)) {
	return len(c.Nodes), func(i int) (int, []string) {
		n := &c.Nodes[i]
		addresses := make([]string, len(n.Addresses))
		for j, a := range n.Addresses {
			addresses[j] = a.String()
		}
		roles := n.Roles.String()
		if n.Assumed {
			roles = "~ " + roles
		}
		return n.Line, []string{n.Name, strings.Join(addresses, ","), roles}
	}
}

// countNodes says what was understood: "4 nodes · 3 control-plane · 1 worker".
func countNodes(c *spec.Cluster, _ time.Time) string {
	if len(c.Nodes) == 0 {
		return ""
	}
	parts := []string{spec.Count(len(c.Nodes), "node", "nodes")}
	for _, r := range []struct {
		role spec.NodeRoles
		word string
	}{{spec.ControlPlane, "control-plane"}, {spec.Etcd, "etcd"}, {spec.Worker, "worker"}} {
		n := 0
		for _, node := range c.Nodes {
			if node.Roles.Has(r.role) {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, r.word))
		}
	}
	return strings.Join(parts, " · ")
}
