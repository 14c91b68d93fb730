package change

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// Staying is something that a machine still has and that the cluster still takes,
// although its node is gone or has lost a role: a certificate is valid until it
// ends, whatever becomes of its files here.
type Staying struct {
	Node string `json:"node"`
	Name string `json:"name"` // of the certificate, key pair or token
	// Ends is when it is over; zero for a key, which does not end.
	Ends time.Time `json:"ends,omitzero"`
	// Opens is what it still gives whoever has it.
	Opens string `json:"opens"`
	// Shuts is what shuts it out before its end.
	Shuts string `json:"shuts"`
}

// lastingOf is that for one certificate of a node; opens is "" where nothing lasts. Under
// one CA for all, etcd takes whatever may log in anywhere.
func lastingOf(l *catalog.Layout, c *catalog.Certificate, node string) (opens, shuts string) {
	opens, shuts = strings.ReplaceAll(c.Entry.Opens, "NODE", node), c.Entry.Shuts
	if opens == "" {
		return "", ""
	}
	if l.CA(catalog.Etcd) == c.Signer && c.Entry.Domain != catalog.Etcd && slices.Contains(c.Usages, "client auth") {
		opens += "; and " + catalog.CatalogueEntry(id.APIServerEtcdClient).Opens + ", under one CA"
		shuts = ""
	}
	if c.IsCertificate() {
		shuts += "only another " + c.Signer
	}
	return opens, shuts
}

// Stays is what stays valid of what the nodes before had and those after do not
// have any more. found is the plan of the cluster before: what lies there says when
// it ends. They stand by their nodes, in the plan's order.
func Stays(before, after *spec.Cluster, found *plan.Plan) []Staying {
	d := compare(before, after)
	has := map[[2]string]bool{} // node and certificate: a key is there
	layout, ok := catalog.LayoutOf(after)
	if !ok || !layout.PerNode {
		return nil
	}
	certs := layout.Certificates(after)
	for i := range certs {
		for _, node := range holders(&certs[i]) {
			has[[2]string{node, certs[i].Name}] = true
		}
	}
	var out []Staying
	for i := range found.Certificates {
		c := &found.Certificates[i]
		if c.OldCert == nil && c.IsCertificate() {
			continue
		}
		if c.Entry.Kind == catalog.Token && !after.HasToken() {
			continue // no API server takes it any more
		}
		for _, node := range holders(&c.Certificate) {
			if has[[2]string{node, c.Name}] || d.was[node] == nil {
				continue
			}
			opens, shuts := lastingOf(layout, &c.Certificate, node)
			if opens == "" {
				continue
			}
			s := Staying{Node: node, Name: c.Name, Opens: opens, Shuts: shuts}
			if c.OldCert != nil {
				s.Ends = c.OldCert.NotAfter.UTC()
			}
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Staying) int { return strings.Compare(a.Node, b.Node) })
	return out
}

// holders are the nodes that have the private key, or the token.
func holders(c *catalog.Certificate) []string {
	places := c.Places(catalog.Key)
	if c.Entry.Kind == catalog.Token {
		places = append(places, c.Places(catalog.Config)...)
	}
	out := make([]string, 0, len(places))
	for _, p := range places {
		if node, _ := catalog.SplitNode(p); node != "" {
			out = append(out, node)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Shrinks reports whether a node goes, or loses a role, or that the token goes by which
// nodes join: then files go too.
func Shrinks(before, after *spec.Cluster) bool {
	now := byName(after)
	return before.HasToken() && !after.HasToken() || slices.ContainsFunc(before.Nodes, func(n spec.Node) bool {
		after := now[n.Name]
		return after == nil || n.Roles&^after.Roles != 0
	})
}
