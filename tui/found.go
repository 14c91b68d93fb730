package tui

import (
	"errors"
	"io/fs"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/certinfo"
	"certwright/tui/plain"
)

// findings is what lies in the output directory, shown on the first page.
type findings struct {
	dir     string
	entries []certinfo.Entry
	err     error
	ready   bool
}

// foundMsg brings what lies in a directory.
type foundMsg findings

// look reads the directory beside the screen; an answer for another directory
// than the one typed by then is dropped.
func (f *findings) look(m *Model) tea.Cmd {
	dir := m.dir()
	f.ready = false
	return safely(func() tea.Msg {
		found := foundMsg{dir: dir, ready: true}
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			return found
		}
		found.entries, found.err = certinfo.Scan([]string{dir})
		return found
	})
}

func (f *findings) set(m *Model, msg foundMsg) {
	if msg.dir != m.dir() {
		return
	}
	*f = findings(msg)
	m.keysThere = 0
	for _, e := range msg.entries {
		if e.Kind == certinfo.PrivateKey {
			m.keysThere++
		}
	}
}

// foundLimit is how many certificates the first page lists.
const foundLimit = 8

func (f *findings) lines(m *Model, w int) []string {
	if !f.ready {
		return nil
	}
	if f.err != nil {
		return m.styled(m.theme.warn.Render, "  ", "! "+f.err.Error(), w)
	}
	certs := certificates(f.entries)
	if len(certs) == 0 {
		return []string{m.theme.faint.Render("  Nothing made with certwright or cfssl is there yet.")}
	}
	out := []string{m.theme.faint.Render("  There now: " + plain.Count(len(certs), "certificate", "certificates"))}
	for i, e := range certs {
		if i == foundLimit {
			out = append(out, m.theme.faint.Render("  and "+plain.Count(len(certs)-i, "more", "more")))
			break
		}
		out = append(out, "  "+m.certLine(e, w-2))
	}
	return out
}

// certLine is one certificate as a row: file, identity where there is room, end.
func (m *Model) certLine(e certinfo.Entry, w int) string {
	ends := plain.Ends(e.NotAfter, m.now())
	style := m.theme.text
	switch left := e.NotAfter.Sub(m.now()); {
	case left <= 0:
		ends, style = "! "+ends, m.theme.bad
	case left < 30*24*time.Hour:
		ends, style = "~ "+ends, m.theme.warn
	}
	name, identity := max(min(w-32, 34), 12), ""
	if rest := w - name - len(ends) - 4; rest >= 20 {
		identity = pad(e.Identity(), min(rest, 34)) + "  "
	}
	return style.Render(pad(shortPath(e.File, name), name) + "  " + identity + ends)
}

// certificates are the entries that are certificates.
func certificates(entries []certinfo.Entry) []certinfo.Entry {
	var out []certinfo.Entry
	for _, e := range entries {
		if e.Kind == certinfo.Certificate {
			out = append(out, e)
		}
	}
	return out
}

// styled wraps a text and renders each line.
func (m *Model) styled(render func(...string) string, prefix, s string, w int) []string {
	var out []string
	if s == "" {
		return nil
	}
	for _, l := range wrap(s, w-len(prefix)) {
		out = append(out, prefix+render(l))
	}
	return out
}
