package spec

import (
	"strings"
	"unicode"

	"certwright/pkigen/cluster/secret"
)

// formerRoles are those of every line without any, in FormerNodes.
const formerRoles = ControlPlane | Etcd

// justNode is what a name says that calls a machine just that: beside a control plane it is
// a worker. No node has it in the end.
const justNode NodeRoles = 1 << 7

// said are the roles that the names of a line without any say. One that says nothing is
// of the control plane.
func (p *nodeParser) said(e *nodeEntry) NodeRoles {
	if p.former {
		return formerRoles
	}
	said := rolesInName(e.name)
	for _, alias := range e.aliases {
		said |= rolesInName(alias)
	}
	switch {
	case said == 0:
		return ControlPlane
	case said != justNode:
		said &^= justNode // "master-node1"
	}
	return said
}

// assumeRoles settles the roles of nodes whose lines have none. Etcd runs on the control
// plane unless a line tells the two apart: the article's cluster, and kubeadm's, are
// machines that run both.
func (p *nodeParser) assumeRoles() {
	control, apart := false, false
	for i := range p.nodes {
		n := &p.nodes[i]
		control = control || n.Roles.Has(ControlPlane)
		apart = apart || n.Roles.Has(Etcd) && !n.Roles.Has(ControlPlane) || !n.Assumed && n.Roles.Has(ControlPlane) && !n.Roles.Has(Etcd)
	}
	for i := range p.nodes {
		n := &p.nodes[i]
		switch {
		case !n.Assumed:
			continue
		case n.Roles == justNode && control:
			n.Roles = Worker
		case n.Roles == justNode:
			n.Roles = ControlPlane
		}
		if n.Roles.Has(ControlPlane) && !apart {
			n.Roles |= Etcd
		}
	}
}

// rolesInName are the roles that a name has in it: "k8s-master-01", "etcd2",
// "workernode3". Only its first part counts, since a domain is that of all machines.
func rolesInName(name string) NodeRoles {
	host, _, _ := strings.Cut(name, ".")
	var said NodeRoles
	if strings.Contains(host, "control-plane") {
		said = ControlPlane
	}
	for word := range strings.FieldsFuncSeq(host, func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch {
		case word == "cp", strings.Contains(word, "master"), strings.Contains(word, "controlplane"):
			said |= ControlPlane
		case strings.Contains(word, "etcd"):
			said |= Etcd
		case strings.Contains(word, "worker"):
			said |= Worker
		case strings.HasSuffix(word, "node"):
			said |= justNode
		}
	}
	return said
}

// assumedRoles are roles with the nodes that they were assumed for, as one text that is
// short by itself.
type assumedRoles string

// mostAssumed is how many nodes are named for each kind of roles.
const mostAssumed = 3

// tellAssumed says which roles were assumed.
func (p *nodeParser) tellAssumed() {
	var kinds []NodeRoles
	names, all := map[NodeRoles][]string{}, 0
	for i := range p.nodes {
		n := &p.nodes[i]
		if !n.Assumed {
			continue
		}
		all++
		if names[n.Roles] == nil {
			kinds = append(kinds, n.Roles)
		}
		name := n.Name
		if len(names[n.Roles]) < mostAssumed {
			name = secret.Hide(name) // the others are not told
		}
		names[n.Roles] = append(names[n.Roles], name)
	}
	if all == 0 {
		return
	}
	words := make([]string, len(kinds))
	for i, roles := range kinds {
		words[i] = roles.String() + " for " + List(names[roles], mostAssumed)
	}
	p.say(nodesNoRole, Count(all, "node", "nodes"), assumedRoles(strings.Join(words, " and ")))
}
