package spec

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/problem"
)

// The keys of the answers that rules across fields speak of.
const (
	keyNodes    = "nodes"
	keyEndpoint = "controlPlaneEndpoint"
	keySANs     = "certSANs"
	keyServices = "serviceSubnet"
	keyPods     = "podSubnet"
	keyCAExpiry = "ca.expiry"
)

// minCA is the life below which a CA is worth a warning.
const minCA = 30 * day

// saneClock is a time that has surely passed: a clock before it has no battery.
var saneClock = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Check judges a cluster across its fields; single answers have been judged by
// their parsers. Fields that are empty, because their answers could not be read,
// give no problem here. Expiries are counted from now.
func Check(c *Cluster, now time.Time) []problem.Problem {
	var ps []problem.Problem
	ps = append(ps, checkNetworks(c)...)
	ps = append(ps, checkNodes(c)...)
	ps = append(ps, checkHosts(c)...)
	return append(ps, checkLives(c, now)...)
}

// checkNetworks compares the networks with one another, and the primary one
// with the machines that kube-apiserver runs on.
func checkNetworks(c *Cluster) []problem.Problem {
	var ps []problem.Problem
	for _, pod := range c.PodSubnets {
		if s, ok := overlapping(c.ServiceSubnets, pod); ok {
			ps = append(ps, problem.New(subnetOverlap, keyPods, 0, pod.String(), s.String()))
		}
	}
	services := c.ServiceSubnets
	if f := primaryFault(c); f != nil {
		ps = append(ps, f.at(keyServices, 0))
		services = services[1:]
	}
	for _, s := range services {
		is4 := s.Addr().Is4()
		if len(c.PodSubnets) > 0 && !slices.ContainsFunc(c.PodSubnets, func(p netip.Prefix) bool { return p.Addr().Is4() == is4 }) {
			ps = append(ps, problem.New(podsOtherFamily, keyPods, 0, s.String(), family(s.Addr())))
		}
	}
	return ps
}

func overlapping(list []netip.Prefix, p netip.Prefix) (netip.Prefix, bool) {
	for _, q := range list {
		if q.Overlaps(p) {
			return q, true
		}
	}
	return netip.Prefix{}, false
}

// primaryFault holds that the first service network is of the family of every
// control-plane node ("service IP family must match public address family",
// kube-apiserver). It names the first node that differs: one change of the
// network fixes them all.
func primaryFault(c *Cluster) *fault {
	if len(c.ServiceSubnets) == 0 {
		return nil
	}
	primary := c.ServiceSubnets[0]
	is4 := primary.Addr().Is4()
	var second *fault
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if !n.Roles.Has(ControlPlane) || len(n.Addresses) == 0 || n.Addresses[0].Is4() == is4 {
			continue
		}
		if !hasFamily(n, is4) {
			return faulty(subnetNodeFamily, primary.String(), family(primary.Addr()), n.Name)
		}
		if second == nil {
			second = faulty(subnetNodeSecond, primary.String(), family(primary.Addr()), n.Name)
		}
	}
	return second
}

// checkNodes holds that no machine has an address that the cluster gives away,
// and that each has one of every family of the services.
func checkNodes(c *Cluster) []problem.Problem {
	var ps []problem.Problem
	for i := range c.Nodes {
		n := &c.Nodes[i]
		for _, a := range n.Addresses {
			if s, ok := holding(c.ServiceSubnets, a); ok {
				ps = append(ps, problem.New(nodeInServices, keyNodes, n.Line, a.String(), n.Name, s.String()).Or(keyServices))
			}
			if s, ok := holding(c.PodSubnets, a); ok {
				ps = append(ps, problem.New(nodeInPods, keyNodes, n.Line, a.String(), n.Name, s.String()).Or(keyPods))
			}
		}
	}
	for i, s := range c.ServiceSubnets {
		if i == 0 && primaryFault(c) != nil {
			continue // the network is wrong, and not the nodes
		}
		if f, line := missingFamily(c, s, i == 0); f != nil {
			ps = append(ps, f.at(keyNodes, line))
		}
	}
	return ps
}

// missingFamily finds the first node that has pods and no address of a service
// network's family: kube-proxy serves a node only in the families that it has
// an address of. One node stands for all, since a list of thousands helps
// nobody. For the primary network control-plane nodes are left to primaryFault.
func missingFamily(c *Cluster, services netip.Prefix, primary bool) (f *fault, line int) {
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if n.Roles&Kubelet == 0 || len(n.Addresses) == 0 || primary && n.Roles.Has(ControlPlane) {
			continue
		}
		if !hasFamily(n, services.Addr().Is4()) {
			return faulty(nodeFamily, n.Name, family(services.Addr()), services.String()), n.Line
		}
	}
	return nil, 0
}

// hasFamily reports whether a node has an IPv4, else an IPv6 address.
func hasFamily(n *Node, is4 bool) bool {
	return slices.ContainsFunc(n.Addresses, func(a netip.Addr) bool { return a.Is4() == is4 })
}

func holding(list []netip.Prefix, a netip.Addr) (netip.Prefix, bool) {
	for _, q := range list {
		if q.Contains(a) {
			return q, true
		}
	}
	return netip.Prefix{}, false
}

// checkHosts does the same for the endpoint and the further names, as
// warnings: such a name harms nobody but whoever dials it. The first service
// address is no mistake among the names, since the certificate has it anyway.
func checkHosts(c *Cluster) []problem.Problem {
	var ps []problem.Problem
	if a := c.Endpoint.Host.Addr; a.IsValid() {
		if s, ok := holding(c.ServiceSubnets, a); ok {
			ps = append(ps, problem.New(endpointServices, keyEndpoint, 0, a.String(), s.String()).Or(keyServices))
		}
		if s, ok := holding(c.PodSubnets, a); ok {
			ps = append(ps, problem.New(endpointPods, keyEndpoint, 0, a.String(), s.String()).Or(keyPods))
		}
	}
	if h := c.Endpoint.Host; isLoopback(h) && len(c.Nodes) > 1 {
		ps = append(ps, problem.New(endpointLoopback, keyEndpoint, 0, h.String(), len(c.Nodes)))
	}
	if n := endpointNode(c); n != nil && !n.Roles.Has(ControlPlane) {
		ps = append(ps, problem.New(endpointNoControl, keyEndpoint, 0, c.Endpoint.Host.String(), n.Name, n.Roles.String()))
	}
	for _, h := range c.SANs {
		if !h.Addr.IsValid() {
			continue
		}
		if s, ok := holding(c.ServiceSubnets, h.Addr); ok && h.Addr != FirstServiceAddr(s) {
			ps = append(ps, problem.New(sanInServices, keySANs, 0, h.Addr.String(), s.String()).Or(keyServices))
		}
		if s, ok := holding(c.PodSubnets, h.Addr); ok {
			ps = append(ps, problem.New(sanInPods, keySANs, 0, h.Addr.String(), s.String()).Or(keyPods))
		}
	}
	return ps
}

// isLoopback reports whether every machine means itself by a host.
func isLoopback(h Host) bool {
	return h.Addr.IsLoopback() || h.Name == "localhost" || strings.HasSuffix(h.Name, ".localhost") || h.Name == "localhost.localdomain"
}

// endpointNode is the node whose address or name the endpoint is; nil for none.
// Of several nodes with one alias a control-plane node is taken.
func endpointNode(c *Cluster) *Node {
	h := c.Endpoint.Host
	if h.IsZero() {
		return nil
	}
	var found *Node
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if h.Addr.IsValid() && slices.Contains(n.Addresses, h.Addr) ||
			h.Name != "" && (n.Name == h.Name || slices.Contains(n.Aliases, h.Name)) {
			if found == nil || n.Roles.Has(ControlPlane) {
				found = n
			}
		}
	}
	return found
}

// checkLives judges when things end. cfssl signs leaves beyond the end of
// their CA without a word; that is refused here.
func checkLives(c *Cluster, now time.Time) []problem.Problem {
	var ps []problem.Problem
	if now.Before(saneClock) {
		ps = append(ps, problem.New(clockEarly, keyCAExpiry, 0, now.UTC().Format(time.DateTime)+" UTC"))
	}
	ca := c.CA.Expiry
	if ca > 0 && ca < minCA {
		ps = append(ps, problem.New(caShort, keyCAExpiry, 0, FormatDuration(ca)))
	}
	if tooLate(now, ca) {
		ps = append(ps, problem.New(expiry9999, keyCAExpiry, 0, FormatDuration(ca)))
	}
	for _, p := range c.Profiles {
		key := p.ExpiryKey()
		if ca > 0 && p.Expiry > ca {
			ps = append(ps, problem.New(leafOutlivesCA, key, 0,
				p.Name, FormatDuration(p.Expiry), FormatDuration(ca), DurationText(ca)))
		} else if tooLate(now, p.Expiry) {
			ps = append(ps, problem.New(expiry9999, key, 0, FormatDuration(p.Expiry)))
		}
	}
	return append(ps, checkSpread(c)...)
}

// ExpiryKey is the key of the answer that is its lifetime.
func (p *Profile) ExpiryKey() string { return "profiles." + p.Name + ".expiry" }

// keySpread is the key of Cluster.Spread.
const keySpread = "expirySpread"

// checkSpread leaves each certificate at least half of its profile's life.
func checkSpread(c *Cluster) []problem.Problem {
	for _, p := range c.Profiles {
		if most := p.Expiry / 2; p.Expiry > 0 && c.Spread > most {
			return []problem.Problem{problem.New(spreadLong, keySpread, 0, FormatDuration(c.Spread), p.Name, FormatDuration(p.Expiry), shortDuration(most))}
		}
	}
	return nil
}

// tooLate reports whether a certificate of that life ends after what X.509 can
// write (RFC 5280, 4.1.2.5: four digits for the year).
func tooLate(now time.Time, life time.Duration) bool {
	return life > 0 && now.Add(life).UTC().Year() > 9999
}
