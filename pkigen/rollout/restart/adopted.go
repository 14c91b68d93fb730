package restart

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ownFiles are notes on what a change does not write in an adopted directory: its
// manifests, flags and the rest of its kubeconfigs are the owner's.
func (m *maker) ownFiles() []string {
	if !m.layout.AsFound || m.before == nil {
		return nil
	}
	var out []string
	if old, now := m.before.Endpoint, m.cluster.Endpoint; !now.IsZero() && old != now {
		out = append(out, fmt.Sprintf("the kubeconfigs go on dialling what stands in them: write https://%s into server: of each that is to dial it, here and on the nodes; until then the old one has to lead to the API servers", now))
	}
	if old, now := m.before.ServiceSubnets, m.cluster.ServiceSubnets; !slices.Equal(old, now) {
		out = append(out, fmt.Sprintf("flags stay as they are: write --service-cluster-ip-range=%s for kube-apiserver and kube-controller-manager before they restart", prefixes(now)))
	}
	for i := range m.cluster.Nodes {
		now := &m.cluster.Nodes[i]
		if old := m.was(now.Name); old != nil && len(old.Addresses) > 0 && len(now.Addresses) > 0 && old.Addresses[0] != now.Addresses[0] {
			out = append(out, fmt.Sprintf("flags and kubeconfigs go on naming %s: write %s in its place, on every node (grep -rn %s shows where)",
				old.Addresses[0], now.Addresses[0], old.Addresses[0]))
		}
	}
	return out
}

func prefixes(list []netip.Prefix) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return strings.Join(out, ",")
}
