package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// secretField is the passphrase of CA keys while it is typed on the review: masked, and
// nowhere else. One that is made is typed twice.
type secretField struct {
	in *textField
	plan.Asking
	first string // as it was typed the first time
	made  string // the one that was offered; "" for none
}

func newSecret(m *Model, what plan.Asking) *secretField {
	s := &secretField{Asking: what}
	s.empty(m)
	return s
}

// empty begins to type.
func (s *secretField) empty(m *Model) {
	s.in = newText(m.theme, steps.Field{}, "")
	s.in.in.EchoMode, s.in.in.EchoCharacter = textinput.EchoPassword, '*'
	s.in.focus()
}

// lines ask for it.
func (s *secretField) lines(m *Model, w int) []string {
	ask := "Passphrase of " + strings.Join(s.Files, ", ")
	switch {
	case len(s.Files) > 0:
	case s.made != "":
		ask = "The passphrase is: " + s.made + "  Keep it where this machine is not, and type it."
	case s.first != "":
		ask = "The same again, to be sure"
	default:
		ask = "New passphrase of the CA keys; enter alone makes one. Without it the CAs can sign nothing."
	}
	return append(m.styled(m.theme.text.Render, "  ", ask, w), m.theme.accent.Render("> ")+s.in.lines(w-2, 1, true)[0])
}

// typed takes what was typed, and reports whether that is the passphrase.
func (s *secretField) typed(m *Model) (string, bool) {
	value := s.in.value()
	defer s.empty(m)
	again := s.first
	if s.made != "" {
		again = s.made
	}
	switch {
	case len(s.Files) > 0:
		return value, true
	case again == value && value != "":
		return value, true
	case again != "":
		m.notice = "the two are not the same: type it anew"
		s.first = ""
	case value == "":
		s.made = s.Offer()
	default:
		if err := s.Check([]byte(value)); err != nil {
			m.notice = err.Error()
			return "", false
		}
		s.first = value
	}
	return "", false
}

// typeSecret takes the keys of the passphrase.
func (r *review) typeSecret(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyBack):
		r.secret = nil
	case key.Matches(msg, keyEnter):
		passphrase, done := r.secret.typed(m)
		if !done {
			return nil
		}
		if err := m.Unlock(r.Review, []byte(passphrase)); err != nil {
			m.notice = fmt.Sprint(err)
			return nil
		}
		r.secret = nil
		return r.confirm(m)
	default:
		r.secret.in.update(msg)
	}
	return nil
}
