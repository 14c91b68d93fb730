//go:build unix

package tui_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"certwright/tui/internal/ptytest"
)

// onScreen starts the wizard without answers.
func onScreen(t *testing.T, dir string) *ptytest.Term {
	t.Helper()
	home := t.TempDir()
	return ptytest.Start(t, ptytest.Options{Args: []string{program(t), "--dir", "pki"},
		Env: []string{"HOME=" + home, "XDG_STATE_HOME=" + home}, Dir: dir, Timeout: patience})
}

// TestAdoptAndUndoOnATerminal takes over the article's files as an operator does, and goes
// back to before the run that made them.
func TestAdoptAndUndoOnATerminal(t *testing.T) {
	dir := t.TempDir()
	if out, err := generate(t, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "pki", "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}

	term := onScreen(t, dir)
	term.See("the flat folder of a guide")
	term.Press(ptytest.CtrlN)
	term.See("2 questions are open")
	term.Press("\r")
	term.See("take it")
	term.Type("10.254.0.0/16")
	term.Press("\r")
	term.See("1 question is open")
	term.Press("\r")
	term.See("take it")
	term.Type("master1 192.168.214.88 control-plane,etcd")
	term.Press(ptytest.CtrlN)
	term.See("write the answers") // not before the page was seen for a moment
	term.Press(ptytest.CtrlN)
	term.See("wrote the answers into")
	if after, err := os.ReadFile(filepath.Join(dir, "pki", "ca-key.pem")); err != nil || !bytes.Equal(after, ca) {
		t.Errorf("the key of the CA is another one, %v", err)
	}
	term.Press(ptytest.CtrlC)
	term.See("press ctrl+c again")
	term.Press(ptytest.CtrlC)
	if code, _ := term.Wait(); code != 130 {
		t.Errorf("exit code %d\n%s", code, term.Screen())
	}

	term = onScreen(t, dir)
	term.See("certwright made it")
	term.See("(•) renew or change")
	for range 4 {
		term.Press("\x1b[B")
	}
	term.Press(" ")
	term.See("(•) history and undo")
	term.Press(ptytest.CtrlN)
	term.See("can be undone")
	term.Press("u")
	term.See("This takes back 1 run")
	term.See("go back")
	term.Press(ptytest.CtrlN)
	term.See("Went back:")
	if _, err := os.Stat(filepath.Join(dir, "pki", "ca-key.pem")); err == nil {
		t.Error("what the run made is still there")
	}
	term.See("finish")
	term.Press("q")
	if code, _ := term.Wait(); code != 0 {
		t.Errorf("exit code %d\n%s", code, term.Screen())
	}
}
