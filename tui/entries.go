package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/steps"
	"certwright/tui/text"
)

// The widths of a list with its entries beside it, in cells.
const (
	listWidth    = 44 // that a list keeps: a node with its roles and a line number
	leastEntries = 32 // below it the entries have no room, and the line under the cursor is explained
	wholeEntries = 98 // of a page with room for both, and for all columns
)

// entries are what a list stands for as it was read, a row for each beside its lines.
// They are measured once for each reading of the answers, and only what is seen is drawn.
type entries struct {
	of      int // the build of the answers
	field   string
	n       int
	row     func(i int) (line int, cells []string)
	columns []column
	top     int
}

// entriesOf are those of a list; nil for one that stands for just what it says.
func (m *Model) entriesOf(f steps.Field) *entries {
	if f.Rows == nil {
		return nil
	}
	e := &m.entries
	if e.of == m.Builds && e.field == f.Key {
		return e
	}
	if e.field != f.Key {
		e.top = 0
	}
	e.of, e.field, e.columns = m.Builds, f.Key, make([]column, len(f.Columns))
	e.n, e.row = f.Rows(m.Cluster)
	for i, title := range f.Columns {
		e.columns[i] = column{title: title, want: len(title), name: i == 0}
	}
	for i := range e.n {
		_, cells := e.row(i)
		for j, cell := range cells {
			e.columns[j].want = max(e.columns[j].want, ansi.StringWidth(cell))
		}
	}
	for i := 1; i < len(e.columns)-1; i++ { // the line has it too
		e.columns[i].drop, e.columns[i].least = 1, min(e.columns[i].want, 16)
	}
	return e
}

// width is what the entries take of w cells; 0 where there is no room beside the list.
func (e *entries) width(w int) int {
	if e == nil || w-3-listWidth < leastEntries {
		return 0
	}
	natural := 2 - gap
	for _, c := range e.columns {
		natural += gap + c.want
	}
	return max(min(natural, w-3-listWidth), leastEntries)
}

// lines draws the entries in h lines, those of one line of the list among them and marked.
func (e *entries) lines(m *Model, f steps.Field, line, w, h int) []string {
	cols := fit(w-2, e.columns...)
	first, end := f.RowsOf(m.Cluster, line)
	out := []string{m.theme.faint.Render("  " + cols.head())}
	h--
	e.top = follow(e.top, span{first, max(min(end, first+h), first)}, e.n, h)
	for i := e.top; i < min(e.top+h, e.n); i++ {
		_, cells := e.row(i)
		mark, style := "  ", m.theme.text
		if i >= first && i < end {
			mark, style = "> ", m.theme.strong
		}
		for j, cell := range cells {
			cells[j] = text.Clean(cell)
		}
		out = append(out, style.Render(mark+cols.row(cells, func(_ int, s string) string { return s })))
	}
	if e.top > 0 {
		out[1] = corner(pad(out[1], w), m.theme.faint.Render("↑"), w)
	}
	if e.top+h < e.n {
		out[len(out)-1] = corner(pad(out[len(out)-1], w), m.theme.faint.Render("↓"), w)
	}
	return out
}

// whole reports whether a page of w cells shows all that there is to say of each entry.
func (e *entries) whole(w int) bool {
	if e.width(w) == 0 {
		return false
	}
	cols := fit(e.width(w)-2, e.columns...)
	for i, c := range e.columns {
		if cols.widths[i] < c.want {
			return false
		}
	}
	return true
}

// listLines draws a list of w cells and h lines, with its entries beside it where there
// is room.
func (f *form) listLines(m *Model, i, w, h int, focused bool) []string {
	e, in := m.entriesOf(f.fields[i]), f.inputs[i].(*list)
	beside := e.width(w)
	if beside == 0 {
		return in.lines(w, h, focused)
	}
	left, right := in.lines(w-3-beside, h, focused), e.lines(m, f.fields[i], in.ed.Line(), beside, h)
	bar := m.theme.faint.Render(" │ ")
	for j := range left {
		left[j] = pad(left[j], w-3-beside) + bar
		if j < len(right) {
			left[j] += right[j]
		}
	}
	return left
}

// explained is what the line under the cursor stands for, where that does not stand
// beside it. It takes its line of the page whatever it has to say.
func (f *form) explained(m *Model, i, w, inset int) []string {
	field := f.fields[i]
	if e := m.entriesOf(field); e == nil || e.whole(w-2) {
		return nil
	}
	line := f.inputs[i].(*list).ed.Line()
	says := field.Stands(m.Cluster, line)
	if says == "" {
		return []string{""}
	}
	return m.styled(m.theme.text.Render, strings.Repeat(" ", inset), fmt.Sprintf("line %d: %s", line, says), w)
}

// besides reports whether the page has entries that want the room of the side panel.
func (f *form) besides() bool {
	for _, field := range f.fields {
		if field.Rows != nil {
			return true
		}
	}
	return false
}
