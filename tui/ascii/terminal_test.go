//go:build unix

package ascii

import (
	"bytes"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// TestNeeded asks terminals of three kinds in each locale.
func TestNeeded(t *testing.T) {
	for _, tt := range []struct {
		answer string // to the question where the cursor is; "" for none
		locale string
		screen string
		want   bool
		asks   bool
	}{
		{"\x1b[7;2R", "C.UTF-8", "", false, false},
		{"\x1b[7;2R", "C", "", false, true}, // LC_ALL=C in a terminal that knows better
		{"\x1b[7;3R", "C", "", true, true},
		{"", "C", "", true, true},
		{"x\x1b[7;3R", "C", "", true, true}, // a key was pressed meanwhile
		{"\x1b[7;3R", "C.UTF-8", "4711.pts", true, true},
		{"", "C.UTF-8", "4711.pts", false, true},
	} {
		master, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		asked := make(chan []byte, 1)
		go func() {
			var said [256]byte
			n, _ := master.Read(said[:])
			if bytes.Contains(said[:n], []byte("\x1b[6n")) {
				_, _ = master.WriteString(tt.answer)
			}
			asked <- said[:n]
		}()
		before, err := term.GetState(int(tty.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		env := map[string]string{"LC_ALL": tt.locale, "STY": tt.screen}
		start := time.Now()
		if got := Needed(func(name string) string { return env[name] }, tty, tty); got != tt.want {
			t.Errorf("answer %q, locale %s, screen %q: ASCII is %t, want %t", tt.answer, tt.locale, tt.screen, got, tt.want)
		}
		t.Logf("%q: %v", tt.answer, time.Since(start))
		if after, err := term.GetState(int(tty.Fd())); err != nil || *after != *before {
			t.Error("the terminal's settings have changed")
		}
		if tt.asks {
			<-asked
		} else if len(asked) > 0 {
			t.Errorf("locale %s: the terminal was asked %q", tt.locale, <-asked)
		}
		tty.Close()
		master.Close()
	}
}
