package tui

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// The lists of a review: certificates and files node by node, what becomes of each of a
// set that is there, and the answers page by page.

// certificateColumns are those of the certificates that will be. What happens to them
// gives way where it is the same for all: the sentence below the list says it as well.
func certificateColumns(mixed bool) []column {
	will := 7
	if mixed {
		will = 0
	}
	return []column{{title: "NAME", name: true}, {title: "WILL", drop: will, state: true}, {title: "WHAT IT IS", drop: 6},
		{title: "IDENTITY", least: 16, drop: 2, name: true}, {title: "NAMES", drop: 5}, {title: "SIGNED BY", drop: 4, name: true},
		{title: "EXPIRES"}, {title: "LEFT", drop: 3}}
}

// takeCertificates lists what all nodes share, and then node by node: the plan's order is
// that of the issuing, in which a node's certificates lie far apart.
func (r *review) takeCertificates(m *Model) {
	p := r.Plan
	place, mixed := map[string]int{"": 0}, false
	for i := range p.Cluster.Nodes {
		place[p.Cluster.Nodes[i].Name] = i + 1
	}
	order := make([]int, len(p.Certificates))
	for i := range order {
		order[i] = i
		mixed = mixed || will(&p.Certificates[i]) != will(&p.Certificates[0])
	}
	slices.SortStableFunc(order, func(a, b int) int { return place[p.Certificates[a].Node] - place[p.Certificates[b].Node] })
	rows := make([]row, len(order))
	for i, at := range order {
		rows[i] = r.certificateRow(m, &p.Certificates[at])
	}
	r.facts.certs = order
	r.lists[viewCertificates].set(certificateColumns(mixed), rows)
	// What changes is looked at first.
	r.lists[viewCertificates].at = max(slices.IndexFunc(order, func(i int) bool { return will(&p.Certificates[i]) != plan.Keep }), 0)
}

func (r *review) certificateRow(m *Model, c *plan.Certificate) row {
	verb := will(c)
	ends, left := "never", ""
	if c.IsCertificate() {
		date, far, _ := strings.Cut(text.Ends(c.NotAfter, m.Now()), ", ")
		ends, left = date, far
	}
	return row{group: nodeHeading(c.Node), level: verbLevel(verb), cells: []string{
		shortName(c), string(verb), c.Entry.Title, c.Subject.Identity(), names(len(c.Hosts)), r.Plan.SignerName(c), ends, left}}
}

// nodeHeading is the heading of what a node has alone.
func nodeHeading(node string) string { return cmp.Or(text.Clean(node), allNodes) }

// shortName is a certificate's name without its node.
func shortName(c *plan.Certificate) string {
	if c.Node == "" {
		return text.Clean(c.Name)
	}
	return text.Clean(strings.TrimPrefix(c.Name, c.Node+"/"))
}

// will is what happens to a certificate: a refusal or a new key says more than
// what becomes of the certificate itself.
func will(c *plan.Certificate) plan.Verb {
	if c.Key == plan.Refuse || c.Key == plan.Replace || !c.IsCertificate() {
		return c.Key
	}
	return c.Cert
}

// verbLevel is how much what happens to something is to be looked at.
func verbLevel(v plan.Verb) level {
	switch v {
	case plan.Refuse:
		return bad
	case plan.Replace, plan.Remove:
		return warn
	case plan.Keep:
		return quiet
	}
	return good
}

// takeFiles lists the files node by node, of a set that is there those first that change:
// of a large one hardly any does.
func (r *review) takeFiles(m *Model) {
	files := r.Plan.Files
	r.facts.files = make([]int, len(files))
	for i := range r.facts.files {
		r.facts.files[i] = i
	}
	if r.renews() {
		slices.SortStableFunc(r.facts.files, func(a, b int) int { return kept(&files[a]) - kept(&files[b]) })
	}
	rows := make([]row, len(files))
	for i, at := range r.facts.files {
		rows[i] = fileRow(m, &files[at])
	}
	r.lists[viewFiles].set([]column{{title: "WILL", state: true}, {title: "MODE", drop: 2}, {title: "FILE", name: true}, {title: "", least: 16, drop: 1}}, rows)
}

// kept orders files: those that stay as they are come last.
func kept(a *plan.Action) int {
	if a.Verb == plan.Keep && !a.FixMode {
		return 1
	}
	return 0
}

// fileRow is one file: what happens to it, its mode, and why.
func fileRow(m *Model, a *plan.Action) row {
	group, name := placeOf(m, a.Path)
	if a.IsFolder() {
		name += "/"
	}
	var notes []string
	if a.Secret() {
		notes = append(notes, "secret")
	}
	if why := text.Why(*a); why != "" {
		notes = append(notes, why)
	}
	return row{group: group, level: verbLevel(a.Verb), cells: []string{string(a.Verb), fmt.Sprintf("%04o", a.Mode.Perm()), name, strings.Join(notes, "; ")}}
}

// placeOf is the heading of a file, its node or its folder, and its path below that.
func placeOf(m *Model, p string) (group, name string) {
	if node, on := catalog.SplitNode(p); node != "" && on != "" {
		return text.Clean(node), text.Clean(on)
	}
	if folder := path.Dir(p); folder != "." {
		return text.Clean(folder), text.Clean(path.Base(p))
	}
	return text.Clean(m.Dir()), text.Clean(p)
}

// takeChanges lists each certificate that changes against the old one.
func (r *review) takeChanges(m *Model) {
	p := r.Plan
	for i := range p.Certificates {
		if will(&p.Certificates[i]) != plan.Keep {
			r.facts.changed = append(r.facts.changed, i)
		}
	}
	place := map[string]int{}
	for i := range p.Cluster.Nodes {
		place[p.Cluster.Nodes[i].Name] = i + 1
	}
	slices.SortStableFunc(r.facts.changed, func(a, b int) int { return place[p.Certificates[a].Node] - place[p.Certificates[b].Node] })
	rows := make([]row, len(r.facts.changed))
	for i, at := range r.facts.changed {
		rows[i] = changeRow(m, &p.Certificates[at])
	}
	r.lists[viewChanges].set([]column{{title: "NAME", name: true}, {title: "EXPIRES", drop: 1}, {title: "NEW EXPIRY"},
		{title: "KEY", drop: 2, state: true}, {title: "DIFFERENCE", least: 14}}, rows)
}

func changeRow(m *Model, c *plan.Certificate) row {
	r := row{group: nodeHeading(c.Node), level: verbLevel(c.Key)}
	old, end := "none", "never"
	if c.OldCert != nil {
		old = text.Date(c.OldCert.NotAfter)
		if !m.Now().Before(c.OldCert.NotAfter) {
			r.sign, r.level = "!", bad
		}
	}
	if c.IsCertificate() {
		end = text.Date(c.NotAfter)
	}
	r.cells = []string{shortName(c), old, end, text.KeyWord(c.Key), strings.Join(text.DifferenceLines(c), "; ")}
	return r
}

// takeAnswers lists every answer with its origin, below the page that asks for it.
func (r *review) takeAnswers(m *Model) {
	rows := make([]row, len(r.answers))
	for i, f := range r.answers {
		value := text.Clean(strings.ReplaceAll(beginning(m.Answers.Get(f.Key)), "\n", " | "))
		origin, l := "changed", plain
		if from := m.Answers.Origin(f.Key); from != "" {
			origin = originName(from)
		} else if m.Answers.IsDefault(f.Key) {
			origin, l = "default", quiet
		}
		if value == "" {
			value, origin, l = "–", "empty", quiet
		}
		rows[i] = row{group: r.titles[i], level: l, cells: []string{f.Label, value, origin}}
	}
	r.lists[viewAnswers].set([]column{{title: "QUESTION", least: 20}, {title: "ANSWER", least: 16}, {title: "FROM", state: true}}, rows)
}

// beginning is more of a long answer than a line can show, which is all that has to be
// looked at of thousands of lines.
func beginning(answer string) string {
	const most = 400
	answer = strings.TrimSpace(answer)
	n := 0
	for i := range answer {
		if n++; n > most {
			return answer[:i]
		}
	}
	return answer
}
