package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
)

// checklist is what has to happen on the nodes after a run, step by step; what is
// done is ticked. It lives as long as the summary it is a part of.
type checklist struct {
	steps  []restart.Task
	notes  []string
	ticked []bool
	list   rows
	page   int
}

func newChecklist(p *plan.Plan, r *restart.Plan, dir string) checklist {
	c := checklist{steps: next.Checklist(p, r, dir), notes: r.Notes}
	c.ticked = make([]bool, len(c.steps))
	return c
}

var keyDone = bind("done", " ")

func (c *checklist) keys() []key.Binding {
	return []key.Binding{keyDone, named(keyUp, "move"), named(keyEnter, "all of it")}
}

// update ticks a line and goes on to the next, or moves. It reports whether the key
// was one of its own.
func (c *checklist) update(m *Model, msg tea.KeyMsg) bool {
	switch {
	case key.Matches(msg, keyDone):
		c.ticked[c.list.at] = !c.ticked[c.list.at]
		if c.ticked[c.list.at] {
			c.list.at = min(c.list.at+1, len(c.steps)-1)
		}
	case key.Matches(msg, keyWhy, keyEnter):
		step := &c.steps[c.list.at]
		m.overlay = newReading(100, func(w int) []string { return checklistLines(m, step, w) })
	default:
		return c.list.update(msg, len(c.steps), max(c.page, 1))
	}
	return true
}

// done counts what is ticked.
func (c *checklist) done() int {
	n := 0
	for _, t := range c.ticked {
		if t {
			n++
		}
	}
	return n
}

// left counts what is not ticked.
func (c *checklist) left() int { return len(c.steps) - c.done() }

// leftText says so; "" where nothing is left.
func (c *checklist) leftText() string {
	if c.left() == 0 {
		return ""
	}
	return spec.Count(c.left(), "step on the nodes is", "steps on the nodes are") + " not ticked"
}

// head is how far one is, and what to know before one begins.
func (c *checklist) head(m *Model, w, h int) []string {
	n := c.done()
	state := fmt.Sprintf("%d of %d done, in this order; space ticks a line", n, len(c.steps))
	if n == len(c.steps) {
		state = fmt.Sprintf("All %d done. %s says whether a cluster runs with it.", n, next.VerifyCommand(m.Dir()))
	}
	lines := m.styled(m.theme.strong.Render, "  ", state, w)
	for _, note := range c.notes {
		if note := m.item(m.theme.warn.Render, "~", note, w); n == 0 && len(lines)+len(note) <= h/4 {
			lines = append(lines, note...)
		}
	}
	return lines
}

// view is the list, and below it all of the line with the cursor.
func (c *checklist) view(m *Model, w, h int) string {
	lines := c.head(m, w, h)
	room := max(h/2, min(h-len(lines)-2, 3))
	c.page = max(h-len(lines)-room-1, 1)
	at := &c.steps[c.list.at]
	below := checklistLines(m, at, w)
	if first := "  " + at.Text; len(below) > 0 && ansi.StringWidth(first) <= w-len(c.row(0, "")) {
		below = below[1:] // the row says it
	}
	if len(below) > room {
		below = append(below[:room-1], m.theme.faint.Render("  ? shows the rest"))
	}
	rows := c.list.lines(m, len(c.steps), w, c.page, func(i, _ int) string { return c.row(i, c.steps[i].Text) })
	lines = append(lines, strings.Split(block(rows, w, c.page), "\n")...)
	lines = append(lines, m.theme.faint.Render("  "+strings.Repeat("┄", max(w-4, 0))))
	return block(append(lines, below...), w, h)
}

// row is one line of the list: ticked or not, its number, what is to be done.
func (c *checklist) row(i int, text string) string {
	mark := "[ ]"
	if c.ticked[i] {
		mark = "[x]"
	}
	return fmt.Sprintf("%s %*d  %s", mark, len(fmt.Sprint(len(c.steps))), i+1, text)
}

// checklistLines is one step in full. A command stands alone on its lines, so that it
// can be copied from the screen as it is.
func checklistLines(m *Model, t *restart.Task, w int) []string {
	lines := m.styled(m.theme.text.Render, "  ", t.Text, w)
	for _, c := range t.Commands {
		lines = append(lines, "  "+m.theme.faint.Render(c.Where+":"))
		for _, l := range c.Line.Lines(w - 6) {
			lines = append(lines, "    "+m.theme.strong.Render(l))
		}
	}
	for _, s := range t.About {
		lines = append(lines, m.styled(m.theme.faint.Render, "  ", s, w)...)
	}
	return lines
}
