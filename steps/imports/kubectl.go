package imports

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"

	"go.yaml.in/yaml/v3"
)

// What kubectl prints says who is control plane, and which nodes join with a kubelet
// only. Of etcd it says something where a distribution labels its nodes so.
const kubectlKnows = spec.ControlPlane | spec.Worker

// kubectlRoles are the roles behind "node-role.kubernetes.io/".
var kubectlRoles = map[string]spec.NodeRoles{
	"control-plane": spec.ControlPlane,
	"controlplane":  spec.ControlPlane,
	"master":        spec.ControlPlane,
	"etcd":          spec.Etcd,
	"worker":        spec.Worker,
	"node":          spec.Worker,
}

// kubectlNode is a node with the roles that kubectl names.
func (r *reader) kubectlNode(name string, words []string, at Place) node {
	n := node{name: name, knows: kubectlKnows, at: at}
	for _, w := range words {
		role := kubectlRoles[strings.ToLower(w)]
		if role == 0 {
			r.leave(at, noRole, w, name)
		}
		n.roles |= role
	}
	n.knows |= n.roles
	if n.roles == 0 {
		n.roles = spec.Worker
	}
	return n
}

// The columns of kubectl get nodes that are read.
const (
	nameColumn     = "NAME"
	statusColumn   = "STATUS"
	rolesColumn    = "ROLES"
	internalColumn = "INTERNAL-IP"
	externalColumn = "EXTERNAL-IP"
	noneCell       = "<none>"
)

// beginsTable finds the head of the table that kubectl get nodes prints.
func beginsTable(lines []string) int {
	for i, line := range lines {
		if words := strings.Fields(line); len(words) >= 5 && words[0] == nameColumn && words[1] == statusColumn && words[2] == rolesColumn {
			return i + 1
		}
	}
	return 0
}

// readTable reads the columns up to the addresses, whose cells have no blanks.
func readTable(r *reader, lines []string) {
	head := beginsTable(lines)
	columns := strings.Fields(lines[head-1])
	internal, external := slices.Index(columns, internalColumn), slices.Index(columns, externalColumn)
	if internal < 0 {
		r.faults = append(r.faults, Fault{head, 1, FaultNoWide, nil})
		return
	}
	for i, line := range lines[head:] {
		cells := strings.Fields(line)
		at := r.at(head+i+1, "")
		switch {
		case len(cells) == 0:
			continue
		case len(cells) <= internal:
			r.leave(at, notRow, line)
			continue
		}
		at.Key = cells[0]
		n := r.kubectlNode(cells[0], rolesIn(cells[2]), at)
		for _, c := range []int{internal, external} {
			if c >= 0 && c < len(cells) && cells[c] != noneCell {
				r.address(&n, cells[c])
			}
		}
		r.add(n)
	}
}

// rolesIn are the roles of a cell: "control-plane,etcd", or "<none>".
func rolesIn(cell string) []string {
	if cell == noneCell {
		return nil
	}
	return strings.Split(cell, ",")
}

// address gives a node an address; one that is none is left.
func (r *reader) address(n *node, s string) {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil || a.Zone() != "":
		r.leave(n.at, notAddress, s)
	case !slices.Contains(n.addrs, a):
		n.addrs = append(n.addrs, a)
	}
}

// add takes a node over, which has an address.
func (r *reader) add(n node) {
	if len(n.addrs) == 0 {
		r.leave(n.at, noAddress, n.name)
		return
	}
	r.in.nodes = append(r.in.nodes, n)
}

func showsNodes(n *yaml.Node) (string, bool) {
	const is = "the nodes that kubectl prints"
	switch text(n, "kind") {
	case "Node":
		return is, true
	case "NodeList":
		return is, true
	case "List":
		items := value(n, "items")
		return is, items != nil && items.Kind == yaml.SequenceNode && len(items.Content) > 0 && text(items.Content[0], "kind") == "Node"
	}
	return "", false
}

func readNodes(r *reader, docs []*yaml.Node) {
	for _, doc := range docs {
		root := rootOf(doc)
		items := []*yaml.Node{root}
		if list := value(root, "items"); list != nil {
			items = list.Content
		}
		for _, item := range items {
			if kind := text(item, "kind"); kind != "Node" && text(root, "kind") != "NodeList" {
				r.leave(r.at(item.Line, ""), otherDocument, kind)
				continue
			}
			r.object(item)
		}
	}
}

// object reads one Node.
func (r *reader) object(item *yaml.Node) {
	const label = "node-role.kubernetes.io/"
	name := text(item, "metadata", "name")
	at := r.at(item.Line, name)
	if n := value(item, "metadata", "name"); n != nil {
		at.Line = n.Line
	}
	var words []string
	for _, key := range keysOf(value(item, "metadata", "labels")) {
		if role, ok := strings.CutPrefix(key, label); ok {
			words = append(words, role)
		}
	}
	n := r.kubectlNode(name, words, at)
	addresses := value(item, "status", "addresses")
	if addresses == nil || addresses.Kind != yaml.SequenceNode {
		r.leave(at, noAddress, name)
		return
	}
	for _, a := range addresses.Content {
		switch kind, is := text(a, "type"), text(a, "address"); {
		case kind == "InternalIP" || kind == "ExternalIP":
			r.address(&n, is)
		case is != name && is != "" && !slices.Contains(n.aliases, is):
			n.aliases = append(n.aliases, is)
		}
	}
	r.add(n)
}
