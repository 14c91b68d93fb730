package tui

import (
	"fmt"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
)

// railEntry is one page on the rail.
type railEntry struct {
	title string
	step  string // "" for the pages after the questions
	done  bool   // the page after the work
	open  bool   // may be jumped to
	here  bool
	wrong bool // an answer of it is refused
}

// mark is the sign before the title: never by colour alone.
func (e railEntry) mark() string {
	switch {
	case e.here:
		return ">"
	case e.wrong:
		return "!"
	case e.open:
		return "✓"
	}
	return " "
}

// rail lists the pages that the answers so far lead to.
func (m *Model) rail() []railEntry {
	var out []railEntry
	all := m.Steps()
	for _, s := range all {
		e := railEntry{title: s.Title, step: s.Key, here: m.step == s.Key,
			open: m.Reached[s.Key]}
		if e.open {
			e.wrong = m.stepWrong(s)
		}
		out = append(out, e)
	}
	_, ahead := m.ahead(0)
	last := railEntry{title: "Review", open: m.Reviewed && !ahead, here: m.step == ""}
	switch {
	case m.Answers.Get(steps.ModeKey) == steps.ModeInspect:
		last.title = "Certificates"
	case m.Answers.Get(steps.ModeKey) == steps.ModeVerify:
		last.title = "Verified"
	case m.Answers.Get(steps.ModeKey) == steps.ModeHistory:
		last.title = "History"
	case m.Answers.Get(steps.ModeKey) == steps.ModeAdopt:
		last.title = "Adopt"
	case m.step == "":
		last.title = m.page.name(m)
	}
	out = append(out, last)
	if steps.Renewing(m.Answers) {
		_, here := m.page.(*summary)
		out[len(out)-1].here, out[len(out)-1].title = m.step == "" && !here, "Review"
		out = append(out, railEntry{title: "Restart", done: true, open: m.finished != nil, here: here})
	}
	return out
}

// stepWrong reports whether a shown field of the step is refused.
func (m *Model) stepWrong(s steps.Step) bool {
	for _, f := range s.Fields(m.Answers) {
		if m.Seen[f.Key] && problem.HasErrors(m.ByKey[f.Key]) {
			return true
		}
	}
	return false
}

// position is "5 of 9".
func (m *Model) position() string {
	entries := m.rail()
	for i, e := range entries {
		if e.here {
			return fmt.Sprintf("%d of %d", i+1, len(entries))
		}
	}
	return ""
}

// railView draws the rail in w cells and h lines.
func (m *Model) railView(w, h int) string {
	var lines []string
	for _, e := range m.rail() {
		style := m.theme.faint
		switch {
		case e.here:
			style = m.theme.accent
		case e.wrong:
			style = m.theme.bad
		case e.open:
			style = m.theme.text
		}
		lines = append(lines, style.Render(fmt.Sprintf("%s %s", e.mark(), e.title)))
	}
	return block(indent(" ", lines), w, h)
}

// titleLine is the page's name and its place, with the rail folded into dots
// where there is no room for it.
func (m *Model) titleLine(w int, folded bool) string {
	right := m.position()
	if folded {
		var dots strings.Builder
		for _, e := range m.rail() {
			switch {
			case e.here:
				dots.WriteString("●")
			case e.wrong:
				dots.WriteString("!")
			case e.open:
				dots.WriteString("•")
			default:
				dots.WriteString("·")
			}
		}
		right = dots.String() + "  " + right
	}
	return spread(m.theme.strong.Render(m.page.name(m)), m.theme.faint.Render(right), w)
}
