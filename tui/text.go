package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"certwright/tui/text"
)

// cut shortens a styled line to w cells; what is missing is marked.
func cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	return ansi.Truncate(s, w, "…")
}

// pad makes a styled line exactly w cells wide.
func pad(s string, w int) string {
	s = cut(s, w)
	if n := w - ansi.StringWidth(s); n > 0 {
		s += strings.Repeat(" ", n)
	}
	return s
}

// wrap breaks a plain text into lines of at most w cells, between words. It is
// made harmless first: much of what is shown was written by others.
func wrap(s string, w int) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		out = append(out, text.Wrap(text.Clean(line), max(w, 1))...)
	}
	return out
}

// spread puts left and right at the two ends of a line of w cells; the right
// side goes first when there is no room for both.
func spread(left, right string, w int) string {
	lw, rw := ansi.StringWidth(left), ansi.StringWidth(right)
	if right == "" || lw+rw+1 > w {
		return pad(left, w)
	}
	return left + strings.Repeat(" ", w-lw-rw) + right
}

// corner puts a mark at the right end of a line of w cells.
func corner(s, mark string, w int) string {
	if text := strings.TrimRight(ansi.Strip(s), " "); ansi.StringWidth(text) <= w-2 {
		s = ansi.Truncate(s, w-2, "") // nothing but blanks, which need no mark
	}
	return pad(s, w-2) + " " + mark
}

// block makes lines into exactly h lines of exactly w cells.
func block(lines []string, w, h int) string {
	out := make([]string, h)
	for i := range out {
		if i < len(lines) {
			out[i] = pad(lines[i], w)
		} else {
			out[i] = strings.Repeat(" ", max(w, 0))
		}
	}
	return strings.Join(out, "\n")
}

// indent puts the same prefix before each line.
func indent(prefix string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = prefix + l
	}
	return out
}

// beside joins two blocks of the same height, column by column.
func beside(left, sep, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range l {
		if i < len(r) {
			l[i] += sep + r[i]
		}
	}
	return strings.Join(l, "\n")
}

// item is a text behind a mark: its further lines hang below its first.
func (m *Model) item(render func(...string) string, mark, s string, w int) []string {
	lines := wrap(s, w-4)
	for i, l := range lines {
		if i > 0 {
			mark = " "
		}
		lines[i] = "  " + render(mark+" "+l)
	}
	return lines
}

// styled wraps a text and renders each line.
func (m *Model) styled(render func(...string) string, prefix, s string, w int) []string {
	if s == "" {
		return nil
	}
	var out []string
	for _, l := range wrap(s, w-len(prefix)) {
		out = append(out, prefix+render(l))
	}
	return out
}
