package editor

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Update handles a key or a paste while the editor is focused, and ignores all else. It
// changes m in place and returns it; there is never a command, since nothing
// blinks.
//
// Keys left to the form around it: tab, esc, ctrl+n, ctrl+p and every other
// control key that edits nothing. There is no ctrl+v, which would start a
// clipboard program; the terminal's own paste arrives as text.
func (m *Model) Update(msg tea.Msg) (*Model, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok || !m.focused {
		return m, nil
	}
	afterEnter := m.afterEnter
	m.afterEnter = key.Type == tea.KeyEnter

	switch {
	case key.Type == tea.KeyRunes && !key.Alt:
		m.insert(string(key.Runes))
	case key.Type == tea.KeySpace:
		m.insert(" ")
	case key.Type == tea.KeyEnter:
		m.newline()
	case key.Type == tea.KeyCtrlJ:
		// A paste without brackets brings "\r\n" as enter and ctrl+j, and "\n"
		// as ctrl+j alone.
		if afterEnter {
			return m, nil
		}
		m.newline()
	default:
		name := key.String()
		if action, ok := vertical[name]; ok {
			action(m)
			m.reveal()
			return m, nil
		}
		action, ok := actions[name]
		if !ok {
			return m, nil
		}
		action(m)
	}
	m.goal = noGoal
	m.reveal()
	return m, nil
}

// actions are the keys that edit, or move along the text.
var actions = map[string]func(*Model){
	"backspace":     (*Model).backspace,
	"ctrl+h":        (*Model).backspace, // what backspace sends on some terminals
	"delete":        (*Model).deleteForward,
	"ctrl+u":        (*Model).deleteToStart,
	"ctrl+k":        (*Model).deleteToEnd,
	"ctrl+w":        (*Model).deleteWord,
	"alt+backspace": (*Model).deleteWord,
	"left":          (*Model).moveLeft,
	"right":         (*Model).moveRight,
	"ctrl+left":     (*Model).moveWordLeft,
	"alt+left":      (*Model).moveWordLeft,
	"alt+b":         (*Model).moveWordLeft,
	"ctrl+right":    (*Model).moveWordRight,
	"alt+right":     (*Model).moveWordRight,
	"alt+f":         (*Model).moveWordRight,
	"home":          (*Model).moveToStart,
	"ctrl+a":        (*Model).moveToStart,
	"end":           (*Model).moveToEnd,
	"ctrl+e":        (*Model).moveToEnd,
	"ctrl+home":     func(m *Model) { m.row, m.col = 0, 0 },
	"ctrl+end":      func(m *Model) { m.row = len(m.lines) - 1; m.moveToEnd() },
}

// vertical are the keys that move between lines. They keep the column they
// started from, across lines that are shorter.
var vertical = map[string]func(*Model){
	"up":     func(m *Model) { m.moveRows(-1) },
	"down":   func(m *Model) { m.moveRows(1) },
	"pgup":   func(m *Model) { m.moveRows(-m.page()) },
	"pgdown": func(m *Model) { m.moveRows(m.page()) },
}

// page is how far pgup and pgdown go: one line of the old page stays in sight.
func (m *Model) page() int { return max(m.height-1, 1) }

func (m *Model) moveRows(n int) {
	if m.goal == noGoal {
		m.goal = columnOf(m.lines[m.row], m.col)
	}
	m.row = min(max(m.row+n, 0), len(m.lines)-1)
	m.col = offsetAt(m.lines[m.row], m.goal)
}

func (m *Model) moveToStart() { m.col = 0 }
func (m *Model) moveToEnd()   { m.col = len(m.lines[m.row]) }

func (m *Model) moveLeft() {
	if m.col > 0 {
		m.col = before(m.lines[m.row], m.col)
	} else if m.row > 0 {
		m.row--
		m.moveToEnd()
	}
}

func (m *Model) moveRight() {
	if line := m.lines[m.row]; m.col < len(line) {
		m.col += cellAt(line, m.col, 0).size
	} else if m.row+1 < len(m.lines) {
		m.row++
		m.col = 0
	}
}

func (m *Model) moveWordLeft() {
	if m.col == 0 {
		m.moveLeft()
		return
	}
	m.col = wordStart(m.lines[m.row], m.col)
}

func (m *Model) moveWordRight() {
	line := m.lines[m.row]
	if m.col == len(line) {
		m.moveRight()
		return
	}
	m.col = wordEnd(line, m.col)
}

// separates reports whether r stands between words. Words end at spaces and at
// the commas of a list, so that one address or one role is a word.
func separates(r rune) bool {
	return unicode.IsSpace(r) || r == ',' || r == '，' || r == '、'
}

// wordStart returns where the word before byte offset end, which is greater
// than 0, begins.
func wordStart(line string, end int) int {
	off := len(strings.TrimRightFunc(line[:end], separates))
	i := strings.LastIndexFunc(line[:off], separates)
	if i < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(line[i:])
	start := snap(line, i+size)
	if start >= end { // an accent has joined the separator: go on by one character at least
		return before(line, end)
	}
	return start
}

// wordEnd returns where the word at or after byte offset off ends.
func wordEnd(line string, off int) int {
	rest := strings.TrimLeftFunc(line[off:], separates)
	i := strings.IndexFunc(rest, separates)
	if i < 0 {
		return len(line)
	}
	return snap(line, len(line)-len(rest)+i)
}
