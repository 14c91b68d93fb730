package editor

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

const (
	minDigits = 3 // columns of the line numbers, so that the text does not jump at line 10 and 100
	minText   = 8 // columns of text below which the line numbers make room
	minMarked = 4 // columns of text below which '<' and '>' would leave nothing to read
)

// View draws the editor: exactly its height in lines of exactly its width, or
// nothing when either is zero.
func (m *Model) View() string {
	if m.width == 0 || m.height == 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(m.height * (m.width + 64))
	gutter := m.gutterWidth()
	empty := m.empty() && len(m.placeholder) > 0
	for y := range m.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		index := m.top + y
		m.drawGutter(&b, index, gutter)
		switch {
		case empty && y < len(m.placeholder):
			m.drawText(&b, m.styles.Placeholder, m.placeholder[y], 0, m.cursorIn(index))
		case index < len(m.lines):
			left := 0
			if m.focused && index == m.row {
				left = m.left
			}
			m.drawText(&b, m.styles.Text, m.lines[index], left, m.cursorIn(index))
		default:
			m.drawText(&b, m.styles.Text, "", 0, noCursor)
		}
	}
	return b.String()
}

// noCursor is the cursor's offset in a line that has none.
const noCursor = -1

// cursorIn returns the cursor's byte offset in the line with this index, or noCursor.
func (m *Model) cursorIn(index int) int {
	if m.focused && index == m.row {
		return m.col
	}
	return noCursor
}

func (m *Model) empty() bool { return len(m.lines) == 1 && m.lines[0] == "" }

// gutterWidth returns the columns left of the text: a mark, the line number, a
// space. A narrow editor keeps only the mark, the narrowest nothing.
func (m *Model) gutterWidth() int {
	digits := max(len(strconv.Itoa(len(m.lines))), minDigits)
	switch {
	case m.width-(digits+2) >= minText:
		return digits + 2
	case m.width > minMarked:
		return 1
	}
	return 0
}

func (m *Model) textWidth() int { return m.width - m.gutterWidth() }

// drawGutter draws what stands left of the line with this index.
func (m *Model) drawGutter(b *strings.Builder, index, width int) {
	if width == 0 {
		return
	}
	mark := Mark(' ')
	if index < len(m.lines) {
		if set, ok := m.marks[index+1]; ok {
			mark = set
		}
	}
	switch mark {
	case MarkError:
		b.WriteString(m.styles.Error.Render(string(mark)))
	case MarkWarning:
		b.WriteString(m.styles.Warning.Render(string(mark)))
	default:
		b.WriteString(m.styles.Gutter.Render(" "))
	}
	if width == 1 {
		return
	}
	number := ""
	if index < len(m.lines) {
		number = strconv.Itoa(index + 1)
	}
	style := m.styles.Gutter
	if m.cursorIn(index) != noCursor {
		style = m.styles.GutterCurrent
	}
	b.WriteString(style.Render(spaces(width-2-len(number)) + number + " "))
}

// drawText draws the columns of line from left on, as many as the text has room
// for, and the cursor at byte offset cursor. '<' and '>' stand where the line
// goes on outside.
func (m *Model) drawText(b *strings.Builder, style lipgloss.Style, line string, left, cursor int) {
	width := m.textWidth()
	from, to := left, left+width // the columns that show text
	more := wider(line, to)
	if width >= minMarked {
		if left > 0 {
			b.WriteString(m.styles.Gutter.Render("<"))
			from++
		}
		if more {
			to--
		}
	}
	p := pen{b: b, style: style}
	x, at := 0, 0
	for at < len(line) && x < to {
		c := cellAt(line, at, x)
		if seen := min(x+c.width, to) - max(x, from); seen > 0 {
			text := c.text
			if seen < c.width {
				text = spaces(seen) // half of a wide character, or of a tab
			}
			if at == cursor {
				p.cursor(m.styles.Cursor, text, line[at] == '\t')
			} else {
				p.write(text)
			}
		}
		x += c.width
		at += c.size
	}
	if at == cursor && x >= from && x < to {
		p.cursor(m.styles.Cursor, " ", false)
		x++
	}
	p.write(spaces(to - max(x, from)))
	p.flush()
	if to < left+width {
		b.WriteString(m.styles.Gutter.Render(">"))
	}
}

// wider reports whether line needs more than width columns.
func wider(line string, width int) bool {
	x := 0
	for at := 0; at < len(line); {
		c := cellAt(line, at, x)
		x += c.width
		at += c.size
		if x > width {
			return true
		}
	}
	return false
}

// pen gathers text of one style, since rendering a style costs far more than a
// character.
type pen struct {
	b     *strings.Builder
	style lipgloss.Style
	run   []byte
}

func (p *pen) write(text string) { p.run = append(p.run, text...) }

func (p *pen) flush() {
	if len(p.run) > 0 {
		p.b.WriteString(p.style.Render(string(p.run)))
		p.run = p.run[:0]
	}
}

// cursor draws the cell under the cursor; of a tab only the first column, like
// every terminal does.
func (p *pen) cursor(style lipgloss.Style, text string, tab bool) {
	rest := ""
	if tab {
		text, rest = text[:1], text[1:]
	}
	p.flush()
	p.b.WriteString(style.Render(text))
	p.write(rest)
}
