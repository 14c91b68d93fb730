package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// outline is what a plan changes, by node and kind: what several nodes have alike is
// said once, and what is kept is a number in the plan's last sentence.
type outline struct {
	order []string // nodes as they come up; "" for what belongs to no single one
	lines map[string][]*outlineLine
}

// outlineLine is one kind of change on a node.
type outlineLine struct {
	verb   string // "create", and so on
	kind   string // "certificate", "CA", "key pair", "file"
	signer string // as Signer has it; "" for what nobody signs
	why    string
	names  []string
	full   bool // all names are said, however many
	// from and until are the first and the last end that these will have, and ends
	// the first that they have now.
	from, until, ends time.Time
}

// shownNames is how many names of one kind a line of an outline has, where it needs
// not be full.
const shownNames = 6

// createdNames is the same for files that are created: how many is mostly enough.
const createdNames = 4

func newOutline() *outline { return &outline{lines: map[string][]*outlineLine{}} }

// add puts a name into the line of its kind.
func (o *outline) add(node, name string, line outlineLine) *outlineLine {
	if o.lines[node] == nil {
		o.order = append(o.order, node)
	}
	for _, l := range o.lines[node] {
		if l.verb == line.verb && l.kind == line.kind && l.signer == line.signer && l.why == line.why {
			l.names = append(l.names, Clean(name))
			return l
		}
	}
	line.names = []string{Clean(name)}
	o.lines[node] = append(o.lines[node], &line)
	return &line
}

// certificate adds one that does not stay as it is.
func (o *outline) certificate(pl *plan.Plan, c *plan.Certificate) {
	line := outlineLine{verb: string(c.Cert), kind: string(c.Entry.Kind), why: outlineReason(c)}
	if !c.IsCertificate() || c.Key == plan.Refuse || c.Key == plan.Replace {
		line.verb = string(c.Key)
	}
	switch {
	case c.IsCA():
		line.kind = "CA"
	case c.IsCertificate():
		line.kind = "certificate"
	}
	line.full = decides(plan.Verb(line.verb))
	if c.IsCertificate() {
		line.signer = Clean(pl.SignerName(c))
	}
	l := o.add(c.Node, strings.TrimPrefix(c.Name, c.Node+"/"), line)
	if c.IsCertificate() {
		old := time.Time{}
		if c.OldCert != nil {
			old = c.OldCert.NotAfter
		}
		l.span(c.NotAfter, c.NotAfter, old)
	}
}

// span widens the dates of a line.
func (l *outlineLine) span(from, until, ends time.Time) {
	l.from, l.ends = earlier(l.from, from), earlier(l.ends, ends)
	if until.After(l.until) {
		l.until = until
	}
}

// earlier is the first of two times that are known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// outlineReason says why a certificate is made again, and in what it differs from the
// one before it besides the dates.
func outlineReason(c *plan.Certificate) string {
	var parts []string
	if !c.Asked && c.Reason != "" {
		parts = append(parts, Clean(c.Reason))
	}
	if c.OldCert != nil && c.Cert.Writes() {
		for _, s := range DifferenceLines(c) {
			field, _, _ := strings.Cut(s, ":")
			if s != onlyDates && !strings.Contains(c.Reason, field+" changed") && !strings.Contains(c.Reason, field+" is ") {
				parts = append(parts, s)
			}
		}
	}
	return strings.Join(parts, "; ")
}

// outlineOf is everything that a plan changes.
func outlineOf(pl *plan.Plan) *outline {
	o := newOutline()
	shown := map[string]string{} // certificate -> its node
	for i := range pl.Certificates {
		if c := &pl.Certificates[i]; c.Key != plan.Keep || c.Cert != plan.Keep && c.IsCertificate() {
			shown[c.Name] = c.Node
			o.certificate(pl, c)
		}
	}
	var follow []*plan.Action
	add := func(node string, a *plan.Action) {
		o.add(node, nameOn(node, a.Path), outlineLine{verb: string(a.Verb), kind: "file", why: outlineWhy(pl, a), full: decides(a.Verb)})
	}
	for i := range pl.Files {
		a := &pl.Files[i]
		node := catalog.NodeOf(a.Path)
		of, own := shown[a.Certificate]
		switch {
		case a.Verb == plan.Keep && !a.FixMode, own && (of == node || a.Verb == plan.Refuse):
		case (a.Sums != "" || a.Path == plan.AnswersFile) && !decides(a.Verb):
			follow = append(follow, a)
		default:
			add(node, a)
		}
	}
	for _, a := range follow { // the checksums follow the other files, the answers come with them
		if node := catalog.NodeOf(a.Path); a.Sums != "" && o.lines[node] == nil || len(o.order) == 0 {
			add(node, a)
		}
	}
	return o
}

// outlineWhy is the reason for a file; one that is created needs none.
func outlineWhy(pl *plan.Plan, a *plan.Action) string {
	if a.Verb == plan.Create {
		return ""
	}
	with := *a
	with.Reason = changeReason(pl, a)
	return Why(with)
}

// nameOn is a file as one speaks of it on its node.
func nameOn(node, file string) string {
	switch {
	case file == ".":
		return "the folder itself"
	case node == "":
		return file
	}
	_, name, _ := strings.Cut(file, "/"+node+"/")
	return cmp.Or(name, file)
}

// outline prints what changes, the nodes with the same changes together.
func (p *printer) outline(o *outline) {
	nodes := map[string][]string{}
	var order []string
	first := map[string][]*outlineLine{}
	for _, node := range o.order {
		var same strings.Builder
		for _, l := range o.lines[node] {
			fmt.Fprintf(&same, "%s\x00%s\x00%s\x00%s\x00%q\n", l.verb, l.kind, l.signer, l.why, l.names)
		}
		key := same.String()
		if node == "" {
			key = "" // alone, also where a node has the same
		}
		if first[key] == nil {
			order = append(order, key)
			first[key] = o.lines[node]
		}
		nodes[key] = append(nodes[key], Clean(node))
		for i, l := range o.lines[node] {
			first[key][i].span(l.from, l.until, l.ends)
		}
	}
	for _, key := range order {
		list := restart.NodeList(nodes[key])
		if slices.ContainsFunc(first[key], func(l *outlineLine) bool { return l.full }) {
			list = strings.Join(nodes[key], ", ")
		}
		switch {
		case key == "":
			list = "for the whole cluster"
		case len(nodes[key]) > 1:
			list = "each of " + list
		}
		if key != "" || len(order) > 1 {
			p.text("  ", list+":")
		}
		for _, l := range first[key] {
			p.text("    "+l.verb+" ", l.String())
		}
	}
}

// String is the line without its verb: "2 certificates signed by etcd-ca, until
// 2027-11-30: etcd-peer, etcd-server".
func (l *outlineLine) String() string {
	kind, kinds := l.kind, l.kind+"s"
	if plan.Verb(l.verb) == plan.Replace && l.kind != "file" {
		kind, kinds = kind+" and its private key", kinds+" and their private keys"
	}
	s := spec.Count(len(l.names), kind, kinds)
	if l.kind == "file" && plan.Verb(l.verb) != plan.Create {
		s = l.list() // their names say enough
	}
	switch l.signer {
	case "", "itself":
	default:
		s += " signed by " + l.signer
	}
	if !l.until.IsZero() && plan.Verb(l.verb) != plan.Refuse {
		s += ", until " + Date(l.from)
		if Date(l.until) != Date(l.from) {
			s += " to " + Date(l.until)
		}
		if !l.ends.IsZero() && Date(l.ends) != Date(l.from) {
			s += " instead of " + Date(l.ends)
		}
	}
	if l.kind != "file" || plan.Verb(l.verb) == plan.Create && len(l.names) <= createdNames {
		s += ": " + l.list()
	}
	if l.why != "" {
		s += " (" + l.why + ")"
	}
	return s
}

// list are the names.
func (l *outlineLine) list() string {
	if l.full {
		return strings.Join(l.names, ", ")
	}
	return Clean(spec.List(l.names, shownNames))
}

// decides reports whether something goes or is refused: an operator has to see all of it.
func decides(v plan.Verb) bool { return v == plan.Replace || v == plan.Remove || v == plan.Refuse }
