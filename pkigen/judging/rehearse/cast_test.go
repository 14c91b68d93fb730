package rehearse_test

import (
	"path"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

// cast knows the files of one cluster in a directory of ours.
type cast struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	read    func(string) ([]byte, error)
	files   map[string]rehearse.File
	shown   map[string]dialled              // kubeconfigs that were read, by their path
	certs   map[string]*catalog.Certificate // by name
	places  map[placeKey]string             // on the nodes
	configs map[string]map[string]string    // certificate -> path of its kubeconfig -> server
	answers map[[2]string]*rehearse.Side    // by connection and machine
}

type placeKey struct {
	cert string
	part catalog.Part
	node string
}

// dialled is a dialling side with the URL of its kubeconfig.
type dialled struct {
	rehearse.Side
	server string
}

func newCast(l *catalog.Layout, c *spec.Cluster, read func(string) ([]byte, error)) *cast {
	k := &cast{layout: l, cluster: c, read: read, files: map[string]rehearse.File{}, shown: map[string]dialled{},
		certs: map[string]*catalog.Certificate{}, places: map[placeKey]string{}, configs: map[string]map[string]string{},
		answers: map[[2]string]*rehearse.Side{}}
	certs := l.Certificates(c)
	for i := range certs {
		cert := &certs[i]
		k.certs[cert.Name] = cert
		for _, part := range []catalog.Part{catalog.Cert, catalog.Trust, catalog.Key, catalog.Public, catalog.Config} {
			for _, p := range cert.Places(part) {
				node, _ := catalog.SplitNode(p)
				key := placeKey{cert.Name, part, node}
				if _, is := k.places[key]; !is {
					k.places[key] = p
				}
			}
		}
		k.configs[cert.Name] = map[string]string{}
		for _, f := range cert.Files.Configs {
			k.configs[cert.Name][f.Path] = f.Server
		}
	}
	return k
}

// made reports whether the layout makes what does the work of a role in this cluster.
func (k *cast) made(name string) bool {
	p := k.layout.Find(name)
	return p != nil && (p.When == nil || p.When(k.cluster))
}

// cert is the certificate, key pair or token that does the work of a role on a
// node; nil for none.
func (k *cast) cert(name string, n *spec.Node) *catalog.Certificate {
	p := k.layout.Find(name)
	switch {
	case p == nil:
		return nil
	case p.Each && n != nil:
		return k.certs[n.Name+"/"+p.Name]
	}
	return k.certs[p.Name]
}

// file is a part of a certificate as a node has it, or else the operator.
func (k *cast) file(c *catalog.Certificate, part catalog.Part, n *spec.Node) rehearse.File {
	if c == nil {
		return rehearse.File{}
	}
	p, is := k.places[placeKey{c.Name, part, name(n)}]
	if !is {
		if p, is = k.places[placeKey{c.Name, part, ""}]; !is {
			p = c.Place(part)
		}
	}
	return k.open(p)
}

// open reads a file once.
func (k *cast) open(p string) rehearse.File {
	if p == "" {
		return rehearse.File{}
	}
	f, is := k.files[p]
	if !is {
		f = rehearse.File{Path: p}
		if data, err := k.read(p); err == nil {
			f.Data = data
			if data == nil {
				f.Data = []byte{}
			}
		}
		k.files[p] = f
	}
	return f
}

// ca is the CA file of a domain, if the program is told of it by this flag.
func (k *cast) ca(d catalog.Domain, program, flag string, n *spec.Node) rehearse.File {
	p := k.layout.Find(k.layout.CA(d))
	if p == nil || !p.Told(program, flag) {
		return rehearse.File{}
	}
	return k.file(k.certs[p.Name], catalog.Trust, n)
}

// dialling is the dialling side of a connection on a machine.
func (k *cast) dialling(a *connections.Connection, n *spec.Node) dialled {
	out := k.shows(a.Shows, n)
	out.Program = a.From
	program := a.Server.Component
	if program == "" {
		program = a.From
	}
	if a.Server.Entry == "" {
		out.CA = k.ca(a.Server.Domain, program, a.Server.Flag, n)
	}
	if a.From == "pods" {
		out.Cert = rehearse.File{}
		out.Issuer = components.Issuer(k.cluster)
	}
	return out
}

// shows is what a machine shows of a role: by the kubeconfig, or by its files. A
// layout that makes files only, the article's, leaves the kubeconfigs to the
// reader, who takes its CA and its endpoint.
func (k *cast) shows(of string, n *spec.Node) dialled {
	cert := k.cert(of, n)
	if cert == nil || cert.Entry.Kubeconfig == nil {
		out := dialled{Side: rehearse.Side{Machine: name(n), Cert: k.file(cert, catalog.Cert, n), Key: k.file(cert, catalog.Key, n)}, server: k.cluster.EndpointURL()}
		out.CA = k.file(k.certs[k.layout.CA(catalog.Kubernetes)], catalog.Trust, n)
		return out
	}
	config := k.file(cert, catalog.Config, n)
	out, is := k.shown[config.Path]
	if !is {
		out = k.byConfig(config, k.configs[cert.Name][config.Path], cert, n)
		k.shown[config.Path] = out
	}
	return out
}

// byConfig is what a kubeconfig tells its program. server is what it should say.
func (k *cast) byConfig(config rehearse.File, server string, cert *catalog.Certificate, n *spec.Node) dialled {
	out := dialled{Side: rehearse.Side{Machine: name(n), Config: config}, server: server}
	if config.Data == nil {
		return out
	}
	c, err := kubeconfig.Parse(config.Data)
	if err != nil {
		out.ConfigErr = err
		return out
	}
	out.server = c.Server
	pick := func(data []byte, p string) rehearse.File {
		if p != "" {
			return k.open(beside(config.Path, p, n))
		}
		return rehearse.File{Path: config.Path, Data: data}
	}
	out.CA = pick(c.CA, c.CAFile)
	if cert.Entry.Kind == catalog.Token {
		out.Token = rehearse.File{Path: config.Path, Data: []byte(c.Token)}
		return out
	}
	out.Cert, out.Key = pick(c.Cert, c.CertFile), pick(c.Key, c.KeyFile)
	return out
}

// beside is where the path in a kubeconfig leads: on the node, or from the
// kubeconfig's folder.
func beside(config, p string, n *spec.Node) string {
	switch {
	case !path.IsAbs(p):
		return path.Join(path.Dir(config), p)
	case n != nil:
		return catalog.NodeRoot(n.Name) + path.Clean(p)
	}
	return p
}

// answering is the answering side of a connection on a machine. What an extension
// server checks by is what kube-apiserver on the machine of from publishes.
func (k *cast) answering(a *connections.Connection, n, from *spec.Node) *rehearse.Side {
	if n == nil {
		n = from
	}
	key := [2]string{a.ID, name(n)}
	s, is := k.answers[key]
	if !is {
		s = k.server(a, n)
		k.answers[key] = s
	}
	return s
}

func (k *cast) server(a *connections.Connection, n *spec.Node) *rehearse.Side {
	s := &rehearse.Side{Machine: name(n), Program: a.To}
	if cert := k.cert(a.Answers, n); cert != nil {
		s.Cert, s.Key = k.file(cert, catalog.Cert, n), k.file(cert, catalog.Key, n)
	}
	const api = "kube-apiserver"
	switch a.To {
	case api, "extension server":
		s.CA = k.ca(catalog.Kubernetes, api, "--client-ca-file", n)
		s.HeaderCA = k.ca(catalog.FrontProxy, api, "--requestheader-client-ca-file", n)
		if s.HeaderCA.Path != "" {
			s.AllowedNames = k.setting(api, "--requestheader-allowed-names", n)
		}
	default:
		s.CA = k.ca(a.Client.Domain, a.To, a.Client.Flag, n)
	}
	if a.To != api {
		if a.Answers == "" {
			s.Machine = ""
		}
		return s
	}
	s.Public, s.Issuer = k.file(k.cert("sa", n), catalog.Trust, n), components.Issuer(k.cluster)
	switch {
	case k.cluster.Bootstrap == spec.BootstrapFile && n != nil:
		s.Token = k.open(catalog.NodeRoot(n.Name) + components.TokenFile)
	case k.cluster.Bootstrap == spec.BootstrapSecret:
		s.Token = k.open(catalog.TokenManifest)
	}
	return s
}

// setting is the list that a program gets by a flag.
func (k *cast) setting(program, flag string, n *spec.Node) []string {
	for _, c := range components.All {
		if c.Name != program || n == nil {
			continue
		}
		for _, s := range c.Settings(k.cluster, n) {
			if s.Name == flag {
				return strings.Split(s.Value, ",")
			}
		}
	}
	return nil
}
