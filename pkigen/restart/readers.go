package restart

import (
	"path"
	"slices"

	"certwright/pkigen/render"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
)

// reader is a program of a node that is told about a file.
type reader struct {
	node      string // "" for the operator
	component string
	flag      string // "" for its file of flags, and its configuration file
}

// readers is who reads each file of the directory, by its path.
type readers struct {
	layout  *role.Layout
	cluster *spec.Cluster
	roles   map[string]spec.NodeRoles // of the nodes, by name
	byPath  map[string][]reader
}

// findReaders turns the catalogue round. Each certificate is looked at once,
// since there may be thousands of nodes.
func findReaders(l *role.Layout, c *spec.Cluster) *readers {
	r := &readers{layout: l, cluster: c, roles: make(map[string]spec.NodeRoles, len(c.Nodes)), byPath: map[string][]reader{}}
	for i := range c.Nodes {
		r.roles[c.Nodes[i].Name] = c.Nodes[i].Roles
	}
	var byPath []role.Certificate // by whose kubeconfigs a CA is read as a file
	certs := l.Certificates(c)
	for i := range certs {
		cert := &certs[i]
		for _, u := range cert.Role.Uses {
			if u.When == nil || u.When(c) {
				r.use(cert, u)
			}
		}
		if l.PerNode && len(cert.Files.Configs) > 0 && !cert.Embedded() {
			byPath = append(byPath, *cert)
		}
	}
	for i := range certs {
		if certs[i].Name == l.CA(role.Kubernetes) && l.PerNode {
			r.throughConfigs(&certs[i], byPath)
		}
	}
	r.settings()
	return r
}

// use adds the readers of the files behind one flag.
func (r *readers) use(cert *role.Certificate, u role.Use) {
	parts := map[string][]string{u.Flag: cert.Places(u.File)}
	if u.File == role.Config && !cert.Embedded() && cert.IsCertificate() {
		parts[role.ConfigCert], parts[role.ConfigKey] = cert.Places(role.Cert), cert.Places(role.Key)
	}
	for flag, paths := range parts {
		for _, p := range paths {
			r.add(p, cert.Node, u.Component, flag)
		}
	}
}

// add adds a reader: that of the node in whose tree the file lies, or where all
// files lie flat those of all nodes with the component; of an adopted certificate
// that names its node, this one.
func (r *readers) add(p, of, component, flag string) {
	tree, _ := render.SplitTree(p)
	switch {
	case tree != "":
		// A CA has a copy on nodes that run only some of its programs.
		if node := path.Base(tree); r.roles[node]&componentOn(component) != 0 {
			r.one(p, reader{node, component, flag})
		}
	case r.layout.PerNode:
		if component == operatorProgram {
			r.one(p, reader{"", component, flag})
		}
	default:
		on := componentOn(component)
		if on == 0 && component == operatorProgram {
			r.one(p, reader{"", component, flag})
		}
		for i := range r.cluster.Nodes {
			if n := &r.cluster.Nodes[i]; n.Roles&on != 0 && (of == "" || of == n.Name) {
				r.byPath[p] = append(r.byPath[p], reader{n.Name, component, flag}) // each once, by the catalogue
			}
		}
	}
}

// onNode is the path of a file on its node: in its tree, or where an adopted
// directory lies there; as it is for any other.
func (r *readers) onNode(p string) string {
	if _, abs := role.SplitNode(p); abs != "" {
		return abs
	}
	if r.layout.AsFound && r.cluster.CertificatesDir != "" {
		return path.Join(r.cluster.CertificatesDir, p)
	}
	return p
}

// one adds a reader once: a certificate has several flags with one kubeconfig.
func (r *readers) one(p string, who reader) {
	if !slices.Contains(r.byPath[p], who) {
		r.byPath[p] = append(r.byPath[p], who)
	}
}

// operatorProgram is what the operator's kubeconfigs are for.
const operatorProgram = "kubectl"

// componentOn says on which nodes a program runs; 0 for one that runs on none.
func componentOn(name string) spec.NodeRoles {
	if name == "etcdctl" {
		return spec.Etcd
	}
	if c := role.FindComponent(name); c != nil {
		return c.On
	}
	return 0
}

// throughConfigs adds the readers of the CA that kubeconfigs name by its path.
func (r *readers) throughConfigs(ca *role.Certificate, certs []role.Certificate) {
	there := map[string]string{} // node -> the CA in its tree
	for _, p := range ca.Places(role.Trust) {
		if tree, _ := render.SplitTree(p); tree != "" {
			there[path.Base(tree)] = p
		}
	}
	for i := range certs {
		for _, f := range certs[i].Files.Configs {
			p := there[f.Node]
			if f.Node == "" || p == "" {
				continue
			}
			for _, u := range certs[i].Role.Uses {
				r.one(p, reader{f.Node, u.Component, role.ConfigCA})
			}
		}
	}
}

// settings adds what is told to the components besides certificates: their
// flags, their configuration files, and the file of tokens.
func (r *readers) settings() {
	if !r.layout.PerNode {
		return
	}
	for i := range r.cluster.Nodes {
		n := &r.cluster.Nodes[i]
		root := role.NodeRoot(n.Name)
		for j := range role.Components {
			comp := &role.Components[j]
			if n.Roles&comp.On == 0 {
				continue
			}
			r.one(root+comp.EnvFile(), reader{n.Name, comp.Name, ""})
			if file := comp.ConfigFile(); file != "" {
				r.one(root+file, reader{n.Name, comp.Name, ""})
			}
		}
		if n.Roles.Has(spec.ControlPlane) && r.cluster.Bootstrap == spec.BootstrapFile {
			r.one(root+role.TokenFile, reader{n.Name, "kube-apiserver", "--token-auth-file"})
		}
	}
}
