package adopt

import (
	"net/url"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/programs"
)

// What programs are told of machines, where the files of several lie in one folder.

// peerURLs is where a member of etcd says that others find it.
const peerURLs = "--initial-advertise-peer-urls"

// programs are those of a name whose files lie in a folder, as they are told.
func (l *look) programs(machine, name string) []*programs.Program {
	return slices.DeleteFunc(l.site.Model.Of(name), func(p *programs.Program) bool {
		return p.Machine.Root != machine || p.Basis != programs.Told
	})
}

// sideBySide tells of a folder with the settings of several machines: each of them
// runs a program once.
func (l *look) sideBySide(machine string) bool {
	return slices.ContainsFunc([]string{"kube-apiserver", "etcd", "kubelet"}, func(name string) bool { return len(l.programs(machine, name)) > 1 })
}

// flatNodes are the nodes of a folder that has no node of its own: etcd's flags name
// all members, and each program and each kubelet's certificate names its own node.
func (l *look) flatNodes(machine string) []*knownNode {
	nodes := l.members(machine)
	if l.sideBySide(machine) {
		nodes = l.toldNodes(machine, nodes)
	}
	for _, name := range l.kubelets(machine) {
		n := &knownNode{name: strings.ToLower(name), roles: spec.Worker}
		for _, s := range l.seats(machine, id.KubeletServer, id.KubeletClient) {
			if s.Node != name {
				continue
			}
			if n.address == "" {
				n.address = strings.Join(realAddresses(s), ",")
			}
			if n.from == nil {
				n.from = []string{"CN and addresses of " + s.Cert.Path}
			}
		}
		if !slices.ContainsFunc(nodes, func(o *knownNode) bool { return o.name == n.name }) {
			nodes = append(nodes, n)
		}
	}
	if len(l.seatsOfControlPlane(machine)) > 0 && !slices.ContainsFunc(nodes, func(n *knownNode) bool { return n.roles.Has(spec.ControlPlane) }) {
		nodes = slices.Concat(l.candidates(machine, nodes), nodes)
	}
	return nodes
}

// toldNodes are the members of etcd and the nodes that other programs are told of: a
// kubelet its name, an API server its address. What goes together is known where one
// program is told of both; what does not is asked.
func (l *look) toldNodes(machine string, nodes []*knownNode) []*knownNode {
	for _, p := range l.programs(machine, "kubelet") {
		n := &knownNode{name: strings.ToLower(p.Text("--hostname-override")), roles: spec.Worker}
		if ips := p.List("--node-ip"); len(ips) > 0 {
			n.address = elsewhere(ips[0])
		}
		nodes = join(nodes, n, "--hostname-override in "+p.In.Path)
	}
	for _, p := range l.programs(machine, "kube-apiserver") {
		nodes = join(nodes, &knownNode{address: elsewhere(p.Text("--advertise-address")), roles: spec.ControlPlane}, "--advertise-address in "+p.In.Path)
	}
	for _, p := range l.programs(machine, "etcd") {
		if u, err := url.Parse(p.Text(peerURLs)); err == nil {
			nodes = join(nodes, &knownNode{address: elsewhere(u.Hostname()), roles: spec.Etcd}, peerURLs+" in "+p.In.Path)
		}
	}
	return nodes
}

// join adds what a program is told of its node to the node that it is about, which it
// may give a name or an address; to a new one where it is about none that is known.
func join(nodes []*knownNode, n *knownNode, from string) []*knownNode {
	if n.name == "" && n.address == "" {
		return nodes
	}
	for _, o := range nodes {
		// Who is told of a node's address knows its name better than etcd, which may
		// call its members by other names.
		if n.address != "" && n.address == o.address || n.name != "" && n.name == o.name && (n.address == "" || o.address == "") {
			if n.name != "" {
				o.name = n.name
			}
			if o.address == "" {
				o.address = n.address
			}
			if o.roles |= n.roles; o.roles.Has(spec.ControlPlane) || o.roles.Has(spec.Etcd) {
				o.roles &^= spec.Worker
			}
			o.from = append(o.from, from)
			return nodes
		}
	}
	n.from = []string{from}
	return append(nodes, n)
}

// members are the machines that etcd's flags name. Where the API server's certificate
// names them too, both run there.
func (l *look) members(machine string) []*knownNode {
	var nodes []*knownNode
	var named []string
	for _, s := range l.seats(machine, id.APIServer) {
		named = append(named, realAddresses(s)...)
	}
	for _, set := range l.find("etcd", "--initial-cluster") {
		for _, member := range strings.Split(set.Value, ",") {
			name, peer, ok := strings.Cut(member, "=")
			u, err := url.Parse(peer)
			if !ok || err != nil || slices.ContainsFunc(nodes, func(n *knownNode) bool { return n.name == strings.ToLower(name) }) {
				continue
			}
			n := &knownNode{name: strings.ToLower(name), address: elsewhere(u.Hostname()), roles: spec.Etcd, from: []string{set.from()}}
			if slices.Contains(named, n.address) {
				n.roles |= spec.ControlPlane
			}
			nodes = append(nodes, n)
		}
	}
	return nodes
}
