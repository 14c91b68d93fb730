package editor

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// split turns text from outside into lines an editor can hold: "\n", "\r\n" and
// "\r" all end a line, escape sequences of colours and cursor movements go as a
// whole, other control characters are left out, and bytes that are not UTF-8
// become U+FFFD. Tabs stay.
func split(text string) []string {
	if !strings.ContainsFunc(text, needsCleaning) {
		return strings.Split(text, "\n")
	}
	var lines []string
	var line strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\r' && i+1 < len(text) && text[i+1] == '\n':
			// The newline that follows ends the line.
		case r == '\n' || r == '\r':
			lines = append(lines, line.String())
			line.Reset()
		case r == '\x1b':
			size = escapeLen(text[i:])
		case r == '\t' || !unicode.IsControl(r):
			line.WriteRune(r)
		}
		i += size
	}
	return append(lines, line.String())
}

// needsCleaning reports whether split has to do more than cut at newlines. A
// rune error stands for broken bytes here, and for itself.
func needsCleaning(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || r == utf8.RuneError)
}

// escapeLen returns the length of the control sequence ("\x1b[1;31m") at the
// start of text. Anything else that begins with an escape counts as the
// escape alone: better a few stray characters than text that has vanished.
func escapeLen(text string) int {
	if len(text) < 2 || text[1] != '[' {
		return 1
	}
	for i := 2; i < len(text); i++ {
		switch b := text[i]; {
		case b >= 0x40 && b <= 0x7e:
			return i + 1
		case b < 0x20 || b > 0x3f:
			return 1
		}
	}
	return 1
}

// insert puts text in at the cursor and the cursor behind it.
func (m *Model) insert(text string) {
	added := split(text)
	if len(added) == 1 && added[0] == "" {
		return
	}
	line := m.lines[m.row]
	head, tail := line[:m.col], line[m.col:]
	last := len(added) - 1
	if last == 0 {
		m.col += len(added[0])
		m.lines[m.row] = head + added[0] + tail
	} else {
		m.col = len(added[last])
		added[0] = head + added[0]
		added[last] += tail
		m.lines = slices.Replace(m.lines, m.row, m.row+1, added...)
		m.row += last
	}
	m.col = snap(m.lines[m.row], m.col)
	m.changed()
}

// newline splits the line at the cursor.
func (m *Model) newline() { m.insert("\n") }

// cut removes the bytes of the cursor's line from start to end and leaves the
// cursor at start.
func (m *Model) cut(start, end int) {
	if start == end {
		return
	}
	line := m.lines[m.row]
	m.lines[m.row] = line[:start] + line[end:]
	m.col = snap(m.lines[m.row], start)
	m.changed()
}

// join puts the cursor's line and the one below together; the cursor stays
// between them.
func (m *Model) join() {
	if m.row+1 == len(m.lines) {
		return
	}
	line := m.lines[m.row]
	m.lines[m.row] = line + m.lines[m.row+1]
	m.lines = slices.Delete(m.lines, m.row+1, m.row+2)
	m.col = snap(m.lines[m.row], len(line))
	m.changed()
}

// joinAbove appends the cursor's line to the one above.
func (m *Model) joinAbove() {
	if m.row == 0 {
		return
	}
	m.row--
	m.join()
}

func (m *Model) backspace() {
	if m.col == 0 {
		m.joinAbove()
		return
	}
	m.cut(before(m.lines[m.row], m.col), m.col)
}

func (m *Model) deleteForward() {
	line := m.lines[m.row]
	if m.col == len(line) {
		m.join()
		return
	}
	m.cut(m.col, m.col+cellAt(line, m.col, 0).size)
}

// deleteToStart stops at the start of the line, as in a shell: who presses it once
// too often must not lose the line above.
func (m *Model) deleteToStart() { m.cut(0, m.col) }

func (m *Model) deleteToEnd() {
	line := m.lines[m.row]
	if m.col == len(line) {
		m.join()
		return
	}
	m.cut(m.col, len(line))
}

func (m *Model) deleteWord() {
	if m.col == 0 {
		m.joinAbove()
		return
	}
	m.cut(wordStart(m.lines[m.row], m.col), m.col)
}
