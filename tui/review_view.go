package tui

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/trust"
	"certwright/tui/text"
)

func (r *review) view(m *Model, w, h int) string {
	top := []string{r.tabs.line(m, w), ""}
	bottom := r.below(m, w, h)
	room := max(h-len(top)-len(bottom), 1)
	middle := ""
	switch list := r.list(); {
	case r.at() == viewAnswers:
		middle = list.view(m, w, room)
	case r.Err != nil:
		middle = block(m.item(m.theme.bad.Render, "!", r.Err.Error(), w), w, room)
	case r.Plan == nil:
		middle = block([]string{m.theme.faint.Render("  reading " + m.Dir() + " …")}, w, room)
	case list != nil:
		middle = list.view(m, w, room)
	default:
		middle = r.draw(m, r.text(m, w), w, room)
	}
	return block(append(append(top, strings.Split(middle, "\n")...), bottom...), w, h)
}

// about is what there is to say of a row of a list.
func (r *review) about(m *Model, view, i, w int) []string {
	switch view {
	case viewAnswers:
		lines := m.styled(m.theme.strong.Render, "", r.answers[i].Label, w)
		return append(lines, wrap(beginning(m.Answers.Get(r.answers[i].Key)), w)...)
	case viewFiles:
		return m.fileLines(&r.Plan.Files[r.facts.files[i]], w)
	case viewChanges:
		return r.certificateLines(m, &r.Plan.Certificates[r.facts.changed[i]], w)
	}
	return r.certificateLines(m, &r.Plan.Certificates[r.facts.certs[i]], w)
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
	return r.facts.byHand.of(w, func() []string { return r.commands(m, w) })
}

// leastList is how many lines of a list are seen, whatever stands below it: its titles,
// a heading, three rows and its foot.
const leastList = 6

// below is what stands under every view: warnings, and the one sentence of what will
// happen. The list comes before all of it: where there is no room for both, "?" has what
// is left out here.
func (r *review) below(m *Model, w, h int) []string {
	free := h - 2 - min(leastList, h/2) // the tabs
	var end []string
	if r.secret != nil {
		end = r.secret.lines(m, w)
	}
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
	case r.word != nil, r.secret != nil: // nothing may push what is typed off the page
		warnings, counts = nil, nil
	default:
		warnings = r.warningLines(m, w, max(1, len(warnings)-n-1))
	}
	return slices.Concat(warnings, refused, counts, end)
}

// shorter leaves out lines of a text that has n too many, but never its first.
func shorter(lines []string, n, w int) []string {
	keep := max(len(lines)-max(n, 0), 1)
	if keep >= len(lines) {
		return lines
	}
	lines = slices.Clone(lines[:keep])
	lines[keep-1] = cut(lines[keep-1]+" …", w)
	return lines
}

// warningLines shows the first warnings and counts the others.
func (r *review) warningLines(m *Model, w, limit int) []string {
	all := r.facts.warnings
	var out []string
	for i, s := range all {
		lines := m.item(m.theme.warn.Render, "~", s, w)
		if i == 0 && len(lines) > limit { // the list must not lose all its room to it
			lines = append(lines[:limit-1], cut(lines[limit-1]+" …", w))
		}
		if len(out)+len(lines) > limit && i > 0 || i == 3 {
			return append(out, "  "+m.theme.faint.Render("and "+spec.Count(len(all)-i, "more warning", "more warnings")))
		}
		out = append(out, lines...)
	}
	return out
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

func (r *review) commands(m *Model, w int) []string {
	out := []string{"  " + m.theme.faint.Render("The same by hand, in "+m.Dir()+":"), ""}
	for i, c := range r.facts.commands {
		if i == commandLimit {
			return append(out, fmt.Sprintf("  … and %d more", len(r.facts.commands)-i))
		}
		out = append(out, indent("  ", c.Lines(w-4))...)
	}
	return out
}

// commandLimit bounds the commands that are shown, for the same reason.
const commandLimit = 200
