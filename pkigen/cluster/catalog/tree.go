package catalog

import (
	"path"
	"strings"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// The folders of a layout with a tree for each node. What stays with the
// operator lies in authority, admin, cfssl and manifests; NodeRoot(NODE) is
// copied to the root folder of the node.
const (
	authorityFolder = "authority"
	adminFolder     = "admin"
	cfsslFolder     = "cfssl"
	ManifestFolder  = "manifests"
	// TokenManifest is the Secret of a bootstrap token.
	TokenManifest = ManifestFolder + "/40-bootstrap-token.yaml"

	// Where certificates lie on a node, unless the answers say another folder: kubeadm's
	// places.
	kubeletFolder = "/var/lib/kubelet/pki"
	defaultPKI    = components.Folder + "/pki"
)

// NodesFolder holds the trees of all nodes.
const NodesFolder = "nodes"

// NodeRoot is the tree of one node below the output directory.
func NodeRoot(node string) string { return NodesFolder + "/" + node }

// SplitNode parts a path below the output directory into the node in whose tree
// it lies and its path on that node: "master1", "/etc/kubernetes/pki/ca.crt". Both
// are "" for a path in no tree, the root of a tree among them.
func SplitNode(p string) (node, onNode string) {
	rest, ok := strings.CutPrefix(p, NodesFolder+"/")
	at := strings.IndexByte(rest, '/')
	if !ok || at < 0 {
		return "", ""
	}
	return rest[:at], rest[at:]
}

// NodeOf is the node to which a file below the output directory belongs: one in
// its tree, or one of its requests; "" for what belongs to no single node.
func NodeOf(p string) string {
	rest, ok := strings.CutPrefix(p, NodeRoot(""))
	if !ok {
		rest, ok = strings.CutPrefix(p, cfsslFolder+"/"+NodeRoot(""))
	}
	node, _, inside := strings.Cut(rest, "/")
	if !ok || !inside {
		return ""
	}
	return node
}

// pkiFolder is where the certificates will lie on the nodes.
func pkiFolder(c *spec.Cluster) string {
	if c.CertificatesDir == "" {
		return defaultPKI // not answered yet
	}
	return c.CertificatesDir
}

// onNode is the path of a file on the nodes: base is relative to the folder of
// the certificates, or absolute.
func onNode(c *spec.Cluster, base string) string {
	if path.IsAbs(base) {
		return base
	}
	return path.Join(pkiFolder(c), base)
}

// inTree is the path below the output directory of what a node has at a path.
func inTree(n *spec.Node, abs string) string { return NodeRoot(n.Name) + abs }

// signing is what the file of a CA that signs on a node has behind the name of
// the one that the node checks by. kube-controller-manager wants exactly one
// certificate in --cluster-signing-cert-file ("expected 1 certificate, found 2"),
// and while a CA is replaced, what verifiers read holds two.
const signing = "-signing"

// placeAuthority lays a CA into authority/, what is checked by it onto each node
// that does, and its certificate and key nowhere else but to the
// controller-managers that sign requests.
func placeAuthority(r *Entry, base string, signsRequests bool) func(*spec.Cluster, *spec.Node) Files {
	return func(c *spec.Cluster, _ *spec.Node) Files {
		f := cfsslFiles(r.Name)
		own := path.Join(authorityFolder, r.Name)
		f.Cert, f.Key = own+".crt", own+".key"
		for i := range c.Nodes {
			n := &c.Nodes[i]
			there := inTree(n, onNode(c, base))
			if n.Roles&r.On != 0 {
				f.Copies = append(f.Copies, Copy{Trust, there + ".crt"})
			}
			if signsRequests && c.SignCSRs && n.Roles.Has(spec.ControlPlane) {
				f.Copies = append(f.Copies, Copy{Cert, there + signing + ".crt"}, Copy{Key, there + ".key"})
			}
		}
		return f
	}
}

// placeLeaf lays certificate and key where their users look, or into their
// kubeconfigs.
func placeLeaf(r *Entry, base string) func(*spec.Cluster, *spec.Node) Files {
	return func(c *spec.Cluster, n *spec.Node) Files {
		f := cfsslFiles(path.Join(csrFolder(n), r.Name))
		f.Configs = configFiles(r, c, n)
		if len(f.Configs) > 0 && c.Kubeconfigs != spec.ByPath {
			return f
		}
		for _, own := range ownPaths(r, c, n, base) {
			if f.Cert == "" {
				f.Cert, f.Key = own+".crt", own+".key"
				continue
			}
			f.Copies = append(f.Copies, Copy{Cert, own + ".crt"}, Copy{Key, own + ".key"})
		}
		return f
	}
}

// placeKeyPair keeps a pair with the operator and copies it to its nodes.
func placeKeyPair(r *Entry, base string) func(*spec.Cluster, *spec.Node) Files {
	return func(c *spec.Cluster, n *spec.Node) Files {
		own := path.Join(authorityFolder, r.Name)
		f := Files{Key: own + ".key", Public: own + ".pub"}
		for _, there := range ownPaths(r, c, n, base) {
			f.Copies = append(f.Copies, Copy{Key, there + ".key"}, Copy{Trust, there + ".pub"})
		}
		return f
	}
}

// placeToken keeps a token with the operator; other files hold it in their own forms.
func placeToken(r *Entry) func(*spec.Cluster, *spec.Node) Files {
	return func(c *spec.Cluster, n *spec.Node) Files {
		return Files{Key: path.Join(authorityFolder, r.Name), Configs: configFiles(r, c, n)}
	}
}

// csrFolder parts the requests by node, so that no folder has thousands of files.
func csrFolder(n *spec.Node) string {
	if n == nil {
		return ""
	}
	return NodeRoot(n.Name)
}

func cfsslFiles(name string) Files {
	own := path.Join(cfsslFolder, name)
	return Files{CSR: own + ".csr", Request: own + "-csr.json"}
}

// ownPaths are the places of a pair, without the endings: on the one node, on all
// nodes that hold it, or with the operator.
func ownPaths(r *Entry, c *spec.Cluster, n *spec.Node, base string) []string {
	if r.On == 0 {
		return []string{path.Join(adminFolder, base)}
	}
	if n != nil {
		return []string{inTree(n, onNode(c, base))}
	}
	var out []string
	for i := range c.Nodes {
		if m := &c.Nodes[i]; m.Roles&r.On != 0 {
			out = append(out, inTree(m, onNode(c, base)))
		}
	}
	return out
}

// configFiles are the kubeconfigs of an entry: the operator's, that of the one
// node, or those of all nodes that hold it.
func configFiles(r *Entry, c *spec.Cluster, n *spec.Node) []ConfigFile {
	if r.Kubeconfig == nil {
		return nil
	}
	if r.On == 0 {
		return []ConfigFile{{Path: path.Join(adminFolder, r.Kubeconfig.File), Server: c.EndpointURL()}}
	}
	on := func(n *spec.Node) ConfigFile {
		server := c.EndpointURL()
		if r.Kubeconfig.Local {
			server = n.URL(spec.DefaultPort)
		}
		return ConfigFile{Path: inTree(n, path.Join(components.Folder, r.Kubeconfig.File)), Server: server, Node: n.Name}
	}
	if n != nil {
		return []ConfigFile{on(n)}
	}
	var out []ConfigFile
	for i := range c.Nodes {
		if m := &c.Nodes[i]; m.Roles&r.On != 0 {
			out = append(out, on(m))
		}
	}
	return out
}
