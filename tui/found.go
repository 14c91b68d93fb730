package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// findings is what lies in the output directory, shown on the first page.
type findings struct {
	wizard.Found
	ready  bool
	asked  int                // counts the questions; answers to older ones are dropped
	cancel context.CancelFunc // stops the reading that runs
}

// lookMsg says that the directory was not changed for a moment, foundMsg what
// lies in it.
type (
	lookMsg  struct{ asked int }
	foundMsg struct {
		asked int
		found wizard.Found
	}
)

// restTime is how long the typing has to rest before the directory is read:
// on the way to /root/pki one types /, /r and /root, which nobody wants read.
const restTime = 250 * time.Millisecond

// ask has the directory read when the keys rest.
func (f *findings) ask(m *Model, rest time.Duration) tea.Cmd {
	if f.cancel != nil {
		f.cancel()
	}
	f.asked++
	f.ready, f.Wrong = false, nil
	asked := f.asked
	return tea.Tick(rest, func(time.Time) tea.Msg { return lookMsg{asked} })
}

// look reads the directory beside the screen.
func (f *findings) look(m *Model, msg lookMsg) tea.Cmd {
	if msg.asked != f.asked {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	f.cancel = cancel
	look := m.Look(ctx)
	return safely(func() tea.Msg {
		defer cancel()
		return foundMsg{msg.asked, look()}
	})
}

// take shows what was found, and reports whether it answers what to do.
func (f *findings) take(m *Model, msg foundMsg) (suggested bool) {
	if msg.asked != f.asked {
		return false
	}
	f.Found, f.ready = msg.found, true
	return m.TakeFound(f.Found)
}

// recoveredText is laid over the first page when a run that was stopped was ended.
func (m *Model) recoveredText(notes []string, w int) []string {
	lines := []string{m.theme.strong.Render("A run that was stopped has left something here"), ""}
	for _, note := range notes {
		lines = append(lines, m.item(m.theme.warn.Render, "~", note, w)...)
	}
	return append(append(lines, ""), wrap("What lies in the directory now is read again. Close this, and go on.", w)...)
}

// lines say what lies in the directory, what is wrong with it, and what helps.
func (f *findings) lines(m *Model, w int) []string {
	switch {
	case f.Wrong != nil:
		return m.item(m.theme.bad.Render, "!", f.Wrong.Error(), w)
	case !f.ready:
		return nil
	case f.Left != nil:
		return m.item(m.theme.warn.Render, "~", f.Left.Text, w)
	}
	out := m.styled(m.theme.text.Render, "  ", text.Clean(f.What), w)
	if f.Bad != "" {
		out = append(out, m.item(m.theme.bad.Render, "!", f.Bad, w)...)
	}
	if f.Soon != "" {
		out = append(out, m.item(m.theme.warn.Render, "~", f.Soon, w)...)
	}
	if f.Cure != "" && f.Leads != "" {
		out = append(out, m.styled(m.theme.faint.Render, "  ", taskLabel(m, f.Cure)+": "+f.Leads+".", w)...)
	}
	return out
}

// taskLabel is how a task is called on the page.
func taskLabel(m *Model, mode string) string {
	f, _ := steps.Lookup(steps.ModeKey)
	for _, o := range f.Options(m.Answers) {
		if o.Value == mode {
			return o.Label
		}
	}
	return mode
}
