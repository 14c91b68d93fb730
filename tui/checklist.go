package tui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
	"certwright/tui/text"
)

// checklist is what has to happen on the nodes after a run, step by step; what is
// done is ticked. It lives as long as the summary it is a part of.
type checklist struct {
	table
	steps  []restart.Task
	notes  []string
	ticked []bool
}

func newChecklist(m *Model, steps []restart.Task, notes []string) *checklist {
	c := &checklist{steps: steps, notes: notes}
	c.ticked = make([]bool, len(c.steps))
	c.about = func(i, w int) []string { return checklistLines(m, &c.steps[i], w) }
	rows := make([]row, len(c.steps))
	for i, s := range c.steps {
		rows[i].cells = []string{unticked, fmt.Sprintf("%*d", len(fmt.Sprint(len(c.steps))), i+1), text.Clean(s.Text)}
	}
	c.set([]column{{}, {}, {least: 20}}, rows)
	return c
}

var keyDone = bind("tick", " ")

func (c *checklist) keys() []key.Binding {
	keys := c.table.keys()
	if c.typing {
		return keys
	}
	if len(c.commands()) > 0 {
		keys = append(keys, keyCopy)
	}
	return append([]key.Binding{named(keyDone, "done")}, keys...)
}

// update ticks a line and goes on to the next, or moves. It reports whether the key
// was one of its own.
func (c *checklist) update(m *Model, msg tea.KeyMsg) bool {
	switch {
	case c.table.update(msg):
	case key.Matches(msg, keyDone) && c.selected() >= 0:
		c.tick(c.selected())
	case key.Matches(msg, keyOpen):
		c.opened(m)
	default:
		return false
	}
	return true
}

// tick says that a line is done, or is not, and goes to the next.
func (c *checklist) tick(i int) {
	c.ticked[i] = !c.ticked[i]
	c.rows[i].cells[0] = unticked
	if c.ticked[i] {
		c.rows[i].cells[0] = ticked
		c.table.update(tea.KeyMsg{Type: tea.KeyDown})
	}
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

// commands are those of the step with the cursor.
func (c *checklist) commands() []shell.Line {
	var out []shell.Line
	if at := c.selected(); at >= 0 {
		for _, cmd := range c.steps[at].Commands {
			out = append(out, cmd.Line)
		}
	}
	return out
}

// left counts what is not ticked.
func (c *checklist) left() int {
	if c == nil {
		return 0
	}
	return len(c.steps) - c.done()
}

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

// view is how far one is, and the list.
func (c *checklist) view(m *Model, w, h int) string {
	head := c.head(m, w, h)
	return block(head, w, len(head)) + "\n" + c.table.view(m, w, h-len(head))
}

// checklistLines is one step in full.
func checklistLines(m *Model, t *restart.Task, w int) []string {
	lines := m.styled(m.theme.text.Render, "  ", t.Text, w)
	for i := range t.Commands {
		lines = append(lines, commandLines(m, &t.Commands[i], "  ", w)...)
	}
	for _, s := range t.About {
		lines = append(lines, m.styled(m.theme.faint.Render, "  ", s, w)...)
	}
	return lines
}
