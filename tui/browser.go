package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/reading/certinfo"
	"certwright/tui/text"
)

// browser shows certificates, and of the selected one what cfssl-certinfo shows.
type browser struct {
	picker
	entries []certinfo.Entry
	listed  bool
}

func newBrowser() browser { return browser{picker: newPicker()} }

// scanMsg brings the certificates of a directory.
type scanMsg struct{ entries []certinfo.Entry }

// scan reads the directory beside the screen. Why it cannot be read is an entry.
func (m *Model) scan() tea.Cmd {
	dir, read := m.Dir(), m.Inspect(m.ctx)
	return safely(func() tea.Msg {
		entries, err := read()
		if err != nil {
			entries = []certinfo.Entry{{File: dir, Error: err.Error()}}
		}
		return scanMsg{entries}
	})
}

func (b *browser) set(entries []certinfo.Entry) {
	b.entries, b.at, b.listed = shown(entries), -1, true
}

// fail shows that the reading broke down.
func (b *browser) fail(m *Model, msg failMsg) {
	b.set([]certinfo.Entry{{File: m.Dir(), Error: msg.err.Error()}})
}

func (b *browser) update(msg tea.KeyMsg) { b.picker.update(msg, len(b.entries)) }

func (b *browser) view(m *Model, w, h int) string {
	switch {
	case !b.listed:
		return block([]string{m.theme.faint.Render("  reading …")}, w, h)
	case len(b.entries) == 0:
		return block([]string{m.theme.faint.Render("  no certificate here")}, w, h)
	}
	return b.picker.view(m, w, h, len(b.entries), func(i, w int) string { return m.certLine(b.entries[i], w) }, b.about)
}

// about is the cfssl-certinfo text of an entry: the sans one a line, as it prints them;
// the PEM of one certificate is a single long line there, and is broken here to be read.
func (b *browser) about(i, w int) []string {
	e := &b.entries[i]
	if e.Error != "" {
		return wrap("! "+e.File+": "+e.Error, w)
	}
	body, err := e.CFSSL()
	if err != nil {
		return []string{"! " + err.Error()}
	}
	var out []string
	for _, l := range strings.Split(strings.TrimRight(string(body), "\n"), "\n") {
		if strings.HasPrefix(l, `  "pem": `) {
			l = strings.ReplaceAll(l, `\n`, "\n    ")
		}
		for part := range strings.SplitSeq(l, "\n") {
			out = append(out, text.Clean(part))
		}
	}
	return out
}
