package text

import (
	"fmt"
	"io"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/explain"
)

// shownErrors is how many errors of one text are explained in full.
const shownErrors = 3

// Errors explains the errors that were found in a text, the most telling first:
// what each means, who printed it, where to look, and what fixes it. Those behind
// the first few are named only, and so is what tells no more than where it was.
func Errors(w io.Writer, found []explain.Explanation, width int) error {
	p := newPrinter(w, width)
	full := 0
	for full < min(len(found), shownErrors) && (full == 0 || found[full].Tells != explain.Around.String() && len(found[full].Causes) > 0) {
		if full > 0 {
			p.blank()
			p.line("---")
			p.blank()
		}
		p.explained(&found[full])
		full++
	}
	if full < len(found) {
		p.blank()
		p.text("", "Found besides:")
	}
	for _, e := range found[full:] {
		p.text("  - ", Clean(place(&e)+": "+e.Text))
		p.text("    ", Clean(e.Means))
	}
	return p.end()
}

func (p *printer) explained(e *explain.Explanation) {
	p.text("", Clean(e.Means))
	p.blank()
	for _, row := range [][2]string{
		{"found", place(e) + ": " + e.Text}, {"printed by", e.PrintedBy}, {"fault", e.Fault}, {"look at", e.Next},
	} {
		p.text("  "+pad(row[0], 12), Clean(row[1]))
	}
	for _, f := range e.Findings {
		p.blank()
		p.text("  ! ", Clean(f.File+": "+f.What))
		p.text("    ", Clean(f.Fix))
		p.command("    $ ", f.Command)
	}
	if len(e.Causes) > 0 {
		p.blank()
		p.text("", "Causes, the likeliest first:")
	}
	for i, c := range e.Causes {
		first := fmt.Sprintf("  %d. ", i+1)
		indent := strings.Repeat(" ", len(first))
		text := c.Text
		if c.Check != "" {
			text += " (" + string(c.Check) + ")"
		}
		p.text(first, Clean(text))
		p.text(indent, Clean(c.Fix))
		p.command(indent+"$ ", c.Command)
	}
}

func place(e *explain.Explanation) string {
	s := fmt.Sprintf("line %d", e.Line)
	if e.Count > 1 {
		s += " " + spec.More(e.Count-1)
	}
	return s
}
