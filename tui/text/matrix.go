package text

import (
	"cmp"
	"slices"
	"strings"

	"certwright/pkigen/judging/rehearse"
)

const (
	widestLabel = 26  // cells, where no name is longer
	nothing     = "-" // no such connection
)

// matrixLines is who can talk to whom, as text in at most width cells, of which it
// wants 60 at least: a row for each kind of dialling side, then those that must
// be refused, then what the words mean. Each cell is a word. Columns that do not
// fit go on below.
func matrixLines(m *rehearse.Matrix, width int) []string {
	var out []string
	label, most := 0, widestLabel
	for _, r := range m.Rows {
		most = max(most, min(widestWord(Clean(r.String())), width/2))
	}
	for _, r := range m.Rows {
		for _, l := range Wrap(shortWords(r.String(), most), most) {
			label = max(label, cellWidth(l))
		}
	}
	for _, columns := range matrixBlocks(m, width-label) {
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, matrixBlock(m, columns, label)...)
	}
	return append(out, matrixLegend(m)...)
}

// shortWords are words of which none is wider than a column.
func shortWords(s string, width int) string {
	words := strings.Fields(Clean(s))
	for i, w := range words {
		words[i] = Middle(w, width)
	}
	return strings.Join(words, " ")
}

// matrixColumn is one column of the text.
type matrixColumn struct {
	number int
	head   string
	width  int
}

// matrixBlocks parts the columns into what fits beside each other.
func matrixBlocks(m *rehearse.Matrix, room int) [][]matrixColumn {
	var out [][]matrixColumn
	left := 0
	for i, g := range m.Columns {
		c := matrixColumn{number: i, head: shortWords(g.String(), room-len(gap)), width: cellWidth(string(rehearse.Talks))}
		for _, r := range m.Rows {
			c.width = max(c.width, cellWidth(string(r.Cells[i].State)))
		}
		for word := range strings.FieldsSeq(c.head) {
			c.width = max(c.width, cellWidth(word))
		}
		if need := len(gap) + c.width; len(out) > 0 && need <= left {
			out[len(out)-1] = append(out[len(out)-1], c)
			left -= need
		} else {
			out = append(out, []matrixColumn{c})
			left = room - need
		}
	}
	return out
}

// matrixBlock draws some of the columns.
func matrixBlock(m *rehearse.Matrix, columns []matrixColumn, label int) []string {
	heads, widths := []string{"who dials"}, []int{label}
	for _, c := range columns {
		heads, widths = append(heads, c.head), append(widths, c.width)
	}
	out := layCells(heads, widths)
	refuse := false
	for _, r := range m.Rows {
		if !slices.ContainsFunc(columns, func(c matrixColumn) bool { return r.Cells[c.number].State != "" }) {
			continue
		}
		if r.Refuse && !refuse {
			out = append(out, "must be refused:")
		}
		refuse = r.Refuse
		row := []string{shortWords(r.String(), label)}
		for _, c := range columns {
			row = append(row, cmp.Or(string(r.Cells[c.number].State), nothing))
		}
		out = append(out, layCells(row, widths)...)
	}
	return out
}

// matrixLegend says what the words mean that stand in the matrix.
func matrixLegend(m *rehearse.Matrix) []string {
	out := []string{""}
	for _, state := range rehearse.States {
		if slices.ContainsFunc(m.Rows, func(r rehearse.Row) bool { return slices.Contains(r.Cells, rehearse.Cell{State: state}) }) {
			out = append(out, pad(string(state), cellWidth(string(rehearse.Opened)))+gap+state.Means())
		}
	}
	return out
}
