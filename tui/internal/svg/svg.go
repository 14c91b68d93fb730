// Package svg draws a terminal frame as a picture of a terminal window. It
// makes the pictures of the README from the golden frames of the tests, so that
// they show what the program shows.
//
// The picture needs no font of its own: every word is placed on its cell, and
// lines and bars are drawn as shapes. The same frame gives the same bytes.
package svg

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sizes in pixels. A monospaced character is 0.6 as wide as its font is high, so that 15
// gives whole numbers everywhere.
const (
	cellWidth  = 9
	cellHeight = 20
	fontSize   = 15
	baseline   = 15 // below the top of a cell
	barHeight  = 32 // of the title bar
	padding    = 14
	minCols    = 20
)

const fontFamily = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono CJK SC', monospace"

// Render draws frame, lines of text with SGR sequences for the sixteen colours,
// the 256 and true colour, bold, faint, italic, underline and reverse. Other
// escape sequences are left out. The window is as wide as the widest line and
// has title in its bar.
func Render(frame, title string) []byte {
	rows := parse(frame)
	cols := minCols
	for _, row := range rows {
		cols = max(cols, width(row))
	}
	w := cols*cellWidth + 2*padding
	h := len(rows)*cellHeight + barHeight + 2*padding

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		w, h, w, h, escape(title))
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(title))
	drawWindow(&b, w, h, title)
	fmt.Fprintf(&b, `<g font-family="%s" font-size="%d" fill="%s" xml:space="preserve">`+"\n", fontFamily, fontSize, foreground)
	for y, row := range rows {
		drawRow(&b, row, barHeight+padding+y*cellHeight)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

func drawWindow(b *bytes.Buffer, w, h int, title string) {
	fmt.Fprintf(b, `<rect x="0.5" y="0.5" width="%d" height="%d" rx="9" fill="%s" stroke="%s"/>`+"\n", w-1, h-1, background, border)
	fmt.Fprintf(b, `<path d="M0.5 %d V9.5 a9 9 0 0 1 9 -9 H%d.5 a9 9 0 0 1 9 9 V%d Z" fill="%s" stroke="%s"/>`+"\n",
		barHeight, w-10, barHeight, titleBar, border)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", 20+20*i, barHeight/2, colour)
	}
	if room := (w - 2*84) / 8; ansi.StringWidth(title) > room { // clear of the dots
		title = ansi.Truncate(title, max(room, 1), "…")
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-family="%s" font-size="13" fill="%s">%s</text>`+"\n",
		w/2, barHeight/2+5, fontFamily, titleText, escape(title))
}

// drawRow draws the cells of one row, the top of which is at y: first all
// backgrounds, then what stands on them, so that no glyph is cut by its
// neighbour's background.
func drawRow(b *bytes.Buffer, row []cell, y int) {
	col := 0
	for _, run := range runs(row, func(a, c cell) bool { return a.look.back() == c.look.back() }) {
		if fill := run[0].look.back(); fill != "" {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" shape-rendering="crispEdges"/>`+"\n",
				left(col), y, width(run)*cellWidth, cellHeight, fill)
		}
		col += width(run)
	}
	col = 0
	for _, run := range runs(row, sameText) {
		drawRun(b, run, col, y)
		col += width(run)
	}
	col = 0
	for _, run := range runs(row, func(a, c cell) bool { return a.look == c.look }) {
		if look := run[0].look; look.underline {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="1" fill="%s"%s/>`+"\n",
				left(col), y+baseline+2, width(run)*cellWidth, look.fore(), look.opacity())
		}
		col += width(run)
	}
}

// sameText reports whether two neighbours go into one text element. Blanks and
// wide characters part them, so that a font of another width cannot move the
// words of a line against each other.
func sameText(a, c cell) bool {
	return a.look == c.look && a.width == 1 && c.width == 1 &&
		(a.text == " ") == (c.text == " ") && isShape(a) == isShape(c)
}

// drawRun draws cells of one look that belong together.
func drawRun(b *bytes.Buffer, run []cell, col, y int) {
	switch {
	case run[0].text == " ":
	case isShape(run[0]):
		for _, same := range runs(run, func(a, c cell) bool { return a.text == c.text }) {
			drawShapes(b, same, left(col), y)
			col += len(same)
		}
	default:
		var text strings.Builder
		for _, c := range run {
			text.WriteString(c.text)
		}
		look := run[0].look
		fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs"%s>%s</text>`+"\n",
			left(col), y+baseline, width(run)*cellWidth, look.attributes(), escape(text.String()))
	}
}

// left returns where column col begins.
func left(col int) int { return padding + col*cellWidth }

// runs cuts row where two neighbours do not belong together.
func runs(row []cell, together func(a, b cell) bool) [][]cell {
	var all [][]cell
	start := 0
	for i := range row {
		if i+1 == len(row) || !together(row[i], row[i+1]) {
			all = append(all, row[start:i+1])
			start = i + 1
		}
	}
	return all
}

func width(row []cell) int {
	sum := 0
	for _, c := range row {
		sum += c.width
	}
	return sum
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer does not fail
	return b.String()
}
