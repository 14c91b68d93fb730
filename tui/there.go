package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// there is the page that shows what is there and how long it lasts, before
// anything is asked about it.
type there struct{ *stock }

func newThere(m *Model) *there { return &there{newStock(m, false)} }

func (p *there) name(*Model) string { return "Certificates" }

func (p *there) keys(m *Model) []key.Binding {
	if p.typing {
		return p.table.keys()
	}
	var keys []key.Binding
	if m.Set.Inventory != nil {
		keys = append([]key.Binding{named(keyNext, "next")}, p.table.keys()...)
	}
	return append(keys, keyBack, keyWhy, named(keyReload, "read again"), keyPages, keyQuit)
}

func (p *there) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		p.take(m)
		return m.readSet()
	case wizard.SetRead:
		p.take(m)
	case tea.KeyMsg:
		return p.key(m, msg)
	}
	return nil
}

func (p *there) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.table.update(msg):
	case key.Matches(msg, keyNext):
		return p.forward(m)
	case key.Matches(msg, keyOpen):
		p.opened(m)
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		m.Set.Inventory = nil
		m.enterSet() // the answers may have come meanwhile
		p.take(m)
		return m.readSet()
	case key.Matches(msg, keyWhy):
		m.overlay = newWhy(m)
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
		sign, l, _ := m.lasts(&inv.Items[0])
		if sign == "" {
			sign, l = "✓", good
		}
		head = m.item(m.theme.at(l).Render, sign, text.Worst(inv, m.Now()), w)
		for _, move := range inv.Rotations {
			head = append(head, m.item(m.theme.warn.Render, "~", text.Rotating(move)+".", w)...)
		}
	}
	return p.stock.view(m, head, w, h)
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

// stock is the list of what lies in a set, the first to expire at its top.
type stock struct {
	table
	ticks bool // each row can be chosen
}

func newStock(m *Model, ticks bool) *stock {
	s := &stock{ticks: ticks}
	s.empty = "reading " + text.Clean(m.Dir()) + " …"
	s.about = func(i, w int) []string { return m.itemLines(&m.items()[i], w) }
	return s
}

// take shows what was read.
func (s *stock) take(m *Model) {
	items := m.items()
	rows := make([]row, len(items))
	for i := range items {
		rows[i] = m.itemRow(&items[i])
		if !s.ticks {
			rows[i].cells[0] = ""
		}
	}
	s.set([]column{{}, {title: "NAME", name: true}, {title: "WHAT IT IS", drop: 5}, {title: "IDENTITY", least: 16, drop: 2, name: true},
		{title: "SIGNED BY", drop: 4, name: true}, {title: "EXPIRES", drop: 3}, {title: "LEFT", state: true}}, rows)
}

// The marks of what can be chosen.
const (
	ticked   = "[x]"
	unticked = "[ ]"
)

// itemRow is one certificate of a set as a row, below how urgent it is.
func (m *Model) itemRow(t *plan.InventoryItem) row {
	r, ends, left := row{group: "lasts longer"}, "", ""
	r.sign, r.level, left = m.lasts(t)
	switch {
	case t.Missing():
		r.group = "not there"
	case t.Expired(m.Now()):
		r.group = "expired"
	case t.ExpiresSoon(m.Now()):
		r.group = "expires within 30 days"
	}
	if !t.Missing() {
		ends = text.Date(t.NotAfter)
	}
	r.cells = []string{unticked, t.Name, t.Title, t.Identity, t.Signer, ends, left}
	return r
}

// itemLines is everything about one certificate, in lines of w cells.
func (m *Model) itemLines(t *plan.InventoryItem, w int) []string {
	_, l, left := m.lasts(t)
	if !t.Missing() {
		left = text.Date(t.NotAfter) + ", " + left
	}
	const most = 60
	lines := m.styled(m.theme.strong.Render, "", t.Name+": "+t.Title, w)
	return append(lines, m.facts([]fact{
		{"wrong", t.Wrong, bad}, {"identity", t.Identity, plain}, {"signed by", t.Signer, plain}, {"expires", left, l},
		{"file", t.File, plain}, {"names", spec.List(t.Names, most), plain},
	}, w)...)
}

// view sets the head above the list.
func (s *stock) view(m *Model, head []string, w, h int) string {
	if m.Set.Err != nil {
		return block(m.item(m.theme.bad.Render, "!", m.Set.Err.Error(), w), w, h)
	}
	if h >= 14 && len(head) > 0 {
		head = append(head, "")
	}
	head = head[:min(len(head), max(h-2, 0))]
	return block(head, w, len(head)) + strings.Repeat("\n", min(len(head), 1)) + s.table.view(m, w, h-len(head))
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
	_, left := text.Lasts(first, m.Now())
	return fmt.Sprintf("= %s; first %s, %s", from, first.Name, left)
}
