package ansible

import (
	"regexp"
	"slices"
	"strconv"

	"certwright/pkigen/cluster/spec"
)

// inventory is our own inventory, or what is added to the operator's: inventory.yaml.
func (s *Set) inventory() []byte {
	w := &writer{}
	w.line("---")
	if s.Hosts == nil {
		w.line("# The nodes of the set. Users, keys and passwords are yours: Ansible takes them from")
		w.line("# its command line, from host_vars, or from ~/.ssh/config.")
	} else {
		w.line("# The nodes of the set by their names in your inventory. Give both to ansible-playbook:")
		w.line("# -i YOURS -i inventory.yaml")
	}
	w.line("%s:", allNodes)
	names := s.hostNames()
	if len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })) > 0 {
		w.line("  hosts:")
	}
	for i := range s.Cluster.Nodes {
		if names[i] != "" {
			s.host(w, names[i], &s.Cluster.Nodes[i])
		}
	}
	w.line("  children:")
	for _, g := range groups {
		s.group(w, names, g.name, g.role)
	}
	return w.bytes()
}

// host writes a host with what is known of it.
func (s *Set) host(w *writer, name string, n *spec.Node) {
	w.line("    %s:", quote(name))
	if s.Hosts == nil && len(n.Addresses) > 0 {
		w.line("      ansible_host: %s", text(n.Addresses[0].String()))
	}
	w.line("      certwright_node: %s", text(n.Name))
	w.line("      certwright_address: %s", text(address(n)))
}

// group writes the hosts that have a role.
func (s *Set) group(w *writer, names []string, name string, role spec.NodeRoles) {
	first := true
	for i := range s.Cluster.Nodes {
		if names[i] == "" || s.Cluster.Nodes[i].Roles&role == 0 {
			continue
		}
		if first {
			w.line("    %s:", name)
			w.line("      hosts:")
			first = false
		}
		w.line("        %s: {}", quote(names[i]))
	}
	if first {
		w.line("    %s: {}", name)
	}
}

// plainName is what Ansible takes for a host as it stands, and not for a range or a
// pattern.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// hostNames are the names of the nodes in the inventory, in the order of the nodes; "" for
// one that the operator's inventory does not have.
func (s *Set) hostNames() []string {
	out := make([]string, len(s.Cluster.Nodes))
	for i := range s.Cluster.Nodes {
		name := s.Cluster.Nodes[i].Name
		switch {
		case s.Hosts != nil:
			out[i] = s.Hosts[name]
		case plainName.MatchString(name):
			out[i] = name
		default:
			out[i] = "node-" + strconv.Itoa(i+1)
		}
	}
	return out
}
