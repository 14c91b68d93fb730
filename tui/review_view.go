package tui

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/trust"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

func (r *review) view(m *Model, w, h int) string {
	top := []string{r.tabs.line(m), ""}
	bottom := r.below(m, w, h)
	room := max(h-len(top)-len(bottom), 1)
	r.page = room
	var middle []string
	switch {
	case r.Err != nil && r.at() != viewAnswers:
		middle = m.item(m.theme.bad.Render, "!", r.Err.Error(), w)
	case r.Plan == nil && r.at() != viewAnswers:
		middle = []string{m.theme.faint.Render("  reading " + m.Dir() + " …")}
	default:
		middle = r.middle(m, w, room)
	}
	lines := append(top, strings.Split(block(middle, w, room), "\n")...)
	return block(append(lines, bottom...), w, h)
}

// middle draws the view of the tab.
func (r *review) middle(m *Model, w, h int) []string {
	list := &r.rows[r.at()]
	switch r.at() {
	case viewCertificates:
		head := m.theme.faint.Render("  " + r.facts.certs.columns(w-2).head())
		return append([]string{head}, list.lines(m, r.count(), w, h-1, func(i, w int) string {
			return r.certificate(m, i, w)
		})...)
	case viewChanges:
		return r.changes(m, list, w, h)
	case viewFiles:
		return list.lines(m, r.count(), w, h, func(i, w int) string { return fileRow(*r.file(i), w) })
	case viewAnswers:
		return list.lines(m, r.count(), w, h, func(i, w int) string { return r.answer(m, i, w) })
	}
	return strings.Split(r.draw(m, r.text(m, w), w, h), "\n")
}

// text is all of a tab that is a text, in lines of w cells.
func (r *review) text(m *Model, w int) []string {
	switch r.at() {
	case viewRestart:
		return r.facts.restart.of(w, func() []string { return r.restart(m, w) })
	case viewCourse:
		return r.facts.transition.of(w, func() []string { return r.transitionLines(m, w) })
	case viewTrust:
		return r.facts.trust.of(w, func() []string {
			return printed(w, func(out io.Writer, w int) error {
				return text.Trust(out, trust.Resolve(r.Plan.Layout, r.Plan.Cluster), w)
			})
		})
	case viewJSON:
		return slices.Clone(r.facts.json)
	}
	return r.commands(m)
}

// leastRows is how many rows of a list are seen, whatever stands below it.
const leastRows = 3

// below is what stands under every view: the selected certificate, warnings,
// and the one sentence of what will happen. The list comes before all of it: where
// there is no room for both, "?" has what is left out here.
func (r *review) below(m *Model, w, h int) []string {
	rows := min(r.count(), leastRows)
	free := h - 3 - rows // the tabs and two blank lines
	if r.at() <= viewCertificates {
		free-- // the head of the list
	}
	var end []string
	if r.word != nil {
		end = r.wordLines(m, w)
	}
	if r.Plan == nil {
		return append([]string{""}, end...)
	}
	var refused []string
	if a := r.refused(); a != nil {
		refused = m.item(m.theme.bad.Render, "!", refusal(*a), w)
	}
	counts := m.styled(m.theme.strong.Render, "  ", r.facts.counts, w)
	warnings := r.warningLines(m, w, max(1, h/6))
	over := func() int { return len(warnings) + len(refused) + len(counts) + len(end) - free }
	counts = shorter(counts, over(), w)
	refused = shorter(refused, over(), w)
	switch n := over(); {
	case n <= 0:
	case r.word != nil: // nothing may push what is typed off the page
		warnings, counts = nil, nil
	default:
		warnings = r.warningLines(m, w, max(1, len(warnings)-n-1))
	}
	out := []string{""}
	if r.at() <= viewCertificates && h >= 14 {
		// The list takes what it needs, up to half the page, and the detail a third
		// of the rest.
		list, spare := min(r.count(), h/2), -over()-1
		if n := max(min(spare-(list-rows), (h-list)/3), min(spare, 2)); n >= 2 {
			out = append(out, r.detail(m, w, n)...)
		}
	}
	return slices.Concat(out, warnings, refused, counts, end)
}

// shorter leaves out lines of a text that has n too many, but never its first.
func shorter(lines []string, n, w int) []string {
	keep := max(len(lines)-max(n, 0), 1)
	if keep >= len(lines) {
		return lines
	}
	lines = slices.Clone(lines[:keep])
	lines[keep-1] = cut(lines[keep-1], w-2) + " …"
	return lines
}

// detail is the selected certificate in full, as far as there is room.
func (r *review) detail(m *Model, w, h int) []string {
	c := r.selected()
	if c == nil {
		return nil
	}
	if r.renews() {
		return r.difference(m, c, w, h)
	}
	facts := []string{c.Name + ": " + c.Entry.Title}
	if cols := r.facts.certs.columns(w - 2); c.IsCertificate() && cols.widths[5] == 0 {
		facts = append(facts, c.Subject.Identity()+", signed by "+r.Plan.SignerName(c))
	}
	if len(c.Usages) > 0 {
		facts = append(facts, strings.Join(c.Usages, ", "))
	}
	if c.Certificate.Key != "" { // a token has none
		facts = append(facts, string(c.Certificate.Key))
	}
	lines := wrap(strings.Join(facts, "; "), w-2)
	if c.Reason != "" {
		lines = append(lines, wrap(string(c.Cert)+": "+c.Reason, w-2)...)
	}
	if len(c.Hosts) > 0 {
		lines = append(lines, wrap(hostList(c.Hosts), w-2)...)
	} else {
		lines = append(lines, wrap(c.Entry.Why, w-2)...)
	}
	return append(m.fixed(lines, w, h), "")
}

// warningLines shows the first warnings and counts the others.
func (r *review) warningLines(m *Model, w, limit int) []string {
	all := r.facts.warnings
	var out []string
	for i, s := range all {
		lines := m.item(m.theme.warn.Render, "~", s, w)
		if i == 0 && len(lines) > limit { // the list must not lose all its room to it
			lines = append(lines[:limit-1], cut(lines[limit-1], w-2)+m.theme.warn.Render(" …"))
		}
		if len(out)+len(lines) > limit && i > 0 || i == 3 {
			return append(out, "  "+m.theme.faint.Render("and "+spec.Count(len(all)-i, "more warning", "more warnings")))
		}
		out = append(out, lines...)
	}
	return out
}

// fileName is the path of a file or folder; the output directory itself is "./".
func fileName(a plan.Action, w int) string {
	if a.IsFolder() {
		return shortPath(a.Path+"/", w)
	}
	return shortPath(a.Path, w)
}

// fileRow is one file: what happens to it, its mode, and why.
func fileRow(a plan.Action, w int) string {
	var notes []string
	if a.Secret() {
		notes = append(notes, "secret")
	}
	if why := text.Why(a); why != "" {
		notes = append(notes, why)
	}
	head := fmt.Sprintf("%s  %04o  ", pad(string(a.Verb), 7), a.Mode.Perm())
	room, why := w-ansi.StringWidth(head), strings.Join(notes, "; ")
	if why == "" {
		return head + fileName(a, room)
	}
	// The path has what the notes leave, and two thirds at the least; short ones
	// are filled up, so that the notes of neighbours stand below each other.
	name := fileName(a, max(room-gap-ansi.StringWidth(why), room*2/3))
	return head + pad(name, max(ansi.StringWidth(name), min(w/3, 40))) + strings.Repeat(" ", gap) + why
}

// answer is one answer with its origin.
func (r *review) answer(m *Model, i, w int) string {
	f := r.answers[i]
	value := text.Clean(strings.ReplaceAll(beginning(m.Answers.Get(f.Key), w), "\n", " | "))
	origin := "changed"
	if m.Answers.IsDefault(f.Key) {
		origin = "default"
	}
	if value == "" {
		value, origin = "–", "empty"
	}
	label := min(28, w/3)
	return pad(f.Label, label) + "  " + pad(value, w-label-11) + "  " + pad(origin, 7)
}

// beginning is more of a long answer than w cells can show, which is all that has to
// be looked at of thousands of lines.
func beginning(answer string, w int) string {
	answer = strings.TrimSpace(answer)
	n := 0
	for i := range answer {
		if n++; n > 4*w {
			return answer[:i]
		}
	}
	return answer
}

// json is ca-config.json and each certificate's request, one after the other.
func (r *review) json(m *Model) []string {
	layout := r.Plan.Layout
	out := fileText(m, layout.Config, catalog.ConfigJSON(layout, r.Plan.Cluster))
	for i := range r.Plan.Certificates {
		c := &r.Plan.Certificates[i].Certificate
		if c.Files.Request != "" && len(out) < jsonLimit {
			out = append(out, fileText(m, c.Files.Request, c.RequestJSON())...)
		}
	}
	if len(out) > jsonLimit {
		out = append(out[:jsonLimit], "  …")
	}
	return out
}

// jsonLimit bounds the lines of JSON that the review shows: it is meant to be
// read by a person, and thousands of nodes have thousands of files.
const jsonLimit = 2000

func fileText(m *Model, name string, body []byte) []string {
	out := []string{"  " + m.theme.strong.Render(name)}
	for _, l := range strings.Split(strings.TrimRight(string(body), "\n"), "\n") {
		out = append(out, "  "+l)
	}
	return append(out, "")
}

func (r *review) commands(m *Model) []string {
	out := []string{"  " + m.theme.faint.Render("The same by hand, in "+m.Dir()+":"), ""}
	for i, c := range r.facts.commands {
		if i == commandLimit {
			return append(out, fmt.Sprintf("  … and %d more", len(r.facts.commands)-i))
		}
		out = append(out, indent("  ", c.Lines(m.w-8))...)
	}
	return out
}

// commandLimit bounds the commands that are shown, for the same reason.
const commandLimit = 200

func hostList(hosts []spec.Host) string {
	s := make([]string, 0, min(len(hosts), 60))
	for i, h := range hosts {
		if i == 60 {
			s = append(s, fmt.Sprintf("and %d more", len(hosts)-i))
			break
		}
		s = append(s, h.String())
	}
	return strings.Join(s, " ")
}
