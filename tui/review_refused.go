package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/making/plan"
)

// What the review does about private keys that would have to go: it says so of the
// row with the cursor, and takes the operator's confirmation.

// refusal says why a file is refused, with its path where the reason does not begin
// with it.
func refusal(a plan.Action) string {
	if strings.HasPrefix(a.Reason, a.Path+" ") {
		return a.Reason
	}
	return a.Path + ": " + a.Reason
}

// refused is the refusal that is spoken of: that of the row with the cursor, else the
// first; nil where nothing is refused.
func (r *review) refused() *plan.Action {
	name := ""
	switch r.at() {
	case viewFiles:
		if a := r.file(); a != nil {
			name = a.Certificate
		}
	case viewChanges, viewCertificates:
		if c := r.selected(); c != nil {
			name = c.Name
		}
	}
	all := r.Refused
	if i := slices.IndexFunc(all, func(a plan.Action) bool { return name != "" && a.Certificate == name }); i >= 0 {
		return &all[i]
	}
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

// wanted is the word that allows the replacement that is spoken of; "" where no word
// helps.
func (r *review) wanted() string {
	names := r.Words()
	if a := r.refused(); a != nil && slices.Contains(names, a.Certificate) {
		return "replace " + a.Certificate
	}
	if len(names) > 0 {
		return "replace " + names[0]
	}
	return ""
}

// wordLines ask for the confirmation.
func (r *review) wordLines(m *Model, w int) []string {
	want := r.wanted()
	lines := m.styled(m.theme.text.Render, "  ", "To let the private key of "+strings.TrimPrefix(want, "replace ")+" go, type: "+want+"; or several names at once.", w)
	return append(lines, m.theme.accent.Render("> ")+r.word.lines(w-2, 1, true)[0])
}

// typeWord takes the confirmation by which private keys may be replaced.
func (r *review) typeWord(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyBack):
		r.word = nil
	case key.Matches(msg, keyEnter):
		if err := m.Allow(r.Review, r.word.value()); err != nil {
			m.notice = err.Error()
			return nil
		}
		r.word = nil
		return r.makePlan(m)
	default:
		r.word.update(msg)
	}
	return nil
}
