package tui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// pageList is the overlay from which any page reached so far can be jumped to.
type pageList struct{ rows }

func newPageList(m *Model) *pageList {
	p := &pageList{}
	for i, e := range m.rail() {
		if e.here {
			p.at = i
		}
	}
	return p
}

func (p *pageList) update(m *Model, msg tea.KeyMsg) tea.Cmd {
	entries := m.rail()
	switch {
	case key.Matches(msg, keyBack, keyPages):
		m.overlay = nil
	case key.Matches(msg, keyUp):
		p.to(entries, -1)
	case key.Matches(msg, keyDown):
		p.to(entries, +1)
	case key.Matches(msg, keyEnter):
		m.overlay = nil
		return m.jump(p.at)
	}
	return nil
}

// to moves to the next open entry in a direction, or stays.
func (p *pageList) to(entries []railEntry, by int) {
	for i := p.at + by; i >= 0 && i < len(entries); i += by {
		if entries[i].open {
			p.at = i
			return
		}
	}
}

func (p *pageList) keys(*Model) []key.Binding {
	return []key.Binding{named(keyUp, "choose"), named(keyEnter, "go there"), named(keyBack, "stay")}
}

func (p *pageList) view(m *Model, w, h int) string {
	entries := m.rail()
	lines := []string{m.theme.faint.Render("  Pages reached so far. alt+1 to alt+9 go there at once."), ""}
	lines = append(lines, p.lines(m, len(entries), w, h-len(lines), func(i, w int) string {
		e := entries[i]
		s := fmt.Sprintf("%d %s %s", i+1, e.mark(), e.title)
		if !e.open {
			return m.theme.faint.Render(s + "  (not reached yet)")
		}
		return s
	})...)
	return block(lines, w, h)
}
