// Package imports reads what people have of a cluster before they come here: kubeadm's
// configuration, inventories of Ansible, cfssl's JSON, what kubectl prints, /etc/hosts.
//
// A form is recognised by what is in it, never by the name of its file. Read takes one
// text, Merge puts several together; both are pure functions. What they give are
// proposals for answers, each with the place where it stands: the rules of package steps
// judge them as everything else.
package imports

import (
	"errors"
	"net/netip"
	"strconv"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"

	"go.yaml.in/yaml/v3"
)

// The keys of the answers that a text can give, as package steps has them.
const (
	nodesKey        = "nodes"
	endpointKey     = "controlPlaneEndpoint"
	namesKey        = "certSANs"
	servicesKey     = "serviceSubnet"
	podsKey         = "podSubnet"
	domainKey       = "dnsDomain"
	directoryKey    = "certificatesDir"
	clusterKey      = "clusterName"
	algorithmKey    = "encryptionAlgorithm"
	caExpiryKey     = "ca.expiry"
	caKeys          = "ca."
	profileKeys     = "profiles."
	expiryOfProfile = ".expiry"
	usagesOfProfile = ".usages"
)

// Place is where something stands.
type Place struct {
	File string // as it was given; "" for a pasted text
	Line int    // from 1
	Key  string // "networking.podSubnet", "[etcd] node1"; "" where a line says it all
}

// String is "cluster.yaml:12 networking.podSubnet".
func (p Place) String() string {
	s := p.File
	switch {
	case p.Line > 0 && s == "":
		s = "line " + strconv.Itoa(p.Line)
	case p.Line > 0:
		s += ":" + strconv.Itoa(p.Line)
	}
	if p.Key == "" || s == "" {
		return s + p.Key
	}
	return s + " " + p.Key
}

// Import is what one text says.
type Import struct {
	File string
	Form Form
	Is   string // "kubeadm's ClusterConfiguration"

	said     []said
	nodes    []node // in the order of the text
	stacked  bool   // etcd runs beside each API server
	profiles []profile
	left     []Note
}

// said is one value of one answer.
type said struct {
	key, text string
	at        Place
	assumed   bool // it follows from something else, and yields to what is said
}

// node is what one text says of one machine.
type node struct {
	name    string
	member  bool // the name is that of an etcd member, which need not be the machine's
	addrs   []netip.Addr
	aliases []string
	roles   spec.NodeRoles
	knows   spec.NodeRoles // the roles that the text would name, had the node them
	at      Place
	in      *Import // that says so
}

// profile is a signing profile of cfssl.
type profile struct {
	name, expiry string
	usages       []string
	at           Place // of the expiry, or of the whole
	usagesAt     Place
}

// every is the name of the profile that stands for all of a layout.
const every = ""

// Fault is what keeps a text of a known form from being read.
type Fault struct {
	Line, Column int
	Code         problem.Code
	Args         []any
}

// SyntaxError is what the YAML reader says of a text that is of no other form.
type SyntaxError struct{ Err error }

// Error is the reader's own text.
func (e *SyntaxError) Error() string { return e.Err.Error() }

// Unwrap is the reader's error.
func (e *SyntaxError) Unwrap() error { return e.Err }

// ErrUnknown is a text of no form that is known.
var ErrUnknown = errors.New("no known form")

// Read reads a text, which is UTF-8. The error is ErrUnknown, or a *SyntaxError; a text of
// a known form that cannot be used has faults.
func Read(file string, data []byte) (*Import, []Fault, error) {
	lines := linesOf(data)
	docs, err := documents(data)
	f := formOf(lines, docs)
	switch {
	case f == nil && err != nil:
		return nil, nil, &SyntaxError{err}
	case f == nil:
		return nil, nil, ErrUnknown
	}
	r := &reader{in: &Import{File: file, Form: f.form.form, Is: f.is}}
	switch {
	case f.lines != nil:
		f.lines(r, lines)
	case f.read == nil:
		r.faults = append(r.faults, Fault{f.line, f.column, FaultNotTaken, []any{f.is}})
	case r.plain(docs):
		f.read(r, docs)
	}
	return r.in, r.faults, nil
}

// reader collects what one text says.
type reader struct {
	in     *Import
	faults []Fault
}

func (r *reader) at(line int, key string) Place { return Place{r.in.File, line, key} }

func (r *reader) say(key, text string, at Place) {
	r.in.said = append(r.in.said, said{key: key, text: text, at: at})
}

func (r *reader) assume(key, text string, at Place) {
	r.in.said = append(r.in.said, said{key: key, text: text, at: at, assumed: true})
}

func (r *reader) leave(at Place, why Reason, args ...any) {
	r.in.left = append(r.in.left, Note{At: at, Why: why, Args: args})
}

func (r *reader) fault(n *yaml.Node, code problem.Code, args ...any) {
	r.faults = append(r.faults, Fault{n.Line, n.Column, code, args})
}
