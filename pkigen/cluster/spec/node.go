package spec

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// The words of the roles, in the order in which they are written.
var roleWords = []struct {
	role NodeRoles
	word string
}{
	{ControlPlane, "control-plane"},
	{Etcd, "etcd"},
	{Worker, "worker"},
}

// String is the set in the words of the nodes answer: "control-plane,etcd".
func (n NodeRoles) String() string {
	var words []string
	for _, r := range roleWords {
		if n.Has(r.role) {
			words = append(words, r.word)
		}
	}
	return strings.Join(words, ",")
}

// roleOf reads one word in role position; 0 for any other word. "master" and
// "node" are what older guides, the article among them, call these roles.
func roleOf(word string) NodeRoles {
	if len(word) > len("control-plane") {
		return 0
	}
	switch strings.ToLower(word) {
	case "control-plane", "controlplane", "cp", "master":
		return ControlPlane
	case "etcd":
		return Etcd
	case "worker", "node":
		return Worker
	}
	return 0
}

// String is the node as a line that ParseNodes reads to the same node:
// "master1 192.168.214.88,fd00::88 control-plane,etcd", or, with aliases, in the
// order of /etc/hosts.
func (n Node) String() string {
	var b strings.Builder
	if len(n.Aliases) == 0 {
		b.WriteString(n.Name + " ")
	}
	for i, a := range n.Addresses {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(a.String())
	}
	if len(n.Aliases) > 0 {
		b.WriteString(" " + n.Name + " " + strings.Join(n.Aliases, " "))
	}
	b.WriteString(" " + n.Roles.String())
	return b.String()
}

// FirstAddress is the address by which the node is dialled; "" where it has none yet.
func (n *Node) FirstAddress() string {
	if len(n.Addresses) == 0 {
		return ""
	}
	return n.Addresses[0].String()
}

// URL is an https URL to a port of the node, by its first address; "" where it has none
// yet.
func (n *Node) URL(port int) string {
	if len(n.Addresses) == 0 {
		return ""
	}
	return "https://" + net.JoinHostPort(n.FirstAddress(), strconv.Itoa(port))
}

// nameOf makes a node's name from its address, for lines without one:
// "node-192-168-214-88". IPv6 addresses are written out in full, so that the
// name is valid whatever zeros the address has.
func nameOf(a netip.Addr) string {
	s := a.StringExpanded()
	return "node-" + strings.Map(func(r rune) rune {
		if r == '.' || r == ':' {
			return '-'
		}
		return r
	}, s)
}
