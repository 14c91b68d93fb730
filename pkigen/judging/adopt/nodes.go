package adopt

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/survey"
)

// knownNode is one machine of the cluster as far as the files tell it.
type knownNode struct {
	name, address string // "" where it is not known
	roles         spec.NodeRoles
	machine       string   // its folder; "" where many nodes share one
	from          []string // where it was read
}

// line is the node as the answers have it; words in capitals stand for what is
// not known.
func (n *knownNode) line() string {
	name, address := n.name, n.address
	if name == "" {
		name = "NAME"
	}
	if address == "" {
		address = "ADDRESS"
	}
	return fmt.Sprintf("%s %s %s", name, address, n.roles)
}

// findNodes reads the machines off the certificates and the flags.
func (l *look) findNodes() {
	if text, ok := l.given["nodes"]; ok {
		l.answer("nodes", text, "")
		l.cluster.Nodes, _ = spec.ParseNodes("nodes", text)
		l.matchMachines()
		return
	}
	var nodes []*knownNode
	for _, m := range l.machines() {
		if l.flat(m) {
			nodes = append(nodes, l.flatNodes(m)...)
		} else {
			nodes = append(nodes, l.oneNode(m))
		}
	}
	if len(nodes) == 0 {
		return
	}
	var lines, from []string
	whole := true
	for _, n := range nodes {
		lines = append(lines, n.line())
		whole = whole && n.name != "" && n.address != ""
		for _, f := range n.from {
			if !slices.Contains(from, f) {
				from = append(from, f)
			}
		}
	}
	text := strings.Join(lines, "\n")
	if why := l.nodesUnknown(nodes); why != "" || !whole {
		l.ask("nodes", why, text)
		return
	}
	l.answer("nodes", text, strings.Join(from, "; "))
	l.cluster.Nodes, _ = spec.ParseNodes("nodes", text)
	for _, n := range nodes {
		if n.machine != "" {
			l.nodeOf[n.machine] = n.name
		}
	}
}

// machines are the folders with certificates that belong to some node.
func (l *look) machines() []string {
	var out []string
	for _, it := range l.items {
		for _, seat := range it.seats {
			if seat.Entry.On != 0 && seat.Entry.Kind == catalog.Leaf && !slices.Contains(out, seat.Machine) {
				out = append(out, seat.Machine)
			}
		}
	}
	slices.Sort(out)
	return out
}

// flat tells a folder in which everything of a cluster lies, from one that a node
// has: there files are told by flags, or have the names that kubeadm gives. A
// kubelet's certificate of any other name, beside those of the control plane, may
// be that of another machine, and no machine runs one program twice.
func (l *look) flat(machine string) bool {
	own, stray := false, false
	for _, s := range l.site.Seats {
		if s.Machine != machine || s.Entry.On == 0 || s.Entry.Kind != catalog.Leaf {
			continue
		}
		bySubject := s.By == survey.BySubject
		own = own || !bySubject && s.Config.File == nil
		stray = stray || bySubject && ofKubelet(s.Entry)
	}
	return !own || len(l.kubelets(machine)) > 1 || l.sideBySide(machine) || stray && len(l.seatsOfControlPlane(machine)) > 0
}

// ofKubelet reports whether a role is that of a certificate of a kubelet.
func ofKubelet(e *catalog.Entry) bool { return e.Kind == catalog.Leaf && e.UsedBy(id.Kubelet) }

// kubelets are the names of the kubelets whose certificates lie in a folder.
func (l *look) kubelets(machine string) []string {
	var out []string
	for _, s := range l.site.Seats {
		if s.Machine == machine && ofKubelet(s.Entry) && s.Node != "" && !slices.Contains(out, s.Node) {
			out = append(out, s.Node)
		}
	}
	return out
}

// oneNode is the node that has a folder.
func (l *look) oneNode(machine string) *knownNode {
	n := &knownNode{machine: machine}
	for _, it := range l.items {
		for _, seat := range it.seats {
			if seat.Machine == machine && seat.Entry.Kind == catalog.Leaf && seat.Entry.On != 0 {
				n.roles |= seat.Entry.Marks()
			}
		}
	}
	if n.roles.Has(spec.ControlPlane) {
		n.roles &^= spec.Worker // it has a kubelet in any case
	}
	l.nameNode(n)
	l.addressNode(n)
	for _, m := range l.members(machine) {
		switch {
		case n.name == "" && n.address != "" && n.address == m.address:
			n.name, n.from = m.name, append(n.from, m.from...)
		case n.address == "" && m.address != "" && n.name == m.name:
			n.address, n.from = m.address, append(n.from, m.from...)
		}
	}
	return n
}

// nameNode finds the name of the node, the surest source first.
func (l *look) nameNode(n *knownNode) {
	take := func(name, from string) {
		if n.name == "" && name != "" {
			n.name = strings.ToLower(name)
			n.from = append(n.from, from)
		}
	}
	for _, s := range l.site.Seats {
		if s.Machine == n.machine && ofKubelet(s.Entry) && s.Leaf() != nil {
			take(s.Node, "CN of "+s.Cert.Path)
		}
	}
	for _, set := range l.of(n.machine, "kubelet", "--hostname-override") {
		take(set.Value, set.from())
	}
	for _, s := range l.seats(n.machine, id.EtcdServer, id.EtcdPeer) {
		if cn := s.Leaf().Subject.CommonName; slices.Contains(s.Leaf().DNSNames, cn) && !fixedName(cn) && !l.common(s) {
			take(cn, "CN of "+s.Cert.Path)
		}
	}
	for _, s := range l.seats(n.machine, id.APIServer) {
		if left := ownNames(s.Leaf().DNSNames); len(left) == 1 && !strings.Contains(left[0], ".") && !l.common(s) {
			take(left[0], "the one name of "+s.Cert.Path+" that is not the cluster's")
		}
	}
}

// common tells of a certificate that lies on several machines: it is not named after one.
func (l *look) common(seat *survey.Seat) bool {
	return slices.ContainsFunc(l.site.Seats, func(o *survey.Seat) bool {
		return o.Machine != seat.Machine && o.Leaf() != nil && o.Leaf().Equal(seat.Leaf())
	})
}

// ownNames are those DNS names that are not the same in every cluster.
func ownNames(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), fixedName)
}

// fixedName tells of a DNS name that an API server or etcd has in every cluster.
func fixedName(name string) bool {
	return name == "localhost" || name == "kubernetes" || strings.HasPrefix(name, "kubernetes.")
}

// addressNode finds the address of the node.
func (l *look) addressNode(n *knownNode) {
	take := func(text, from string) {
		if a := elsewhere(text); a != "" && n.address == "" {
			n.address = a
			n.from = append(n.from, from)
		}
	}
	for _, set := range l.of(n.machine, "kube-apiserver", "--advertise-address") {
		take(set.Value, set.from())
	}
	for _, flag := range []string{"--advertise-client-urls", peerURLs} {
		for _, set := range l.of(n.machine, "etcd", flag) {
			if u, err := url.Parse(strings.Split(set.Value, ",")[0]); err == nil {
				take(u.Hostname(), set.from())
			}
		}
	}
	for _, set := range l.of(n.machine, "kubelet", "--node-ip") {
		take(strings.Split(set.Value, ",")[0], set.from())
	}
	for _, s := range l.seats(n.machine, id.EtcdPeer, id.EtcdServer, id.KubeletServer) {
		if addrs := realAddresses(s); len(addrs) == 1 && !l.common(s) {
			take(addrs[0], "the one address of "+s.Cert.Path)
		}
	}
}

// elsewhere is an address that leads to a machine from any other; "" for another text.
func elsewhere(text string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil || a.IsUnspecified() || a.IsLoopback() {
		return ""
	}
	return a.Unmap().String()
}

// realAddresses are those in a certificate that lead to another machine.
func realAddresses(s *survey.Seat) []string {
	var out []string
	for _, ip := range s.Leaf().IPAddresses {
		if !ip.IsLoopback() && !slices.Contains(out, ip.String()) {
			out = append(out, ip.String())
		}
	}
	return out
}

// of are the settings of a program on one machine.
func (l *look) of(machine, program, name string) []*setting {
	value := l.site.Setting(machine, program, name)
	return slices.DeleteFunc(l.find(program, name), func(s *setting) bool { return s.Value != value })
}

// seats are those of a machine with one of the roles and a certificate that can
// be read.
func (l *look) seats(machine string, roles ...string) []*survey.Seat {
	var out []*survey.Seat
	for _, s := range l.site.Seats {
		if s.Machine == machine && slices.Contains(roles, s.Entry.Name) && s.Leaf() != nil {
			out = append(out, s)
		}
	}
	return out
}

func (l *look) seatsOfControlPlane(machine string) []*survey.Seat {
	return l.seats(machine, id.APIServer, id.ControllerManager, id.Scheduler, id.EtcdServer, id.EtcdPeer)
}

// candidates are the machines that may be the control plane: one for each address
// that the certificate of the API server or of etcd has, and nothing explains.
func (l *look) candidates(machine string, nodes []*knownNode) []*knownNode {
	var out []*knownNode
	for _, s := range l.seats(machine, id.APIServer, id.EtcdServer, id.EtcdPeer) {
		for _, a := range realAddresses(s) {
			known := func(n *knownNode) bool { return slices.Contains(strings.Split(n.address, ","), a) }
			if !l.isService(a) && !slices.ContainsFunc(nodes, known) && !slices.ContainsFunc(out, known) {
				out = append(out, &knownNode{address: a, roles: spec.ControlPlane | spec.Etcd})
			}
		}
	}
	if len(out) == 0 {
		out = append(out, &knownNode{roles: spec.ControlPlane | spec.Etcd})
	}
	return out
}

// nodesUnknown says what is missing of the nodes; "" for nothing.
func (l *look) nodesUnknown(nodes []*knownNode) string {
	var noName, noAddress, candidates []string
	for _, n := range nodes {
		switch {
		case n.name == "" && n.from != nil && n.machine == "":
			noName = append(noName, n.address)
		case n.name == "" && n.machine == "":
			candidates = append(candidates, strings.TrimSpace(n.address))
		case n.name == "":
			noName = append(noName, folderName(n.machine))
		case n.address == "":
			noAddress = append(noAddress, n.name)
		}
	}
	var out []string
	if len(candidates) > 0 {
		why := "no file names the control-plane nodes"
		if candidates[0] != "" {
			why += fmt.Sprintf("; the certificates have %s, of which some may be the first service address or a load balancer: leave out these lines", strings.Join(candidates, ", "))
		}
		out = append(out, why)
	}
	if len(noName) > 0 {
		out = append(out, "no file tells the name of the node that has "+strings.Join(noName, ", "))
	}
	if len(noAddress) > 0 {
		out = append(out, "no file tells the address of "+strings.Join(noAddress, ", "))
	}
	return strings.Join(out, "; ")
}

func folderName(machine string) string {
	if machine == "." {
		return "this directory"
	}
	return machine
}

// matchMachines finds which folder is whose, where the operator has named the
// nodes.
func (l *look) matchMachines() {
	machines := slices.DeleteFunc(l.machines(), l.flat)
	for _, m := range machines {
		n := l.oneNode(m)
		for i := range l.cluster.Nodes {
			c := &l.cluster.Nodes[i]
			byAddress := slices.ContainsFunc(c.Addresses, func(a netip.Addr) bool { return a.String() == n.address })
			if c.Name == n.name || n.name == "" && byAddress || c.Name == path.Base(m) || len(machines) == 1 && len(l.cluster.Nodes) == 1 {
				l.nodeOf[m] = c.Name
				break
			}
		}
	}
}
