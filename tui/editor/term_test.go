//go:build unix

package editor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/tui/internal/ptytest"
	_ "certwright/tui/quiet"
)

// The bytes a terminal sends arrive as the text they stand for: typed and
// pasted, with brackets and without.
func TestOnATerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "value")
	x := ptytest.Start(t, ptytest.Options{
		Args: []string{os.Args[0]}, Env: []string{childFile + "=" + file},
		Cols: 60, Rows: 10, Timeout: time.Minute, // twelve thousand keys, with the race detector
	})
	x.See("line 1 of 1")
	x.Type("北京1 10.0.0.1\n")
	x.See("北京1 10.0.0.1")
	x.See("line 2 of 2")

	lines := numbered(2000)
	x.Paste(strings.ReplaceAll(lines, "\n", "\r\n") + "\r\n")
	x.See("line 2002 of 2002")
	x.Press(strings.ReplaceAll(lines, "\n", "\r\n")) // a paste of a terminal without brackets
	x.See("line 4001 of 4001")

	x.Press(ptytest.CtrlHome)
	x.See("   1 北京1 10.0.0.1\n    2 worker1 10.0.0.0 worker")
	x.Press(ptytest.CtrlRight + ptytest.Backspace)
	x.See("   1 北京 10.0.0.1")
	x.Press(ptytest.CtrlN)
	if code, sig := x.Wait(); code != 0 || sig != 0 {
		t.Fatalf("ended with %d, %v:\n%s", code, sig, x.Screen())
	}
	x.Restored()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "北京 10.0.0.1\n" + lines + "\n" + lines; string(got) != want {
		t.Errorf("the text is %d bytes %.60q, want %d bytes %.60q", len(got), got, len(want), want)
	}
}
