package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/tui/plain"
)

// summary is the page after the work: what was made and proven, every
// certificate as cfssl-certinfo shows it, and who uses which file.
type summary struct {
	tabs tabs
	browser
	pane scroller
}

const (
	viewMade = iota
	viewProven
	viewUses
)

func newSummary(*Model) *summary {
	return &summary{tabs: tabs{names: []string{"Certificates", "What was proven", "Who uses what"}},
		browser: newBrowser(), pane: scroller{newScroller()}}
}

func (s *summary) name(*Model) string { return "Done" }

func (s *summary) keys(*Model) []key.Binding {
	return []key.Binding{keyFinish, named(keyUp, "choose"), keyScroll, keyView}
}

func (s *summary) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return scan(m.dir())
	case scanMsg:
		s.set(msg.entries)
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, keyFinish, keyEnter):
			return tea.Quit
		case s.tabs.update(msg):
			s.pane.port.GotoTop()
		case s.tabs.at == viewMade:
			s.browser.update(msg)
		default:
			s.pane.port, _ = s.pane.port.Update(msg)
		}
	}
	return nil
}

func (s *summary) view(m *Model, w, h int) string {
	head := m.styled(m.theme.good.Render, "  ", "✓ "+plain.Done(m.out.Result, m.dir()), w)
	lines := append(head, "", s.tabs.line(m), "")
	rest := h - len(lines)
	return block(lines, w, len(lines)) + "\n" + s.inner(m, w, rest)
}

func (s *summary) inner(m *Model, w, h int) string {
	switch s.tabs.at {
	case viewProven:
		return s.pane.draw(m, s.proven(m, w), w, h)
	case viewUses:
		return s.pane.draw(m, tableLines(m, plain.UseTable(m.out.Result.Plan), w), w, h)
	}
	return s.browser.view(m, w, h)
}

func (s *summary) proven(m *Model, w int) []string {
	var out []string
	r := m.out.Result
	for _, p := range r.Proofs {
		out = append(out, m.styled(m.theme.text.Render, "  ", "✓ "+p, w)...)
	}
	for _, n := range r.Notes {
		out = append(out, m.styled(m.theme.warn.Render, "  ", "~ "+n, w)...)
	}
	if r.Backup != "" {
		out = append(out, m.styled(m.theme.text.Render, "  ", "The files as they were before lie in "+r.Backup+".", w)...)
	}
	if m.out.AnswersPath != "" {
		again := plain.Again(m.out.AnswersPath, m.dir())
		out = append(out, "", "  Same again without questions:", "    "+again)
	}
	return out
}

// tableLines lays a plain table out as lines of the page.
func tableLines(m *Model, t plain.Table, w int) []string {
	head, rows := t.Lay(w - 4)
	out := []string{"  " + m.theme.faint.Render(head)}
	for _, r := range rows {
		out = append(out, "  "+strings.Join(r, "\n  "))
	}
	return strings.Split(strings.Join(out, "\n"), "\n")
}

// inspect is the page that only looks at a directory.
type inspect struct {
	browser
	err error
}

func newInspect(*Model) *inspect { return &inspect{browser: newBrowser()} }

func (p *inspect) name(*Model) string { return "What is there" }

func (p *inspect) keys(*Model) []key.Binding {
	return []key.Binding{named(keyUp, "choose"), keyScroll, keyReload, keyBack, named(keyQuit, "leave")}
}

func (p *inspect) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		m.out.Inspected = true
		return scan(m.dir())
	case scanMsg:
		p.err = msg.err
		p.set(msg.entries)
	case failMsg:
		p.err = msg.err
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyReload):
			return scan(m.dir())
		}
		p.browser.update(msg)
	}
	return nil
}

func (p *inspect) view(m *Model, w, h int) string {
	if p.err != nil {
		return block(m.styled(m.theme.bad.Render, "  ", "! "+p.err.Error(), w), w, h)
	}
	return p.browser.view(m, w, h)
}
