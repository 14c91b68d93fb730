package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// there is the page that shows what is there and how long it lasts, before
// anything is asked about it.
type there struct{ stockList }

func newThere(*Model) *there { return &there{} }

func (p *there) name(*Model) string { return "Certificates" }

func (p *there) keys(m *Model) []key.Binding {
	var keys []key.Binding
	if m.Set.Inventory != nil {
		keys = append(keys, named(keyEnter, "next"), named(keyUp, "look"))
	}
	return append(keys, keyBack, keyWhy, named(keyReload, "read again"), keyPages, keyQuit)
}

func (p *there) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return m.readSet()
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, keyNext, keyEnter):
			return p.forward(m)
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyReload):
			m.Set.Inventory = nil
			m.enterSet() // the answers may have come meanwhile
			return m.readSet()
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
	case m.Set.Err != nil:
		m.notice = "nothing can be renewed here: see above; esc goes back, ctrl+l reads again"
	case m.Set.Inventory == nil:
		m.notice = "the directory is still being read"
	default:
		m.SuggestGoal()
		return m.next()
	}
	return nil
}

func (p *there) view(m *Model, w, h int) string {
	var head []string
	if inv := m.Set.Inventory; inv != nil {
		mark, render := "✓", m.theme.good.Render
		switch text.ItemMark(&inv.Items[0], m.Now()) {
		case "!":
			mark, render = "!", m.theme.bad.Render
		case "~":
			mark, render = "~", m.theme.warn.Render
		}
		head = m.item(render, mark, text.Worst(inv, m.Now()), w)
		for _, move := range inv.Rotations {
			head = append(head, m.item(m.theme.warn.Render, "~", text.Rotating(move)+".", w)...)
		}
	}
	return p.draw(m, head, nil, w, h)
}

// readSet reads the set beside the screen.
func (m *Model) readSet() tea.Cmd {
	read := m.ReadSet()
	if read == nil {
		return nil
	}
	broken := m.FailedRead
	return func() (msg tea.Msg) {
		defer caught(func(err error) { msg = broken(err) })
		return read()
	}
}

// items are the certificates of the set; none while they are being read.
func (m *Model) items() []plan.InventoryItem {
	if m.Set.Inventory == nil {
		return nil
	}
	return m.Set.Inventory.Items
}

// stockList is a list of what lies in a set, and below it all of the selected one.
type stockList struct {
	list rows
	page int
}

// move walks through the list.
func (l *stockList) move(m *Model, msg tea.KeyMsg) {
	l.list.update(msg, len(m.items()), max(l.page, 1))
}

// selected is the certificate with the cursor; nil for none.
func (l *stockList) selected(m *Model) *plan.InventoryItem {
	if all := m.items(); l.list.at < len(all) {
		return &all[l.list.at]
	}
	return nil
}

// explain lays all of the selected certificate, and why one looks at this page,
// over the page.
func (l *stockList) explain(m *Model) {
	t := l.selected(m)
	if t == nil || m.Set.Err != nil {
		m.overlay = newWhy(m)
		return
	}
	step := m.step
	m.overlay = newReading(100, func(w int) []string {
		lines := append(m.keyLines(w), m.theme.strong.Render(t.Name+": "+t.Title))
		lines = append(lines, indent("  ", allOf(m, t, w-2))...)
		return append(append(lines, ""), m.whyText(step, w)...)
	})
}

// allOf is everything about one certificate, in lines of w cells.
func allOf(m *Model, t *plan.InventoryItem, w int) []string {
	var lines []string
	say := func(s string) { lines = append(lines, wrap(s, w)...) }
	switch {
	case t.Missing():
		say(t.Identity + ", not there")
	case t.Expired(m.Now()):
		say(t.Identity + ", signed by " + t.Signer + ", ended " + text.Ends(t.NotAfter, m.Now()))
	default:
		say(t.Identity + ", signed by " + t.Signer + ", expires " + text.Ends(t.NotAfter, m.Now()))
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
func (l *stockList) draw(m *Model, head []string, tick func(*plan.InventoryItem) string, w, h int) string {
	items := m.items()
	switch {
	case m.Set.Err != nil:
		return block(m.item(m.theme.bad.Render, "!", m.Set.Err.Error(), w), w, h)
	case len(items) == 0:
		return block([]string{m.theme.faint.Render("  reading " + text.Clean(m.Dir()) + " …")}, w, h)
	}
	mark := func(*plan.InventoryItem) string { return "" }
	blank := ""
	if tick != nil {
		mark, blank = tick, "    "
	}
	cols := m.itemColumns(w - 2 - len(blank) - 2 - gap) // the cursor, the mark, and the marks of a list that goes on
	lines := head
	if h >= 14 {
		lines = append(lines, "")
	}
	lines = append(lines, m.theme.faint.Render("  "+blank+"  "+cols.head()))
	var below []string
	if t := l.selected(m); t != nil && h >= 10 {
		below = l.detail(m, t, w, h)
	}
	l.page = max(h-len(lines)-len(below), 1)
	rows := l.list.lines(m, len(items), w, l.page, func(i, _ int) string { return mark(&items[i]) + m.itemRow(cols, &items[i]) })
	lines = append(lines, strings.Split(block(rows, w, l.page), "\n")...)
	return block(append(lines, below...), w, h)
}

// detail is the selected certificate, always as high.
func (l *stockList) detail(m *Model, t *plan.InventoryItem, w, h int) []string {
	return append([]string{""}, m.fixed(append([]string{t.Name + ": " + t.Title}, allOf(m, t, w-2)...), w, max(h/5, 2))...)
}

// fixed makes faint lines into exactly h: what stands below them must not jump while
// one walks a list.
func (m *Model) fixed(lines []string, w, h int) []string {
	if len(lines) > h {
		lines = append(lines[:h-1], cut(lines[h-1], w-4)+" …")
	}
	out := make([]string, h)
	for i, l := range lines {
		out[i] = "  " + m.theme.faint.Render(l)
	}
	return out
}

const nameMost, identityMost = 40, 40

// itemColumns are the columns of the list in w cells.
func (m *Model) itemColumns(w int) columns {
	name, identity, left := 0, 0, 0
	for i := range m.items() {
		item := &m.items()[i]
		left = max(left, len(text.ExpiresIn(item, m.Now())))
		name = max(name, ansi.StringWidth(item.Name))
		identity = max(identity, ansi.StringWidth(item.Identity))
	}
	return fit(w, column{title: "NAME", want: min(name, nameMost), name: true}, column{title: "IDENTITY", want: min(identity, identityMost), least: identityLeast, drop: 2},
		column{title: "EXPIRES", want: endWidth, drop: 1}, column{title: "LEFT", want: left})
}

// itemRow is one certificate; a mark and a word say that it has expired.
func (m *Model) itemRow(c columns, t *plan.InventoryItem) string {
	mark, style, ends := text.ItemMark(t, m.Now()), m.theme.text, ""
	switch mark {
	case "!":
		style = m.theme.bad
	case "~":
		style = m.theme.warn
	}
	if !t.Missing() {
		ends = text.Date(t.NotAfter)
	}
	return style.Render(mark + " " + c.row(t.Name, t.Identity, ends, text.ExpiresIn(t, m.Now())))
}

// goalHint says below the goal what it leads to; "" while nothing can be said. It is
// worked out once for each answer.
func (m *Model) goalHint() string {
	if c := &m.texts; m.Set.Inventory == nil {
		return ""
	} else if now := [2]int{m.Builds, m.Set.Readings}; c.hintOf != now {
		c.hintOf, c.hint = now, m.makeGoalHint(m.Set.Inventory)
	}
	return m.texts.hint
}

func (m *Model) makeGoalHint(inv *plan.Inventory) string {
	for key, ps := range m.ByKey {
		if steps.StepOf(key) == steps.GoalKey && problem.HasErrors(ps) {
			return ""
		}
	}
	if problem.HasErrors(m.ByKey[steps.NamesKey]) {
		return "none is chosen yet"
	}
	if ca := inv.ExpiredCA(m.Now()); ca != "" && m.Answers.Get(steps.GoalKey) != steps.GoalExpired {
		return fmt.Sprintf("! the CA %s has expired: first %s", ca, steps.GoalLabel(steps.GoalExpired))
	}
	if steps.Changing(m.Answers) {
		return "= the questions come next, answered as this set was made"
	}
	if steps.Staged(m.Answers) {
		return "= the next page says how far it is, and whether to go on"
	}
	meant, from, first := m.Goal(), "none of them", &inv.Items[0]
	if len(meant) > 0 {
		from = fmt.Sprintf("%d of %s", len(meant), spec.Count(len(inv.Items), "certificate", "certificates"))
		first = &inv.Items[meant[0]]
	}
	return fmt.Sprintf("= %s; first %s, %s", from, first.Name, text.ExpiresIn(first, m.Now()))
}
