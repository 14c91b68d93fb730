package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

var keyFilter = bind("filter", "/")

// filter is what is looked for in a list: words that a row has, in whatever column.
type filter struct {
	query  string
	typing bool
}

// update takes the keys of a filter; changed says that other rows are looked for.
func (f *filter) update(msg tea.KeyMsg) (taken, changed bool) {
	before := f.query
	switch {
	case !f.typing && key.Matches(msg, keyFilter):
		f.typing = true
	case !f.typing:
		if f.query == "" || !key.Matches(msg, keyBack) {
			return false, false
		}
		f.query = ""
	case key.Matches(msg, keyBack):
		f.query, f.typing = "", false
	case key.Matches(msg, keyEnter):
		f.typing = false
	case msg.Type == tea.KeyRunes && !msg.Alt, msg.Type == tea.KeySpace:
		f.query += strings.Join(strings.FieldsFunc(string(msg.Runes), unicode.IsControl), " ")
	case msg.Type == tea.KeyBackspace:
		if r := []rune(f.query); len(r) > 0 {
			f.query = string(r[:len(r)-1])
		}
	case msg.Type == tea.KeyCtrlU:
		f.query = ""
	default: // the arrows move among what is left
		return false, false
	}
	return true, f.query != before
}

// of are the rows that have each word, or all.
func (f *filter) of(rows []row) []int {
	words := strings.Fields(strings.ToLower(f.query))
	out := make([]int, 0, len(rows))
	for i := range rows {
		if !slices.ContainsFunc(words, func(w string) bool { return !rows[i].has(w) }) {
			out = append(out, i)
		}
	}
	return out
}

// has reports whether the row has a word, which is in lower case.
func (r *row) has(word string) bool {
	return hasWord(r.group, word) || slices.ContainsFunc(r.cells, func(cell string) bool { return hasWord(cell, word) })
}

// hasWord looks for a word in lower case. It copies no text, so that the first letter of
// a filter is as quick as the next ones.
func hasWord(s, word string) bool {
	if !isASCII(word) {
		return strings.Contains(strings.ToLower(s), word)
	}
	for i := 0; i+len(word) <= len(s); i++ {
		n := 0
		for n < len(word) && lower(s[i+n]) == word[n] {
			n++
		}
		if n == len(word) {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// quoted is what is looked for, as a sentence names it.
func (f *filter) quoted() string { return fmt.Sprintf("%q", strings.TrimSpace(f.query)) }

// foot is the line below a list: where one is in it, and what is looked for.
func (t *table) foot(m *Model, w int) string {
	at := fmt.Sprintf("%d/%d", min(t.at+1, len(t.shown)), len(t.shown))
	if t.query != "" {
		at += fmt.Sprintf(" of %d", len(t.rows))
	}
	if t.typing {
		return cut("  "+m.theme.accent.Render("/"+t.query)+m.theme.cursor.Render(" ")+m.theme.faint.Render("  "+at), w)
	}
	if t.query != "" {
		at += " with " + t.quoted()
	}
	more := ""
	if t.top > 0 {
		more += "↑"
	}
	if t.top+t.high < len(t.lines) {
		more += "↓"
	}
	line := "  " + strings.TrimSpace(at+" "+more) + " "
	return m.theme.faint.Render(cut(line, w) + strings.Repeat("┄", max(w-ansi.StringWidth(line), 0)))
}
