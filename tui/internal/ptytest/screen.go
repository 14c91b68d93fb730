//go:build unix

package ptytest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// See waits until the screen shows text, which may span rows if it says so with
// newlines. It fails the test with a picture of the screen when the time is up,
// or at once when the program has ended without showing it.
func (x *Term) See(text string) {
	x.t.Helper()
	if err := x.await(func(screen string) bool { return strings.Contains(screen, text) }); err != nil {
		x.t.Fatalf("ptytest: waiting to see %q: %v%s", text, err, x.dump())
	}
}

// NotSee waits until the screen does not show text. It is for what has to go;
// that something never comes is only known after a See of what comes last.
func (x *Term) NotSee(text string) {
	x.t.Helper()
	if err := x.await(func(screen string) bool { return !strings.Contains(screen, text) }); err != nil {
		x.t.Fatalf("ptytest: waiting for %q to go: %v%s", text, err, x.dump())
	}
}

// SeeFunc waits until the screen satisfies ok; what says in a failure what was
// waited for.
func (x *Term) SeeFunc(what string, ok func(screen string) bool) {
	x.t.Helper()
	if err := x.await(ok); err != nil {
		x.t.Fatalf("ptytest: waiting for %s: %v%s", what, err, x.dump())
	}
}

func (x *Term) await(ok func(screen string) bool) error {
	deadline := time.NewTimer(x.timeout)
	defer deadline.Stop()
	for {
		x.mu.Lock()
		screen, changed := strings.Join(lines(x.emu), "\n"), x.changed
		x.mu.Unlock()
		if ok(screen) {
			return nil
		}
		select {
		case <-changed:
		case <-x.exited:
			// All it wrote is on the screen now, also what came since the look above.
			if ok(x.Screen()) {
				return nil
			}
			return fmt.Errorf("the program has ended (%v)", x.cmd.ProcessState)
		case <-deadline.C:
			return fmt.Errorf("not after %v", x.timeout)
		}
	}
}

// Screen returns what is on the screen: all rows, without trailing spaces,
// joined by newlines.
func (x *Term) Screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.Join(lines(x.emu), "\n")
}

// Raw returns all bytes the program has written so far, as the terminal driver
// passed them on.
func (x *Term) Raw() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.raw)
}

// FirstFrame returns how long it took from the start of the program until there
// was something to read on the screen; 0 if there is nothing yet.
func (x *Term) FirstFrame() time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.first
}

// AltScreen reports whether the program is on the alternate screen.
func (x *Term) AltScreen() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.alt
}

// CursorVisible reports whether the terminal shows its cursor. As on real
// terminals, and other than in x/vt, both screens share one answer: a program that hides
// the cursor on the alternate screen has to show it again.
func (x *Term) CursorVisible() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	on, set := x.modes[ansi.ModeTextCursorEnable]
	return on || !set
}

// Cursor returns where the terminal's cursor is, from 0, 0.
func (x *Term) Cursor() (col, row int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := x.emu.CursorPosition()
	return at.X, at.Y
}

// Mode reports whether the program has switched a terminal mode on and not off
// again, such as ansi.ModeBracketedPaste.
func (x *Term) Mode(mode ansi.Mode) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.modes[mode]
}

// TermiosRestored reports whether the terminal's settings (echo, line by line
// input, signals by keys) are what they were before the program began. It can
// be asked while the program runs or is stopped, and after its end.
func (x *Term) TermiosRestored() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.after
	if now == nil {
		var err error
		if now, err = term.GetState(int(x.slave.Fd())); err != nil {
			return false
		}
	}
	return *now == *x.before
}

// lasting are modes a program must not leave on behind it.
var lasting = map[ansi.Mode]string{
	ansi.ModeBracketedPaste:   "bracketed paste is on",
	ansi.ModeMouseX10:         "mouse reports are on (9)",
	ansi.ModeMouseNormal:      "mouse reports are on (1000)",
	ansi.ModeMouseButtonEvent: "mouse reports are on (1002)",
	ansi.ModeMouseAnyEvent:    "mouse reports are on (1003)",
	ansi.ModeMouseExtSgr:      "mouse reports are on (1006)",
	ansi.ModeFocusEvent:       "focus reports are on",
}

// Left lists what the program has left behind on the terminal, in words: the
// alternate screen, a hidden cursor, raw mode, modes that are still on. A
// program that cleaned up leaves nothing.
func (x *Term) Left() []string {
	var left []string
	if x.AltScreen() {
		left = append(left, "the alternate screen is shown")
	}
	if !x.CursorVisible() {
		left = append(left, "the cursor is hidden")
	}
	if !x.TermiosRestored() {
		left = append(left, "the terminal's settings have changed")
	}
	for mode, text := range lasting {
		if x.Mode(mode) {
			left = append(left, text)
		}
	}
	slices.Sort(left)
	return left
}

// Restored fails the test if the program has left anything behind on the
// terminal.
func (x *Term) Restored() {
	x.t.Helper()
	if left := x.Left(); len(left) > 0 {
		x.t.Errorf("ptytest: the terminal is not as it was: %s%s", strings.Join(left, "; "), x.dump())
	}
}

// query matches what makes a terminal answer: colours (OSC 4, 10, 11, 12...),
// device attributes, cursor and status reports, mode reports, the terminal's
// version, window reports, the keyboard protocol, termcap and settings strings.
var query = regexp.MustCompile(strings.Join([]string{
	`\x1b\][0-9;]+;\?`,
	`\x1b\[[>=]?[0-9]*c`,
	`\x1b\[\??[0-9]+n`,
	`\x1b\[\??[0-9]+\$p`,
	`\x1b\[>[0-9]*q`,
	`\x1b\[(?:1[13-9]|2[01])t`,
	`\x1b\[\?u`,
	`\x1bP[+$]q`,
}, "|"))

// Queries returns the queries among the bytes of Raw, to which a real terminal
// would have answered.
func Queries(raw []byte) []string {
	var found []string
	for _, q := range query.FindAll(raw, -1) {
		found = append(found, string(q))
	}
	return found
}
