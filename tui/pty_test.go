//go:build unix

package tui_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"certwright/tui"
	"certwright/tui/internal/ptytest"
)

// open starts the wizard on a terminal that answers no query, in a directory
// of its own.
func open(t *testing.T, cols, rows int, env ...string) *ptytest.Term {
	t.Helper()
	return openWith(t, cols, rows, env)
}

func openWith(t *testing.T, cols, rows int, env []string, args ...string) *ptytest.Term {
	t.Helper()
	bin, err := tui.Program()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env = append([]string{"TERM=xterm-256color", "HOME=" + home, "XDG_STATE_HOME=" + home, "PATH=" + os.Getenv("PATH")}, env...)
	return ptytest.Start(t, ptytest.Options{Args: append([]string{bin, "--set", "layout=article"}, args...), Env: env, Cols: cols, Rows: rows, Dir: t.TempDir()})
}

// pages are the titles in their order, each with the keys that leave it
// forward in the article's cluster.
var pages = []struct{ title, keys string }{
	{"Start", "\x0e"},
	{"Layout", "\x0e"},
	{"CA subject", "\x0e"},
	{"Keys", "\x1b[B\x1b[B\x1b[B \x0e"}, // ECDSA-P256: quick
	{"Nodes", "master 192.168.214.88-90 control-plane\retcd 192.168.214.200-202 etcd\x0e"},
	{"API endpoint", "kube-api.wangk8s-master.com\x0e"},
	{"Networks", "\x0e"},
	{"Profiles", "\x0e"},
	{"Review", ""},
}

// walk goes forward to the n-th page.
func walk(t *testing.T, term *ptytest.Term, n int) {
	t.Helper()
	walkOf(t, term, n, len(pages))
}

// walkOf is walk where the rail counts another number of pages.
func walkOf(t *testing.T, term *ptytest.Term, n, of int) {
	t.Helper()
	for i, p := range pages[:n] {
		term.See(fmt.Sprintf("%d of %d", i+1, of))
		term.Press(p.keys)
	}
	term.See(fmt.Sprintf("%d of %d", n+1, of))
}

func TestFirstFrameWithoutAnyQuery(t *testing.T) {
	term := open(t, 80, 24)
	term.See("1 of 9")
	// Five seconds is what v1 of bubbletea waits for an answer to its query.
	t.Logf("first frame after %v", term.FirstFrame())
	if d := term.FirstFrame(); d > 4*time.Second {
		t.Errorf("the first frame came after %v", d)
	}
	for _, query := range []string{"\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[>q"} {
		if strings.Contains(string(term.Raw()), query) {
			t.Errorf("the terminal was asked %q", query)
		}
	}
	term.Press("\x03")
	term.See("press ctrl+c again")
	term.Press("\x03")
	if code, _ := term.Wait(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestWalkMakesTheSetAndLeavesASummary(t *testing.T) {
	for _, env := range [][]string{nil, {"NO_COLOR=1"}} {
		t.Run(strings.Join(env, ""), func(t *testing.T) {
			term := open(t, 80, 24, env...)
			walk(t, term, len(pages)-1)
			term.See("17 files will be created")
			term.See("make them") // not before the page was seen for a moment
			term.Press("\x0e")
			term.See("certificates chain to")
			term.See("finish")
			term.Press("\t")
			term.See("This cluster would run.")
			term.Press("\t")
			term.See("1/4")
			term.Press("\r")
			term.See("the root of trust of the whole cluster")
			term.Press("\x1b[6~") // page down
			term.See("common_name")
			term.Press(ptytest.Esc)
			term.See("1/4")
			term.Press("\x0e")
			if code, _ := term.Wait(); code != 0 {
				t.Fatalf("exit code %d\n%s", code, term.Screen())
			}
			if term.AltScreen() || !term.CursorVisible() || !term.TermiosRestored() {
				t.Error("the terminal was not restored")
			}
			for _, want := range []string{"certwright generate --answers", "ca.pem"} {
				if !strings.Contains(term.Screen(), want) {
					t.Errorf("no %q in the scrollback:\n%s", want, term.Screen())
				}
			}
			if env != nil && strings.Contains(string(term.Raw()), "\x1b[36m") {
				t.Error("a colour was used under NO_COLOR")
			}
		})
	}
}

func TestNoColorKeepsACursor(t *testing.T) {
	term := open(t, 80, 24, "NO_COLOR=1")
	walk(t, term, 2)
	if !strings.Contains(string(term.Raw()), "\x1b[7m") {
		t.Error("no cell is drawn in reverse: the cursor cannot be seen")
	}
}

// TestSignalsOnEveryPage ends the wizard on each page in each way, and asks
// for the exit code and a restored terminal.
func TestSignalsOnEveryPage(t *testing.T) {
	for i := range pages {
		for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(fmt.Sprintf("%s/%v", pages[i].title, sig), func(t *testing.T) {
				t.Parallel()
				term := open(t, 80, 24)
				walk(t, term, i)
				term.Signal(sig)
				if code, _ := term.Wait(); code != 128+int(sig) {
					t.Errorf("exit code %d, want %d", code, 128+int(sig))
				}
				if term.AltScreen() || !term.CursorVisible() || !term.TermiosRestored() {
					t.Error("the terminal was not restored")
				}
			})
		}
		t.Run(pages[i].title+"/ctrl+c", func(t *testing.T) {
			t.Parallel()
			term := open(t, 80, 24)
			walk(t, term, i)
			term.Press("\x03")
			term.See("press ctrl+c again")
			term.Press("\x03")
			if code, _ := term.Wait(); code != 130 {
				t.Errorf("exit code %d, want 130", code)
			}
			if term.AltScreen() || !term.TermiosRestored() {
				t.Error("the terminal was not restored")
			}
		})
	}
}

func TestDraftIsOfferedAgain(t *testing.T) {
	bin, err := tui.Program()
	if err != nil {
		t.Fatal(err)
	}
	home, dir := t.TempDir(), t.TempDir()
	start := func() *ptytest.Term {
		return ptytest.Start(t, ptytest.Options{Args: []string{bin}, Cols: 80, Rows: 24, Dir: dir,
			Env: []string{"TERM=xterm", "HOME=" + home, "XDG_STATE_HOME=" + home}})
	}
	term := start()
	walkOf(t, term, 5, 10) // no answer given beforehand: the default layout asks one page more
	term.Press("\x03")
	term.See("press ctrl+c again")
	term.Press("\x03")
	if code, _ := term.Wait(); code != 130 {
		t.Errorf("exit code %d", code)
	}

	term = start()
	term.See("1 of 10")
	term.Press("\x0e")
	term.See("the draft of")
	term.Press("\r")
	term.See("5 of 10") // the last page that was answered
	term.See("192.168.214.88-90")
}

func TestPasteOfTwoThousandLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("master 10.200.0.1 control-plane\n")
	for i := range 1999 {
		fmt.Fprintf(&b, "node%d 10.1.%d.%d worker\n", i, i/250, 1+i%250)
	}
	list := b.String()
	some := strings.Join(strings.SplitAfterN(list, "\n", 201)[:200], "")
	for name, test := range map[string]struct {
		give func(*ptytest.Term)
		see  string
	}{
		"bracketed": {func(term *ptytest.Term) { term.Paste(list) }, "2000 nodes"},
		"as keys":   {func(term *ptytest.Term) { term.Type(strings.ReplaceAll(some, "\n", "\r")) }, "200 nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			term := open(t, 120, 40)
			walk(t, term, 4)
			test.give(term)
			term.See(test.see)
			term.See("5 of 9")
		})
	}
}

func TestCJKLinesUp(t *testing.T) {
	term := open(t, 120, 40)
	walk(t, term, 2)
	term.Press("\t\t\t\t") // to the locality
	term.Type("北京市")
	term.See("北京市")
	// The bar of the side panel stands in the same cell on every line, also
	// behind wide runes.
	at := map[int]int{}
	for l := range strings.SplitSeq(term.Screen(), "\n") {
		if left, _, ok := strings.Cut(l, " │ "); ok {
			at[ansi.StringWidth(left)]++
		}
	}
	if len(at) != 1 {
		t.Errorf("the bar stands in the cells %v:\n%s", at, term.Screen())
	}
}

func TestSuspendAndGoOn(t *testing.T) {
	bin, err := tui.Program()
	if err != nil {
		t.Fatal(err)
	}
	// A program alone in its session cannot be stopped: a shell has to be there.
	term := ptytest.Start(t, ptytest.Options{Dir: t.TempDir(), Cols: 80, Rows: 24,
		Args: []string{"sh", "-c", "set -m; " + bin + " --set layout=article; echo suspended; read x; fg; echo ended"}})
	walk(t, term, 2)
	term.Press(ptytest.CtrlZ)
	term.See("suspended")
	if term.AltScreen() || !term.CursorVisible() {
		t.Error("suspended on the alternate screen, or without a cursor")
	}
	term.Press("\r")
	term.See("3 of 9")
	term.Press("\x03")
	term.See("press ctrl+c again")
	term.Press("\x03")
	term.See("ended")
}

func TestResizeKeepsEverything(t *testing.T) {
	term := open(t, 120, 40)
	walk(t, term, 4)
	term.Type("master1 192.168.214.88 control-plane")
	term.See("master1")
	for _, size := range [][2]int{{80, 24}, {60, 15}, {30, 8}, {120, 40}} {
		term.Resize(size[0], size[1])
		if size[0] < 60 {
			term.See("needs 60 columns")
			continue
		}
		term.See("5 of 9")
		term.See("master1 192.168.214.88")
	}
}
