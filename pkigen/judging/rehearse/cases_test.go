package rehearse_test

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

// catalogued are the connections of a cluster in a directory of one of our layouts:
// every connection of the catalogue between all machines that have its two sides, and
// every refusal. read gets the paths of the layout, below the directory; what it
// cannot read counts as missing. The files are those of the catalogue, and
// whatever it names for a program by a flag is told to it.
func catalogued(layout *catalog.Layout, c *spec.Cluster, read func(path string) ([]byte, error)) []rehearse.Case {
	k := newCast(layout, c, read)
	var out []rehearse.Case
	for i := range connections.All {
		if a := &connections.All[i]; a.When == nil || a.When(c) {
			out = append(out, k.connection(a)...)
		}
	}
	for i := range connections.Refusals {
		r := &connections.Refusals[i]
		at := slices.IndexFunc(connections.All, func(a connections.Connection) bool { return a.ID == r.Connection })
		out = append(out, k.refusal(r, &connections.All[at])...)
	}
	return out
}

// handedOn is the user in whose name the front proxy hands requests on, and whom
// an impostor claims to speak for.
const handedOn = "kubernetes-admin"

// connection makes the cases of one connection.
func (k *cast) connection(a *connections.Connection) []rehearse.Case {
	if !k.made(a.Shows) || a.Answers != "" && !k.made(a.Answers) {
		return nil
	}
	var out []rehearse.Case
	for _, from := range k.machines(a.From) {
		side := k.dialling(a, from)
		for _, d := range k.doors(a, from, &side) {
			out = append(out, rehearse.Case{
				Connection: a, From: &side.Side, To: k.answering(a, d.to, from),
				Dial: d.host, Port: d.port, Source: source(from, d.host), Want: k.want(a, from),
			})
		}
	}
	return out
}

// refusal makes the cases of what must be refused: by every machine that holds
// what is shown, at every machine that must refuse it.
func (k *cast) refusal(r *connections.Refusal, a *connections.Connection) []rehearse.Case {
	if !k.made(a.Answers) || r.Shows != "" && !k.made(r.Shows) {
		return nil
	}
	holders := []*spec.Node{nil}
	if p := k.layout.Find(r.Shows); p != nil && p.On != 0 {
		holders = k.nodes(p.On)
	}
	var out []rehearse.Case
	for i, from := range holders {
		side := dialled{Side: rehearse.Side{Machine: name(from), Program: r.Who}}
		if r.Shows != "" {
			side = k.shows(r.Shows, from)
			side.Program = r.Who
		}
		poses := ""
		switch r.Poses {
		case connections.AsProxy:
			poses = handedOn
		case connections.AsNode:
			other := holders[(i+1)%len(holders)]
			if other == from {
				continue // there is no other node
			}
			poses = "system:node:" + other.Name
		}
		for _, d := range k.doors(a, from, &side) {
			out = append(out, rehearse.Case{
				Connection: a, Refusal: r, Open: r.Open(k.layout), From: &side.Side, To: k.answering(a, d.to, from),
				Dial: d.host, Port: d.port, Source: source(from, d.host), Poses: poses,
			})
		}
	}
	return out
}

// door is one machine that answers, as it is dialled.
type door struct {
	to   *spec.Node // nil for what is no machine of the cluster
	host string
	port int // 0 for the connection's own
}

// doors are the machines that a program dials.
func (k *cast) doors(a *connections.Connection, from *spec.Node, side *dialled) []door {
	var out []door
	switch a.To {
	case "etcd":
		for _, to := range k.nodes(spec.Etcd) {
			own := from != nil && to.Name == from.Name
			switch {
			case a.ID == "etcd-peers" && own, a.ID == "etcd-gateway" && !own, a.ID == "etcdctl-to-etcd" && !own:
			case a.ID == "etcdctl-to-etcd":
				out = append(out, door{to: to, host: loopback}) // as backups on the member dial it
			default:
				out = append(out, door{to: to, host: first(to)})
			}
		}
	case "kubelet":
		for _, to := range k.nodes(spec.ControlPlane | spec.Worker) {
			out = append(out, door{to: to, host: first(to)})
		}
	case "kube-apiserver":
		host, port := hostPort(side.server)
		if a.From == "pods" && len(k.cluster.ServiceSubnets) > 0 {
			host, port = spec.FirstServiceAddr(k.cluster.ServiceSubnets[0]).String(), servicePort
		}
		for _, to := range k.servers(host) {
			out = append(out, door{to: to, host: host, port: port})
		}
	default:
		out = append(out, door{host: "metrics-server.kube-system.svc"})
	}
	return out
}

const (
	loopback    = "127.0.0.1"
	servicePort = 443 // of the Service kubernetes
)

// servers are the API servers behind a host: the one node whose address or name
// it is, or all, since it is a load balancer's then.
func (k *cast) servers(host string) []*spec.Node {
	all := k.nodes(spec.ControlPlane)
	addr, _ := netip.ParseAddr(host)
	for _, n := range all {
		if n.Name == host || slices.Contains(n.Aliases, host) || slices.Contains(n.Addresses, addr) {
			return []*spec.Node{n}
		}
	}
	return all
}

// machines are those that run a program; the operator's is nil.
func (k *cast) machines(program string) []*spec.Node {
	for i := range components.All {
		if p := &components.All[i]; p.Name == program {
			return k.nodes(p.On)
		}
	}
	switch program {
	case "etcdctl":
		return k.nodes(spec.Etcd)
	case "pods": // whose tokens the API server of this machine has signed
		return k.nodes(spec.ControlPlane)
	case "new kubelet":
		return k.nodes(spec.ControlPlane | spec.Worker)
	}
	return []*spec.Node{nil}
}

// nodes are those with any of these roles.
func (k *cast) nodes(roles spec.NodeRoles) []*spec.Node {
	var out []*spec.Node
	for i := range k.cluster.Nodes {
		if n := &k.cluster.Nodes[i]; n.Roles&roles != 0 {
			out = append(out, n)
		}
	}
	return out
}

// want is who the answering side must take the dialling one for.
func (k *cast) want(a *connections.Connection, from *spec.Node) rehearse.Identity {
	switch {
	case a.To == "etcd":
		return rehearse.Identity{} // etcd asks nobody's name
	case a.To == "extension server":
		return rehearse.Identity{User: handedOn}
	case a.From == "pods":
		return rehearse.Identity{User: "system:serviceaccount:default:default"}
	}
	cert := k.cert(a.Shows, from)
	if cert == nil || cert.Entry.Kind != catalog.Leaf {
		return rehearse.Identity{}
	}
	who := rehearse.Identity{User: cert.Subject.CN}
	if k.layout.PerNode && cert.Subject.O != "" {
		// Only the trees' groups mean something; the article's are the CA's O.
		who.Groups = []string{cert.Subject.O}
	} else if cert.Subject.O == catalog.Masters {
		who.Groups = []string{catalog.Masters}
	}
	return who
}

func name(n *spec.Node) string {
	if n == nil {
		return ""
	}
	return n.Name
}

func first(n *spec.Node) string {
	if len(n.Addresses) == 0 {
		return n.Name
	}
	return n.Addresses[0].String()
}

// source is where a connection comes from; the zero address for the operator's.
func source(from *spec.Node, host string) netip.Addr {
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsLoopback() {
		return addr
	}
	if from == nil || len(from.Addresses) == 0 {
		return netip.Addr{}
	}
	return from.Addresses[0]
}

// hostPort takes apart the address of an API server: https://HOST:PORT.
func hostPort(server string) (string, int) {
	u, err := url.Parse(server)
	if err != nil {
		return "", 0
	}
	port, _ := strconv.Atoi(u.Port())
	if port == 0 {
		port = servicePort // as for every https URL
	}
	return u.Hostname(), port
}
