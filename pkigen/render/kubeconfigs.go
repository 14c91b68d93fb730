package render

import (
	"fmt"
	"path"
	"slices"

	"certwright/pkigen/kubeconfig"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
)

// kubeconfigs adds the kubeconfigs of one certificate or token.
func (r *renderer) kubeconfigs(c *role.Certificate) {
	ca := r.layout.CAs[role.Kubernetes]
	for _, f := range c.Files.Configs {
		holds := c.Embedded() || f.AsFound
		t := Text{
			Path: f.Path, Mode: secretMode, Part: role.Config, Certificate: c.Name,
			make: func(from Source) ([]byte, error) { return r.kubeconfig(c, f, from) },
		}
		if c.Role.Kind != role.Token && (holds || f.Node == "") {
			t.Trusts = ca
		}
		if c.Role.Kind == role.Token || holds {
			t.Needs = []string{c.Name}
		}
		if f.AsFound {
			t.edit = func(have []byte, from Source) ([]byte, error) {
				return kubeconfig.Rewrite(have, from(ca, role.Trust), from(c.Name, role.Cert), from(c.Name, role.Key))
			}
		}
		r.out = append(r.out, t)
	}
}

// kubeconfig makes one kubeconfig, with certificate and key in it or with their
// paths on the node. The user's name is a label and no identity; it is the
// CN, as kubeadm has it.
func (r *renderer) kubeconfig(c *role.Certificate, f role.ConfigFile, from Source) ([]byte, error) {
	k := kubeconfig.Config{Cluster: r.cluster.Name, Server: f.Server, User: c.Subject.CN}
	if f.AsFound {
		k.Server = r.server(c, f) // the one that was found is gone
	}
	ca := from(r.layout.CAs[role.Kubernetes], role.Trust)
	if c.Role.Kind == role.Token {
		token, err := spec.ParseToken(from(c.Name, role.Key))
		if err != nil {
			return nil, fmt.Errorf("the bootstrap token %w", err)
		}
		// The kubelet copies the form of the CA into the kubeconfig that it writes
		// itself; the path is the one that can be changed later.
		k.User, k.Token, k.CAFile = "tls-bootstrap-token-user", token.String(), r.caPath(f)
		return kubeconfig.Encode(k)
	}
	if c.Embedded() || f.AsFound {
		k.CA, k.Cert, k.Key = ca, from(c.Name, role.Cert), from(c.Name, role.Key)
	} else {
		k.CAFile, k.CertFile, k.KeyFile = r.caPath(f), beside(f, c, role.Cert), beside(f, c, role.Key)
		if f.Node == "" {
			k.CAFile, k.CA = "", ca // the operator's folder has no CA of its own
		}
	}
	return kubeconfig.Encode(k)
}

// server is what the user of a kubeconfig dials, by the answers.
func (r *renderer) server(c *role.Certificate, f role.ConfigFile) string {
	for i := range r.cluster.Nodes {
		if n := &r.cluster.Nodes[i]; n.Name == f.Node && c.Role.Kubeconfig != nil && c.Role.Kubeconfig.Local {
			return role.LocalURL(n)
		}
	}
	return role.EndpointURL(r.cluster)
}

// caPath is the CA of the API on the node of a kubeconfig.
func (r *renderer) caPath(f role.ConfigFile) string {
	for i := range r.certs {
		if c := &r.certs[i]; c.Name == r.layout.CAs[role.Kubernetes] {
			return onNode(c, role.Trust, f.Node)
		}
	}
	return ""
}

// beside is where a kubeconfig finds a part: on its node, or for the operator's
// beside itself, since relative paths count from the kubeconfig's folder.
func beside(f role.ConfigFile, c *role.Certificate, part role.Part) string {
	if f.Node == "" {
		return path.Base(c.Place(part))
	}
	return onNode(c, part, f.Node)
}

// onNode is the absolute path of a part on a node; "" if the node has none.
func onNode(c *role.Certificate, part role.Part, node string) string {
	places := c.Places(part)
	i := slices.IndexFunc(places, func(p string) bool {
		tree, _ := SplitTree(p)
		return tree == role.NodeRoot(node)
	})
	if i < 0 {
		return ""
	}
	_, rel := SplitTree(places[i])
	return "/" + rel
}
