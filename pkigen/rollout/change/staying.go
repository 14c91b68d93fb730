package change

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
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

// lasting is what a copy of a role's key still opens, by its name in the
// catalogue, and what shuts it out besides a new CA.
var lasting = map[string]struct{ opens, shuts string }{
	"etcd-server":              {opens: allOfEtcd},
	"etcd-peer":                {opens: allOfEtcd},
	"etcd-healthcheck-client":  {opens: allOfEtcd},
	"apiserver-etcd-client":    {opens: allOfEtcd},
	"apiserver":                {opens: "it can pose as the API server to whoever is led to it"},
	"apiserver-kubelet-client": {opens: "every kubelet: exec, logs and port-forward into all pods"},
	"front-proxy-client":       {opens: "extension API servers, as any user"},
	"controller-manager":       {opens: "the API as system:kube-controller-manager: all Secrets, every service account"},
	"scheduler":                {opens: "the API as system:kube-scheduler"},
	"kube-proxy":               {opens: "the API as system:kube-proxy: it may watch Services and endpoints"},
	"kubelet-client": {opens: "the API as system:node:NODE, which may make its Node object again",
		shuts: "once the Node object and its pods are deleted it may read no Secret; else "},
	"kubelet-server":  {opens: "it can pose as the kubelet of NODE, where its address leads to it"},
	"sa":              {opens: "tokens for every service account can be made with it", shuts: "only a new service account key"},
	"bootstrap-token": {opens: "the certificate of any kubelet can be asked for with it", shuts: "deleting its Secret, or its line in the file of tokens"},
	"ca":              {opens: "certificates for anybody, system:masters too, can be made with it"},
}

const allOfEtcd = "etcd with all that the cluster knows, Secrets too"

// lastingOf is that for one certificate of a node. Under one CA for all, etcd takes
// whatever may log in anywhere.
func lastingOf(l *catalog.Layout, c *catalog.Certificate, node string) (opens, shuts string, known bool) {
	text, known := lasting[c.Entry.Name]
	opens, shuts = strings.ReplaceAll(text.opens, "NODE", node), text.shuts
	if l.CA(catalog.Etcd) == c.Signer && c.Entry.Domain != catalog.Etcd && slices.Contains(c.Usages, "client auth") {
		opens += "; and " + allOfEtcd + ", under one CA"
		shuts = ""
	}
	if c.IsCertificate() {
		shuts += "only another " + c.Signer
	}
	return opens, shuts, known
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
			opens, shuts, known := lastingOf(layout, &c.Certificate, node)
			if !known {
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
