package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// reading is an overlay of text that is laid out for the width it has.
type reading struct {
	scroller
	text  func(w int) []string
	width int
	lines []string
}

func newReading(text func(w int) []string) *reading {
	return &reading{scroller: scroller{newScroller()}, text: text}
}

func (r *reading) update(m *Model, msg tea.KeyMsg) tea.Cmd {
	if key.Matches(msg, keyBack, keyWhy, keyEnter) {
		m.overlay = nil
		return nil
	}
	r.port, _ = r.port.Update(msg)
	return nil
}

func (r *reading) keys(*Model) []key.Binding {
	return []key.Binding{named(keyBack, "close"), named(keyUp, "scroll"), keyScroll}
}

func (r *reading) view(m *Model, w, h int) string {
	if text := min(w, 100); r.lines == nil || r.width != text {
		r.width, r.lines = text, r.text(text)
	}
	return r.draw(m, slices.Clone(r.lines), w, h)
}
