//go:build unix

package tui_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"certwright/tui"
	"certwright/tui/internal/ptytest"
)

// patience is for keys of RSA-4096 beside other tests.
const patience = 60 * time.Second

// slow are answers with so many keys that take so long that most are not made when the
// review is confirmed.
var slow = []string{"--set", "encryptionAlgorithm=RSA-4096", "--set", "layout=three-ca"}

// slowly starts the wizard on the article's nodes with keys that take seconds, in a
// directory of its own.
func slowly(t *testing.T, dir string, args ...string) *ptytest.Term {
	t.Helper()
	return answered(t, dir, append(slices.Clone(slow), args...)...)
}

// answered starts the wizard with all answers given.
func answered(t *testing.T, dir string, args ...string) *ptytest.Term {
	t.Helper()
	home := t.TempDir()
	return ptytest.Start(t, ptytest.Options{
		Args: append([]string{program(t), "--answers", article(t), "--dir", "pki"}, args...),
		Env:  []string{"HOME=" + home, "XDG_STATE_HOME=" + home}, Dir: dir, Timeout: patience,
	})
}

func program(t *testing.T) string {
	t.Helper()
	bin, err := tui.Program()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

func article(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "steps", "testdata", "article.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// confirm goes to the review of answers that are there, and confirms it.
func confirm(t *testing.T, term *ptytest.Term) {
	t.Helper()
	term.See("1 of ")
	term.Press(ptytest.CtrlR)
	term.See("make them")
	term.Press(ptytest.CtrlN)
}

// making waits for the page on which the files are made, and fails if there was
// nothing left to wait for.
func making(t *testing.T, term *ptytest.Term) {
	t.Helper()
	term.SeeFunc("a key in the making", func(s string) bool {
		if strings.Contains(s, "Wrote ") {
			t.Fatal("the keys were made before anyone could stop it")
		}
		return strings.Contains(s, "Making") && strings.Contains(s, "making key")
	})
}

// TestStoppedWhileMaking stops a run in each way while it makes keys. The files
// are as before, which is none, the terminal is restored, and the next run makes
// the set as if nothing had been.
func TestStoppedWhileMaking(t *testing.T) {
	for _, tt := range []struct {
		name string
		stop func(t *testing.T, term *ptytest.Term)
		code int
	}{
		{"SIGTERM", func(_ *testing.T, term *ptytest.Term) { term.Signal(syscall.SIGTERM) }, 143},
		{"SIGHUP", func(_ *testing.T, term *ptytest.Term) { term.Signal(syscall.SIGHUP) }, 129},
		{"SIGINT", func(_ *testing.T, term *ptytest.Term) { term.Signal(syscall.SIGINT) }, 130},
		{"SIGTERM twice", func(_ *testing.T, term *ptytest.Term) {
			term.Signal(syscall.SIGTERM)
			_ = syscall.Kill(term.Pid(), syscall.SIGTERM) // it may have gone by now
		}, 143},
		{"ctrl+c", func(t *testing.T, term *ptytest.Term) {
			term.Press(ptytest.CtrlC)
			term.See("stopped as you asked")
			term.See("othing was changed")
			term.Press(ptytest.CtrlC)
			term.See("press ctrl+c again")
			term.Press(ptytest.CtrlC)
		}, 130},
		{"ctrl+c, and back", func(t *testing.T, term *ptytest.Term) {
			term.Press(ptytest.CtrlC)
			term.See("stopped as you asked")
			term.Press(ptytest.Esc)
			term.See("make them")
			term.Press(ptytest.CtrlC)
			term.See("press ctrl+c again")
			term.Press(ptytest.CtrlC)
		}, 130},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			term := slowly(t, dir)
			confirm(t, term)
			making(t, term)
			tt.stop(t, term)
			if code, sig := term.Wait(); code != tt.code || sig != 0 {
				t.Errorf("ended with %d (%v), want %d\n%s", code, sig, tt.code, term.Screen())
			}
			term.Restored()
			nothingThere(t, dir)
			goesOn(t, dir)
		})
	}
}

// TestTerminalGoneWhileMaking takes the terminal away, as a closed window or a
// lost connection does.
func TestTerminalGoneWhileMaking(t *testing.T) {
	t.Parallel()
	dir, home := t.TempDir(), t.TempDir()
	cmd := exec.Command(program(t), append([]string{"--answers", article(t), "--dir", "pki"}, slow...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm-256color", "LANG=C.UTF-8"}
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	out := follow(master)
	for _, step := range []struct{ sees, press string }{{"1 of ", ptytest.CtrlR}, {"make them", ptytest.CtrlN}} {
		out.see(t, step.sees)
		if _, err := master.WriteString(step.press); err != nil {
			t.Fatal(err)
		}
	}
	out.see(t, "making key")
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatalf("still there %v after the terminal has gone", patience)
	}
	if code := cmd.ProcessState.ExitCode(); code != 129 {
		t.Errorf("ended with %v, want exit code 129", cmd.ProcessState)
	}
	nothingThere(t, dir)
	goesOn(t, dir)
}

// output is what a program has written on a terminal that can be closed.
type output struct {
	mu  sync.Mutex
	raw bytes.Buffer
}

func follow(master *os.File) *output {
	o := &output{}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := master.Read(buf)
			o.mu.Lock()
			o.raw.Write(buf[:n])
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return o
}

// see waits until a text was written; it may have gone from the screen since.
func (o *output) see(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		o.mu.Lock()
		s := ansi.Strip(o.raw.String())
		o.mu.Unlock()
		if strings.Contains(s, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %q in %v:\n%s", text, patience, s)
		}
	}
}

// TestSecondRunIsToldWhoIsThere holds a run while it makes keys. Others on the
// same directory are told which process that is, and wait for nothing; when it
// has gone, the wizard that was refused goes on.
func TestSecondRunIsToldWhoIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := slowly(t, dir)
	confirm(t, first)
	making(t, first)
	first.Signal(syscall.SIGSTOP)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	who := fmt.Sprintf("certwright with process %d on host %s has been working on pki since ", first.Pid(), host)

	said, err := generate(t, dir).CombinedOutput()
	if code := exitCode(err); code != 1 || !strings.Contains(string(said), "certwright: error: "+who) ||
		!strings.Contains(string(said), "; wait for it, or stop it\n") {
		t.Errorf("exit code %d, want 1 and %q:\n%s", code, who, said)
	}

	second := answered(t, dir, "--set", "encryptionAlgorithm=ECDSA-P256")
	confirm(t, second)
	second.See("Not made")
	screen := flat(second.Screen())
	for _, want := range []string{who, "wait for it, or stop it"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q on the screen:\n%s", want, second.Screen())
		}
	}

	first.Signal(syscall.SIGCONT)
	first.Signal(syscall.SIGTERM)
	if code, sig := first.Wait(); code != 143 || sig != 0 {
		t.Errorf("the first run ended with %d (%v), want 143", code, sig)
	}
	nothingThere(t, dir)

	second.Press(ptytest.Esc)
	second.See("make them")
	second.Press(ptytest.CtrlN)
	second.See("Wrote 17 files")
	second.See("finish")
	second.Press(ptytest.CtrlN)
	if code, _ := second.Wait(); code != 0 {
		t.Errorf("the second run ended with %d", code)
	}
	second.Restored()
	whole(t, filepath.Join(dir, "pki"))
}

// nothingThere holds that a stopped first run has left nothing but, at most,
// the answers.
func nothingThere(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("left behind: %s", e.Name())
	}
}

// goesOn makes the set in a directory where a run was stopped.
func goesOn(t *testing.T, dir string) {
	t.Helper()
	if out, err := generate(t, dir).CombinedOutput(); err != nil {
		t.Fatalf("the next run: %v\n%s", err, out)
	}
	whole(t, filepath.Join(dir, "pki"))
	if _, err := os.Lstat(filepath.Join(dir, ".pki.certwright")); err == nil {
		t.Error("the work folder is still there after the next run")
	}
}

// generate is the headless command on the article's cluster, with quick keys.
func generate(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), append([]string{"generate", "--answers", article(t), "--dir", "pki",
		"--set", "encryptionAlgorithm=ECDSA-P256"}, args...)...)
	cmd.Dir = dir
	return cmd
}

// exitCode is that of a command that has expired.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -2
}
