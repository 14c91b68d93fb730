package imports

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// inventory is what both forms of an inventory lead to: groups with their hosts, and
// variables.
type inventory struct {
	r      *reader
	hosts  []*host // in the order of the text
	byName map[string]*host
	groups map[string]*hostGroup
	order  []string        // of the groups
	named  map[string]bool // variables of hosts that are not read, and were said to be
}

// host is one host, with the variables that it has by itself.
type host struct {
	name string
	vars map[string]variable
	at   Place
}

type variable struct {
	value string
	at    Place
}

type hostGroup struct {
	name     string
	hosts    []*host
	holds    map[*host]bool
	children []string
	vars     []namedVariable
}

type namedVariable struct {
	name string
	variable
}

// mostHosts bounds what ranges can make of a few bytes.
const mostHosts = 20000

func newInventory(r *reader) *inventory {
	return &inventory{r: r, byName: map[string]*host{}, groups: map[string]*hostGroup{}, named: map[string]bool{}}
}

// group is a group, made where it is named first.
func (in *inventory) group(name string) *hostGroup {
	g := in.groups[name]
	if g == nil {
		g = &hostGroup{name: name, holds: map[*host]bool{}}
		in.groups[name] = g
		in.order = append(in.order, name)
	}
	return g
}

// host puts a host into a group.
func (in *inventory) host(g *hostGroup, name string, at Place) *host {
	h := in.byName[name]
	if h == nil {
		h = &host{name: name, vars: map[string]variable{}, at: at}
		in.byName[name] = h
		in.hosts = append(in.hosts, h)
	}
	if !g.holds[h] {
		g.holds[h] = true
		g.hosts = append(g.hosts, h)
	}
	return h
}

// inventoryRoles are the groups of kubespray and kubeasz, and what else is common.
var inventoryRoles = map[string]spec.NodeRoles{
	"etcd": spec.Etcd,

	"kube_control_plane": spec.ControlPlane, // kubespray 2.16 and later
	"kube_master":        spec.ControlPlane, // kubeasz 3
	"kube_masters":       spec.ControlPlane,
	"control_plane":      spec.ControlPlane,
	"controlplane":       spec.ControlPlane,
	"master":             spec.ControlPlane,
	"masters":            spec.ControlPlane,

	"kube_node":  spec.Worker,
	"kube_nodes": spec.Worker,
	"kube_work":  spec.Worker,
	"worker":     spec.Worker,
	"workers":    spec.Worker,
	"node":       spec.Worker,
	"nodes":      spec.Worker,
}

// roleOfGroup reads kube-master as kube_master, which older ones write.
func roleOfGroup(name string) spec.NodeRoles {
	return inventoryRoles[strings.ReplaceAll(strings.ToLower(name), "-", "_")]
}

// shared are the groups whose variables are those of all nodes.
var shared = []string{"all", "k8s_cluster", "k8s-cluster"}

// inventoryAnswers are the variables that are answers here: of kubespray, and of kubeasz.
var inventoryAnswers = map[string]string{
	"kube_service_addresses": servicesKey,
	"kube_pods_subnet":       podsKey,
	"dns_domain":             domainKey,
	"kube_cert_dir":          directoryKey,

	"SERVICE_CIDR":       servicesKey,
	"CLUSTER_CIDR":       podsKey,
	"CLUSTER_DNS_DOMAIN": domainKey,
	"ca_dir":             directoryKey,
}

// The variables of hosts that are read. What is the address of a node says the first of
// those that is there; a second one is a further address.
var (
	firstAddress  = []string{"ip", "access_ip", "ansible_host", "ansible_ssh_host"}
	secondAddress = []string{"access_ip"}
	nodeNames     = []string{"k8s_nodename"} // kubeasz 3
	memberNames   = []string{"etcd_member_name", "NODE_NAME"}
)

// endpointOfBalancer and portOfBalancer are how kubeasz tells a balancer what to answer on.
const (
	endpointOfBalancer = "EX_APISERVER_VIP"
	portOfBalancer     = "EX_APISERVER_PORT"
)

// take makes nodes and answers of the inventory.
func (in *inventory) take() {
	roles := map[*host]spec.NodeRoles{}
	for _, name := range in.order {
		if role := roleOfGroup(name); role != 0 {
			in.spread(in.groups[name], role, roles, map[*hostGroup]bool{})
		}
	}
	for _, h := range in.hosts {
		if roles[h] == 0 {
			in.aside(h)
			continue
		}
		in.node(h, roles[h])
	}
	for _, name := range in.order {
		in.variables(in.groups[name])
	}
}

// spread gives all hosts of a group, and of those below it, a role. Each group is come to
// once: they may form circles, which Ansible refuses.
func (in *inventory) spread(g *hostGroup, role spec.NodeRoles, roles map[*host]spec.NodeRoles, seen map[*hostGroup]bool) {
	if seen[g] {
		return
	}
	seen[g] = true
	for _, h := range g.hosts {
		roles[h] |= role
	}
	for _, child := range g.children {
		if c := in.groups[child]; c != nil {
			in.spread(c, role, roles, seen)
		}
	}
}

// aside is a host of no group that makes a node. That of kubeasz's balancer says where the
// API is reached.
func (in *inventory) aside(h *host) {
	vip, ok := h.vars[endpointOfBalancer]
	if !ok {
		in.r.leave(h.at, noGroup, h.name)
		return
	}
	text := vip.value
	if port, ok := h.vars[portOfBalancer]; ok {
		text = net.JoinHostPort(vip.value, port.value)
	}
	if !slices.ContainsFunc(in.r.in.said, func(s said) bool { return s.key == endpointKey && s.text == text }) {
		in.r.say(endpointKey, text, vip.at)
	}
}

// node makes a node of a host.
func (in *inventory) node(h *host, roles spec.NodeRoles) {
	n := node{name: h.name, roles: roles, knows: spec.ControlPlane | spec.Etcd | spec.Worker, at: h.at}
	own, err := netip.ParseAddr(h.name)
	if err == nil {
		n.name = ""
	}
	for _, key := range nodeNames {
		if v, ok := h.vars[key]; ok && v.value != "" {
			n.name = v.value
		}
	}
	used := in.addresses(&n, h)
	if len(n.addrs) == 0 && own.IsValid() {
		n.addrs = append(n.addrs, own)
	}
	for _, key := range memberNames {
		if v, ok := h.vars[key]; ok && v.value != n.name {
			in.r.leave(v.at, memberName, v.value)
		}
	}
	for _, key := range firstAddress {
		if v := h.vars[key]; v.value != "" && used != "" && !slices.Contains(secondAddress, key) && v.value != h.vars[used].value {
			in.r.leave(v.at, otherAddress, v.value, h.vars[used].value)
		}
	}
	in.r.add(n)
}

// addresses gives a node the addresses of its variables, and says which came first.
func (in *inventory) addresses(n *node, h *host) (used string) {
	for _, key := range slices.Concat(firstAddress, secondAddress) {
		v, ok := h.vars[key]
		if !ok || v.value == "" || used != "" && !slices.Contains(secondAddress, key) {
			continue
		}
		a, err := netip.ParseAddr(v.value)
		switch {
		case isTemplate(v.value):
			in.r.leave(v.at, template)
		case err != nil || a.Zone() != "":
			in.r.leave(v.at, notAddress, v.value)
		case !slices.Contains(n.addrs, a):
			n.addrs = append(n.addrs, a)
			if used == "" {
				used = key
			}
		}
	}
	return used
}

// variables takes those of a group that are answers.
func (in *inventory) variables(g *hostGroup) {
	for _, v := range g.vars {
		key := inventoryAnswers[v.name]
		switch {
		case key == "" || !slices.Contains(shared, g.name):
			in.r.leave(v.at, noQuestion)
		case isTemplate(v.value):
			in.r.leave(v.at, template)
		case v.value != "":
			in.r.say(key, v.value, v.at)
		}
	}
}

// isTemplate reports whether Ansible would work out a value.
func isTemplate(s string) bool { return strings.Contains(s, "{{") || strings.Contains(s, "{%") }
