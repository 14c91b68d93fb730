package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// rows is a column of lines with one selected: it draws only what is seen, so
// that ten thousand rows cost as little as ten.
type rows struct {
	at, top int
}

// update moves the selection among n rows and reports whether the key was one of its own.
func (r *rows) update(msg tea.KeyMsg, n, page int) bool {
	switch {
	case key.Matches(msg, keyUp):
		r.at--
	case key.Matches(msg, keyDown):
		r.at++
	case msg.Type == tea.KeyPgUp:
		r.at -= page
	case msg.Type == tea.KeyPgDown:
		r.at += page
	case msg.Type == tea.KeyHome:
		r.at = 0
	case msg.Type == tea.KeyEnd:
		r.at = n - 1
	default:
		return false
	}
	r.at = max(0, min(r.at, n-1))
	return true
}

// lines draws the visible rows of n in h lines.
func (r *rows) lines(m *Model, n, w, h int, draw func(i, w int) string) []string {
	r.at = max(0, min(r.at, n-1))
	r.top = follow(r.top, span{r.at, r.at + 1}, n, h)
	var out []string
	for i := r.top; i < min(r.top+h, n); i++ {
		line := pad(draw(i, w-2), w-2)
		if i == r.at {
			out = append(out, m.theme.selected.Render("> "+line))
		} else {
			out = append(out, "  "+line)
		}
	}
	if len(out) > 0 && r.top > 0 {
		out[0] = corner(out[0], m.theme.faint.Render("↑"), w)
	}
	if len(out) > 0 && r.top+h < n {
		out[len(out)-1] = corner(out[len(out)-1], m.theme.faint.Render("↓"), w)
	}
	return out
}

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
