package tui

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/tui/wizard"
)

// TestCopy: y copies the command under the cursor and says so; a secret is not copied.
func TestCopy(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
	d := renewal(t, 80, 40)
	var out strings.Builder
	d.m.out = &out
	d.goal("all").press("ctrl+n", "ctrl+n").see("Done", "[What to restart]", "y copy")
	d.press("y").see("copied", "to the terminal's clipboard (OSC 52)")
	var want []string
	for _, c := range d.m.finished.checklist.commands() {
		want = append(want, c.String())
	}
	code := base64.StdEncoding.EncodeToString([]byte(strings.Join(want, "\n")))
	if got := out.String(); len(want) == 0 || got != fmt.Sprintf("\x1b]52;c;%s\a", code) {
		t.Errorf("copied %q", got)
	}
	out.Reset()
	d.run(d.m.copy([]shell.Line{"kubectl --token abcdef.0123456789abcdef get nodes"}))
	if d.see("this command has a secret in it"); out.Len() > 0 {
		t.Errorf("a secret was copied: %q", out.String())
	}
}

// TestASCII: where the terminal does not understand UTF-8, no page has anything else.
func TestASCII(t *testing.T) {
	d := drive(t, 120, 40, wizard.Options{Answers: articleAnswers(t)})
	d.m.ascii = true
	for range d.m.Steps() {
		d.press("ctrl+n")
		if s := d.screen(); strings.IndexFunc(s, func(r rune) bool { return r > 126 }) >= 0 || strings.Contains(s, "?cert") {
			t.Fatalf("not ASCII:\n%s", s)
		}
	}
	d.see("Review", "+ Profiles")
}
