package editor

import (
	"fmt"
	"os"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// TestMain fixes the colour profile: without a terminal lipgloss would draw no
// reverse video, and a cursor that is not drawn cannot be tested.
func TestMain(m *testing.M) {
	if file := os.Getenv(childFile); file != "" {
		if err := runChild(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	lipgloss.SetColorProfile(termenv.ANSI)
	os.Exit(m.Run())
}

var named = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "space": {Type: tea.KeySpace, Runes: []rune{' '}},
	"tab": {Type: tea.KeyTab}, "esc": {Type: tea.KeyEsc}, "ctrl+j": {Type: tea.KeyCtrlJ},
	"backspace": {Type: tea.KeyBackspace}, "ctrl+h": {Type: tea.KeyCtrlH}, "delete": {Type: tea.KeyDelete},
	"up": {Type: tea.KeyUp}, "down": {Type: tea.KeyDown}, "left": {Type: tea.KeyLeft}, "right": {Type: tea.KeyRight},
	"ctrl+left": {Type: tea.KeyCtrlLeft}, "ctrl+right": {Type: tea.KeyCtrlRight},
	"alt+b": {Type: tea.KeyRunes, Runes: []rune{'b'}, Alt: true}, "alt+f": {Type: tea.KeyRunes, Runes: []rune{'f'}, Alt: true},
	"alt+x": {Type: tea.KeyRunes, Runes: []rune{'x'}, Alt: true}, "alt+backspace": {Type: tea.KeyBackspace, Alt: true},
	"alt+left": {Type: tea.KeyLeft, Alt: true}, "alt+right": {Type: tea.KeyRight, Alt: true},
	"home": {Type: tea.KeyHome}, "end": {Type: tea.KeyEnd}, "ctrl+a": {Type: tea.KeyCtrlA}, "ctrl+e": {Type: tea.KeyCtrlE},
	"pgup": {Type: tea.KeyPgUp}, "pgdown": {Type: tea.KeyPgDown},
	"ctrl+home": {Type: tea.KeyCtrlHome}, "ctrl+end": {Type: tea.KeyCtrlEnd},
	"ctrl+u": {Type: tea.KeyCtrlU}, "ctrl+k": {Type: tea.KeyCtrlK}, "ctrl+w": {Type: tea.KeyCtrlW},
	"ctrl+v": {Type: tea.KeyCtrlV}, "ctrl+n": {Type: tea.KeyCtrlN}, "ctrl+p": {Type: tea.KeyCtrlP}, "ctrl+c": {Type: tea.KeyCtrlC},
}

// press sends keys separated by spaces: names of the table above, or text.
func press(m *Model, keys string) {
	for key := range strings.FieldsSeq(keys) {
		msg, ok := named[key]
		if !ok {
			msg = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}
		}
		m.Update(msg)
	}
}

func paste(m *Model, text string) {
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
}

// focused returns an editor with text, its cursor at the end.
func focused(text string) *Model {
	m := New()
	m.SetValue(text)
	m.Focus()
	return m
}

// withCursor shows the cursor as '|', so that a test reads as one string.
func withCursor(m *Model) string {
	at := m.col
	for _, line := range m.lines[:m.row] {
		at += len(line) + 1
	}
	return m.Value()[:at] + "|" + m.Value()[at:]
}

func TestKeys(t *testing.T) {
	tests := []struct{ name, start, keys, want string }{
		{"typing", "", "master1 space 10.0.0.1", "master1 10.0.0.1|"},
		{"enter", "ab", "left enter", "a\n|b"},
		{"line feed is a new line", "a", "ctrl+j b", "a\nb|"},
		{"CR LF is one new line", "a", "enter ctrl+j b", "a\nb|"},
		{"CR CR LF is two", "a", "enter enter ctrl+j b", "a\n\nb|"},
		{"CR, text, LF is two", "a", "enter x ctrl+j b", "a\nx\nb|"},
		{"backspace", "abc", "left backspace", "a|c"},
		{"backspace joins", "a\nb", "home backspace", "a|b"},
		{"backspace at the start of all", "a", "home backspace", "|a"},
		{"ctrl+h is backspace", "ab", "ctrl+h", "a|"},
		{"delete", "abc", "home delete", "|bc"},
		{"delete joins", "a\nb", "up end delete", "a|b"},
		{"delete at the end of all", "a", "delete", "a|"},
		{"left over a line end", "a\nb", "home left", "a|\nb"},
		{"right over a line end", "a\nb", "up right", "a\n|b"},
		{"left stops at the start", "a", "left left left", "|a"},
		{"right stops at the end", "a", "right right", "a|"},
		{"up and down keep the column", "abcd\nx\nabcd", "left up up", "abc|d\nx\nabcd"},
		{"typing ends the kept column", "abcd\nx\nabcd", "up y up", "ab|cd\nxy\nabcd"},
		{"up on the first line stays", "abc", "left up", "ab|c"},
		{"home and end", "abc\ndef", "home end left home x", "abc\nx|def"},
		{"ctrl+a and ctrl+e", "abc", "ctrl+a x ctrl+e y", "xabcy|"},
		{"ctrl+home and ctrl+end", "a\nb\nc", "ctrl+home x ctrl+end y", "xa\nb\ncy|"},
		{"word left", "m1 10.0.0.1,10.0.0.2 etcd", "ctrl+left ctrl+left", "m1 10.0.0.1,|10.0.0.2 etcd"},
		{"word left over a line end", "ab\ncd", "alt+b alt+b", "ab|\ncd"},
		{"word right", "m1 10.0.0.1,10.0.0.2", "home alt+f ctrl+right", "m1 10.0.0.1|,10.0.0.2"},
		{"word right over a line end", "ab\ncd", "ctrl+home alt+right alt+right", "ab\n|cd"},
		{"full-width commas part words", "北京，上海、广州", "alt+left alt+left", "北京，|上海、广州"},
		{"ctrl+w", "m1 etcd,worker", "ctrl+w", "m1 etcd,|"},
		{"ctrl+w takes the spaces too", "m1 etcd   ", "ctrl+w", "m1 |"},
		{"ctrl+w joins", "a\nb", "home ctrl+w", "a|b"},
		{"alt+backspace is ctrl+w", "a bc", "alt+backspace", "a |"},
		{"ctrl+u", "abc\ndef", "left ctrl+u", "abc\n|f"},
		{"ctrl+u at the start", "abc\ndef", "home ctrl+u ctrl+u", "abc\n|def"},
		{"ctrl+k", "abc\ndef", "up left ctrl+k", "ab|\ndef"},
		{"ctrl+k at the end joins", "abc\ndef", "up end ctrl+k", "abc|def"},
		{"keys of the form change nothing", "ab", "left tab esc ctrl+n ctrl+p ctrl+v ctrl+c alt+x", "a|b"},
		{"wide characters move and go as one", "北京", "left backspace", "|京"},
		{"a column in the middle of a wide one", "北京\na", "up", "|北京\na"},
		{"columns count cells", "北京x\nabcd", "up", "北京|x\nabcd"},
		{"columns count tabs", "a\tb\n123456789", "up", "a\tb|\n123456789"},
		{"an accent belongs to its letter", "xe\u0301", "backspace", "x|"},
		{"an accent typed later joins", "xe", "\u0301 left", "x|e\u0301"},
		{"a family is one character", "a👨‍👩‍👧b", "left left", "a|👨‍👩‍👧b"},
		{"delete over a flag", "🇨🇳🇩🇪", "home delete", "|🇩🇪"},
		{"ctrl+w with an accent on a space", "a \u0301", "ctrl+w", "a|"},
		{"a joined accent pushes the cursor on", "e\n\u0301x", "up end delete", "e\u0301|x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := focused(tt.start)
			press(m, tt.keys)
			if got := withCursor(m); got != tt.want {
				t.Errorf("keys %q on %q: got %q, want %q", tt.keys, tt.start, got, tt.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	m := focused(numbered(100))
	m.SetSize(40, 10)
	press(m, "ctrl+home pgdown pgdown")
	if m.Line() != 19 {
		t.Errorf("two pages of ten rows end on line %d, want 19", m.Line())
	}
	press(m, "pgup")
	if m.Line() != 10 {
		t.Errorf("a page back ends on line %d, want 10", m.Line())
	}
	press(m, "ctrl+end pgdown")
	if first, last := m.VisibleLines(); m.Line() != 100 || first != 91 || last != 100 {
		t.Errorf("at the end: line %d, lines %d to %d are seen", m.Line(), first, last)
	}
}

func TestPasteForms(t *testing.T) {
	tests := []struct{ name, paste, want string }{
		{"newlines", "a\nb\n", "[a\nb\n|]"},
		{"CR LF", "a\r\nb\r\n", "[a\nb\n|]"},
		{"CR", "a\rb\r", "[a\nb\n|]"},
		{"all three", "a\r\nb\rc\nd", "[a\nb\nc\nd|]"},
		{"blank lines stay", "a\r\r\n\nb", "[a\n\n\nb|]"},
		{"one line", "a b", "[a b|]"},
		{"tabs stay", "10.0.0.1\tmaster1", "[10.0.0.1\tmaster1|]"},
		{"colours go whole", "\x1b[1;31mm1\x1b[0m", "[m1|]"},
		{"a lone escape goes alone", "a\x1bb\x1b", "[ab|]"},
		{"an unfinished sequence keeps its text", "a\x1b[12", "[a[12|]"},
		{"a title sequence cannot eat text", "\x1b]0;x\x07m1", "[]0;xm1|]"},
		{"control characters", "a\x00\x07\x08\x7f\u0085\u009bb", "[ab|]"},
		{"nothing but control characters", "\x00", "[|]"},
		{"zero-width and bidi stay for the checks", "a\u200b\u202eb\ufeff", "[a\u200b\u202eb\ufeff|]"},
		{"full width stays for the checks", "ｍ１，10.0.0.1", "[ｍ１，10.0.0.1|]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := focused("[]")
			press(m, "left")
			paste(m, tt.paste)
			if got := withCursor(m); got != tt.want {
				t.Errorf("pasting %q: got %q, want %q", tt.paste, got, tt.want)
			}
		})
	}
}

// A terminal without bracketed paste sends the text as keys; the result is the
// same.
func TestPasteAsKeys(t *testing.T) {
	text := strings.TrimSuffix(numbered(2000), "\n")
	for name, newline := range map[string][]string{"CR": {"enter"}, "LF": {"ctrl+j"}, "CR LF": {"enter", "ctrl+j"}} {
		t.Run(name, func(t *testing.T) {
			m := focused("")
			for i, line := range strings.Split(text, "\n") {
				for _, key := range newline {
					if i > 0 {
						press(m, key)
					}
				}
				for j, word := range strings.Split(line, " ") {
					if j > 0 {
						press(m, "space")
					}
					press(m, word)
				}
			}
			if m.Value() != text {
				t.Errorf("typed %d lines, have %d", 2000, m.LineCount())
			}
		})
	}
}

func TestInvalidUTF8(t *testing.T) {
	m := focused("a\xffb")
	if want := "a\uFFFDb|"; withCursor(m) != want {
		t.Errorf("got %q, want %q", withCursor(m), want)
	}
}

func TestBlurredIgnoresKeys(t *testing.T) {
	m := focused("a")
	m.Blur()
	press(m, "x enter backspace")
	paste(m, "y")
	if m.Value() != "a" || m.Version() != 1 || m.Focused() {
		t.Errorf("a blurred editor took keys: %q, version %d", m.Value(), m.Version())
	}
}

func TestVersion(t *testing.T) {
	m := focused("ab\nc")
	for _, step := range []struct {
		keys    string
		changes bool
	}{
		{"left up down home end pgup pgdown ctrl+home ctrl+end alt+b alt+f", false},
		{"x", true}, {"enter", true}, {"backspace", true}, {"ctrl+w", true},
		{"ctrl+home", false}, {"backspace ctrl+u ctrl+w", false},
		{"delete", true}, {"ctrl+k", true},
		{"ctrl+end", false}, {"delete ctrl+k", false},
		{"tab esc ctrl+n", false},
	} {
		before, value := m.Version(), m.Value()
		press(m, step.keys)
		if changed := m.Version() != before; changed != step.changes || changed != (m.Value() != value) {
			t.Errorf("keys %q: version changed %t, value from %q to %q", step.keys, changed, value, m.Value())
		}
	}
	before := m.Version()
	m.SetValue(m.Value())
	m.SetSize(10, 3)
	m.SetMarks(map[int]Mark{1: MarkError})
	m.GotoLine(1)
	if m.Version() != before {
		t.Errorf("the version grew from %d to %d without an edit", before, m.Version())
	}
}

func TestSetValue(t *testing.T) {
	m := New()
	if m.Value() != "" || m.LineCount() != 1 || m.Line() != 1 {
		t.Errorf("a new editor has %q, %d lines, line %d", m.Value(), m.LineCount(), m.Line())
	}
	m.SetValue("a\r\nb\n")
	if m.Value() != "a\nb\n" || m.LineCount() != 3 || m.Line() != 3 {
		t.Errorf("got %q, %d lines, line %d", m.Value(), m.LineCount(), m.Line())
	}
	m.GotoLine(2)
	m.SetValue("a\nb\n")
	if m.Line() != 2 {
		t.Errorf("setting the same text moved the cursor to line %d", m.Line())
	}
	for n, want := range map[int]int{-5: 1, 0: 1, 1: 1, 3: 3, 4: 3, 1000: 3} {
		m.GotoLine(n)
		if m.Line() != want {
			t.Errorf("GotoLine(%d) went to line %d, want %d", n, m.Line(), want)
		}
	}
}

// numbered returns n node lines of the usual kind.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "worker%d 10.%d.%d.%d worker\n", i+1, i>>16, i>>8&255, i&255)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
