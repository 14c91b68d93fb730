package editor

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// tabStop is the distance of tab stops: what terminals have, so that a pasted
// /etc/hosts lines up as it did where it came from.
const tabStop = 8

// unseen stands on the screen for a character that has no width of its own
// (zero-width space, byte order mark, a lone accent) or that would turn the
// direction of the line. It stays as it is in the text, where the caller's
// checks can name it.
const unseen = "\uFFFD"

// unseenWidth is measured because it depends on RUNEWIDTH_EASTASIAN.
var unseenWidth = ansi.StringWidth(unseen)

// blanks is cut into the spaces a row needs.
var blanks = strings.Repeat(" ", 256)

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// cell is what one grapheme cluster of a line becomes on the screen.
type cell struct {
	text  string // what is drawn
	width int    // its columns, at least 1
	size  int    // its bytes in the line
}

// cellAt returns the cell of line at byte offset off, which must lie before the
// end and at the start of a grapheme cluster; column is where it is drawn.
func cellAt(line string, off, column int) cell {
	b := line[off]
	if b == '\t' {
		width := tabStop - column%tabStop
		return cell{spaces(width), width, 1}
	}
	// An ASCII character is a cluster of its own unless an accent follows.
	if b < utf8.RuneSelf && (off+1 == len(line) || line[off+1] < utf8.RuneSelf) {
		return cell{line[off : off+1], 1, 1}
	}
	cluster, width := ansi.FirstGraphemeCluster(line[off:], ansi.GraphemeWidth)
	if width < 1 {
		return cell{unseen, unseenWidth, len(cluster)}
	}
	return cell{cluster, width, len(cluster)}
}

// columnOf returns the column at which byte offset off of line is drawn.
func columnOf(line string, off int) int {
	column := 0
	for at := 0; at < off; {
		c := cellAt(line, at, column)
		column += c.width
		at += c.size
	}
	return column
}

// offsetAt returns the byte offset of the last cluster that starts at or before
// column, or the end of the line.
func offsetAt(line string, column int) int {
	at, x := 0, 0
	for at < len(line) {
		c := cellAt(line, at, x)
		if x+c.width > column {
			break
		}
		x += c.width
		at += c.size
	}
	return at
}

// before returns the start of the cluster that ends at or spans byte offset off, which is
// greater than 0.
func before(line string, off int) int {
	// Clusters are found forwards only, but not from the very start: an ASCII
	// character that stands behind another one always begins a new cluster.
	start := off - 1
	for start > 0 && (line[start] >= utf8.RuneSelf || line[start-1] >= utf8.RuneSelf) {
		start--
	}
	for {
		next := start + cellAt(line, start, 0).size
		if next >= off {
			return start
		}
		start = next
	}
}

// snap moves off forward to the next boundary between clusters: text that was
// put in, or out, can join with its neighbours.
func snap(line string, off int) int {
	if off == 0 || off >= len(line) {
		return min(off, len(line))
	}
	start := before(line, off)
	return start + cellAt(line, start, 0).size
}

// scroll returns how many columns of line to scroll out so that the cursor at
// byte offset off is seen in width columns, starting from the present left. The first and the
// last column are kept free for the marks of a cut.
func scroll(line string, off, left, width int) int {
	if width <= 0 {
		return 0
	}
	cursor := columnOf(line, off)
	size, total := 1, cursor+1
	if off < len(line) {
		size = cellAt(line, off, cursor).width
		total = columnOf(line, len(line))
	}
	if total <= width {
		return 0
	}
	edge := 1
	if width < minMarked {
		edge = 0
	}
	// Scroll by a piece, so that there is something to read around the cursor;
	// but the widest cell has to fit beside it and the marks.
	step := max(min(width/4, width-2*edge-2), 0)
	switch {
	case cursor < left+edge:
		left = cursor - edge - step
	case cursor+size > left+width-edge:
		left = cursor + size - width + edge + step
	}
	left = min(left, total-width)
	if left < 2 && cursor+size <= width-edge {
		left = 0
	}
	return max(left, 0)
}
