package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// pageList is the overlay from which any page reached so far can be jumped to.
type pageList struct{ table }

func newPageList(m *Model) *pageList {
	p := &pageList{}
	entries := m.rail()
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = row{sign: strings.TrimSpace(strings.Trim(e.mark(), ">")), cells: []string{fmt.Sprint(i + 1), e.title}}
		if !e.open {
			rows[i].cells[1] += "  (not reached yet)"
		}
	}
	p.set([]column{{}, {}}, rows)
	for i, e := range entries {
		if e.here {
			p.at = i
		}
	}
	return p
}

func (p *pageList) update(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.table.update(msg):
	case key.Matches(msg, keyBack, keyPages):
		m.overlay = nil
	case key.Matches(msg, keyEnter) && m.rail()[p.selected()].open:
		m.overlay = nil
		return m.jump(p.selected())
	}
	return nil
}

func (p *pageList) keys(*Model) []key.Binding {
	return []key.Binding{named(keyUp, "choose"), named(keyEnter, "go there"), named(keyBack, "stay")}
}

func (p *pageList) view(m *Model, w, h int) string {
	head := []string{m.theme.faint.Render("  Pages reached so far. alt+1 to alt+9 go there at once."), ""}
	return block(head, w, len(head)) + "\n" + p.table.view(m, w, h-len(head))
}
