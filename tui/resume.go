package tui

import (
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/steps/draft"
)

// resume offers answers that were found for the directory: a draft, or those
// of an earlier run.
type resume struct {
	from    steps.Step // the step that was left forward
	found   []draft.Saved
	broken  []string // what was found and cannot be used, and why
	options *choice
}

// offerSaved shows what was answered for the directory before, if anything was.
func (m *Model) offerSaved(step steps.Step) (tea.Cmd, bool) {
	found, looked := m.Offers()
	if len(found) == 0 {
		if !looked || !m.KeysThere() {
			return nil, false
		}
		cmd := m.ask(m.Steps()[1].Key)
		m.notice = "no answers were kept for " + m.Dir() + ": the questions start from their defaults"
		return cmd, true
	}
	r := &resume{from: step}
	var options []steps.Option
	for _, s := range found {
		if s.Problem != "" {
			r.broken = append(r.broken, s.Label+" cannot be used: "+s.Problem)
			continue
		}
		options = append(options, steps.Option{Value: strconv.Itoa(len(r.found)), Label: "go on with " + s.Label})
		r.found = append(r.found, s)
	}
	options = append(options, steps.Option{Label: "start with empty answers", Text: "What was found stays where it is until you finish."})
	r.options = newChoice(m.theme, options, "0")
	return m.show(r), true
}

func (r *resume) name(*Model) string { return "Earlier answers" }

func (r *resume) keys(*Model) []key.Binding {
	return []key.Binding{keyLook, keyChoose, named(keyEnter, r.options.enters("next")), keyBack, keyQuit}
}

func (r *resume) update(m *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	switch {
	case key.Matches(k, keyBack):
		m.OfferAgain()
		return m.ask(r.from.Key)
	case key.Matches(k, keyNext):
		return r.forward(m)
	default:
		r.options.update(k)
		if key.Matches(k, keyEnter) {
			return r.forward(m)
		}
	}
	return nil
}

// forward goes on with the answers that are chosen.
func (r *resume) forward(m *Model) tea.Cmd {
	if i := r.options.chosen; i < len(r.found) {
		return m.ask(m.Take(r.found[i]))
	}
	return m.next()
}

func (r *resume) view(m *Model, w, h int) string {
	lines := append(m.styled(m.theme.text.Render, "  ", "Answers for "+m.Dir()+" were found.", w), "")
	for _, s := range r.broken {
		lines = append(lines, append(m.item(m.theme.warn.Render, "~", s, w), "")...)
	}
	return block(append(lines, indent("  ", r.options.lines(w-2, 0, true))...), w, h)
}
