package ansible

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// Matched says which host of an inventory each node is.
type Matched struct {
	Hosts   map[string]string // names in the inventory, by the nodes
	Missing []string          // nodes that no host is, or more than one
	Unused  []string          // hosts that are no node
}

// Match finds the nodes of a cluster in an inventory: by their name, then by an address,
// and then by the first part of a host's full name. A node that more than one host could be
// is none of them, and neither is a host that two nodes could be.
func Match(c *spec.Cluster, hosts []Host) *Matched {
	ways := []func(*spec.Node, *Host) bool{
		func(n *spec.Node, h *Host) bool { return sameName(n, h.Name) },
		sameAddress,
		func(n *spec.Node, h *Host) bool {
			first, _, dotted := strings.Cut(h.Name, ".")
			return dotted && sameName(n, first)
		},
	}
	m := &Matched{Hosts: map[string]string{}}
	taken := make([]string, len(hosts)) // the node that each host is
	for _, is := range ways {
		m.pass(c, hosts, taken, is)
	}
	for i := range c.Nodes {
		if name := c.Nodes[i].Name; m.Hosts[name] == "" {
			m.Missing = append(m.Missing, name)
		}
	}
	for i := range hosts {
		if taken[i] == "" {
			m.Unused = append(m.Unused, hosts[i].Name)
		}
	}
	return m
}

// pass matches what is left by one way. It looks at each node and each host once for the
// names and addresses that they have, since there may be thousands.
func (m *Matched) pass(c *spec.Cluster, hosts []Host, taken []string, is func(*spec.Node, *Host) bool) {
	could := map[string][]int{} // hosts by the nodes
	times := map[int]int{}      // how many nodes a host could be
	index := newIndex(hosts, taken)
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if m.Hosts[n.Name] != "" {
			continue
		}
		for _, h := range index.near(n) {
			if is(n, &hosts[h]) {
				could[n.Name] = append(could[n.Name], h)
				times[h]++
			}
		}
	}
	for name, list := range could {
		if len(list) == 1 && times[list[0]] == 1 && plainName.MatchString(hosts[list[0]].Name) {
			m.Hosts[name], taken[list[0]] = hosts[list[0]].Name, name
		}
	}
}

// index finds hosts by what a node may share with them.
type index map[string][]int

func newIndex(hosts []Host, taken []string) index {
	x := index{}
	for i := range hosts {
		if taken[i] != "" {
			continue
		}
		first, _, _ := strings.Cut(hosts[i].Name, ".")
		for _, key := range append([]string{hosts[i].Name, first}, hosts[i].Addresses...) {
			key = canonical(key)
			if !slices.Contains(x[key], i) {
				x[key] = append(x[key], i)
			}
		}
	}
	return x
}

// near are the hosts that share a name or an address with a node.
func (x index) near(n *spec.Node) []int {
	var out []int
	keys := append([]string{n.Name}, n.Aliases...)
	for _, a := range n.Addresses {
		keys = append(keys, a.String())
	}
	for _, key := range keys {
		for _, i := range x[canonical(key)] {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// canonical is a name or an address in the one form in which it is compared.
func canonical(s string) string {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().String()
	}
	return strings.ToLower(s)
}

func sameName(n *spec.Node, name string) bool {
	return strings.EqualFold(n.Name, name) || slices.ContainsFunc(n.Aliases, func(a string) bool { return strings.EqualFold(a, name) })
}

// sameAddress: the host is reached by an address, or a name, of the node.
func sameAddress(n *spec.Node, h *Host) bool {
	for _, at := range append([]string{h.Name}, h.Addresses...) {
		if slices.ContainsFunc(n.Addresses, func(a netip.Addr) bool { return a.Unmap().String() == canonical(at) }) {
			return true
		}
	}
	return false
}
