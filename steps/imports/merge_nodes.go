package imports

import (
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// nodeList holds the nodes of all texts, each once.
type nodeList struct {
	nodes  []*node
	byName map[string]*node
	byAddr map[netip.Addr]*node
}

// find is the node that another text is about: by its name, else by an address.
func (l *nodeList) find(n *node) *node {
	if !n.member || len(n.addrs) == 0 {
		if same := l.byName[strings.ToLower(n.name)]; same != nil && n.name != "" {
			return same
		}
	}
	for _, a := range n.addrs {
		if same := l.byAddr[a]; same != nil && (same.in != n.in || same.name == "" || n.name == "") {
			return same // two names of one text are two machines
		}
	}
	return l.byName[strings.ToLower(n.name)]
}

// index makes a node one that is found.
func (l *nodeList) index(n *node) {
	if n.name != "" {
		l.byName[strings.ToLower(n.name)] = n
	}
	for _, a := range n.addrs {
		if l.byAddr[a] == nil {
			l.byAddr[a] = n
		}
	}
}

// hosts are the names and addresses of all nodes of the control plane, and of others, which
// their certificates have.
func (l *nodeList) hosts() map[string]bool {
	out := map[string]bool{}
	for _, n := range l.nodes {
		if !n.roles.Has(spec.ControlPlane) {
			continue
		}
		out[n.name] = n.name != ""
		for _, a := range n.addrs {
			out[a.String()] = true
		}
	}
	return out
}

// nodes makes one list of the nodes of all texts, and the answer of it.
func (m *merger) nodes(ranked []*Import) {
	m.list = nodeList{byName: map[string]*node{}, byAddr: map[netip.Addr]*node{}}
	listed := slices.ContainsFunc(ranked, func(in *Import) bool { return in.Form.lists() && len(in.nodes) > 0 })
	for _, in := range ranked {
		for i := range in.nodes {
			n := in.nodes[i] // a copy: texts may be merged again
			n.in = in
			n.addrs, n.aliases = slices.Clone(n.addrs), slices.Clone(n.aliases)
			first := m.list.find(&n)
			switch {
			case first != nil:
				m.join(first, &n, in.Form)
				m.list.index(first)
			case in.Form == Hosts && listed:
				m.note(n.at, notNode, n.name)
			default:
				m.list.nodes = append(m.list.nodes, &n)
				m.list.index(&n)
			}
		}
	}
	m.assumeEtcd(slices.ContainsFunc(ranked, func(in *Import) bool { return in.stacked }))
	m.assumeNames(ranked, listed)
	m.lines()
}

// join adds to a node what another text says of it.
func (m *merger) join(first, n *node, form Form) {
	called := first.name
	if called == "" {
		called = n.name
	}
	switch {
	case n.name == "" || strings.EqualFold(n.name, first.name):
	case first.name == "" || first.member && !n.member:
		first.name, first.member = n.name, n.member
	case form == Hosts:
		first.aliases = append(first.aliases, n.name)
	case !n.member:
		m.differ(n.at, first.at, nameDiffers, n.addrs[0].String(), first.name, n.name)
	}
	if both := first.knows & n.knows; (first.roles^n.roles)&both != 0 {
		m.differ(n.at, first.at, rolesDiffer, called, first.roles.String(), n.roles.String())
	}
	first.roles |= n.roles &^ first.knows
	first.knows |= n.knows
	if !slices.ContainsFunc(n.addrs, func(a netip.Addr) bool { return slices.Contains(first.addrs, a) }) {
		m.differ(n.at, first.at, addressDiffers, called, first.addrs[0].String(), n.addrs[0].String())
		return
	}
	for _, a := range n.addrs {
		if !slices.Contains(first.addrs, a) {
			first.addrs = append(first.addrs, a)
		}
	}
	for _, alias := range n.aliases {
		if !strings.EqualFold(alias, first.name) && !slices.Contains(first.aliases, alias) {
			first.aliases = append(first.aliases, alias)
		}
	}
}

// assumeEtcd puts etcd beside the API servers, where kubeadm does, or where nothing says
// where it runs.
func (m *merger) assumeEtcd(stacked bool) {
	if !stacked && slices.ContainsFunc(m.list.nodes, func(n *node) bool { return n.roles.Has(spec.Etcd) }) {
		return
	}
	var names []string
	var at Place
	for _, n := range m.list.nodes {
		if n.roles.Has(spec.ControlPlane) && !n.knows.Has(spec.Etcd) {
			n.roles |= spec.Etcd
			names, at = append(names, n.called()), Place{File: n.at.File}
		}
	}
	if len(names) > 0 && !stacked {
		m.note(at, etcdAssumed, spec.List(names, 5))
	}
}

// assumeNames says where names are taken for those of nodes.
func (m *merger) assumeNames(ranked []*Import, listed bool) {
	var members []string
	var at Place
	for _, n := range m.list.nodes {
		if n.member {
			members, at = append(members, n.name), Place{File: n.at.File, Line: n.at.Line}
		}
	}
	if len(members) > 0 {
		m.note(at, membersAssumed, spec.List(members, 5))
	}
	for _, in := range ranked {
		if in.Form == Hosts && !listed && len(in.nodes) > 0 {
			m.note(Place{File: in.File}, hostsAssumed)
		}
	}
}

// called is what a node is known by.
func (n *node) called() string {
	if n.name == "" && len(n.addrs) > 0 {
		return n.addrs[0].String()
	}
	return n.name
}

// lines makes the answer of the nodes: lines that read back as these.
func (m *merger) lines() {
	a := Answer{Key: nodesKey}
	var lines []string
	for _, n := range m.list.nodes {
		line, aliases, ok := n.line()
		if !ok {
			m.note(n.at, nameUnfit, n.name)
			continue
		}
		for _, alias := range n.aliases {
			if !slices.Contains(aliases, alias) {
				m.note(n.at, aliasUnfit, alias, n.called())
			}
		}
		lines, a.From = append(lines, line), append(a.From, n.at)
	}
	if len(lines) > 0 {
		a.Text = strings.Join(lines, "\n")
		m.out.Answers = append(m.out.Answers, a)
	}
}

// line is a node as the answer has it, with the further names that are in it. It is not ok
// where the name would be read as something else: as an address, a range, a comment.
func (n *node) line() (line string, aliases []string, ok bool) {
	for _, aliases = range [][]string{n.fitting(), nil} {
		own := spec.Node{Name: n.name, Addresses: n.addrs, Roles: n.roles, Aliases: aliases}
		if line = strings.TrimSpace(own.String()); n.reads(line) {
			return line, aliases, true
		}
	}
	return "", nil, false
}

// fitting are the further names that are no words for roles.
func (n *node) fitting() []string {
	if n.name == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.aliases), func(s string) bool { return strings.ContainsAny(s, " \t\r\n,;#") || isRole(s) })
}

// reads reports whether a line stands for this one node, as far as it can be read at all:
// what is wrong with a name is said where answers are judged.
func (n *node) reads(line string) bool {
	if strings.ContainsAny(n.name, " \t\r\n\v\f,;#") {
		return false
	}
	nodes, ps := spec.ParseFoundNodes(nodesKey, line)
	if len(nodes) != 1 {
		return len(nodes) == 0 && len(ps) > 0 && n.name != "" && !strings.ContainsAny(n.name[:1], "0123456789:[")
	}
	return (n.name == "" || nodes[0].Name == strings.ToLower(n.name)) && slices.Equal(nodes[0].Addresses, n.addrs)
}
