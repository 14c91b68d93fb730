// Package trust is the map of a cluster's connections: the connections of the
// catalogue, resolved for one layout and one cluster. It says which file each
// side shows and by which file the other side checks it.
package trust

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
)

// Map is all connections of one cluster. Its JSON form only ever grows.
type Map struct {
	Layout      string       `json:"layout"`
	Risk        string       `json:"risk"` // what the layout costs in security
	CAs         []CA         `json:"cas"`
	Connections []Connection `json:"arrows"`
	Danger      []Danger     `json:"danger"` // what is open that should not be
}

// CA is one authority and what it is the root of trust for.
type CA struct {
	Name    string           `json:"name"`
	Title   string           `json:"title"`
	Domains []catalog.Domain `json:"domains"`
}

// Connection is one connection.
type Connection struct {
	ID       string    `json:"id"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Port     int       `json:"port"`
	Why      string    `json:"why"`
	Shows    Side      `json:"shows"`   // what From shows
	Answers  Side      `json:"answers"` // what To shows
	Server   Check     `json:"server"`  // how From checks To
	Client   Check     `json:"client"`  // how To checks From
	Failures []Failure `json:"failures"`
}

// Side is what one side shows.
type Side struct {
	Entry string   `json:"role,omitempty"`
	Text  string   `json:"text,omitempty"`  // what a role does not say
	CA    string   `json:"ca,omitempty"`    // who signed it
	File  string   `json:"file,omitempty"`  // its path on the nodes, or in the directory for the operator's
	Nodes []string `json:"nodes,omitempty"` // that have the file
}

// Check is by what one side is checked.
type Check struct {
	CA   string `json:"ca,omitempty"`
	By   string `json:"by,omitempty"`   // the program that is told
	Flag string `json:"flag,omitempty"` // and how
	File string `json:"file,omitempty"`
	What string `json:"what"`
}

// Failure is what one sees where a check fails.
type Failure struct {
	At    string `json:"at"`
	Cause string `json:"cause"`
	Text  string `json:"text"`
}

// Danger is a door that a CA for several purposes leaves open: whoever has one
// of these certificates passes the check of another domain.
type Danger struct {
	CA    string   `json:"ca"`
	Roles []string `json:"roles"`
	To    string   `json:"to"`
	Port  int      `json:"port"`
	Text  string   `json:"text"`
}

// stand is the node that stands for all where none is answered yet.
var stand = spec.Node{Name: "NODE", Roles: spec.ControlPlane | spec.Etcd | spec.Worker}

// Resolve draws the map of a cluster in a layout. The cluster may be incomplete.
func Resolve(l *catalog.Layout, c *spec.Cluster) *Map {
	r := newResolver(l, c)
	m := &Map{Layout: l.Name, Risk: l.Risk, CAs: r.authorities(), Connections: []Connection{}, Danger: r.danger()}
	for _, a := range connections.All {
		if a.When != nil && !a.When(c) {
			continue
		}
		if out, ok := r.connection(a); ok {
			m.Connections = append(m.Connections, out)
		}
	}
	return m
}

// resolver knows the files of one cluster.
type resolver struct {
	layout  *catalog.Layout
	cluster *spec.Cluster
	nodes   []spec.Node
	placed  map[string]*catalog.Placed
	certs   map[string]*catalog.Certificate // one for each role
}

func newResolver(l *catalog.Layout, c *spec.Cluster) *resolver {
	r := &resolver{layout: l, cluster: c, nodes: c.Nodes, placed: map[string]*catalog.Placed{}, certs: map[string]*catalog.Certificate{}}
	if len(r.nodes) == 0 {
		r.nodes = []spec.Node{stand}
	}
	// A file has the same path on every node, so that one node of each kind tells
	// all, also where there are thousands.
	few := *c
	few.Nodes = nil
	var seen spec.NodeRoles
	for _, n := range r.nodes {
		if n.Roles&^seen != 0 {
			few.Nodes = append(few.Nodes, n)
			seen |= n.Roles
		}
	}
	for i := range l.Entries {
		r.placed[l.Entries[i].Name] = &l.Entries[i]
	}
	certs := l.Certificates(&few)
	for i := range certs {
		if c := &certs[i]; r.certs[c.Entry.Name] == nil {
			r.certs[c.Entry.Name] = c
		}
	}
	return r
}

func (r *resolver) authorities() []CA {
	var out []CA
	for _, d := range []catalog.Domain{catalog.Kubernetes, catalog.Etcd, catalog.FrontProxy} {
		name := r.layout.CA(d)
		if i := slices.IndexFunc(out, func(c CA) bool { return c.Name == name }); i >= 0 {
			out[i].Domains = append(out[i].Domains, d)
			continue
		}
		if p := r.placed[name]; p != nil {
			out = append(out, CA{Name: name, Title: p.Title, Domains: []catalog.Domain{d}})
		}
	}
	// Etcd's members may have one among themselves.
	if name := r.layout.Verifier(catalog.Etcd, "etcd", "--peer-trusted-ca-file"); name != r.layout.CA(catalog.Etcd) {
		out = append(out, CA{Name: name, Title: r.placed[name].Title, Domains: []catalog.Domain{catalog.Etcd}})
	}
	return out
}

// connection resolves one connection; false where the layout makes nothing of it.
func (r *resolver) connection(a connections.Connection) (Connection, bool) {
	shows, answers := r.layout.Find(a.Shows), r.layout.Find(a.Answers)
	if shows == nil || answers == nil && a.Answers != "" {
		return Connection{}, false
	}
	out := Connection{
		ID: a.ID, From: a.From, To: a.To, Port: a.Port, Why: a.Why,
		Shows: r.side(shows, a.ShowsText), Answers: r.side(answers, a.AnswersText),
		Server: r.check(a.Server, a.From), Client: r.check(a.Client, a.To),
	}
	for _, f := range a.Failures {
		out.Failures = append(out.Failures, Failure(f))
	}
	return out, true
}

// side says where what a role shows lies.
func (r *resolver) side(p *catalog.Placed, text string) Side {
	if p == nil {
		return Side{Text: text}
	}
	s := Side{Entry: p.Name, Text: text, CA: p.Signer}
	cert := r.certs[p.Name]
	if cert == nil {
		if p.When != nil && !p.When(r.cluster) {
			s.Text = "the kubelet asks for it itself, and the controller-manager signs it"
		}
		return s
	}
	part := catalog.Cert
	switch {
	case p.Kubeconfig != nil:
		part = catalog.Config
	case p.Kind == catalog.KeyPair:
		part = catalog.Key
	}
	s.File = onNode(cert, part)
	for i := range r.nodes {
		if r.layout.PerNode && r.nodes[i].Roles&p.On != 0 {
			s.Nodes = append(s.Nodes, r.nodes[i].Name)
		}
	}
	return s
}

func (r *resolver) check(p connections.Proof, by string) Check {
	if p.Component != "" {
		by = p.Component
	}
	if p.Flag == "" {
		by = ""
	}
	out := Check{CA: r.layout.Verifier(p.Domain, by, p.Flag), By: by, Flag: p.Flag, What: p.What}
	name, part := p.Entry, catalog.Trust
	if name == "" {
		name = out.CA
	} else if placed := r.placed[name]; placed != nil && placed.Kubeconfig != nil {
		part = catalog.Config
	}
	if cert := r.certs[name]; cert != nil {
		out.File = onNode(cert, part)
	} else if p.Entry == id.KubeletClient {
		out.File = components.Folder + "/" + catalog.CatalogueEntry(p.Entry).Kubeconfig.File // the kubelet writes it itself
	}
	return out
}

// onNode is where a part lies on the nodes, or in the directory where no node
// has it.
func onNode(c *catalog.Certificate, p catalog.Part) string {
	places := c.Places(p)
	for _, place := range places {
		if there := nodePath(place); there != "" {
			return there
		}
	}
	if len(places) == 0 {
		return ""
	}
	return places[0]
}

// danger tells what a shared CA opens: etcd asks of its clients nothing but
// that its CA has signed them.
func (r *resolver) danger() []Danger {
	out := []Danger{}
	ca := r.layout.CA(catalog.Etcd)
	if ca != r.layout.CA(catalog.Kubernetes) {
		return out
	}
	d := Danger{CA: ca, To: "etcd", Port: 2379, Text: r.layout.Risk}
	for i := range r.layout.Entries {
		p := &r.layout.Entries[i]
		if p.Kind == catalog.Leaf && p.Domain != catalog.Etcd && slices.Contains(p.Purposes, catalog.Client) {
			d.Roles = append(d.Roles, p.Name)
		}
	}
	return append(out, d)
}
