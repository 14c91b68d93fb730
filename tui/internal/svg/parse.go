package svg

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is one character of the frame.
type cell struct {
	text  string
	width int // columns, 1 or more
	look  look
}

// parse turns a frame into rows of cells. The look of a row goes on in the next,
// as on a terminal. One newline at the end does not make a row.
func parse(frame string) [][]cell {
	var rows [][]cell
	var now look
	state := byte(0)
	parser := ansi.NewParser()
	frame = strings.ReplaceAll(frame, "\r\n", "\n")
	for _, line := range strings.Split(strings.TrimSuffix(frame, "\n"), "\n") {
		row := []cell{}
		column := 0
		for len(line) > 0 {
			text, width, size, next := ansi.GraphemeWidth.DecodeSequenceInString(line, state, parser)
			switch {
			case width > 0:
				row = append(row, cell{text, width, now})
				column += width
			case text == "\t":
				for range 8 - column%8 {
					row = append(row, cell{" ", 1, now})
					column++
				}
			case ansi.HasCsiPrefix(text) && ansi.Cmd(parser.Command()) == 'm':
				now = now.with(parser.Params())
			case len(row) > 0 && isMark(text):
				row[len(row)-1].text += text
			}
			state, line = next, line[size:]
		}
		rows = append(rows, row)
	}
	return rows
}

// isMark reports whether text is an accent of the character before it, from
// which the decoder parts it when that is ASCII.
func isMark(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.Is(unicode.M, r)
}
