package catalog

import (
	"net/netip"
	"strings"

	"certwright/pkigen/cluster/spec"
)

// sharedHosts are the names of the one certificate that etcd, kube-apiserver
// and the registry share, in the article's order: addresses first, then names.
func sharedHosts(c *spec.Cluster, _ *spec.Node) []spec.Host {
	var l hostList
	l.addr(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if hasIPv6(c) {
		l.addr(netip.IPv6Loopback())
	}
	for _, n := range c.Nodes {
		if n.Roles&(spec.ControlPlane|spec.Etcd) != 0 {
			l.addr(n.Addresses...)
		}
	}
	// Pods dial the API server by the first address of the service subnet.
	for _, p := range c.ServiceSubnets {
		l.addr(spec.FirstServiceAddr(p))
	}
	for _, h := range c.SANs {
		l.addr(h.Addr)
	}
	l.addr(c.Endpoint.Host.Addr)

	l.name("kubernetes")
	l.name(c.Endpoint.Host.Name)
	for _, h := range c.SANs {
		l.name(h.Name)
	}
	l.name("kubernetes.default")
	name := "kubernetes.default.svc"
	l.name(name)
	if c.DNSDomain != "" {
		for label := range strings.SplitSeq(c.DNSDomain, ".") {
			name += "." + label
			l.name(name)
		}
	}
	return l.hosts
}

// apiserverHosts are the names by which clients dial the API server of one
// node: what kubeadm puts in, and what a manual installer needs besides, such as
// the loopback addresses for a local load balancer.
func apiserverHosts(c *spec.Cluster, n *spec.Node) []spec.Host {
	var l hostList
	l.addr(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if hasIPv6(c) {
		l.addr(netip.IPv6Loopback())
	}
	l.addr(n.Addresses...)
	// Pods dial the API server by the first address of the service subnet.
	for _, p := range c.ServiceSubnets {
		l.addr(spec.FirstServiceAddr(p))
	}
	l.addr(c.Endpoint.Host.Addr)
	for _, h := range c.SANs {
		l.addr(h.Addr)
	}
	l.name("kubernetes")
	l.name("kubernetes.default")
	l.name("kubernetes.default.svc")
	if c.DNSDomain != "" {
		l.name("kubernetes.default.svc." + c.DNSDomain)
	}
	l.node(n)
	l.name("localhost")
	l.name(c.Endpoint.Host.Name)
	for _, h := range c.SANs {
		l.name(h.Name)
	}
	return l.hosts
}

// loopbackHosts are the names of one node, also as its own programs dial it. Members of
// etcd compare the address that another dials from with them.
func loopbackHosts(_ *spec.Cluster, n *spec.Node) []spec.Host {
	var l hostList
	l.addr(n.Addresses...)
	l.addr(netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	l.node(n)
	l.name("localhost")
	return l.hosts
}

// nodeHosts are a node's own names and addresses.
func nodeHosts(_ *spec.Cluster, n *spec.Node) []spec.Host {
	var l hostList
	l.addr(n.Addresses...)
	l.node(n)
	return l.hosts
}

// hasIPv6 reports whether anything in the cluster speaks IPv6.
func hasIPv6(c *spec.Cluster) bool {
	for _, p := range c.ServiceSubnets {
		if p.IsValid() && p.Addr().Unmap().Is6() {
			return true
		}
	}
	for _, n := range c.Nodes {
		for _, a := range n.Addresses {
			if a.Unmap().Is6() {
				return true
			}
		}
	}
	return false
}

// hostList collects hosts in order; a duplicate is dropped and the first stays.
// Empty values are passed over, since a half-answered cluster has them.
type hostList struct {
	hosts []spec.Host
	seen  map[spec.Host]bool
}

func (l *hostList) addr(as ...netip.Addr) {
	for _, a := range as {
		if a.IsValid() {
			l.add(spec.Host{Addr: a.Unmap()})
		}
	}
}

func (l *hostList) node(n *spec.Node) {
	l.name(n.Name)
	for _, a := range n.Aliases {
		l.name(a)
	}
}

func (l *hostList) name(s string) {
	if s != "" {
		l.add(spec.Host{Name: s})
	}
}

func (l *hostList) add(h spec.Host) {
	if l.seen == nil {
		l.seen = map[spec.Host]bool{}
	}
	if !l.seen[h] {
		l.seen[h] = true
		l.hosts = append(l.hosts, h)
	}
}
