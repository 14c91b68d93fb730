package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// laid are lines that are laid out once for a width. The zero value is ready.
type laid struct {
	width int
	lines []string
}

// of gives the lines for a width; who draws may change them.
func (l *laid) of(w int, lay func() []string) []string {
	if l.lines == nil || l.width != w {
		l.width, l.lines = w, lay()
	}
	return slices.Clone(l.lines)
}

// reading is an overlay of text that is laid out for the width it has.
type reading struct {
	scroller
	most int // cells of a line; 0 for no limit
	text func(w int) []string
	laid laid
}

func newReading(most int, text func(w int) []string) overlay {
	return &reading{scroller: newScroller(), most: most, text: text}
}

func (r *reading) update(m *Model, msg tea.KeyMsg) tea.Cmd {
	if key.Matches(msg, keyBack, keyWhy, keyEnter) {
		m.overlay = nil
		return nil
	}
	r.scroll(msg)
	return nil
}

func (r *reading) keys(*Model) []key.Binding {
	return []key.Binding{named(keyBack, "close"), named(keyUp, "scroll"), keyScroll}
}

func (r *reading) view(m *Model, w, h int) string {
	text := w
	if r.most > 0 {
		text = min(w, r.most)
	}
	return r.draw(m, r.laid.of(text, func() []string { return r.text(text) }), w, h)
}
