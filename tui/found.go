package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/reading/certinfo"
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

func (f *findings) set(m *Model, msg foundMsg) {
	if msg.asked == f.asked {
		f.Found, f.ready = msg.found, true
		m.TakeFound(f.Found)
	}
}

// recoveredText is laid over the first page when a run that was stopped was ended.
func (m *Model) recoveredText(notes []string, w int) []string {
	lines := []string{m.theme.strong.Render("A run that was stopped has left something here"), ""}
	for _, note := range notes {
		lines = append(lines, m.item(m.theme.warn.Render, "~", note, w)...)
	}
	return append(append(lines, ""), wrap("What lies in the directory now is read again. Close this, and go on.", w)...)
}

// foundLimit is how many certificates the first page lists.
const foundLimit = 8

func (f *findings) lines(m *Model, w int) []string {
	if f.Wrong != nil {
		return m.item(m.theme.bad.Render, "!", f.Wrong.Error(), w)
	}
	if !f.ready {
		return nil
	}
	if f.Left != nil {
		return m.item(m.theme.warn.Render, "~", f.Left.Text, w)
	}
	certs := shown(f.Entries)
	if len(certs) == 0 && f.More {
		return []string{m.theme.faint.Render("  No certificate lies in it; \"verify an existing set\" reads its folders too.")}
	}
	if len(certs) == 0 {
		return []string{m.theme.faint.Render("  No certificate is there yet.")}
	}
	out := []string{m.theme.faint.Render("  There now:")}
	for i, e := range certs {
		if i == foundLimit {
			out = append(out, m.theme.faint.Render("  and "+spec.Count(len(certs)-i, "more", "more")))
			break
		}
		out = append(out, "  "+m.certLine(e, w-2))
	}
	return out
}

// certLine is one certificate as a row: file, identity where there is room,
// end. What could not be read says so.
func (m *Model) certLine(e certinfo.Entry, w int) string {
	file := text.Clean(e.File)
	name := max(min(w-32, 34), 12)
	if e.Error != "" {
		return m.theme.bad.Render(pad(shortPath(file, name), name) + "  ! " + text.Clean(e.Error))
	}
	what := ""
	if e.IsCA && e.Field != "" { // of the two in a kubeconfig, that by which it knows the API
		if what = " (its CA)"; name < 24 {
			what = " (CA)"
		}
	}
	ends, identity := text.Ends(e.NotAfter, m.Now()), ""
	style := m.theme.text
	switch left := e.NotAfter.Sub(m.Now()); {
	case left <= 0:
		ends, style = "! "+ends, m.theme.bad
	case left < 30*24*time.Hour:
		ends, style = "~ "+ends, m.theme.warn
	}
	if rest := w - name - len(ends) - 4; rest >= 20 {
		identity = pad(text.Clean(e.Identity()), min(rest, 34)) + "  "
	}
	return style.Render(pad(shortPath(file, name-len(what))+what, name) + "  " + identity + ends)
}

// shown are the entries that a person looks for: certificates, and whatever
// could not be read.
func shown(entries []certinfo.Entry) []certinfo.Entry {
	var out []certinfo.Entry
	for _, e := range entries {
		if e.Kind == certinfo.Certificate || e.Error != "" {
			out = append(out, e)
		}
	}
	return out
}
