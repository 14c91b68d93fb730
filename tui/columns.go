package tui

import (
	"strings"

	"certwright/tui/text"
)

// gap separates two columns, in cells.
const gap = 2

// column is one column of a list. Its first one is a name, which is cut in the middle
// where there is no room.
type column struct {
	title string
	want  int // cells of its widest text
	least int // cells below which it is not worth showing; 0 for all that it wants
	drop  int // the highest is left out first where there is no room; 0 stays
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
	c := columns{of, make([]int, len(of))}
	rest := w + gap
	for i := range of {
		if c.widths[i] = of[i].least; of[i].least == 0 || of[i].least > of[i].want {
			c.widths[i] = of[i].want
		}
		rest -= c.widths[i] + gap
	}
	for rest < 0 {
		worst := 0
		for i := range of {
			if c.widths[i] > 0 && of[i].drop > of[worst].drop {
				worst = i
			}
		}
		if worst == 0 { // the name has no number
			c.widths[0] = max(c.widths[0]+rest, 1)
			break
		}
		rest += c.widths[worst] + gap
		c.widths[worst] = 0
	}
	for i := range of {
		if more := min(of[i].want-c.widths[i], rest); c.widths[i] > 0 && more > 0 {
			c.widths[i], rest = c.widths[i]+more, rest-more
		}
	}
	return c
}

// row sets cells side by side.
func (c columns) row(cells ...string) string {
	var out []string
	for i, cell := range cells {
		if i == 0 {
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
