package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
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

// line draws the names; the shown one stands in brackets, not only in colour. Where not
// all have room, the first ones go.
func (t *tabs) line(m *Model, w int) string {
	from, room := 0, w-2
	for i := t.open; i >= 0; i-- {
		if room -= ansi.StringWidth(t.all[i].name) + 3; room < 0 {
			from = i + 1
			break
		}
	}
	s := ""
	if from > 0 {
		s = m.theme.faint.Render("… ")
	}
	for i := from; i < len(t.all); i++ {
		if i == t.open {
			s += m.theme.accent.Render("["+t.all[i].name+"]") + " "
		} else {
			s += m.theme.faint.Render(" "+t.all[i].name+" ") + " "
		}
	}
	return s
}
