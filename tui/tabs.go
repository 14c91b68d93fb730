package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// tabs is a row of views of which one is shown.
type tabs struct {
	all  []tab
	open int
}

type tab struct {
	name string
	view int // what it shows, as the page counts its views
}

// at is what the open tab shows.
func (t *tabs) at() int { return t.all[t.open].view }

func (t *tabs) update(msg tea.KeyMsg) bool {
	switch {
	case key.Matches(msg, keyView):
		t.open = (t.open + 1) % len(t.all)
	case key.Matches(msg, keyViewPre):
		t.open = (t.open + len(t.all) - 1) % len(t.all)
	default:
		return false
	}
	return true
}

// line draws the names; the shown one stands in brackets, not only in colour.
func (t *tabs) line(m *Model) string {
	s := ""
	for i, tab := range t.all {
		if i == t.open {
			s += m.theme.accent.Render("[" + tab.name + "]")
		} else {
			s += m.theme.faint.Render(" " + tab.name + " ")
		}
		s += " "
	}
	return s
}
