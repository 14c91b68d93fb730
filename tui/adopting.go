package tui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// adopting is the page on which a directory that others made is taken over: what was
// read and where, and the questions that stay open. One file is written, the answers.
type adopting struct {
	table
	read  *wizard.Adoption
	err   error
	given map[string]string // what the operator has answered here
	asks  []string          // of each row the key of its question; "" for what asks nothing
	in    input             // the answer that is being typed; nil for none
	asked string            // of which question

	reading int // counts them; what an older one brings is dropped
}

func newAdopting(m *Model) *adopting {
	p := &adopting{given: map[string]string{}}
	p.empty = "reading " + text.Clean(m.Dir()) + " …"
	p.about = func(i, w int) []string { return p.lines(m, i, w) }
	return p
}

// adoptMsg brings what was read.
type adoptMsg struct {
	reading int
	read    *wizard.Adoption
	err     error
}

var keyAnswer = bind("answer", "enter")

func (p *adopting) name(*Model) string { return "Adopt" }

func (p *adopting) keys(m *Model) []key.Binding {
	switch {
	case p.in != nil:
		return []key.Binding{named(keyNext, "take it"), named(keyBack, "leave it open")}
	case p.typing:
		return p.table.keys()
	}
	var keys []key.Binding
	if m.armed() && p.read != nil && p.read.Complete() {
		keys = append(keys, named(keyMake, "write the answers"))
	}
	if i := p.selected(); i >= 0 && p.asks[i] != "" {
		keys = append(keys, keyAnswer, named(keyUp, "choose"), keyFilter)
	} else {
		keys = append(keys, p.table.keys()...)
	}
	return append(keys, keyReload, keyBack, keyWhy, keyQuit)
}

func (p *adopting) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return p.look(m)
	case adoptMsg:
		if msg.reading == p.reading {
			p.take(m, msg)
		}
	case failMsg:
		p.err = msg.err
	case tea.KeyMsg:
		if p.in != nil {
			return p.typed(m, msg)
		}
		return p.press(m, msg)
	}
	return nil
}

// look reads the directory beside the screen.
func (p *adopting) look(m *Model) tea.Cmd {
	p.reading++
	msg, read := adoptMsg{reading: p.reading}, m.Adopt(m.ctx, maps.Clone(p.given))
	return safely(func() tea.Msg {
		msg.read, msg.err = read()
		return msg
	})
}

// take shows what was read: what is open first.
func (p *adopting) take(m *Model, msg adoptMsg) {
	p.read, p.err = msg.read, msg.err
	m.guard.shut() // from here on one can see what is confirmed
	p.asks = nil
	var rows []row
	add := func(ask string, r row) { rows, p.asks = append(rows, r), append(p.asks, ask) }
	if p.err != nil || p.read.Answers == nil {
		p.empty = "No certificate lies in " + text.Clean(m.Dir()) + " that certwright could go on with: one needs its private key and its CA beside it."
		p.set(nil, nil)
		return
	}
	of := p.read.Proposal
	for _, q := range of.Questions {
		add(q.Key, row{"what no file tells", "!", bad, []string{q.Key, "open", text.Clean(q.Why)}})
	}
	for _, one := range p.read.Problems {
		add(one.Key, row{"what does not go together", "!", bad, []string{one.Key, "wrong", text.Clean(steps.Sentence(one, ""))}})
	}
	for _, a := range of.Described() {
		add(a.Key, row{"answers, and where they were read", "✓", good, []string{a.Key, "read", text.Clean(strings.ReplaceAll(a.Value, "\n", " | ")) + " — " + text.Clean(a.From)}})
	}
	for i := range of.Taken {
		a := &of.Taken[i]
		files := strings.Join(slices.Concat(a.Certs, a.Keys, a.Publics, a.Configs), ", ")
		add("", row{"certificates that are taken over", "✓", good, []string{text.Clean(text.AdoptedName(&a.Adopted)), "taken", text.Clean(files + " — " + a.By)}})
	}
	for _, l := range of.Left {
		add("", row{"files that every run leaves as they are", "", quiet, []string{text.Clean(l.Path), "left", text.Clean(l.Why)}})
	}
	p.set([]column{{title: "NAME", name: true}, {title: "IS", state: true}, {title: "WHAT WAS READ, AND WHERE", least: 24}}, rows)
}

func (p *adopting) press(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.table.update(msg):
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		return p.look(m)
	case key.Matches(msg, keyWhy):
		m.overlay = newKeys(m)
	case key.Matches(msg, keyMake):
		return p.write(m)
	case key.Matches(msg, keyOpen):
		if i := p.selected(); i >= 0 && p.asks[i] != "" {
			p.ask(m, p.asks[i])
			return nil
		}
		p.opened(m)
	}
	return nil
}

// ask begins the answer to a question, with what is known of it.
func (p *adopting) ask(m *Model, answer string) {
	f, ok := steps.Lookup(answer)
	if !ok || p.read == nil {
		return
	}
	value, _ := p.read.Answers.Explicit(answer) // a default is no answer here
	switch f.Kind {
	case steps.Choice:
		p.in = newChoice(m.theme, f.Options(p.read.Answers), value)
	case steps.Lines:
		p.in = newList(m.theme, f, value)
	default:
		p.in = newText(m.theme, f, value)
	}
	p.in.focus()
	p.asked = answer
}

// typed edits the answer, and has the directory read again with it.
func (p *adopting) typed(m *Model, msg tea.KeyMsg) tea.Cmd {
	_, many := p.in.(*list)
	switch {
	case key.Matches(msg, keyBack):
		p.in = nil
	case key.Matches(msg, keyNext), key.Matches(msg, keyEnter) && !many:
		p.given[p.asked] = p.in.value()
		p.in = nil
		return p.look(m)
	default:
		p.in.update(msg)
	}
	return nil
}

// write has the answers written, if none is missing.
func (p *adopting) write(m *Model) tea.Cmd {
	switch {
	case p.read == nil || !p.read.Complete():
		m.notice = "answer what is open first: enter on its line"
		return nil
	}
	return m.once(func() tea.Cmd { return p.written(m) })
}

// written writes the answers, and goes on with what is a set now.
func (p *adopting) written(m *Model) tea.Cmd {
	file := p.read.File()
	if err := p.read.Write(); err != nil {
		m.notice = err.Error()
		return nil
	}
	m.Give(steps.ModeKey, steps.ModeRenew)
	m.step = steps.StepOf(steps.DirKey)
	m.enterSet()
	cmd := m.ask(steps.ThereKey)
	m.notice = "wrote the answers into " + file + ", and nothing else"
	return cmd
}

// lines is all that there is to say of a row.
func (p *adopting) lines(m *Model, i, w int) []string {
	cells := p.rows[i].cells
	lines := m.styled(m.theme.strong.Render, "", cells[0], w)
	facts := []fact{{"is", cells[1], p.rows[i].level}, {"read", cells[2], plain}}
	for _, q := range p.read.Proposal.Questions {
		if q.Key == p.asks[i] {
			facts = append(facts, fact{"such as", q.Example, plain})
		}
	}
	return append(lines, m.facts(facts, w)...)
}

// head says what was read, what is open, and what will be written.
func (p *adopting) head(m *Model, w int) []string {
	switch {
	case p.err != nil:
		lines := m.item(m.theme.bad.Render, "!", p.err.Error(), w)
		if errors.As(p.err, new(*wizard.AnsweredError)) {
			lines = append(lines, m.styled(m.theme.text.Render, "    ", "It can be renewed and changed as it is: esc, and choose that.", w)...)
		}
		if errors.As(p.err, new(*pkigen.SeveralError)) {
			lines = append(lines, m.styled(m.theme.text.Render, "    ", "Adopt the folder of each cluster by itself.", w)...)
		}
		return lines
	case p.read == nil || p.read.Answers == nil:
		return nil
	}
	says := fmt.Sprintf("%s can be gone on with.", spec.Count(len(p.read.Proposal.Taken), "certificate or key pair", "certificates and key pairs"))
	open := len(p.read.Proposal.Questions) + len(p.read.Problems)
	sign, l := "✓", good
	switch {
	case open > 0 && !p.read.Complete():
		sign, l = "!", bad
		says += " " + spec.Count(open, "question is", "questions are") + " open: enter on its line answers it."
	default:
		says += " ctrl+n writes the answers into " + p.read.File() + ", and nothing else."
	}
	lines := m.item(m.theme.at(l).Render, sign, says, w)
	for _, note := range p.read.Proposal.Notes {
		lines = append(lines, m.item(m.theme.warn.Render, "~", text.Clean(note), w)...)
	}
	return lines
}

func (p *adopting) view(m *Model, w, h int) string {
	head := append(p.head(m, w), "")
	var below []string
	if p.in != nil {
		high := max(h/3, 3)
		below = append([]string{m.theme.accent.Render("> ") + m.theme.strong.Render(p.asked)}, indent("  ", p.in.lines(w-2, high, true))...)
		below = below[:min(len(below), high+1)]
	}
	head = head[:min(len(head), max(h-len(below)-3, 1))]
	rest := max(h-len(head)-len(below), 0)
	if p.err != nil {
		return block(head, w, h)
	}
	out := append(head, strings.Split(p.table.view(m, w, rest), "\n")...)
	return block(append(out, below...), w, h)
}
