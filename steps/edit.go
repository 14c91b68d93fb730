package steps

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// The keys of the answers that an Edit changes.
const (
	nodesKey    = "nodes"
	endpointKey = "controlPlaneEndpoint"
	namesKey    = "certSANs"
	servicesKey = "serviceSubnet"
)

// Edit is a change to the answers of a cluster that runs. What is removed goes
// first, so that a node may be replaced by another of its address.
type Edit struct {
	AddNames, RemoveNames []string // of certSANs; a removed one may be a further name of a node too
	Endpoint              string   // "" for no change
	ServiceSubnet         string   // "" for no change
	AddNodes              []string // lines as the answer has them
	RemoveNodes           []string // names
	Addresses             []NodeValue
	Roles                 []NodeValue
	EndBootstrap          bool // all kubelets have joined: the token goes
}

// NodeValue is what one node gets: its addresses or its roles, in the words of the
// nodes answer.
type NodeValue struct{ Node, Value string }

// Kept is a name that an edit leaves in certificates although nothing is told to
// dial it any more: clients that do not know of the change yet still do. To take it
// out is a later edit.
type Kept struct {
	Name string `json:"name"`
	Was  string `json:"was"` // "the endpoint", "an address of master1"
}

// EditError is a part of an edit that cannot be done.
type EditError struct {
	Part string // "remove node", "add name": the words of the command's flags
	Text string // what is wrong, quoting the value, and what would be accepted
}

// Error is part and text.
func (e *EditError) Error() string { return e.Part + ": " + e.Text }

func editError(part, format string, args ...any) error {
	return &EditError{part, fmt.Sprintf(format, args...)}
}

// Apply gives the answers after an edit, and the names that it leaves in
// certificates for now. before is the cluster of the answers as they are. What the
// new answers lead to is for Build to judge; the error is an *EditError.
func (a *Answers) Apply(before *spec.Cluster, e Edit) (*Answers, []Kept, error) {
	now := a.WrittenOut()
	if len(e.AddNodes)+len(e.RemoveNodes)+len(e.Addresses)+len(e.Roles) > 0 {
		now = now.writeOut(before.Nodes) // what is assumed of a node must not change with another
	}
	ed := &editor{answers: now.Clone(), before: before}
	for _, step := range []func(Edit) error{
		ed.removeNodes, ed.addNodes, ed.moveNodes, ed.giveRoles,
		ed.endpoint, ed.services, ed.removeNames, ed.addNames, ed.endBootstrap,
	} {
		if err := step(e); err != nil {
			return nil, nil, err
		}
	}
	return ed.answers, ed.kept, nil
}

// editor is one call of Apply.
type editor struct {
	answers *Answers
	before  *spec.Cluster
	kept    []Kept
}

// set gives an answer, where it is another one: defaults stay defaults.
func (ed *editor) set(key, text string) {
	if ed.answers.Get(key) != text {
		ed.answers.explicit[key] = clean(text)
	}
}

// names are the entries of certSANs as they are by now.
func (ed *editor) names() []spec.Host {
	hosts, _ := spec.ParseHosts(namesKey, ed.answers.Get(namesKey))
	return hosts
}

// addName puts a name among certSANs, and reports whether it was not there.
func (ed *editor) addName(h spec.Host) bool {
	if slices.Contains(ed.names(), h) {
		return false
	}
	text := strings.TrimRight(ed.answers.Get(namesKey), "\n ")
	if text != "" {
		text += "\n"
	}
	ed.set(namesKey, text+h.String())
	return true
}

// keep leaves a name in the certificates for now.
func (ed *editor) keep(h spec.Host, was string) {
	if h.IsZero() || slices.Contains(ed.before.SANs, h) {
		return // it was among the names by itself
	}
	ed.addName(h)
	ed.kept = append(ed.kept, Kept{h.String(), was})
}

func (ed *editor) endpoint(e Edit) error {
	if e.Endpoint == "" {
		return nil
	}
	next, ps := spec.ParseEndpoint(endpointKey, e.Endpoint)
	ed.set(endpointKey, e.Endpoint)
	if old := ed.before.Endpoint; !problem.HasErrors(ps) && old.Host != next.Host {
		ed.keep(old.Host, "the endpoint")
	}
	return nil
}

// endBootstrap takes the token out, which new nodes join by.
func (ed *editor) endBootstrap(e Edit) error {
	switch {
	case !e.EndBootstrap:
		return nil
	case !ed.before.HasToken():
		return editError("end bootstrap", "there is no token: tlsBootstrap is %q", ed.before.Bootstrap)
	case len(e.AddNodes) > 0:
		return editError("end bootstrap", "a node that comes needs the token: end it when the node has joined")
	}
	ed.set(bootstrapKey, string(spec.BootstrapDone))
	return nil
}

// services changes the service network, and keeps the first address of the old one.
func (ed *editor) services(e Edit) error {
	if e.ServiceSubnet == "" {
		return nil
	}
	next, ps := spec.ParseServiceSubnets(servicesKey, e.ServiceSubnet)
	ed.set(servicesKey, e.ServiceSubnet)
	if problem.HasErrors(ps) {
		return nil // Build says what is wrong
	}
	var first []netip.Addr
	for _, p := range next {
		first = append(first, spec.FirstServiceAddr(p))
	}
	for _, p := range ed.before.ServiceSubnets {
		if addr := spec.FirstServiceAddr(p); !slices.Contains(first, addr) {
			ed.keep(spec.Host{Addr: addr}, "the first service address")
		}
	}
	return nil
}

func (ed *editor) addNames(e Edit) error {
	for _, text := range e.AddNames {
		hosts, err := hostsOf("add name", text)
		if err != nil {
			return err
		}
		for _, h := range hosts {
			ed.addName(h)
			ed.settled(h)
		}
	}
	return nil
}

// settled notes that the operator has said himself what becomes of a name.
func (ed *editor) settled(h spec.Host) {
	ed.kept = slices.DeleteFunc(ed.kept, func(k Kept) bool { return k.Name == h.String() })
}

// hostsOf reads names of a flag; a problem is told with the flag's words.
func hostsOf(part, text string) ([]spec.Host, error) {
	hosts, ps := spec.ParseHosts(namesKey, text)
	for _, p := range ps {
		if p.Severity() == problem.Error {
			return nil, &EditError{part, p.Sentence()}
		}
	}
	if len(hosts) == 0 {
		return nil, editError(part, "%q holds no name: write a DNS name or an address", text)
	}
	return hosts, nil
}

func (ed *editor) removeNames(e Edit) error {
	for _, text := range e.RemoveNames {
		hosts, err := hostsOf("remove name", text)
		if err != nil {
			return err
		}
		for _, h := range hosts {
			if err := ed.removeName(h); err != nil {
				return err
			}
			ed.settled(h)
		}
	}
	return nil
}

// removeName takes a name out of certSANs, or a further name or address out of its
// node's line.
func (ed *editor) removeName(h spec.Host) error {
	if i := slices.Index(ed.names(), h); i >= 0 {
		ed.set(namesKey, h.OutOf(ed.answers.Get(namesKey)))
		return nil
	}
	nodes, _ := spec.ParseNodes(nodesKey, ed.answers.Get(nodesKey))
	for i := range nodes {
		n := &nodes[i]
		switch {
		case n.Name == h.Name, len(n.Addresses) > 0 && n.Addresses[0] == h.Addr:
			return editError("remove name", "%s is how node %s is known: change the node instead", h, n.Name)
		case h.Addr.IsValid() && slices.Contains(n.Addresses, h.Addr):
			n.Addresses = slices.DeleteFunc(slices.Clone(n.Addresses), func(a netip.Addr) bool { return a == h.Addr })
			ed.replaceNode(n, n.String())
			return nil
		case h.Name != "" && slices.Contains(n.Aliases, h.Name):
			n.Aliases = slices.DeleteFunc(slices.Clone(n.Aliases), func(s string) bool { return s == h.Name })
			ed.replaceNode(n, n.String())
			return nil
		}
	}
	return editError("remove name", "%s is neither among certSANs nor a further name of a node", h)
}

// Difference is one answer that is not as before.
type Difference struct {
	Key string `json:"key"`
	// Gone and New are the lines of a list that only one of the two has; of another
	// answer the whole values.
	Gone []string `json:"gone,omitempty"`
	New  []string `json:"new,omitempty"`
}

// Since are the answers in which these differ from others, in the order of the
// questions.
func (a *Answers) Since(before *Answers) []Difference {
	var out []Difference
	for _, key := range fileKeys() {
		old, now := entriesOf(key, before.Get(key)), entriesOf(key, a.Get(key))
		d := Difference{Key: key, Gone: missingIn(now, old), New: missingIn(old, now)}
		if len(d.Gone)+len(d.New) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// entriesOf are the lines of a list, or the one value.
func entriesOf(key, text string) []string {
	if f, _ := Lookup(key); f.Form != lineList {
		if text = strings.TrimSpace(text); text == "" {
			return nil
		}
		return []string{text}
	}
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// missingIn are those of a list that another one has not.
func missingIn(other, list []string) []string {
	known := make(map[string]bool, len(other))
	for _, s := range other {
		known[s] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return known[s] })
}
