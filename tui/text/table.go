package text

import (
	"io"
	"slices"
	"strings"
)

// Column is one column of a Table.
type Column struct {
	Title string
	// Min is the narrowest that the column may become, in cells, before the
	// others shrink further; 0 for a column that keeps its full width. A cell
	// that does not fit its column goes on in the next line.
	Min int
	// Drop lets the column be left out where the others would have to break words.
	Drop bool
}

// Table is text in columns. A cell may hold several lines, separated by "\n".
// Leading blanks of a cell stay: they draw trees.
//
// No word is broken: a cell with one that is wider than its column stands on lines of
// its own, the first one above its row and any other below it.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// gap is what separates two columns, and below what a cell begins with that stands
// below its row.
const (
	gap   = "  "
	below = "    "
)

// Lay lays the table out in at most width cells (0 for no limit): the title
// line, "" if no column has a title, and each row's lines. Only columns that may be
// dropped are left out.
func (t Table) Lay(width int) (head string, rows [][]string) {
	t, widths := t.fit(width)
	titles := make([]string, len(t.Columns))
	titled := false
	for i, c := range t.Columns {
		titles[i] = c.Title
		titled = titled || c.Title != ""
	}
	if titled {
		head = join(titles, widths)
	}
	for _, row := range t.Rows {
		rows = append(rows, t.layRow(row, widths, width))
	}
	return head, rows
}

// Write writes the table in at most width cells (0 for no limit).
func (t Table) Write(w io.Writer, width int) error {
	p := newPrinter(w, width)
	p.table("", t)
	return p.end()
}

// fit gives each column its widest cell, and takes from the widest columns that may
// shrink until the whole fits: without breaking a word if that suffices, then without
// the columns that may be dropped, and then down to the least of each, of the first one
// last.
func (t Table) fit(limit int) (Table, []int) {
	widths, words := t.measure()
	total := func() int {
		n := len(gap) * max(len(widths)-1, 0)
		for _, w := range widths {
			n += w
		}
		return n
	}
	for limit > 0 && total() > limit {
		if whole := slices.Clone(widths); t.shrink(whole, words, total()-limit) {
			return t, whole
		}
		i := len(t.Columns) - 1
		for i >= 0 && !t.Columns[i].Drop {
			i--
		}
		if i < 0 {
			first := slices.Clone(widths)
			if !t.shrink(first, words[:1], total()-limit) {
				t.shrink(widths, nil, total()-limit)
				return t, widths
			}
			return t, first
		}
		t = t.without(i)
		widths, words = slices.Delete(widths, i, i+1), slices.Delete(words, i, i+1)
	}
	return t, widths
}

// measure gives the widest line of each column, and its widest word.
func (t Table) measure() (widths, words []int) {
	widths, words = make([]int, len(t.Columns)), make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = cellWidth(c.Title)
		for _, row := range t.Rows {
			if i >= len(row) {
				continue
			}
			for l := range strings.SplitSeq(row[i], "\n") {
				widths[i] = max(widths[i], cellWidth(l))
			}
			words[i] = max(words[i], widestWord(row[i]))
		}
	}
	return widths, words
}

// without is the table without a column.
func (t Table) without(i int) Table {
	out := Table{Columns: slices.Delete(slices.Clone(t.Columns), i, i+1)}
	for _, row := range t.Rows {
		if i < len(row) {
			row = slices.Delete(slices.Clone(row), i, i+1)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// shrink takes cells from the widest columns that may become narrower and stay
// as wide as the least of each, and reports whether it found enough.
func (t Table) shrink(widths, least []int, cells int) bool {
	for ; cells > 0; cells-- {
		widest := -1
		for i, c := range t.Columns {
			low := max(c.Min, cellWidth(c.Title))
			if i < len(least) {
				low = max(low, least[i])
			}
			if c.Min > 0 && widths[i] > low && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return false
		}
		widths[widest]--
	}
	return true
}

// widestWord is the width of the widest word of a cell, behind what its line is
// indented by.
func widestWord(cell string) int {
	n := 0
	for l := range strings.SplitSeq(cell, "\n") {
		indent := len(l) - len(strings.TrimLeft(l, " "))
		for word := range strings.FieldsSeq(l) {
			n = max(n, indent+cellWidth(word))
		}
	}
	return n
}

// layRow sets the cells side by side, each wrapped into its column.
func (t Table) layRow(row []string, widths []int, limit int) []string {
	var over, under []string
	beside := make([]string, len(row))
	for i, cell := range row[:min(len(row), len(widths))] {
		switch {
		case widestWord(cell) <= widths[i]:
			beside[i] = cell
		case i == 0:
			over = wrapCell(cell, limit)
		default:
			under = append(under, wrapCell(below+strings.ReplaceAll(cell, "\n", "\n"+below), limit)...)
		}
	}
	if strings.TrimSpace(strings.Join(beside, "")) == "" && len(over)+len(under) > 0 {
		return append(over, under...)
	}
	return slices.Concat(over, layCells(beside, widths), under)
}

// layCells wraps each cell into its column and sets the columns side by side.
func layCells(row []string, widths []int) []string {
	cells := make([][]string, len(widths))
	height := 1
	for i := range widths {
		if i < len(row) {
			cells[i] = wrapCell(row[i], widths[i])
		}
		height = max(height, len(cells[i]))
	}
	lines := make([]string, height)
	for n := range lines {
		parts := make([]string, len(widths))
		for i, c := range cells {
			if n < len(c) {
				parts[i] = c[n]
			}
		}
		lines[n] = join(parts, widths)
	}
	return lines
}

func wrapCell(cell string, width int) []string {
	var lines []string
	for l := range strings.SplitSeq(cell, "\n") {
		if cellWidth(l) <= width {
			lines = append(lines, l)
			continue
		}
		body := strings.TrimLeft(l, " ")
		indent := l[:len(l)-len(body)]
		for _, part := range Wrap(body, max(width-len(indent), 1)) {
			lines = append(lines, indent+part)
		}
	}
	return lines
}

func join(parts []string, widths []int) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString(gap)
		}
		b.WriteString(pad(part, widths[i]))
	}
	return strings.TrimRight(b.String(), " ")
}
