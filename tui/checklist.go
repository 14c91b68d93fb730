package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
	"certwright/tui/text"
	"certwright/tui/text/livetext"
	"certwright/tui/wizard"
)

// checklist is what has to happen on the nodes after a run, step by step. A person ticks
// what is done, and while the cluster is watched the evidence does. It lives as long as the
// summary it is a part of.
type checklist struct {
	table
	steps  []restart.Task
	notes  []string
	ticked []bool          // what is done
	hand   map[string]bool // what a person has ticked, by its text
	// optional says that nobody needs to have done it all: there may be no cluster yet.
	optional bool

	report *wizard.Rollout // of the last look; nil before one
	failed error           // why it brought none
}

func newChecklist(m *Model, steps []restart.Task, notes []string) *checklist {
	c := &checklist{steps: steps, notes: notes, hand: map[string]bool{}}
	c.about = func(i, w int) []string { return c.lines(m, i, w) }
	c.fill()
	return c
}

// fill makes the rows anew.
func (c *checklist) fill() {
	c.ticked = make([]bool, len(c.steps))
	rows := make([]row, len(c.steps))
	for i, s := range c.steps {
		mark, beside := unticked, ""
		c.ticked[i] = c.hand[s.Text]
		if c.report != nil {
			t := &c.report.Steps[i]
			c.ticked[i], beside = t.Done, livetext.Beside(t)
			if t.Lost {
				rows[i].level = bad
			}
		}
		if c.ticked[i] {
			mark = ticked
		}
		rows[i].cells = []string{mark, fmt.Sprintf("%*d", len(fmt.Sprint(len(c.steps))), i+1), text.Clean(s.Text), beside}
	}
	c.set([]column{{}, {}, {least: 20}, {state: true, least: 12}}, rows)
}

var keyDone = bind("tick", " ")

func (c *checklist) keys(m *Model) []key.Binding {
	keys := c.table.keys()
	if c.typing {
		return keys
	}
	if len(c.commands()) > 0 {
		keys = append(keys, keyCopy)
	}
	return append([]key.Binding{named(keyDone, "done"), m.watch.key()}, keys...)
}

// update ticks a line and goes on to the next, or moves. It reports whether the key
// was one of its own.
func (c *checklist) update(m *Model, msg tea.KeyMsg) bool {
	switch {
	case c.table.update(msg):
	case key.Matches(msg, keyDone) && c.selected() >= 0:
		c.tick(m, c.selected())
	case key.Matches(msg, keyOpen):
		c.opened(m)
	default:
		return false
	}
	return true
}

// tick says that a line is done, or is not, and goes to the next.
func (c *checklist) tick(m *Model, i int) {
	done := !c.ticked[i]
	if c.report != nil && !c.report.Tick(i, done) {
		m.notice = "the cluster itself shows whether this is done: it is ticked when it is there"
		return
	}
	c.hand[c.steps[i].Text] = done
	c.fill()
	if done {
		c.table.update(tea.KeyMsg{Type: tea.KeyDown})
	}
}

// follow begins to watch the cluster, or ends it. What was seen stays.
func (c *checklist) follow(m *Model) tea.Cmd {
	if m.watch.on() {
		m.watch.end()
		return nil
	}
	look := m.FollowRollout()
	return m.watch.begin(m.ctx, func(ctx context.Context) (msg lookedMsg) {
		msg.report, msg.err = look(ctx)
		return msg
	})
}

// take ticks what a look has shown. The cursor goes on where the step under it is done.
func (c *checklist) take(m *Model, msg lookedMsg) {
	if c.failed = msg.err; msg.err != nil {
		return
	}
	at, was := c.selected(), ""
	if at >= 0 && !c.ticked[at] {
		was = c.steps[at].Text
	}
	c.report = msg.report
	c.report.Add(c.steps) // what stands beside those of the run
	c.steps = make([]restart.Task, len(c.report.Steps))
	for i := range c.report.Steps {
		c.steps[i] = c.report.Steps[i].Task
		if c.hand[c.steps[i].Text] {
			c.report.Tick(i, true)
		}
	}
	c.fill()
	if i := slices.IndexFunc(c.steps, func(t restart.Task) bool { return t.Text == was }); i >= 0 {
		if c.goTo(i); c.ticked[i] {
			c.goTo(max(slices.Index(c.ticked, false), 0))
		}
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
	if c == nil || c.optional && c.done() == 0 {
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

// head is how far one is, and what to know before one begins or to do now.
func (c *checklist) head(m *Model, w, h int) []string {
	switch {
	case m.watch.on() && c.failed != nil:
		first, _, _ := strings.Cut(c.failed.Error(), "\n")
		lines := m.item(m.theme.bad.Render, "!", first, w)
		return lines[:min(len(lines), max(h/2, 1))]
	case m.watch.on() && c.report == nil:
		return []string{m.theme.faint.Render("  looking at the cluster …")}
	case c.report != nil:
		return c.seen(m, w, h)
	}
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

// seen is whether all is as planned by the last look, who was well and is not any more, and
// what to do now. In a low window each has a line.
func (c *checklist) seen(m *Model, w, h int) []string {
	mark, l := "~", warn
	switch {
	case c.report.Done:
		mark, l = "✓", good
	case len(c.report.Lost) > 0:
		mark, l = "!", bad
	}
	type line struct {
		render     func(...string) string
		mark, text string
	}
	said := []line{{m.theme.at(l).Render, mark, livetext.Standing(c.report)}}
	for _, s := range livetext.LostLines(c.report) {
		said = append(said, line{m.theme.bad.Render, "!", s})
	}
	if s := livetext.NowLine(c.report); s != "" {
		said = append(said, line{m.theme.strong.Render, ">", s})
	}
	if !m.watch.on() {
		said = append(said, line{m.theme.faint.Render, " ", "Nobody looks now; w looks again."})
	}
	var all, low []string
	for _, s := range said {
		all = append(all, m.item(s.render, s.mark, s.text, w)...)
		low = append(low, "  "+s.render(cut(s.mark+" "+s.text, w-4)))
	}
	if len(all) <= h/2 {
		return all
	}
	return low[:min(len(low), max(h/2, 1))]
}

// view is how far one is, and the list.
func (c *checklist) view(m *Model, w, h int) string {
	head := c.head(m, w, h)
	return block(head, w, len(head)) + "\n" + c.table.view(m, w, h-len(head))
}

// lines is one step in full: what it waits for, and what that means.
func (c *checklist) lines(m *Model, i, w int) []string {
	t := &c.steps[i]
	lines := m.styled(m.theme.text.Render, "  ", t.Text, w)
	if c.report != nil {
		lines = append(lines, waitLines(m, &c.report.Steps[i], w)...)
	}
	for i := range t.Commands {
		lines = append(lines, commandLines(m, &t.Commands[i], "  ", w)...)
	}
	for _, s := range t.About {
		lines = append(lines, m.styled(m.theme.faint.Render, "  ", s, w)...)
	}
	return lines
}

// waitLines say of a step that is not done what it waits for, and of an error that was seen
// what it means.
func waitLines(m *Model, t *wizard.RolloutStep, w int) []string {
	if t.Done {
		return nil
	}
	var lines []string
	for i := range t.Waits {
		wait := &t.Waits[i]
		if wait.Finding == nil {
			lines = append(lines, m.item(m.theme.warn.Render, "~", "waits for "+livetext.Wait(wait), w)...)
			continue
		}
		lines = append(lines, m.item(m.theme.warn.Render, "~", livetext.Sentence(wait.Finding), w)...)
		for _, s := range pkigen.Explain(wait.Finding.What()).Meanings() {
			lines = append(lines, m.styled(m.theme.text.Render, "    ", s, w)...)
		}
	}
	if len(lines) == 0 && t.ByHand() {
		lines = m.item(m.theme.faint.Render, "~", "It cannot be seen from here: tick it when it is done.", w)
	}
	return lines
}
