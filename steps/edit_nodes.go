package steps

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// removeNodes takes nodes out of the answer. A line that stands for several becomes
// a line for each that stays.
func (ed *editor) removeNodes(e Edit) error {
	for _, name := range e.RemoveNodes {
		n, err := ed.node("remove node", name)
		if err != nil {
			return err
		}
		ed.replaceNode(n, "")
	}
	return nil
}

// node finds a node of the answers as they are by now.
func (ed *editor) node(part, name string) (*spec.Node, error) {
	nodes, _ := spec.ParseNodes(nodesKey, ed.answers.Get(nodesKey))
	var names []string
	for i := range nodes {
		if nodes[i].Name == strings.ToLower(strings.TrimSpace(name)) {
			return &nodes[i], nil
		}
		names = append(names, nodes[i].Name)
	}
	if near := spec.Nearest(name, names, 2); near != "" {
		return nil, editError(part, "there is no node %q: did you mean %q?", name, near)
	}
	return nil, editError(part, "there is no node %q in the answers", name)
}

// replaceNode puts a line in the place of a node's; "" for none. A comment behind
// the node stays.
func (ed *editor) replaceNode(n *spec.Node, by string) {
	lines := strings.Split(ed.answers.Get(nodesKey), "\n")
	old := lines[n.Line-1]
	var instead []string
	for _, m := range nodesOf(old) {
		switch {
		case m.Name != n.Name:
			instead = append(instead, m.String())
		case by != "":
			instead = append(instead, by)
		}
	}
	if at := strings.IndexByte(old, '#'); at >= 0 && len(instead) == 1 {
		instead[0] += " " + old[at:]
	}
	ed.set(nodesKey, strings.Join(slices.Replace(lines, n.Line-1, n.Line, instead...), "\n"))
}

// nodesOf are the nodes of one line.
func nodesOf(line string) []spec.Node {
	nodes, _ := spec.ParseNodes(nodesKey, line)
	return nodes
}

// addNodes adds lines. A node that is there already just so is no change.
func (ed *editor) addNodes(e Edit) error {
	for _, line := range e.AddNodes {
		nodes, ps := spec.ParseNodes(nodesKey, line)
		for _, p := range ps {
			// What is wrong with the list as a whole is not for one line.
			if p.Severity() == problem.Error && p.Line > 0 {
				return &EditError{"add node", p.Sentence()}
			}
		}
		if len(nodes) == 0 {
			return editError("add node", "%q is no node: write its name, addresses and roles, such as \"worker3 192.168.214.93 worker\"", line)
		}
		fresh := 0
		for i := range nodes {
			old, err := ed.node("add node", nodes[i].Name)
			switch {
			case err != nil:
				fresh++
			case !sameLine(old, nodes[i]):
				return editError("add node", "%s is there already as %q: a node that changes has its own flags, and another machine gets another name", old.Name, old.String())
			}
		}
		switch fresh {
		case len(nodes):
			ed.set(nodesKey, joinLine(ed.answers.Get(nodesKey), line))
		case 0:
		default:
			return editError("add node", "%q stands for several nodes, of which some are there already: write one line for each", line)
		}
	}
	return nil
}

// sameLine reports whether a line says of a node what is known of it; what it does not
// say it leaves as it is.
func sameLine(old *spec.Node, n spec.Node) bool {
	if n.Assumed {
		n.Roles = old.Roles
	}
	return old.String() == n.String()
}

func joinLine(text, line string) string {
	if text = strings.TrimRight(text, "\n "); text != "" {
		text += "\n"
	}
	return text + line
}

// moveNodes gives nodes other addresses, before those that they have. These stay
// in the certificates: others still dial them.
func (ed *editor) moveNodes(e Edit) error {
	for _, v := range e.Addresses {
		n, err := ed.node("node address", v.Node)
		if err != nil {
			return err
		}
		fresh, err := addressesOf(v.Value)
		if err != nil {
			return err
		}
		old := n.Addresses
		n.Addresses = fresh
		for _, addr := range old {
			if !slices.Contains(fresh, addr) {
				n.Addresses = append(n.Addresses, addr)
			}
		}
		if slices.Equal(old, n.Addresses) {
			continue
		}
		for _, addr := range n.Addresses[len(fresh):] {
			ed.kept = append(ed.kept, Kept{addr.String(), "an address of " + n.Name})
		}
		ed.replaceNode(n, n.String())
	}
	return nil
}

// giveRoles gives nodes other roles than they have.
func (ed *editor) giveRoles(e Edit) error {
	for _, v := range e.Roles {
		n, err := ed.node("node roles", v.Node)
		if err != nil {
			return err
		}
		// The answer's own reader knows the words of roles.
		trial, ps := spec.ParseNodes(nodesKey, "n 192.0.2.1 "+v.Value)
		for _, p := range ps {
			if p.Severity() == problem.Error && p.Line > 0 {
				return &EditError{"node roles", p.Sentence()}
			}
		}
		if strings.TrimSpace(v.Value) == "" || len(trial) != 1 || len(trial[0].Addresses) != 1 {
			return editError("node roles", "%q are no roles: write control-plane, etcd or worker, with commas between", v.Value)
		}
		n.Roles = trial[0].Roles
		ed.replaceNode(n, n.String())
	}
	return nil
}

// addressesOf reads addresses with commas between.
func addressesOf(text string) ([]netip.Addr, error) {
	hosts, err := hostsOf("node address", text)
	if err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, h := range hosts {
		if !h.Addr.IsValid() {
			return nil, editError("node address", "%q is no address: write such as 192.168.214.98", h)
		}
		out = append(out, h.Addr)
	}
	return out, nil
}
