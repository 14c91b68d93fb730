package restart

import (
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
)

// reader is a program of a node that is told about a file.
type reader struct {
	node      string // "" for the operator
	component string
	flag      string // "" for its file of flags, and its configuration file
}

// readers is who reads each file of the directory, by its path.
type readers struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	roles   map[string]spec.NodeRoles // of the nodes, by name
	trees   map[string]string         // nodes by what their trees may be called: name and addresses
	byPath  map[string][]reader
}

// findReaders turns the catalogue round. Each certificate is looked at once,
// since there may be thousands of nodes.
func findReaders(l *catalog.Layout, c *spec.Cluster) *readers {
	r := &readers{layout: l, cluster: c, roles: make(map[string]spec.NodeRoles, len(c.Nodes)), trees: map[string]string{}, byPath: map[string][]reader{}}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		r.roles[n.Name], r.trees[n.Name] = n.Roles, n.Name
		for _, a := range n.Addresses {
			r.trees[a.String()] = n.Name
		}
	}
	var byPath []catalog.Certificate // by whose kubeconfigs a CA is read as a file
	certs := l.Certificates(c)
	for i := range certs {
		cert := &certs[i]
		for _, u := range cert.Entry.Uses {
			if u.When == nil || u.When(c) {
				r.use(cert, u)
			}
		}
		if l.PerNode && len(cert.Files.Configs) > 0 && !cert.Embedded() {
			byPath = append(byPath, *cert)
		}
	}
	for i := range certs {
		if certs[i].Name == l.CA(catalog.Kubernetes) && l.PerNode {
			r.throughConfigs(&certs[i], byPath)
		}
	}
	r.settings()
	return r
}

// use adds the readers of the files behind one flag.
func (r *readers) use(cert *catalog.Certificate, u catalog.Use) {
	parts := map[string][]string{u.Flag: cert.Places(u.File)}
	if u.File == catalog.Config && !cert.Embedded() && cert.IsCertificate() {
		parts[catalog.ConfigCert], parts[catalog.ConfigKey] = cert.Places(catalog.Cert), cert.Places(catalog.Key)
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
		if node := path.Base(tree); r.roles[node]&components.RunsOn(component) != 0 {
			r.one(p, reader{node, component, flag})
		}
	case r.layout.PerNode:
		if component == operatorProgram {
			r.one(p, reader{"", component, flag})
		}
	default:
		on := components.RunsOn(component)
		if on == 0 && component == operatorProgram {
			r.one(p, reader{"", component, flag})
		}
		own, _ := r.nodeTree(p)
		for i := range r.cluster.Nodes {
			if n := &r.cluster.Nodes[i]; n.Roles&on != 0 && (of == "" || of == n.Name) && (own == "" || own == n.Name) {
				r.byPath[p] = append(r.byPath[p], reader{n.Name, component, flag}) // each once, by the catalogue
			}
		}
	}
}

// machineFolders are those at the root of a machine below which certificates lie.
var machineFolders = []string{"etc", "home", "opt", "root", "srv", "usr", "var"}

// nodeTree is the node in whose tree a file of an adopted directory lies, and its path
// there: the tree is called as the node is, or by an address of it. "" for any other.
func (r *readers) nodeTree(p string) (node, onNode string) {
	if !r.layout.AsFound {
		return "", ""
	}
	parts := strings.Split(p, "/")
	for i := 0; i+2 < len(parts); i++ {
		if node := r.trees[strings.ToLower(parts[i])]; node != "" && slices.Contains(machineFolders, parts[i+1]) {
			return node, "/" + path.Join(parts[i+1:]...)
		}
	}
	return "", ""
}

// copied is how a file is called that has to get to its node: in trees as it lies in the
// directory, since others lie at the same place on other nodes.
func (r *readers) copied(p string) string {
	if node, _ := r.nodeTree(p); node != "" {
		return p
	}
	return r.onNode(p)
}

// onNode is the path of a file on its node: in its tree, or where an adopted
// directory lies there; as it is for any other.
func (r *readers) onNode(p string) string {
	if _, abs := catalog.SplitNode(p); abs != "" {
		return abs
	}
	if _, abs := r.nodeTree(p); abs != "" {
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
const operatorProgram = id.Kubectl

// throughConfigs adds the readers of the CA that kubeconfigs name by its path.
func (r *readers) throughConfigs(ca *catalog.Certificate, certs []catalog.Certificate) {
	there := map[string]string{} // node -> the CA in its tree
	for _, p := range ca.Places(catalog.Trust) {
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
			for _, u := range certs[i].Entry.Uses {
				r.one(p, reader{f.Node, u.Component, catalog.ConfigCA})
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
		root := catalog.NodeRoot(n.Name)
		for j := range components.All {
			comp := &components.All[j]
			if n.Roles&comp.On == 0 {
				continue
			}
			r.one(root+comp.EnvFile(), reader{n.Name, comp.Name, ""})
			if file := comp.ConfigFile(); file != "" {
				r.one(root+file, reader{n.Name, comp.Name, ""})
			}
		}
		if n.Roles.Has(spec.ControlPlane) && r.cluster.Bootstrap == spec.BootstrapFile {
			r.one(root+components.TokenFile, reader{n.Name, id.KubeAPIServer, "--token-auth-file"})
		}
	}
	for _, f := range r.layout.Revocation(r.cluster).Read() {
		r.add(f.Path, "", f.Component, f.Flag)
	}
}
