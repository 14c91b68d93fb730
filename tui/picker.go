package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// picker is a list, and beside or below it the text about the row with the cursor, in a
// scrolling pane.
type picker struct {
	list rows
	scroller
	text  []string
	at    int // the row that text is about; -1 for none
	width int // that it was laid out for
	page  int // rows seen at the last view
}

func newPicker() picker { return picker{scroller: newScroller(), at: -1} }

func (p *picker) update(msg tea.KeyMsg, n int) {
	switch {
	case n == 0:
	case key.Matches(msg, keyUp, keyDown), msg.Type == tea.KeyHome, msg.Type == tea.KeyEnd:
		p.list.update(msg, n, max(p.page, 1))
	default:
		p.scroll(msg)
	}
}

// whole is all that there is to say of the row with the cursor, over the page.
func (p *picker) whole(about func(i, w int) []string) overlay {
	at := p.list.at
	return newReading(0, func(w int) []string { return about(at, w) })
}

// view draws n rows, and what there is to say about the selected one.
func (p *picker) view(m *Model, w, h, n int, row func(i, w int) string, about func(i, w int) []string) string {
	const wide, list = 110, 46
	rows := func(w, h int) []string {
		p.page = h
		return p.list.lines(m, n, w, h, row)
	}
	pane := func(w int) []string {
		if p.at != p.list.at || p.width != w {
			p.at, p.width, p.text = p.list.at, w, about(p.list.at, w)
			p.port.GotoTop()
		}
		return slices.Clone(p.text)
	}
	switch {
	case n == 0:
		return block(nil, w, h)
	case w >= wide && n > 1:
		left := block(rows(list, h), list, h)
		return beside(left, m.theme.faint.Render(" │ "), p.draw(m, pane(w-list-3), w-list-3, h))
	case h < 4: // no room for a list and what is selected
		return block(rows(w, h), w, h)
	}
	lines := append(rows(w, min(n, max(h/3, 2))), m.theme.faint.Render("  "+strings.Repeat("┄", max(w-4, 0))))
	return block(lines, w, len(lines)) + "\n" + p.draw(m, indent("  ", pane(w-4)), w, h-len(lines))
}
