//go:build unix

package tui_test

import (
	"bytes"
	"testing"
	"time"

	"certwright/tui/internal/ptytest"
)

// TestMuteTerminalWithoutUTF8: a terminal that says nothing of itself, in a locale that is
// not UTF-8, gets ASCII, and its first page at once.
func TestMuteTerminalWithoutUTF8(t *testing.T) {
	term := open(t, 80, 24, "LANG=C")
	term.See("1 of 9")
	t.Logf("first frame after %v", term.FirstFrame())
	if d := term.FirstFrame(); d > 4*time.Second {
		t.Errorf("the first frame came after %v", d)
	}
	probe := []byte("é\x1b[6n")
	raw := bytes.Replace(term.Raw(), probe, nil, 1)
	for _, b := range raw {
		if b > 126 {
			t.Fatalf("byte %#x was written to a terminal without UTF-8:\n%s", b, term.Screen())
		}
	}
	term.See("(*) make the certificates")
	term.Press(ptytest.CtrlC)
	term.See("press ctrl+c again")
	term.Press(ptytest.CtrlC)
	if code, _ := term.Wait(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	term.Restored()
}
