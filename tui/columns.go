package tui

import (
	"strings"

	"certwright/tui/text"
)

// gap separates two columns, in cells.
const gap = 2

// column is one column of a list.
type column struct {
	title string
	want  int  // cells of its widest text; 0 for a list that has no such column
	least int  // cells below which it is not worth showing; 0 for all that it wants
	drop  int  // the highest is left out first where there is no room; 0 stays
	name  bool // cut in the middle where there still is none
}

// columns are laid out for a width; a column of 0 cells is left out. A list draws only
// the rows that are seen, one line each.
type columns struct {
	of     []column
	widths []int
}

// fit shares the width of a line: each column its least, the others left out in their
// order, the name shortened at last; what is left goes to those that want more.
func fit(w int, of ...column) columns {
	c, rest := columns{of, make([]int, len(of))}, w+gap
	for i, col := range of {
		if c.widths[i] = min(col.least, col.want); col.least == 0 {
			c.widths[i] = col.want
		}
		if col.want > 0 {
			rest -= c.widths[i] + gap
		}
	}
	for drop := len(of); drop > 0; drop-- {
		for i, col := range of {
			if rest < 0 && col.drop == drop && c.widths[i] > 0 {
				rest += c.widths[i] + gap
				c.widths[i] = 0
			}
		}
	}
	for i, col := range of {
		if rest < 0 && col.name {
			c.widths[i], rest = max(c.widths[i]+rest, 1), 0
		}
		if more := min(col.want-c.widths[i], rest); c.widths[i] > 0 && more > 0 {
			c.widths[i], rest = c.widths[i]+more, rest-more
		}
	}
	return c
}

// row sets cells side by side.
func (c columns) row(cells ...string) string {
	var out []string
	for i, cell := range cells {
		if c.of[i].name {
			cell = text.Middle(cell, c.widths[i])
		}
		if c.widths[i] > 0 {
			out = append(out, pad(cell, c.widths[i]))
		}
	}
	return strings.Join(out, strings.Repeat(" ", gap))
}

// head is the line of the titles.
func (c columns) head() string {
	titles := make([]string, len(c.of))
	for i := range c.of {
		titles[i] = c.of[i].title
	}
	return c.row(titles...)
}
