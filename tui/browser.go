package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/reading/certinfo"
	"certwright/tui/text"
)

// browser shows certificates: a list, and below or beside it the cfssl-certinfo
// view of the selected one in a scrolling pane.
type browser struct {
	entries []certinfo.Entry
	list    rows
	scroller
	shown  int // index of the entry whose text is in the pane
	text   []string
	page   int
	listed bool
}

func newBrowser() browser { return browser{scroller: scroller{newScroller()}, shown: -1} }

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
	b.entries, b.shown, b.listed = shown(entries), -1, true
}

// fail shows that the reading broke down.
func (b *browser) fail(m *Model, msg failMsg) {
	b.set([]certinfo.Entry{{File: m.Dir(), Error: msg.err.Error()}})
}

func (b *browser) update(msg tea.KeyMsg) {
	switch {
	case key.Matches(msg, keyUp, keyDown), msg.Type == tea.KeyHome, msg.Type == tea.KeyEnd:
		b.list.update(msg, len(b.entries), max(b.page, 1))
	default:
		b.scroll(msg)
	}
}

func (b *browser) view(m *Model, w, h int) string {
	switch {
	case !b.listed:
		return block([]string{m.theme.faint.Render("  reading …")}, w, h)
	case len(b.entries) == 0:
		return block([]string{m.theme.faint.Render("  no certificate here")}, w, h)
	}
	b.load(m)
	if w >= 96 {
		const list = 44
		left := block(b.rows(m, list, h), list, h)
		return beside(left, m.theme.faint.Render(" │ "), b.draw(m, slices.Clone(b.text), w-list-3, h))
	}
	top := min(len(b.entries), max(h/3, 3))
	lines := append(b.rows(m, w, top), m.theme.faint.Render("  "+strings.Repeat("┄", max(w-4, 0))))
	rest := h - len(lines)
	return block(lines, w, len(lines)) + "\n" + b.draw(m, indent("  ", b.text), w, rest)
}

func (b *browser) rows(m *Model, w, h int) []string {
	b.page = h
	return b.list.lines(m, len(b.entries), w, h, func(i, w int) string { return m.certLine(b.entries[i], w) })
}

// load makes the cfssl-certinfo text of the selected entry.
func (b *browser) load(m *Model) {
	if b.shown == b.list.at {
		return
	}
	b.shown = b.list.at
	e := b.entries[b.shown]
	if e.Error != "" {
		b.text = wrap("! "+e.File+": "+e.Error, 70)
		return
	}
	body, err := e.CFSSL()
	if err != nil {
		b.text = []string{"! " + err.Error()}
		return
	}
	// The sans one a line, as cfssl-certinfo prints them; the PEM of one
	// certificate is a single long line there, and is broken here to be read.
	b.text = nil
	for _, l := range strings.Split(strings.TrimRight(string(body), "\n"), "\n") {
		if strings.HasPrefix(l, `  "pem": `) {
			l = strings.ReplaceAll(l, `\n`, "\n    ")
		}
		for part := range strings.SplitSeq(l, "\n") {
			b.text = append(b.text, text.Clean(part))
		}
	}
	b.port.GotoTop()
}
