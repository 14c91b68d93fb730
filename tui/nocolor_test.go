//go:build unix

package tui_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"certwright/tui/internal/ptytest"
)

// sgr is a style that is set on the terminal.
var sgr = regexp.MustCompile(`\x1b\[([0-9;:]*)m`)

// styles sorts the parameters of all styles: colours, and whether one is reverse.
func styles(raw []byte) (colours []string, reverse bool) {
	for _, m := range sgr.FindAllSubmatch(raw, -1) {
		for p := range strings.FieldsFuncSeq(string(m[1]), func(r rune) bool { return r == ';' || r == ':' }) {
			n, _ := strconv.Atoi(p)
			switch {
			case n >= 30 && n <= 49, n >= 90 && n <= 107:
				colours = append(colours, string(m[0]))
			case n == 7:
				reverse = true
			}
		}
	}
	return colours, reverse
}

// focus matches a mark that says without colour where one is: a row that is
// chosen, a field that is typed in, a tab that is open.
var focus = regexp.MustCompile(`(?m)^ *> |\(•\)|\[[A-Za-z ]+\]`)

// TestNoColorOnEveryPage walks through all pages and overlays under NO_COLOR,
// and looks at every byte that was written for each.
func TestNoColorOnEveryPage(t *testing.T) {
	dir := t.TempDir()
	term := ptytest.Start(t, ptytest.Options{
		Args: []string{program(t), "--dir", "pki", "--set", "layout=article"}, Env: []string{"NO_COLOR=1", "TERM=xterm-256color"}, Dir: dir, Timeout: patience,
	})
	seen := 0
	look := func(page string) {
		t.Helper()
		raw := term.Raw()
		colours, reverse := styles(raw[seen:])
		if len(colours) > 0 {
			t.Errorf("%s: colours under NO_COLOR: %q", page, colours)
		}
		if !reverse && !focus.MatchString(term.Screen()) {
			t.Errorf("%s: neither a cursor nor a mark shows where one is:\n%s", page, term.Screen())
		}
		seen = len(raw)
	}
	for i, p := range pages {
		term.See(fmt.Sprintf("%d of %d", i+1, len(pages)))
		look(p.title)
		if p.title != "Review" {
			term.Press("\x1bOP") // F1
			term.See("esc close")
			if colours, _ := styles(term.Raw()[seen:]); len(colours) > 0 {
				t.Errorf("%s, why: colours under NO_COLOR: %q", p.title, colours)
			}
			term.Press(ptytest.Esc)
			term.See("ctrl+c leave")
			seen = len(term.Raw())
		}
		if p.keys != "" {
			term.Press(p.keys)
		}
	}
	for _, tab := range []string{"[Files]", "[Answers]", "[JSON]", "[cfssl]", "[Trust]", "[Certificates]"} {
		term.Press(ptytest.Tab)
		term.See(tab)
		look("Review, " + tab)
	}
	term.Press("\x0f") // ctrl+o
	term.See("Pages reached so far")
	look("pages")
	term.Press(ptytest.Esc)
	term.See("make them")
	term.Press(ptytest.CtrlN)
	term.See("Wrote 17 files")
	look("Done")
	for _, tab := range []string{"[Verified]", "[Certificates]", "[Who uses what]"} {
		term.Press(ptytest.Tab)
		term.See(tab)
		look("Done, " + tab)
	}
	term.See("finish")
	term.Press(ptytest.CtrlN)
	if code, _ := term.Wait(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	term.Restored()
	if colours, _ := styles(term.Raw()); len(colours) > 0 {
		t.Errorf("colours under NO_COLOR: %q", colours)
	}
	if bytes.Contains(term.Raw()[seen:], []byte("\x1b[7m")) {
		t.Error("a cursor is drawn in the summary that stays")
	}
}
