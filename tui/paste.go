package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/text"
)

// newNotImported is the overlay that says why nothing was taken of a text of another program.
func newNotImported(m *Model, bad []steps.FileProblem) overlay {
	return newReading(100, func(w int) []string {
		lines := []string{m.theme.strong.Render("Nothing was taken of what was pasted"), ""}
		for _, p := range bad {
			lines = append(lines, m.item(m.theme.bad.Render, "!", text.Clean(p.What()+". "+p.Fix()), w)...)
		}
		return lines
	})
}

// paste takes a text of another program that was pasted into the focused field, and
// reports whether it is one. The field then holds what was taken.
func (f *form) paste(m *Model, msg tea.KeyMsg) bool {
	taken, bad, ok := m.Paste(f.field().Key, string(msg.Runes))
	switch {
	case !ok:
		return false
	case taken == nil:
		m.overlay = newNotImported(m, bad)
	default:
		m.edits++
		f.typed[f.field().Key]++
		f.fill(m)
		m.overlay = newImported(m, taken)
	}
	return true
}
