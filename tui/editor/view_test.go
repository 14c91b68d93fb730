package editor

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

var reversed = regexp.MustCompile("\x1b\\[7m(.*?)\x1b\\[0?m")

// cursorText returns what the cursor stands on, and how many cursors there are.
func cursorText(view string) (text string, count int) {
	for _, found := range reversed.FindAllStringSubmatch(view, -1) {
		text += found[1]
		count++
	}
	return text, count
}

// rows returns the view as plain text without the spaces at the ends of lines.
func rows(m *Model) []string {
	lines := strings.Split(ansi.Strip(m.View()), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// checkSize fails the test if the view is not exactly as large as it was asked
// to be, line by line.
func checkSize(t *testing.T, m *Model) {
	t.Helper()
	view := m.View()
	if m.width == 0 || m.height == 0 {
		if view != "" {
			t.Fatalf("%dx%d: want nothing, got %q", m.width, m.height, view)
		}
		return
	}
	lines := strings.Split(view, "\n")
	if len(lines) != m.height {
		t.Fatalf("%dx%d: %d lines", m.width, m.height, len(lines))
	}
	for _, line := range lines {
		if width := lipgloss.Width(line); width != m.width {
			t.Fatalf("%dx%d: a line of %d cells: %q", m.width, m.height, width, line)
		}
	}
}

// Whatever the size and wherever the cursor: the view has its size, and shows
// one cursor, on the character it is on.
func TestViewEverySize(t *testing.T) {
	text := "master1 192.168.214.88,192.168.214.89 control-plane,etcd\n\n" +
		"北京节点 10.0.0.1 工作节点工作节点工作节点\n10.0.0.2\tnode2\tnode2.example.com\n" +
		"e\u0301\u200b👨‍👩‍👧🇨🇳\u202eende"
	for _, width := range []int{0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 14, 17, 33} {
		for _, height := range []int{0, 1, 2, 7} {
			m := focused(text)
			m.SetMarks(map[int]Mark{1: MarkError, 3: MarkWarning})
			m.SetSize(width, height)
			for moved := true; moved; {
				checkSize(t, m)
				if width > 0 && height > 0 {
					checkCursor(t, m)
				}
				row, col := m.row, m.col
				press(m, "left")
				moved = row != m.row || col != m.col
			}
			m.Blur()
			checkSize(t, m)
			if _, cursors := cursorText(m.View()); cursors != 0 {
				t.Fatalf("%dx%d: a blurred editor shows a cursor", width, height)
			}
		}
	}
}

func checkCursor(t *testing.T, m *Model) {
	t.Helper()
	got, count := cursorText(m.View())
	want := " "
	if line := m.lines[m.row]; m.col < len(line) && line[m.col] != '\t' {
		want = cellAt(line, m.col, 0).text
	}
	if ansi.StringWidth(want) > m.textWidth() {
		want = " " // no room for a wide character
	}
	if count != 1 || got != want {
		t.Fatalf("%dx%d at %d:%d: %d cursors on %q, want one on %q:\n%s",
			m.width, m.height, m.row, m.col, count, got, want, m.View())
	}
}

func TestViewRows(t *testing.T) {
	long := "master1 192.168.214.88 control-plane,etcd"
	tests := []struct {
		name   string
		text   string
		keys   string
		width  int
		height int
		want   []string
	}{
		{"numbers and rest", "ab\ncd", "", 20, 3, []string{"   1 ab", "   2 cd", ""}},
		{"numbers grow", strings.Repeat("\n", 999) + "x", "", 20, 2, []string{"  999", " 1000 x"}},
		{"cut at the right", long + "\nx", "", 20, 2, []string{"   1 master1 192.16>", "   2 x"}},
		{"exactly as wide is not cut", "123456789012345\nx", "", 20, 2, []string{"   1 123456789012345", "   2 x"}},
		{"the cursor's line follows it", long, "", 20, 1, []string{"   1 <ol-plane,etcd"}},
		{"and is cut on both sides", long, "alt+b alt+b", 20, 1, []string{"   1 <88 control-pl>"}},
		{"and goes back", long, "home", 20, 1, []string{"   1 master1 192.16>"}},
		{"the end of a line that just fits", "123456789012345", "", 20, 1, []string{"   1 <3456789012345"}},
		{"a wide character is never halved", "北京北京北京北京\nx", "", 20, 2, []string{"   1 北京北京北京北>", "   2 x"}},
		{"half of one is blank", "a北京北京北京北京\nx", "", 20, 2, []string{"   1 a北京北京北京 >", "   2 x"}},
		{"tabs stop every eight", "a\tb\tc\nx", "", 30, 2, []string{"   1 a       b       c", "   2 x"}},
		{"what has no width is seen", "a\u200bb\u202ec", "", 20, 1, []string{"   1 a\uFFFDb\uFFFDc"}},
		{"narrow: the numbers go", "abcdef", "home", 9, 1, []string{" abcdef"}},
		{"narrower: no gutter", "abcd", "home", 4, 1, []string{"abcd"}},
		{"scrolled down", "1\n2\n3\n4\n5", "", 20, 2, []string{"   4 4", "   5 5"}},
		{"scrolled no further up than needed", "1\n2\n3\n4\n5", "up up", 20, 2, []string{"   3 3", "   4 4"}},
		{"full again after lines went", "1\n2\n3\n4\n5", "backspace backspace", 20, 4, []string{"   1 1", "   2 2", "   3 3", "   4 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := focused(tt.text)
			m.SetSize(tt.width, tt.height)
			press(m, tt.keys)
			checkSize(t, m)
			checkCursor(t, m)
			if got := rows(m); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestMarks(t *testing.T) {
	m := focused("a\nb\nc")
	m.SetSize(14, 4)
	m.SetMarks(map[int]Mark{1: MarkError, 3: MarkWarning, 4: MarkError, 9: MarkError})
	if got, want := strings.Join(rows(m), "|"), "!  1 a|   2 b|~  3 c|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m.SetSize(8, 3) // the marks stay when there is no room for the numbers
	if got, want := strings.Join(rows(m), "|"), "!a| b|~c"; got != want {
		t.Errorf("narrow: got %q, want %q", got, want)
	}
	m.SetMarks(nil)
	if got, want := strings.Join(rows(m), "|"), " a| b| c"; got != want {
		t.Errorf("without marks: got %q, want %q", got, want)
	}
}

func TestPlaceholder(t *testing.T) {
	m := New()
	m.SetSize(20, 3)
	m.SetPlaceholder("master1 10.0.0.1\nworker1 10.0.0.2\nthird\nfourth is cut")
	want := "   1 master1 10.0.0>|     worker1 10.0.0>|     third"
	if got := strings.Join(rows(m), "|"); got != want {
		t.Errorf("blurred: got %q, want %q", got, want)
	}
	m.Focus()
	checkSize(t, m)
	if text, count := cursorText(m.View()); text != "m" || count != 1 {
		t.Errorf("the cursor is on %q (%d of them), want the first character", text, count)
	}
	press(m, "x")
	if got := strings.Join(rows(m), "|"); got != "   1 x||" {
		t.Errorf("with text: got %q", got)
	}
	press(m, "backspace")
	if got := strings.Join(rows(m), "|"); got != want {
		t.Errorf("empty again: got %q, want %q", got, want)
	}
}

// A style with a size or a border must not change the size of the view.
func TestStylesCannotChangeTheSize(t *testing.T) {
	m := focused("abc\n北京")
	boxed := lipgloss.NewStyle().Border(lipgloss.NormalBorder()).Padding(1).Margin(2).Width(3).MaxWidth(2).Bold(true)
	m.SetStyles(Styles{Text: boxed, Cursor: boxed.Reverse(true), Gutter: boxed, GutterCurrent: boxed, Placeholder: boxed, Error: boxed, Warning: boxed})
	m.SetMarks(map[int]Mark{1: MarkError, 2: MarkWarning})
	m.SetSize(20, 4)
	checkSize(t, m)
}
