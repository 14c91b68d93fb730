package svg

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// arms are the parts of a line drawing character, from the middle of its cell.
type arms struct{ up, right, down, left bool }

// boxes are the light line drawing characters. They are drawn as lines, because
// the glyphs of most fonts leave gaps between the rows.
var boxes = map[rune]arms{
	'─': {right: true, left: true}, '│': {up: true, down: true},
	'┌': {right: true, down: true}, '┐': {down: true, left: true},
	'└': {up: true, right: true}, '┘': {up: true, left: true},
	'╭': {right: true, down: true}, '╮': {down: true, left: true},
	'╰': {up: true, right: true}, '╯': {up: true, left: true},
	'├': {up: true, right: true, down: true}, '┤': {up: true, down: true, left: true},
	'┬': {right: true, down: true, left: true}, '┴': {up: true, right: true, left: true},
	'┼': {up: true, right: true, down: true, left: true},
	'╴': {left: true}, '╵': {up: true}, '╶': {right: true}, '╷': {down: true},
}

// blocks are the filled characters of progress bars and cursors: the part of
// the cell they fill, in eighths from the left, and how densely.
var blocks = map[rune]struct {
	eighths int
	density string
}{
	'█': {8, ""}, '▉': {7, ""}, '▊': {6, ""}, '▋': {5, ""}, '▌': {4, ""}, '▍': {3, ""}, '▎': {2, ""}, '▏': {1, ""},
	'░': {8, "0.25"}, '▒': {8, "0.5"}, '▓': {8, "0.75"},
}

// isShape reports whether c is drawn as a shape instead of text.
func isShape(c cell) bool {
	r, _ := utf8.DecodeRuneInString(c.text)
	_, box := boxes[r]
	_, block := blocks[r]
	return (box || block) && len(c.text) == utf8.RuneLen(r)
}

// drawShapes draws a run of equal cells that starts at x, y. What fills a cell from
// side to side is drawn as one piece.
func drawShapes(b *bytes.Buffer, run []cell, x, y int) {
	r, _ := utf8.DecodeRuneInString(run[0].text)
	block, isBlock := blocks[r]
	switch {
	case isBlock && block.eighths == 8:
		drawBlock(b, run[0].look, x, y, float64(cellWidth*len(run)), block.density)
	case isBlock:
		for i := range run {
			drawBlock(b, run[0].look, x+i*cellWidth, y, float64(cellWidth*block.eighths)/8, block.density)
		}
	default:
		drawLines(b, run[0].look, boxes[r], x, y, len(run))
	}
}

func drawBlock(b *bytes.Buffer, l look, x, y int, width float64, density string) {
	opacity := l.opacity()
	if density != "" {
		opacity = fmt.Sprintf(` opacity="%s"`, density)
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%g" height="%d" fill="%s"%s shape-rendering="crispEdges"/>`+"\n",
		x, y, width, cellHeight, l.fore(), opacity)
}

// drawLines draws the line drawing character a count times, from x, y on.
func drawLines(b *bytes.Buffer, l look, a arms, x, y, count int) {
	var path bytes.Buffer
	line := func(x1, y1, x2, y2 float64) { fmt.Fprintf(&path, "M%g %gL%g %g", x1, y1, x2, y2) }
	// Half pixels, so that a line of one pixel is sharp.
	middleY := float64(y) + cellHeight/2.0 + 0.5
	if a == (arms{right: true, left: true}) {
		line(float64(x), middleY, float64(x+count*cellWidth), middleY)
		count = 0
	}
	for i := range count {
		side := float64(x + i*cellWidth)
		middleX := side + cellWidth/2.0
		if a.up {
			line(middleX, middleY, middleX, float64(y))
		}
		if a.right {
			line(middleX, middleY, side+cellWidth, middleY)
		}
		if a.down {
			line(middleX, middleY, middleX, float64(y+cellHeight))
		}
		if a.left {
			line(middleX, middleY, side, middleY)
		}
	}
	fmt.Fprintf(b, `<path d="%s" stroke="%s"%s/>`+"\n", path.String(), l.fore(), l.opacity())
}
