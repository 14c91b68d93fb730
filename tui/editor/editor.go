// Package editor is a multi-line text field for bubbletea that stays fast with
// thousands of lines: a key costs the line it changes, and a frame costs the
// rows that are seen. bubbles/textarea v1 draws every line for every frame, so that a key
// took 56 ms with 1,000 lines and 500 ms with 5,000 (BenchmarkKeyAndView here: 0.5 ms);
// it holds no more than 10,000 lines and has no marks of its own.
//
// The text is plain lines without soft wrapping, which is what lists of nodes
// are. Every line has its number, and a mark when the caller found fault with
// it. A line that is longer than the field shows '<' and '>' where it is cut.
//
// Lines are counted from one everywhere in the exported API, as people and
// error messages count them.
package editor

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Mark is the sign in front of a line that has something wrong with it. It is a
// character, so that it is seen without colour.
type Mark rune

// The marks a line can carry.
const (
	MarkError   Mark = '!' // the line cannot be used as it is
	MarkWarning Mark = '~' // the line is used, but deserves a look
)

// Styles are the looks of the parts of an editor. Only characters are styled:
// sizes, margins and borders of these styles are ignored, because the editor
// keeps its own size. Cursor has to differ from Text by more than colour
// (reverse video), or the cursor cannot be seen without colours.
type Styles struct {
	Text          lipgloss.Style // the text, and the space right of it
	Cursor        lipgloss.Style // the cell under the cursor, while focused
	Gutter        lipgloss.Style // line numbers, and the marks of cut lines
	GutterCurrent lipgloss.Style // the number of the line with the cursor, while focused
	Placeholder   lipgloss.Style // the example shown in an empty editor
	Error         lipgloss.Style // MarkError
	Warning       lipgloss.Style // MarkWarning
}

// DefaultStyles returns styles that need nothing but bold, faint and reverse.
func DefaultStyles() Styles {
	plain := lipgloss.NewStyle()
	return Styles{
		Text:          plain,
		Cursor:        plain.Reverse(true),
		Gutter:        plain.Faint(true),
		GutterCurrent: plain.Bold(true),
		Placeholder:   plain.Faint(true),
		Error:         plain.Bold(true),
		Warning:       plain.Bold(true),
	}
}

// Model is the editor. It is used through a pointer, since text of this size
// should not be copied; Update changes it in place. Create it with New.
type Model struct {
	lines    []string // never empty; no control characters but tabs
	row, col int      // the cursor: index of its line, byte offset in it, always between two graphemes
	goal     int      // the column that up and down aim for, or noGoal
	top      int      // index of the first line on the screen
	left     int      // columns of the cursor's line that are scrolled out to the left

	width, height int
	focused       bool
	afterEnter    bool // the last key was enter: see newline

	version int
	text    string // the lines joined, when textAt == version
	textAt  int

	marks       map[int]Mark
	placeholder []string
	styles      Styles
}

// noGoal says that the next up or down starts from the cursor's own column.
const noGoal = -1

// New returns an empty, blurred editor of 80x10 cells with the default styles.
func New() *Model {
	m := &Model{lines: []string{""}, goal: noGoal, width: 80, height: 10}
	m.SetStyles(DefaultStyles())
	return m
}

// SetStyles replaces all styles.
func (m *Model) SetStyles(s Styles) {
	for _, style := range []*lipgloss.Style{
		&s.Text, &s.Cursor, &s.Gutter, &s.GutterCurrent, &s.Placeholder, &s.Error, &s.Warning,
	} {
		*style = style.Inline(true).UnsetWidth().UnsetMaxWidth()
	}
	m.styles = s
}

// SetPlaceholder sets the example that is shown, without line numbers, while
// there is no text.
func (m *Model) SetPlaceholder(text string) { m.placeholder = split(text) }

// SetMarks says which lines carry a mark, by line number. The map replaces the
// one before and is kept, so the caller must not change it afterwards.
func (m *Model) SetMarks(marks map[int]Mark) { m.marks = marks }

// SetSize sets the size in cells, line numbers included. View keeps it exactly.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = max(width, 0), max(height, 0)
	m.reveal()
}

// SetValue replaces the text and puts the cursor at its end. A text equal to the present one
// changes nothing, not even the cursor. As in a paste, line ends are unified
// to "\n" and control characters are left out.
func (m *Model) SetValue(text string) {
	lines := split(text)
	joined := strings.Join(lines, "\n")
	if joined == m.Value() {
		return
	}
	m.lines = lines
	m.row = len(lines) - 1
	m.col = len(lines[m.row])
	m.changed()
	m.text, m.textAt = joined, m.version
	m.goal = noGoal
	m.reveal()
}

// Value returns the text, its lines joined by "\n". It is put together once for each
// version.
func (m *Model) Value() string {
	if m.textAt != m.version {
		m.text, m.textAt = strings.Join(m.lines, "\n"), m.version
	}
	return m.text
}

// Version grows with every change of the text and with nothing else, so that a
// caller parses again only when there is something new.
func (m *Model) Version() int { return m.version }

// Focus lets keys reach the editor and shows the cursor.
func (m *Model) Focus() { m.focused = true; m.reveal() }

// Blur makes the editor ignore keys and hides the cursor.
func (m *Model) Blur() { m.focused = false; m.reveal() }

// Focused reports whether keys reach the editor.
func (m *Model) Focused() bool { return m.focused }

// Line returns the number of the cursor's line, from 1.
func (m *Model) Line() int { return m.row + 1 }

// BeforeCursor is what stands on the cursor's line before it.
func (m *Model) BeforeCursor() string { return m.lines[m.row][:m.col] }

// LineCount returns how many lines there are. An empty text has one, and so has
// the place behind a last newline.
func (m *Model) LineCount() int { return len(m.lines) }

// VisibleLines returns the numbers of the first and the last line on the
// screen, for a note such as "lines 40 to 52 of 300".
func (m *Model) VisibleLines() (first, last int) {
	return m.top + 1, min(m.top+max(m.height, 1), len(m.lines))
}

// GotoLine puts the cursor at the start of line n; outside of the text, on the
// nearest line there is.
func (m *Model) GotoLine(n int) {
	m.row = min(max(n-1, 0), len(m.lines)-1)
	m.col = 0
	m.goal = noGoal
	m.reveal()
}

// changed notes that the text is no longer what it was.
func (m *Model) changed() { m.version++ }

// reveal scrolls so that the cursor is on the screen, no further than needed.
func (m *Model) reveal() {
	height := max(m.height, 1)
	switch {
	case m.row < m.top:
		m.top = m.row
	case m.row >= m.top+height:
		m.top = m.row - height + 1
	}
	// After lines were deleted, or in a higher window, the screen is filled
	// again instead of showing blank rows below the text.
	m.top = max(min(m.top, len(m.lines)-height), 0)
	m.left = scroll(m.lines[m.row], m.col, m.left, m.textWidth())
}
