//go:build unix

package ptytest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// shell starts a script of the standard shell.
func shell(t testing.TB, script string) *Term {
	t.Helper()
	return Start(t, Options{Args: []string{"sh", "-c", script}, Cols: 40, Rows: 6})
}

func TestSeePressWait(t *testing.T) {
	x := shell(t, `printf 'name? '; read name; printf 'hello %s 北京|\n' "$name"; read rest; exit 3`)
	x.See("name?")
	if first := x.FirstFrame(); first <= 0 || first > DefaultTimeout {
		t.Errorf("the first frame came after %v", first)
	}
	x.Type("bob\n")
	x.See("name? bob\nhello bob 北京|")
	if col, row := x.Cursor(); col != 0 || row != 2 {
		t.Errorf("the cursor is at %d,%d, want 0,2", col, row)
	}
	x.Press(Enter)
	if code, sig := x.Wait(); code != 3 || sig != 0 {
		t.Errorf("ended with %d, %v, want 3 and no signal", code, sig)
	}
	if raw := string(x.Raw()); !strings.HasSuffix(raw, "hello bob 北京|\r\n\r\n") {
		t.Errorf("raw bytes: %q", raw)
	}
	x.Restored()
}

func TestNotSeeWaitsUntilItGoes(t *testing.T) {
	x := shell(t, `printf 'working'; read x; sleep 0.1; printf '\033[2J\033[Hdone'; read x`)
	x.See("working")
	x.Press(Enter)
	x.NotSee("working")
	x.See("done")
}

func TestEnvironment(t *testing.T) {
	t.Setenv("PTYTEST_LEAK", "leaked")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "here"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x := Start(t, Options{
		Args: []string{"sh", "-c", `ls; echo "$TERM $MORE [$PTYTEST_LEAK]"; stty size; ls -A "$HOME" | wc -l`},
		Env:  []string{"TERM=linux", "MORE=yes"}, Dir: dir, Cols: 50, Rows: 7,
	})
	x.Wait()
	got := strings.Fields(x.Screen())
	if want := []string{"here", "linux", "yes", "[]", "7", "50", "0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestResize(t *testing.T) {
	x := shell(t, `trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done`)
	x.See("ready")
	x.Resize(100, 30)
	x.See("30 100")
	if rows := strings.Count(x.Screen(), "\n") + 1; rows != 30 {
		t.Errorf("the screen has %d rows, want 30", rows)
	}
}

func TestSignals(t *testing.T) {
	x := shell(t, `trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.05; done`)
	x.See("ready")
	x.Signal(syscall.SIGTERM)
	x.See("got it")
	if code, sig := x.Wait(); code != 7 || sig != 0 {
		t.Errorf("ended with %d, %v, want 7", code, sig)
	}

	x = shell(t, `echo ready; exec sleep 100`)
	x.See("ready")
	x.Press(CtrlC) // the driver makes a signal of it
	if code, sig := x.Wait(); code != -1 || sig != syscall.SIGINT {
		t.Errorf("ended with %d, %v, want the signal %v", code, sig, syscall.SIGINT)
	}
}

// A key that stops a program stops it when a shell with job control is there to
// take over the terminal; without one the kernel lets no program of a new session stop.
func TestJobControl(t *testing.T) {
	x := shell(t, `set -m; sh -c 'echo ready; read x; echo "read $x"'; echo stopped; read x; fg >/dev/null; echo "ended $?"`)
	x.See("ready")
	x.Press(CtrlZ)
	x.See("stopped")
	x.Restored()
	x.Press(Enter)
	x.Type("on\n")
	x.See("read on")
	x.See("ended 0")
}

// What is left behind is noticed, piece by piece.
func TestLeft(t *testing.T) {
	tests := []struct {
		name, script string
		want         []string
	}{
		{"nothing", `printf '\033[?1049h\033[?25l\033[?2004hx\033[?2004l\033[?25h\033[?1049l'; old=$(stty -g); stty raw -echo; stty "$old"`, nil},
		{"the alternate screen", `printf '\033[?1049hx'`, []string{"the alternate screen is shown"}},
		{"the cursor", `printf '\033[?25lx'`, []string{"the cursor is hidden"}},
		{"the cursor, hidden on the other screen", `printf '\033[?1049h\033[?25lx\033[?1049l'`, []string{"the cursor is hidden"}},
		{"raw mode", `stty raw -echo`, []string{"the terminal's settings have changed"}},
		{"modes", `printf '\033[?2004h\033[?1002h\033[?1004hx'`, []string{
			"bracketed paste is on", "focus reports are on", "mouse reports are on (1002)",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := shell(t, tt.script)
			if code, _ := x.Wait(); code != 0 {
				t.Fatalf("the script ended with %d:\n%s", code, x.Screen())
			}
			if got := x.Left(); !slices.Equal(got, tt.want) {
				t.Errorf("left %q, want %q", got, tt.want)
			}
		})
	}
}

// The states are also known while the program runs.
func TestStatesWhileRunning(t *testing.T) {
	x := shell(t, `stty -echo; printf '\033[?1049h\033[?25lready'; read x; stty echo; printf '\033[?25h\033[?1049lover'; read x`)
	x.See("ready")
	if !x.AltScreen() || x.CursorVisible() || x.TermiosRestored() {
		t.Errorf("alternate screen %t, cursor %t, settings as before %t; want true, false, false",
			x.AltScreen(), x.CursorVisible(), x.TermiosRestored())
	}
	x.Press(Enter)
	x.See("over")
	x.Restored()
}

func TestPaste(t *testing.T) {
	// dd instead of read: the driver's line buffer ends at 4095 bytes.
	x := shell(t, `stty raw -echo; printf '\033[?2004hready'; dd bs=1 count=20012 2>/dev/null | cksum; stty sane; printf '\033[?2004l'`)
	x.See("ready")
	x.Paste(strings.Repeat("0123456789", 2000))
	x.Wait()
	// The same bytes, counted and summed by the same program.
	want := shell(t, `{ printf '\033[200~'; i=0; while [ $i -lt 2000 ]; do printf 0123456789; i=$((i+1)); done; printf '\033[201~'; } | cksum`)
	want.Wait()
	sum := strings.TrimSpace(want.Screen())
	if sum == "" || !strings.Contains(x.Screen(), sum) {
		t.Errorf("pasted %q, want %q", x.Screen(), sum)
	}
}

// The terminal gives no answer, not even to what every terminal answers, and
// stays alive when it is asked often.
func TestMute(t *testing.T) {
	x := shell(t, `stty raw -echo min 0 time 3; i=0
		while [ $i -lt 200 ]; do printf '\033]11;?\007\033[6n\033[c'; i=$((i+1)); done
		answer=$(dd bs=1 count=1 2>/dev/null | wc -c); stty sane; echo "answered $answer bytes"`)
	x.Wait()
	if !strings.Contains(strings.Join(strings.Fields(x.Screen()), " "), "answered 0 bytes") {
		t.Errorf("the screen is\n%s", x.Screen())
	}
	if n := len(Queries(x.Raw())); n != 600 {
		t.Errorf("found %d queries of 600", n)
	}
}

func TestQueries(t *testing.T) {
	for _, q := range []string{
		"\x1b]11;?\x07", "\x1b]10;?\x1b\\", "\x1b]4;1;?\x07", "\x1b[6n", "\x1b[5n", "\x1b[?6n", "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[=0c",
		"\x1b[?2026$p", "\x1b[>0q", "\x1b[18t", "\x1b[?u", "\x1bP+q544e\x1b\\", "\x1bP$qm\x1b\\",
	} {
		if got := Queries([]byte("text" + q + "text")); len(got) != 1 {
			t.Errorf("%q: found %q, want one query", q, got)
		}
	}
	quiet := "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[1;1H\x1b[31mred\x1b[0m\x1b[K\x1b[?2004h\x1b]2;title?\x07\x1b[22;0t\x1b[>4;1m\x1b[2 q1c 6n what?"
	if got := Queries([]byte(quiet)); len(got) != 0 {
		t.Errorf("found the queries %q in what asks nothing", got)
	}
}

// failing catches the failures that this package reports to a test.
type failing struct {
	testing.TB
	message string
}

func (f *failing) Helper() {}
func (f *failing) Errorf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
}
func (f *failing) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// failure runs do with a terminal that reports to a test which may fail, and
// returns the failure.
func failure(t *testing.T, script string, do func(x *Term)) string {
	t.Helper()
	f := &failing{TB: t}
	x := Start(f, Options{Args: []string{"sh", "-c", script}, Cols: 40, Rows: 4, Timeout: 300 * time.Millisecond})
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(x)
	}()
	<-done
	return f.message
}

// A failure says what was waited for and shows the screen.
func TestFailures(t *testing.T) {
	const script = `echo on the screen; exec sleep 100`
	tests := []struct {
		name, script string
		do           func(x *Term)
		want         []string
	}{
		{"see", script, func(x *Term) { x.See("nothing") }, []string{`waiting to see "nothing": not after 300ms`, "|on the screen\n", "40x4"}},
		{"not see", script, func(x *Term) { x.See("on"); x.NotSee("on") }, []string{`waiting for "on" to go: not after`, "|on the screen\n"}},
		{"see of a func", script, func(x *Term) { x.SeeFunc("a miracle", func(string) bool { return false }) }, []string{"waiting for a miracle: not after"}},
		{"the program has ended", `echo bye; exit 4`, func(x *Term) { x.See("nothing") }, []string{"the program has ended (exit status 4)", "|bye\n"}},
		{"wait", script, func(x *Term) { x.Wait() }, []string{"has not expired after 300ms", "|on the screen\n"}},
		{"paste unasked", script, func(x *Term) { x.Paste("a") }, []string{"has not asked for bracketed paste"}},
		{"keys that nobody reads", `stty raw -echo; echo ready; exec sleep 100`, func(x *Term) {
			x.See("ready")
			x.Press(strings.Repeat("x", 1<<20))
		}, []string{`has not read "xxx`}},
		{"a signal too late", `exit 0`, func(x *Term) { x.Wait(); x.Signal(syscall.SIGTERM) }, []string{"send terminated"}},
		{"left behind", `printf '\033[?25lx'`, func(x *Term) { x.Wait(); x.Restored() }, []string{"not as it was: the cursor is hidden"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := failure(t, tt.script, tt.do)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("the failure does not say %q:\n%s", want, got)
				}
			}
		})
	}
}

// The end of a test ends the program and its children.
func TestCleanup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alive")
	t.Run("a program that goes on", func(t *testing.T) {
		x := Start(t, Options{
			Args: []string{"sh", "-c", `trap '' HUP TERM; while :; do echo x >>"$FILE"; sleep 0.02; done & echo ready; wait`},
			Env:  []string{"FILE=" + file},
		})
		x.See("ready")
		for size(t, file) < 6 {
			time.Sleep(10 * time.Millisecond)
		}
	})
	before := size(t, file)
	time.Sleep(200 * time.Millisecond)
	if after := size(t, file); after != before {
		t.Errorf("a child still writes: %d bytes, then %d", before, after)
	}
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestModes(t *testing.T) {
	x := shell(t, `printf '\033[?2004hon'; read x; printf '\033[?2004loff'; read x`)
	x.See("on")
	if !x.Mode(ansi.ModeBracketedPaste) {
		t.Error("bracketed paste is not seen on")
	}
	x.Press(Enter)
	x.See("off")
	if x.Mode(ansi.ModeBracketedPaste) {
		t.Error("bracketed paste is not seen off")
	}
}
