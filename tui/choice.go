package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
)

// choice is a column of options of which one is chosen. The cursor walks through it and
// chooses nothing: an option is read before it is taken.
type choice struct {
	theme   theme
	options []steps.Option
	chosen  int // -1 where the answer is none of them
	at      int // the option with the cursor
}

func newChoice(t theme, options []steps.Option, value string) *choice {
	c := &choice{theme: t, options: options, chosen: -1}
	for i, o := range options {
		if o.Value == value {
			c.chosen, c.at = i, i
		}
	}
	return c
}

func (c *choice) focus() {}

// blur brings the cursor back to what is chosen: nobody looks at another option now.
func (c *choice) blur() { c.at = max(c.chosen, 0) }

func (c *choice) value() string {
	if c.chosen < 0 {
		return ""
	}
	return c.options[c.chosen].Value
}

// undecided reports whether the cursor is on an option that is not chosen.
func (c *choice) undecided() bool { return c.at != c.chosen }

// enters is what enter does here, in the words of the footer: it chooses what the cursor
// is on and goes on, as everybody expects of a list with a cursor.
func (c *choice) enters(forward string) string {
	if c.undecided() {
		return "choose it, " + forward
	}
	return forward
}

func (c *choice) update(msg tea.KeyMsg) bool {
	switch {
	case key.Matches(msg, keyUp):
		c.at = max(c.at-1, 0)
	case key.Matches(msg, keyDown):
		c.at = min(c.at+1, len(c.options)-1)
	case key.Matches(msg, keyChoose, keyEnter) && c.undecided():
		c.chosen = c.at
		return true
	}
	return false
}

func (c *choice) lines(w, _ int, focused bool) []string {
	out, _ := c.draw(w, focused)
	return out
}

// draw gives the options and, below them, what there is to know of the one with the
// cursor. Its lines are always as many, so that nothing jumps while one looks around.
func (c *choice) draw(w int, focused bool) (out []string, cursor span) {
	for i, o := range c.options {
		mark, style := "  ", c.theme.text
		if focused && i == c.at {
			mark, style, cursor = "> ", c.theme.selected, span{i, i + 1}
		}
		if i == c.chosen {
			mark += "(•) "
		} else {
			mark += "( ) "
		}
		out = append(out, style.Render(mark+o.Label))
	}
	if !focused {
		return out, cursor
	}
	room := 0
	for _, o := range c.options {
		if o.Text != "" {
			room = max(room, len(wrap(o.Text, w-6)))
		}
	}
	about := make([]string, room)
	if c.at >= len(c.options) {
		return out, cursor
	}
	if text := c.options[c.at].Text; text != "" {
		copy(about, indent("      ", wrap(text, w-6)))
	}
	return append(out, about...), cursor
}
