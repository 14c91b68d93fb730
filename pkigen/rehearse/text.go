package rehearse

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The measures of the text form, in cells.
const (
	widestLabel  = 26
	widestColumn = 18
	columnGap    = 2
	nothing      = "-" // no such connection
)

// meanings are the words of the cells, in the order of the legend.
var meanings = []struct {
	state State
	text  string
}{
	{Talks, "works, as it must"},
	{Refused, "is turned away, as it must be"},
	{Broken, "must work, and does not"},
	{Opened, "must be turned away, and is let in"},
	{Known, "is let in: one CA serves both, and nobody can tell them apart"},
	{NotTried, "a file is missing"},
}

// Lines is the matrix as text in at most width cells, of which it wants 60 at
// least: a row for each kind of dialling side, then those that must be refused,
// then what the words mean. Each cell is a word. Columns that do not fit go on
// below.
func (m *Matrix) Lines(width int) []string {
	var out []string
	label := 0
	for _, r := range m.Rows {
		for _, l := range wrap(r.String(), widestLabel) {
			label = max(label, cells(l))
		}
	}
	for _, block := range m.blocks(width - label) {
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, m.block(block, label)...)
	}
	return append(out, m.legend()...)
}

// column is one column of the text.
type column struct {
	number int
	head   []string
	width  int
}

// blocks parts the columns into what fits beside each other.
func (m *Matrix) blocks(room int) [][]column {
	var out [][]column
	left := 0
	for i, g := range m.Columns {
		c := column{number: i, width: len(Talks)}
		for _, r := range m.Rows {
			c.width = max(c.width, cells(string(r.Cells[i].State)))
		}
		for _, word := range strings.Fields(g.String()) {
			c.width = max(c.width, min(cells(word), widestColumn))
		}
		c.head = wrap(g.String(), c.width)
		if need := c.width + columnGap; len(out) > 0 && need <= left {
			out[len(out)-1] = append(out[len(out)-1], c)
			left -= need
		} else {
			out = append(out, []column{c})
			left = room - need
		}
	}
	return out
}

// block draws some of the columns.
func (m *Matrix) block(columns []column, label int) []string {
	heads := [][]string{{"who dials"}}
	widths := []int{label}
	for _, c := range columns {
		heads = append(heads, c.head)
		widths = append(widths, c.width)
	}
	out := lay(heads, widths)
	refuse := false
	for _, r := range m.Rows {
		if !slices.ContainsFunc(columns, func(c column) bool { return r.Cells[c.number].State != "" }) {
			continue
		}
		if r.Refuse && !refuse {
			out = append(out, "must be refused:")
		}
		refuse = r.Refuse
		row := [][]string{wrap(r.String(), label)}
		for _, c := range columns {
			word := string(r.Cells[c.number].State)
			if word == "" {
				word = nothing
			}
			row = append(row, []string{word})
		}
		out = append(out, lay(row, widths)...)
	}
	return out
}

// legend says what the words mean that stand in the matrix.
func (m *Matrix) legend() []string {
	out := []string{""}
	for _, w := range meanings {
		if slices.ContainsFunc(m.Rows, func(r Row) bool { return slices.Contains(r.Cells, Cell{w.state}) }) {
			out = append(out, pad(string(w.state), len(Opened))+"  "+w.text)
		}
	}
	return out
}

// lay puts texts of several lines beside each other.
func lay(columns [][]string, widths []int) []string {
	height := 0
	for _, c := range columns {
		height = max(height, len(c))
	}
	out := make([]string, height)
	for i := range out {
		var b strings.Builder
		for n, c := range columns {
			text := ""
			if i < len(c) {
				text = c[i]
			}
			b.WriteString(pad(text, widths[n]+columnGap))
		}
		out[i] = strings.TrimRight(b.String(), " ")
	}
	return out
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(width-cells(s), 0)) }

// wrap breaks a text at blanks, and words that are wider still within them.
func wrap(s string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && cells(line)+1+cells(word) > width {
			out = append(out, line)
			line = ""
		}
		for cells(word) > width {
			runes := []rune(word)
			out = append(out, string(runes[:width]))
			word = string(runes[width:])
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// cells is the width of a text: names are of one cell a character.
func cells(s string) int { return utf8.RuneCountInString(s) }
