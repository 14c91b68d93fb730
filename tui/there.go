package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/steps"
	"certwright/tui/text"
)

// there is the page that shows what is there and how long it lasts, before
// anything is asked about it.
type there struct{ stockList }

func newThere(*Model) *there { return &there{} }

func (p *there) name(*Model) string { return "What is there" }

func (p *there) keys(m *Model) []key.Binding {
	var keys []key.Binding
	if m.stock.ready && m.stock.err == nil {
		keys = append(keys, named(keyEnter, "next"), named(keyUp, "look"))
	}
	return append(keys, keyBack, keyWhy, named(keyReload, "read again"), keyPages, keyQuit)
}

func (p *there) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return m.stock.read(m)
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, keyNext, keyEnter):
			return p.forward(m)
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyReload):
			m.stock.ready = false
			m.enterSet() // the answers may have come meanwhile
			return m.stock.read(m)
		case key.Matches(msg, keyWhy):
			p.explain(m)
		default:
			p.move(m, msg)
		}
	}
	return nil
}

// forward goes on, if there is something to renew.
func (p *there) forward(m *Model) tea.Cmd {
	switch {
	case m.stock.err != nil:
		m.notice = "nothing can be renewed here: see above; esc goes back, ctrl+l reads again"
	case !m.stock.ready:
		m.notice = "the directory is still being read"
	default:
		if _, given := m.answers.Explicit(steps.GoalKey); !given && text.EndedCA(m.stock.list, m.now()) != "" {
			return tea.Batch(m.set(steps.GoalKey, steps.GoalMend), m.next())
		}
		return m.next()
	}
	return nil
}

func (p *there) view(m *Model, w, h int) string {
	mark, render := "✓", m.theme.good.Render
	if len(m.stock.list) > 0 {
		switch strings.TrimSpace(m.stock.list[0].Mark(m.now())) {
		case "!":
			mark, render = "!", m.theme.bad.Render
		case "~":
			mark, render = "~", m.theme.warn.Render
		}
	}
	head := m.item(render, mark, m.stock.worst, w)
	for _, s := range m.stock.way {
		head = append(head, m.item(m.theme.warn.Render, "~", s+".", w)...)
	}
	return p.draw(m, head, nil, w, h)
}

// stockList is a list of what lies in a set, and below it all of the selected one.
type stockList struct {
	list rows
	page int
}

// move walks through the list.
func (l *stockList) move(m *Model, msg tea.KeyMsg) {
	l.list.update(msg, len(m.stock.list), max(l.page, 1))
}

// selected is the certificate with the cursor; nil for none.
func (l *stockList) selected(m *Model) *text.There {
	if l.list.at < len(m.stock.list) {
		return &m.stock.list[l.list.at]
	}
	return nil
}

// explain lays all of the selected certificate, and why one looks at this page,
// over the page.
func (l *stockList) explain(m *Model) {
	t := l.selected(m)
	if t == nil || m.stock.err != nil {
		m.overlay = newWhy(m)
		return
	}
	step := m.step
	m.overlay = newReading(func(w int) []string {
		lines := append([]string{m.theme.strong.Render(t.Name + ": " + t.Title)}, indent("  ", allOf(m, t, w-2))...)
		return append(append(lines, ""), m.whyText(step, w)...)
	})
}

// allOf is everything about one certificate, in lines of w cells.
func allOf(m *Model, t *text.There, w int) []string {
	var lines []string
	say := func(s string) { lines = append(lines, wrap(s, w)...) }
	if t.Ends.IsZero() {
		say(t.Identity + ", not there")
	} else if t.Ended(m.now()) {
		say(t.Identity + ", signed by " + t.Signer + ", ended " + text.Ends(t.Ends, m.now()))
	} else {
		say(t.Identity + ", signed by " + t.Signer + ", ends " + text.Ends(t.Ends, m.now()))
	}
	say(t.File)
	if len(t.Names) > 0 {
		say("names " + strings.Join(t.Names[:min(len(t.Names), 60)], " "))
	}
	if t.Wrong != "" {
		say("! " + t.Wrong)
	}
	return lines
}

// draw sets the head above the list; tick gives the mark before a row, nil for none.
func (l *stockList) draw(m *Model, head []string, tick func(*text.There) string, w, h int) string {
	s := &m.stock
	switch {
	case s.err != nil:
		return block(m.item(m.theme.bad.Render, "!", s.err.Error(), w), w, h)
	case !s.ready:
		return block([]string{m.theme.faint.Render("  reading " + text.Clean(m.dir()) + " …")}, w, h)
	}
	cols := newStockColumns(m, tick, w-2)
	lines := head
	if h >= 14 {
		lines = append(lines, "")
	}
	lines = append(lines, m.theme.faint.Render("  "+cols.head()))
	var below []string
	if t := l.selected(m); t != nil && h >= 10 {
		below = l.detail(m, t, w, h)
	}
	l.page = max(h-len(lines)-len(below), 1)
	rows := l.list.lines(m, len(s.list), w, l.page, func(i, _ int) string { return cols.row(m, &s.list[i]) })
	lines = append(lines, strings.Split(block(rows, w, l.page), "\n")...)
	return block(append(lines, below...), w, h)
}

// detail is the selected certificate, always as high.
func (l *stockList) detail(m *Model, t *text.There, w, h int) []string {
	lines := append([]string{t.Name + ": " + t.Title}, allOf(m, t, w-2)...)
	room := max(h/5, 2)
	if len(lines) > room {
		lines = append(lines[:room-1], cut(lines[room-1], w-4)+" …")
	}
	out := make([]string, room+1)
	for i, l := range lines {
		out[i+1] = "  " + m.theme.faint.Render(l)
	}
	return out
}

// stockColumns are the widths of the list's columns, in cells; 0 or less for one without
// room.
type stockColumns struct {
	tick                       func(*text.There) string
	name, identity, ends, left int
}

const nameMost, identityMost = 40, 40

func newStockColumns(m *Model, tick func(*text.There) string, w int) stockColumns {
	list, now := m.stock.list, m.now()
	c := stockColumns{tick: tick, ends: endWidth}
	identity := 0
	for i := range list {
		c.left = max(c.left, len(list[i].Left(now)))
		c.name = max(c.name, ansi.StringWidth(list[i].Name))
		identity = max(identity, ansi.StringWidth(list[i].Identity))
	}
	w -= 2 + gap // the mark before the row, and the marks of a list that goes on
	if tick != nil {
		w -= 4
	}
	if w < c.name+c.ends+c.left+2*gap {
		c.ends = -gap // the days left say it
	}
	c.name = min(c.name, nameMost, max(w-c.ends-c.left-2*gap, 12))
	if rest := w - c.name - c.ends - c.left - 3*gap; rest >= identityLeast {
		c.identity = min(identity, identityMost, rest)
	}
	return c
}

func (c *stockColumns) head() string {
	tick := ""
	if c.tick != nil {
		tick = "    "
	}
	return tick + "  " + c.cells("NAME", "IDENTITY", "ENDS", "LEFT")
}

func (c *stockColumns) cells(name, identity, ends, left string) string {
	cells := []string{pad(shortPath(name, c.name), c.name)}
	if c.identity > 0 {
		cells = append(cells, pad(identity, c.identity))
	}
	if c.ends > 0 {
		cells = append(cells, pad(ends, c.ends))
	}
	return strings.Join(append(cells, left), strings.Repeat(" ", gap))
}

// row is one certificate; a mark and a word say that it has ended.
func (c *stockColumns) row(m *Model, t *text.There) string {
	now := m.now()
	mark, style := t.Mark(now), m.theme.text
	switch mark {
	case "! ":
		style = m.theme.bad
	case "~ ":
		style = m.theme.warn
	}
	tick := ""
	if c.tick != nil {
		tick = c.tick(t)
	}
	return tick + style.Render(mark+c.cells(t.Name, t.Identity, t.Date(), t.Left(now)))
}
