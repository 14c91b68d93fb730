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
}

// Table is text in columns. A cell may hold several lines, separated by "\n".
// Leading blanks of a cell stay: they draw trees.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// gap is what separates two columns.
const gap = "  "

// Lay lays the table out in at most width cells (0 for no limit): the title
// line, "" if no column has a title, and each row's lines. Nothing is cut off.
func (t Table) Lay(width int) (head string, rows [][]string) {
	widths := t.widths(width)
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
		rows = append(rows, layRow(row, widths))
	}
	return head, rows
}

// Write writes the table in at most width cells (0 for no limit).
func (t Table) Write(w io.Writer, width int) error {
	p := newPrinter(w, width)
	p.table("", t)
	return p.end()
}

// widths gives each column its widest cell, and takes from the widest columns
// that may shrink until the whole fits. No word is broken where that suffices.
func (t Table) widths(limit int) []int {
	widths, words := make([]int, len(t.Columns)), make([]int, len(t.Columns))
	total := len(gap) * max(len(t.Columns)-1, 0)
	for i, c := range t.Columns {
		widths[i] = Width(c.Title)
		for _, row := range t.Rows {
			if i >= len(row) {
				continue
			}
			for l := range strings.SplitSeq(row[i], "\n") {
				widths[i] = max(widths[i], Width(l))
			}
			for word := range strings.FieldsSeq(row[i]) {
				words[i] = max(words[i], Width(word))
			}
		}
		total += widths[i]
	}
	if limit <= 0 || total <= limit {
		return widths
	}
	whole := slices.Clone(widths)
	if !t.shrink(whole, words, total-limit) {
		t.shrink(widths, make([]int, len(widths)), total-limit)
		return widths
	}
	return whole
}

// shrink takes cells from the widest columns that may become narrower and stay
// as wide as the least of each, and reports whether it found enough.
func (t Table) shrink(widths, least []int, cells int) bool {
	for ; cells > 0; cells-- {
		widest := -1
		for i, c := range t.Columns {
			if c.Min > 0 && widths[i] > max(c.Min, Width(c.Title), least[i]) && (widest < 0 || widths[i] > widths[widest]) {
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

// layRow wraps each cell into its column and sets the columns side by side.
func layRow(row []string, widths []int) []string {
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
		if Width(l) <= width {
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
