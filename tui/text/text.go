// Package text writes what certwright has to say as plain text: the plan, the
// summary, the inspection of a directory, and problems.
//
// It serves stdout, the scrollback below a closed screen, line mode, and the
// full-screen pages that show tables. It knows no terminal, no colour and no
// escape code: widths are counted in cells, so that CJK text lines up, and text
// that does not fit is wrapped, never cut off.
package text

import (
	"bufio"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/visible"
)

// cellWidth is the number of terminal cells that s takes.
func cellWidth(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return ansi.StringWidth(s)
		}
	}
	return len(s) // nearly all that is written; clusters of runes need not be looked for
}

// Clean makes text from a certificate or a file name harmless on a terminal, where a
// foreign subject could redraw or reorder the screen.
func Clean(s string) string { return visible.Text(s) }

// Middle shortens a name to width cells and keeps both of its ends.
func Middle(name string, width int) string {
	n := cellWidth(name)
	if n <= width || width < 3 {
		return name
	}
	return ansi.Truncate(name, width/2, "") + "…" + ansi.TruncateLeft(name, n-(width-1-width/2), "")
}

// Wrap breaks text into lines of at most width cells. It breaks between words;
// a word that is longer than a line is cut into pieces. Line breaks in the text
// stay. A width below 1 means no limit.
func Wrap(text string, width int) []string {
	var lines []string
	for para := range strings.SplitSeq(text, "\n") {
		if width < 1 {
			lines = append(lines, para)
			continue
		}
		lines = append(lines, wrapWords(strings.Fields(para), width)...)
	}
	return lines
}

func wrapWords(words []string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range words {
		n := cellWidth(word)
		if line != "" && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for n > width {
			head := ansi.Truncate(word, width, "")
			if head == "" { // one wide rune in a one-cell line: it cannot be cut further
				break
			}
			// A path, a list or a name is read best when it is cut behind a separator.
			if i := strings.LastIndexAny(head, "/,."); i >= len(head)/2 {
				head = head[:i+1]
			}
			lines = append(lines, head)
			word = word[len(head):]
			n = cellWidth(word)
		}
		line, used = word, n
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// pad fills s with spaces on the right up to width cells; longer text stays.
func pad(s string, width int) string {
	if n := width - cellWidth(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// printer gathers lines and remembers the first error of its writer, so that
// the functions of this package read as a list of what they say. They close with
// end: a page of a thousand lines is no thousand writes to a terminal.
type printer struct {
	w     *bufio.Writer
	width int // 0 for no limit
}

func newPrinter(w io.Writer, width int) *printer {
	return &printer{w: bufio.NewWriter(w), width: width}
}

// line writes one line as it is, without trailing blanks.
func (p *printer) line(s string) {
	p.w.WriteString(strings.TrimRight(s, " "))
	p.w.WriteByte('\n')
}

// end writes what is left, and returns the first error of any write.
func (p *printer) end() error { return p.w.Flush() }

// command writes a command in one line, however long, so that it can be copied;
// nothing for none.
func (p *printer) command(first string, c shell.Line) {
	if c != "" {
		p.line(first + c.String())
	}
}

func (p *printer) blank() { p.line("") }

// text writes a paragraph that begins with first ("! ", "  ") and goes on,
// where it has to be wrapped, below its own beginning.
func (p *printer) text(first, s string) {
	indent := strings.Repeat(" ", cellWidth(first))
	width := 0
	if p.width > 0 {
		width = max(p.width-cellWidth(first), 1)
	}
	for i, l := range Wrap(s, width) {
		if i == 0 {
			p.line(first + l)
		} else {
			p.line(indent + l)
		}
	}
}

// table writes a table, indented.
func (p *printer) table(indent string, t Table) {
	width := 0
	if p.width > 0 {
		width = max(p.width-cellWidth(indent), 1)
	}
	head, rows := t.Lay(width)
	if head != "" {
		p.line(indent + head)
	}
	for _, row := range rows {
		for _, l := range row {
			p.line(indent + l)
		}
	}
}

// Text writes a paragraph of prose, wrapped at width cells (0: not wrapped).
// first stands before the first line, and as many blanks before the others.
func Text(w io.Writer, first, s string, width int) error {
	p := newPrinter(w, width)
	p.text(first, s)
	return p.end()
}
