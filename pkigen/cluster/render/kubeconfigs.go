package render

import (
	"fmt"
	"path"
	"slices"

	"certwright/pkigen/cluster/bootstrap"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
)

// kubeconfigs adds the kubeconfigs of one certificate or token.
func (r *renderer) kubeconfigs(c *catalog.Certificate) {
	ca := r.layout.CAs[catalog.Kubernetes]
	for _, f := range c.Files.Configs {
		holds := c.Embedded() || f.AsFound
		t := Text{
			Path: f.Path, Mode: secretMode, Part: catalog.Config, Certificate: c.Name,
			make: func(from Source) ([]byte, error) { return r.kubeconfig(c, f, from) },
		}
		if c.Entry.Kind != catalog.Token && (holds || f.Node == "") {
			t.Trusts = ca
		}
		if c.Entry.Kind == catalog.Token || holds {
			t.Needs = []string{c.Name}
		}
		if f.AsFound {
			t.edit = func(have []byte, from Source) ([]byte, error) {
				return kubeconfig.Rewrite(have, from(ca, catalog.Trust), from(c.Name, catalog.Cert), from(c.Name, catalog.Key))
			}
		}
		r.out = append(r.out, t)
	}
}

// kubeconfig makes one kubeconfig, with certificate and key in it or with their
// paths on the node. The user's name is a label and no identity; it is the
// CN, as kubeadm has it.
func (r *renderer) kubeconfig(c *catalog.Certificate, f catalog.ConfigFile, from Source) ([]byte, error) {
	k := kubeconfig.Config{Cluster: r.cluster.Name, Server: f.Server, User: c.Subject.CN}
	if f.AsFound {
		k.Server = r.server(c, f) // the one that was found is gone
	}
	ca := from(r.layout.CAs[catalog.Kubernetes], catalog.Trust)
	if c.Entry.Kind == catalog.Token {
		token, err := bootstrap.Parse(from(c.Name, catalog.Key))
		if err != nil {
			return nil, fmt.Errorf("the bootstrap token %w", err)
		}
		// The kubelet copies the form of the CA into the kubeconfig that it writes
		// itself; the path is the one that can be changed later.
		k.User, k.Token, k.CAFile = "tls-bootstrap-token-user", token.String(), r.caPath(f)
		return kubeconfig.Encode(k)
	}
	if c.Embedded() || f.AsFound {
		k.CA, k.Cert, k.Key = ca, from(c.Name, catalog.Cert), from(c.Name, catalog.Key)
	} else {
		k.CAFile, k.CertFile, k.KeyFile = r.caPath(f), beside(f, c, catalog.Cert), beside(f, c, catalog.Key)
		if f.Node == "" {
			k.CAFile, k.CA = "", ca // the operator's folder has no CA of its own
		}
	}
	return kubeconfig.Encode(k)
}

// server is what the user of a kubeconfig dials, by the answers.
func (r *renderer) server(c *catalog.Certificate, f catalog.ConfigFile) string {
	for i := range r.cluster.Nodes {
		if n := &r.cluster.Nodes[i]; n.Name == f.Node && c.Entry.Kubeconfig != nil && c.Entry.Kubeconfig.Local {
			return n.URL(spec.DefaultPort)
		}
	}
	return r.cluster.EndpointURL()
}

// caPath is the CA of the API on the node of a kubeconfig.
func (r *renderer) caPath(f catalog.ConfigFile) string {
	for i := range r.certs {
		if c := &r.certs[i]; c.Name == r.layout.CAs[catalog.Kubernetes] {
			return onNode(c, catalog.Trust, f.Node)
		}
	}
	return ""
}

// beside is where a kubeconfig finds a part: on its node, or for the operator's
// beside itself, since relative paths count from the kubeconfig's folder.
func beside(f catalog.ConfigFile, c *catalog.Certificate, part catalog.Part) string {
	if f.Node == "" {
		return path.Base(c.Place(part))
	}
	return onNode(c, part, f.Node)
}

// onNode is the absolute path of a part on a node; "" if the node has none.
func onNode(c *catalog.Certificate, part catalog.Part, node string) string {
	places := c.Places(part)
	i := slices.IndexFunc(places, func(p string) bool {
		tree, _ := SplitTree(p)
		return tree == catalog.NodeRoot(node)
	})
	if i < 0 {
		return ""
	}
	_, rel := SplitTree(places[i])
	return "/" + rel
}
