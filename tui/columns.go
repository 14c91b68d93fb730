package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/tui/text"
)

// gap separates two columns, in cells.
const gap = 2

// column is one column of a table.
type column struct {
	title string
	want  int  // cells of its widest text; 0 for a table that has no such column
	least int  // cells down to which it may be cut; 0 for not at all, until nothing else can go
	drop  int  // the highest is left out first where there is no room; 0 stays
	name  bool // cut in the middle, and not before other columns go
	state bool // the word that says how the row stands
}

// columns are laid out for a width; a column of 0 cells is left out. A table draws only
// the rows that are seen, one line each.
type columns struct {
	of     []column
	widths []int
}

// leastName is how many cells of a name are shown where other names stand beside it.
const leastName = 8

// fit shares the width of a line. Each column has what it wants; where that is too much,
// sentences are cut, then columns left out in their order, or cut where that is enough,
// and names shortened at last. What is left goes to those that were cut.
func fit(w int, of ...column) columns {
	c, rest := columns{of, make([]int, len(of))}, w+gap
	for i, col := range of {
		if c.widths[i] = col.want; col.want > 0 {
			rest -= col.want + gap
		}
	}
	cut := func(i, least int) {
		if take := min(-rest, c.widths[i]-least); take > 0 {
			c.widths[i], rest = c.widths[i]-take, rest+take
		}
	}
	for i, col := range of {
		if !col.name && col.least > 0 {
			cut(i, col.least)
		}
	}
	for drop := len(of); drop > 0; drop-- {
		for i, col := range of {
			switch {
			case rest >= 0 || col.drop != drop || c.widths[i] == 0:
			case col.least > 0 && c.widths[i]-col.least >= -rest:
				cut(i, col.least)
			default:
				rest += c.widths[i] + gap
				c.widths[i] = 0
			}
		}
	}
	for _, least := range []int{leastName, 1} {
		for i, col := range of {
			if col.name {
				cut(i, least)
			}
		}
	}
	for i, col := range of {
		if more := min(col.want-c.widths[i], rest); c.widths[i] > 0 && more > 0 {
			c.widths[i], rest = c.widths[i]+more, rest-more
		}
	}
	return c
}

// cell is the text of one column, as wide as the column.
func (c columns) cell(i int, s string) string {
	if c.of[i].name {
		s = text.Middle(s, c.widths[i])
	}
	return pad(s, c.widths[i])
}

// row sets cells side by side, each drawn in its style.
func (c columns) row(cells []string, style func(i int, s string) string) string {
	var out []string
	for i, cell := range cells {
		if c.widths[i] > 0 {
			out = append(out, style(i, c.cell(i, cell)))
		}
	}
	return strings.Join(out, strings.Repeat(" ", gap))
}

// head is the line of the titles; "" where no column has one.
func (c columns) head() string {
	titles, any := make([]string, len(c.of)), false
	for i := range c.of {
		titles[i] = c.of[i].title
		any = any || titles[i] != ""
	}
	if !any {
		return ""
	}
	head := columns{slices.Clone(c.of), c.widths}
	for i := range head.of {
		head.of[i].name = false // a title has its beginning
	}
	return head.row(titles, func(_ int, s string) string { return s })
}

// measure gives each column the width of its widest cell. No text has more cells than
// bytes, so that few have to be counted.
func measure(of []column, rows []row) []column {
	out := make([]column, len(of))
	for i, col := range of {
		for r := range rows {
			if s := rows[r].cells[i]; len(s) > col.want {
				col.want = max(col.want, ansi.StringWidth(s))
			}
		}
		if col.want > 0 {
			col.want = max(col.want, ansi.StringWidth(col.title))
		}
		out[i] = col
	}
	return out
}
