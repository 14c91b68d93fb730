// Package livetext writes as plain text what a look at a running cluster has shown, and how
// far a rollout has come.
package livetext

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
	"certwright/tui/text"
)

// printer writes lines, and remembers the first error.
type printer struct {
	w     io.Writer
	width int
	err   error
}

func (p *printer) keep(err error) { p.err = cmp.Or(p.err, err) }

func (p *printer) blank() { p.line("") }

func (p *printer) line(s string) {
	_, err := fmt.Fprintln(p.w, s)
	p.keep(err)
}

func (p *printer) text(first, s string) { p.keep(text.Text(p.w, first, s, p.width)) }

// command writes a command in one line, however long, so that it can be copied.
func (p *printer) command(first string, c shell.Line) { p.line(first + c.String()) }

// View prints what a look at a running cluster has shown: whether all is as planned, each
// program on each node, and what to do about each that is not.
func View(w io.Writer, v *live.View, dir string, all bool, width int) error {
	p := &printer{w: w, width: width}
	p.text("", text.Clean(dir)+": "+Line(v))
	if len(v.Programs) > 0 {
		p.blank()
		p.matrix(v, all)
	}
	p.findings(v, all)
	if all {
		p.files(v)
	}
	return p.err
}

// Line says in one line whether all is as planned.
func Line(v *live.View) string {
	nodes := map[string]bool{}
	for _, p := range v.Programs {
		nodes[p.Node] = true
	}
	of := spec.Count(len(v.Programs), "program", "programs") + " on " + spec.Count(len(nodes), "node", "nodes")
	if len(v.Programs) == 0 {
		return "No program of a cluster is told of here: there is nothing to look at."
	}
	var wrong []string
	for _, s := range []struct {
		state symptom.State
		text  string
	}{{symptom.Away, "away"}, {symptom.Unwell, "unhealthy"}, {symptom.Expired, "expired"}, {symptom.Behind, "behind"}} {
		if n := v.Count(s.state); n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", n, s.text))
		}
	}
	unseen := ""
	if n := v.Count(symptom.Hidden); n > 0 {
		unseen = fmt.Sprintf("; %d cannot be seen from here", n)
	}
	switch {
	case len(wrong) > 0:
		return "NOT as planned: of " + of + " " + strings.Join(wrong, ", ") + unseen + "."
	case v.Count(symptom.Fine) == 0:
		return "Nothing of " + of + " can be seen from here."
	}
	line := "All as planned: " + of + " have loaded what lies here" + unseen
	if end := firstServedEnd(v); !end.IsZero() {
		line += ". The first certificate that is served expires " + text.Ends(end, v.Time)
	}
	return line + "."
}

func firstServedEnd(v *live.View) (first time.Time) {
	for _, p := range v.Programs {
		for _, port := range p.Ports {
			if s := port.Served; s != nil && s.Which != live.MadeUp && (first.IsZero() || s.NotAfter.Before(first)) {
				first = s.NotAfter
			}
		}
	}
	return first
}

// shownRows is how many nodes the table has where nothing is wrong with the others.
const shownRows = 12

// matrix prints the table, or where it does not fit a line for each node.
func (p *printer) matrix(v *live.View, all bool) {
	t, left := Matrix(v, all)
	head, rows := t.Lay(p.width)
	if p.width > 0 && len(head) > p.width {
		for _, row := range t.Rows {
			var cells []string
			for i, cell := range row[1:] {
				if cell != none {
					cells = append(cells, t.Columns[i+1].Title+" "+cell)
				}
			}
			p.text(row[0]+"  ", strings.Join(cells, ", "))
		}
	} else {
		p.line(head)
		for _, row := range rows {
			p.line(strings.Join(row, "\n"))
		}
	}
	if left > 0 {
		p.line(spec.Count(left, "other node", "other nodes") + ": ok")
	}
}

// none is the cell of a program that a node has not.
const none = "-"

// Matrix is a row for each node and a column for each program. Of many nodes those on
// which all is well are left out and counted, unless all are wanted.
func Matrix(v *live.View, all bool) (t text.Table, left int) {
	t.Columns = []text.Column{{Title: "NODE"}}
	var names []string
	for i := range components.All {
		name := components.All[i].Name
		if slices.ContainsFunc(v.Programs, func(p *live.Program) bool { return p.Name == name }) {
			names = append(names, name)
			t.Columns = append(t.Columns, text.Column{Title: strings.TrimSuffix(strings.TrimPrefix(name, "kube-"), "-manager")})
		}
	}
	var nodes []string
	at := map[[2]string]*live.Program{}
	well := map[string]bool{}
	for _, p := range v.Programs {
		if at[[2]string{p.Node, p.Name}] == nil {
			at[[2]string{p.Node, p.Name}] = p
		}
		if !slices.Contains(nodes, p.Node) {
			nodes, well[p.Node] = append(nodes, p.Node), true
		}
		well[p.Node] = well[p.Node] && p.State == symptom.Fine
	}
	for _, node := range nodes {
		if !all && well[node] && len(nodes) > shownRows {
			left++
			continue
		}
		row := []string{text.Clean(node)}
		for _, name := range names {
			row = append(row, cell(at[[2]string{node, name}]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t, left
}

// cell is a word for a program: its state, and for what is well how long it serves.
func cell(p *live.Program) string {
	if p == nil {
		return none
	}
	word := string(p.State)
	if p.State != symptom.Fine {
		return word
	}
	least := -1
	for _, port := range p.Ports {
		if s := port.Served; s != nil && s.Which != live.MadeUp && (least < 0 || s.DaysLeft < least) {
			least = s.DaysLeft
		}
	}
	if least >= 0 {
		word += fmt.Sprintf(" %dd", least)
	}
	if p.Leads {
		word += " leads"
	}
	return word
}

// shownFindings is how many findings are printed where not all are wanted.
const shownFindings = 8

// findings prints what is wrong, and counts what cannot be seen. Where not all is wanted, it
// is one thing of each program, and the same of several nodes is told once.
func (p *printer) findings(v *live.View, all bool) {
	var wrong []group
	unseen := 0
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.State() == symptom.Hidden {
			unseen++
			if !all {
				continue
			}
		}
		wrong = add(wrong, f, all)
	}
	for i, g := range wrong {
		if i == shownFindings && !all {
			p.blank()
			p.text("", "And "+spec.Count(len(wrong)-i, "more", "more")+"; --all shows them.")
			break
		}
		p.blank()
		p.text("", sentence(g.first, g.nodes))
		if g.first.Command != "" {
			p.command("  $ ", g.first.Command.Comment("on "+nodeList(g.nodes)))
		}
	}
	if unseen > 0 && !all {
		p.blank()
		p.text("", spec.Count(unseen, "thing", "things")+" cannot be seen from here; --all says which, and from where.")
	}
}

// group is the same of one program on several nodes.
type group struct {
	first *symptom.Finding
	nodes []string
}

// add adds a finding to what is printed. A program that is behind has a line of its own on
// each node.
func add(all []group, f *symptom.Finding, each bool) []group {
	if each {
		return append(all, group{f, []string{f.Node}})
	}
	for i := range all {
		switch g := &all[i]; {
		case g.first.Program != f.Program:
		case slices.Contains(g.nodes, f.Node):
			return all
		case g.first.Code == f.Code && f.State() != symptom.Behind:
			g.nodes = append(g.nodes, f.Node)
			return all
		}
	}
	return append(all, group{f, []string{f.Node}})
}

const shownNodes = 5

func nodeList(nodes []string) string { return spec.List(nodes, shownNodes) }

// Sentence is a finding as a sentence: who, what is so, what to do.
func Sentence(f *symptom.Finding) string { return sentence(f, []string{f.Node}) }

func sentence(f *symptom.Finding, nodes []string) string {
	who := "The cluster"
	if f.Program != "" {
		who = f.Program
		if f.Node != "" {
			who += " on " + nodeList(nodes)
		}
	}
	return text.Clean(who + " " + f.What() + ": " + f.Next() + ".")
}

// files prints of each program what it has of each file, and how that is known.
func (p *printer) files(v *live.View) {
	t := text.Table{Columns: []text.Column{{Title: "PROGRAM", Min: 10}, {Title: "FILE", Min: 16}, {Title: "LOADED"}, {Title: "EVIDENCE", Min: 10}}}
	for _, program := range v.Programs {
		for _, f := range program.Files {
			loaded := "?"
			if f.Loaded != nil {
				loaded = map[bool]string{true: "yes", false: "no"}[*f.Loaded]
			}
			how := string(f.Evidence) + ", by " + byTexts[f.By]
			if f.Evidence == live.Unseen {
				how = "cannot be seen from here"
				if f.From != "" {
					how = "look on " + f.From
				}
			}
			t.Rows = append(t.Rows, []string{text.Clean(program.Name + " on " + program.Node), text.Clean(f.Path), loaded, text.Clean(how)})
		}
	}
	if len(t.Rows) > 0 {
		p.blank()
		p.keep(t.Write(p.w, p.width))
	}
}

// byTexts say by what a file is known to be loaded.
var byTexts = map[live.By]string{
	live.ByServed: "what it serves", live.ByList: "its client CAs: count, not keys", live.ByProbe: "a probe",
	live.ByStart: "its start", live.ByItself: "the time since", live.ByKeys: "its published keys",
	live.ByToken: "a token of it", live.ByConfig: "a ConfigMap", live.ByNothing: "nothing",
}
