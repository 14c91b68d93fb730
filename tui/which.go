package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/wizard"
)

// which is the page on which certificates of the set are chosen. What is chosen is
// an answer: one name a line, in the order of the list.
type which struct {
	*stock
	chosen map[string]bool
}

var keyTick = bind("choose", " ")

func newWhich(m *Model) *which {
	p := &which{stock: newStock(m, true), chosen: map[string]bool{}}
	for name := range strings.SplitSeq(m.Answers.Get(steps.NamesKey), "\n") {
		if name != "" {
			p.chosen[name] = true
		}
	}
	return p
}

func (p *which) name(*Model) string { return "Selection" }

func (p *which) keys(*Model) []key.Binding {
	if p.typing {
		return p.table.keys()
	}
	return []key.Binding{named(keyTick, "choose"), named(keyNext, "review"), keyAll, named(keyUp, "move"), keyOpen, keyFilter, keyBack, keyWhy, keyPages, keyQuit}
}

var keyAll = bind("all or none", "a")

func (p *which) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		p.take(m)
		if m.Set.Inventory == nil {
			return m.readSet()
		}
		return p.takeAlong(m)
	case wizard.SetRead:
		p.take(m)
		return p.takeAlong(m)
	case tea.KeyMsg:
		return p.key(m, msg)
	}
	return nil
}

// comesAlong tells of a certificate that any run makes again.
func comesAlong(t *plan.InventoryItem) bool { return !t.CA && t.Wrong != "" }

// takeAlong chooses what any run would make again: without it the renewal would be
// refused.
func (p *which) takeAlong(m *Model) tea.Cmd {
	for _, t := range m.items() {
		if comesAlong(&t) {
			p.chosen[t.Name] = true
		}
	}
	return p.keep(m)
}

func (p *which) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.table.update(msg):
	case key.Matches(msg, keyOpen):
		p.opened(m)
	case key.Matches(msg, keyNext):
		if m.Set.Inventory == nil {
			m.notice = "the directory is still being read"
			return nil
		}
		return m.next()
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyWhy):
		m.overlay = newWhy(m)
	case key.Matches(msg, keyTick):
		return p.tick(m)
	case key.Matches(msg, keyAll):
		return p.all(m)
	}
	return nil
}

// tick chooses the selected certificate, or no longer, and goes to the next.
func (p *which) tick(m *Model) tea.Cmd {
	i := p.selected()
	if i < 0 {
		return nil
	}
	t := &m.items()[i]
	if p.chosen[t.Name] && comesAlong(t) {
		m.notice = "each run renews it: " + t.Wrong
	} else {
		p.chosen[t.Name] = !p.chosen[t.Name]
	}
	p.table.update(tea.KeyMsg{Type: tea.KeyDown})
	return p.keep(m)
}

// all chooses all that CAs have signed and the filter leaves, or none of anything where
// all of it is chosen: a CA is made again only where the operator points at it.
func (p *which) all(m *Model) tea.Cmd {
	items := m.items()
	missing := slices.ContainsFunc(p.shown, func(i int) bool { return !items[i].CA && !p.chosen[items[i].Name] })
	for _, i := range p.shown {
		switch t := &items[i]; {
		case !t.CA:
			p.chosen[t.Name] = missing || comesAlong(t)
		case !missing:
			p.chosen[t.Name] = false
		}
	}
	return p.keep(m)
}

// keep makes an answer of what is chosen.
func (p *which) keep(m *Model) tea.Cmd {
	var names []string
	for i, t := range m.items() {
		p.rows[i].cells[0] = unticked
		if p.chosen[t.Name] {
			p.rows[i].cells[0] = ticked
			names = append(names, t.Name)
		}
	}
	return m.set(steps.NamesKey, strings.Join(names, "\n"))
}

// count is how many are chosen.
func (p *which) count(m *Model) int {
	n := 0
	for _, t := range m.items() {
		if p.chosen[t.Name] {
			n++
		}
	}
	return n
}

func (p *which) view(m *Model, w, h int) string {
	says := fmt.Sprintf("%d of %d chosen. Space chooses the one with the cursor.", p.count(m), len(m.items()))
	head := m.styled(m.theme.strong.Render, "  ", says, w)
	if m.Seen[steps.NamesKey] {
		for _, problem := range m.ByKey[steps.NamesKey] {
			head = append(head, m.problem(problem, steps.NamesKey, w, 2)...)
		}
	}
	return p.stock.view(m, head, w, h)
}
