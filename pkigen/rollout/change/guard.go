// Package change judges how a cluster that runs may become another one: which
// steps would break it, and what stays valid of what has gone.
//
// It compares two clusters that have passed every rule by themselves. It asks
// nothing, reads nothing and writes nothing.
package change

import (
	"fmt"
	"net/netip"
	"strings"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// RefusedError is a change that would break the cluster while it is carried out.
// Programs exit with code 3 on it.
type RefusedError struct{ Reasons []string }

// Error lists the reasons.
func (e *RefusedError) Error() string {
	return "this would break the running cluster, so nothing was changed\n  " + strings.Join(e.Reasons, "\n  ")
}

// Check refuses what a running cluster does not survive. The error is a
// *RefusedError.
func Check(before, after *spec.Cluster) error {
	d := compare(before, after)
	var reasons []string
	for _, r := range []string{d.layout(), d.controlPlane(), d.endpoint(), d.machines(), d.adopted(), d.members()} {
		if r != "" {
			reasons = append(reasons, r)
		}
	}
	if len(reasons) > 0 {
		return &RefusedError{reasons}
	}
	return nil
}

// difference is what becomes of the nodes.
type difference struct {
	before, after *spec.Cluster
	was, now      map[string]*spec.Node // by name
}

func compare(before, after *spec.Cluster) *difference {
	return &difference{before: before, after: after, was: byName(before), now: byName(after)}
}

func byName(c *spec.Cluster) map[string]*spec.Node {
	out := make(map[string]*spec.Node, len(c.Nodes))
	for i := range c.Nodes {
		out[c.Nodes[i].Name] = &c.Nodes[i]
	}
	return out
}

func (d *difference) layout() string {
	if d.before.Layout == d.after.Layout {
		return ""
	}
	return fmt.Sprintf("the layout cannot become %s: what runs trusts the CAs of %s; make a directory of its own for it", d.after.Layout, d.before.Layout)
}

// controlPlane holds that an API server stays: a new one knows the cluster by etcd,
// but clients and the load balancer know it by nothing.
func (d *difference) controlPlane() string {
	var old []string
	for i := range d.before.Nodes {
		n := &d.before.Nodes[i]
		if !n.Roles.Has(spec.ControlPlane) {
			continue
		}
		if now := d.now[n.Name]; now != nil && now.Roles.Has(spec.ControlPlane) {
			return ""
		}
		old = append(old, n.Name)
	}
	if len(old) == 0 {
		return ""
	}
	return fmt.Sprintf("no control-plane node of now would stay (%s): add the new ones first, and remove these when they run", strings.Join(old, ", "))
}

// endpoint holds that what clients dial does not go with its node.
func (d *difference) endpoint() string {
	h := d.after.Endpoint.Host
	if h.IsZero() {
		return ""
	}
	for i := range d.before.Nodes {
		n := &d.before.Nodes[i]
		if d.now[n.Name] != nil {
			continue
		}
		mine := h.Name == n.Name
		for _, a := range n.Addresses {
			mine = mine || a == h.Addr
		}
		for _, a := range n.Aliases {
			mine = mine || a == h.Name
		}
		if mine {
			return fmt.Sprintf("controlPlaneEndpoint %s is node %s, which would go: change the endpoint first", d.after.Endpoint, n.Name)
		}
	}
	return ""
}

// machines holds that no machine goes under one name and comes under another at
// once: what is to be stopped and wiped as the old one would be the new one.
func (d *difference) machines() string {
	gone := map[netip.Addr]*spec.Node{}
	for i := range d.before.Nodes {
		if n := &d.before.Nodes[i]; d.now[n.Name] == nil {
			for _, a := range n.Addresses {
				gone[a] = n
			}
		}
	}
	for i := range d.after.Nodes {
		n := &d.after.Nodes[i]
		if d.was[n.Name] != nil {
			continue
		}
		for _, a := range n.Addresses {
			if old := gone[a]; old != nil {
				return fmt.Sprintf("%s would come with the address of %s, which would go (%s): one machine cannot leave and join at once; remove %s, wipe the machine, then add %s",
					n.Name, old.Name, a, old.Name, n.Name)
			}
		}
	}
	return ""
}

// adopted holds that a node of an adopted directory comes with certificates: they
// stand there on lines of their own, which no change can write.
func (d *difference) adopted() string {
	if d.after.Layout != adoption.Layout {
		return ""
	}
	has := map[string]bool{}
	for i := range d.after.Adopted {
		has[d.after.Adopted[i].Node] = true
	}
	var bare []string
	for i := range d.after.Nodes {
		if n := d.after.Nodes[i].Name; d.was[n] == nil && !has[n] {
			bare = append(bare, n)
		}
	}
	if len(bare) == 0 {
		return ""
	}
	return fmt.Sprintf("%s would come without a certificate: an adopted directory has only those that %s names; give it its lines there, node=%s and all, and run certwright generate", names(bare), adoption.CertificatesKey, bare[0])
}

// members holds that etcd keeps its majority at every moment. Each member that
// comes or moves is away until it has started, and an etcd that is told of a member
// that is not there yet does not start (https://etcd.io/docs/latest/op-guide/runtime-configuration/).
func (d *difference) members() string {
	var left, came, moved, stay []string
	for i := range d.before.Nodes {
		n := &d.before.Nodes[i]
		now := d.now[n.Name]
		switch {
		case !n.Roles.Has(spec.Etcd):
		case now == nil || !now.Roles.Has(spec.Etcd):
			left = append(left, n.Name)
		case n.URL(components.EtcdPeerPort) != now.URL(components.EtcdPeerPort):
			moved = append(moved, n.Name)
			stay = append(stay, n.Name)
		default:
			stay = append(stay, n.Name)
		}
	}
	for i := range d.after.Nodes {
		n := &d.after.Nodes[i]
		if was := d.was[n.Name]; n.Roles.Has(spec.Etcd) && (was == nil || !was.Roles.Has(spec.Etcd)) {
			came = append(came, n.Name)
		}
	}
	had := len(left) + len(stay)
	switch {
	case had == 0:
		return "" // an etcd elsewhere, or a first one
	case len(stay) == 0:
		return fmt.Sprintf("no member of etcd would stay (%s), and with the last one goes all that the cluster knows: add a member first, and remove these when it runs", names(left))
	case len(left) > 1 && len(stay) < had/2+1:
		return fmt.Sprintf("%d of %d members of etcd would go at once (%s), and the rest is no majority: remove one, wait until etcdctl endpoint health --cluster is well, then the next", len(left), had, names(left))
	case len(moved) > 1:
		return fmt.Sprintf("%d members of etcd would move at once (%s): a moving member is away, and two at a time can be the majority; move one, wait until etcdctl endpoint health --cluster is well, then the next", len(moved), names(moved))
	case len(came) > 1:
		return fmt.Sprintf("%d members of etcd would come at once (%s): each must be in before the next is named, or etcd there does not start; add one, wait until it is well, then the next", len(came), names(came))
	case len(moved) > 0 && len(came)+len(left) > 0:
		return fmt.Sprintf("a member of etcd would move (%s) while another comes or goes (%s): do one, wait until etcdctl endpoint health --cluster is well, then the other", names(moved), names(append(came, left...)))
	}
	return ""
}

func names(list []string) string { return spec.List(list, 8) }
