//go:build unix

package tui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"certwright/tui/internal/ptytest"
)

// TestHeldKeyWritesNothing holds a key down on every page, as a keyboard repeats it: the
// first repetition comes late, the others fast. It may lead to the review and no further.
func TestHeldKeyWritesNothing(t *testing.T) {
	for name, key := range map[string]string{"ctrl+n": ptytest.CtrlN, "enter": ptytest.Enter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var terms []*ptytest.Term
			var dirs []string
			for range pages {
				dir := t.TempDir()
				dirs = append(dirs, dir)
				terms = append(terms, answered(t, dir, "--set", "encryptionAlgorithm=ECDSA-P256"))
			}
			for i, term := range terms {
				for n := range i {
					term.See(fmt.Sprintf("%d of %d", n+1, len(pages)))
					term.Press(ptytest.CtrlN)
				}
				term.See(fmt.Sprintf("%d of %d", i+1, len(pages)))
			}
			press := func() {
				for _, term := range terms {
					term.Press(key)
				}
			}
			press()
			time.Sleep(660 * time.Millisecond)
			for range 60 {
				press()
				time.Sleep(33 * time.Millisecond)
			}
			for i, dir := range dirs {
				if _, err := os.Stat(filepath.Join(dir, "pki")); err == nil {
					t.Errorf("held on page %s it wrote:\n%s", pages[i].title, terms[i].Screen())
				}
				if name == "ctrl+n" {
					terms[i].See("only just come")
				}
			}
		})
	}
}

// TestOnePressMakes is the other side: whoever looks at the review and presses once is
// not held up.
func TestOnePressMakes(t *testing.T) {
	dir := t.TempDir()
	term := answered(t, dir, "--set", "encryptionAlgorithm=ECDSA-P256")
	confirm(t, term)
	term.See("Wrote 17 files")
}

// TestSmallWindowWritesNothing presses every key where the page cannot be seen.
func TestSmallWindowWritesNothing(t *testing.T) {
	dir := t.TempDir()
	term := answered(t, dir, "--set", "encryptionAlgorithm=ECDSA-P256")
	for i := range len(pages) - 1 {
		term.See(fmt.Sprintf("%d of %d", i+1, len(pages)))
		term.Press(ptytest.CtrlN)
	}
	term.See("make them")
	term.Resize(50, 10)
	term.See("Make it larger")
	for _, key := range []string{ptytest.CtrlN, ptytest.Enter, ptytest.Esc, ptytest.Tab, ptytest.Space, ptytest.Down, "q", "r", "y"} {
		for range 5 {
			term.Press(key)
			time.Sleep(10 * time.Millisecond)
		}
	}
	time.Sleep(400 * time.Millisecond)
	if _, err := os.Stat(filepath.Join(dir, "pki")); err == nil {
		t.Error("a key wrote in a window that shows nothing")
	}
	term.Press(ptytest.CtrlC)
	term.See("press ctrl+c again to leave")
	term.Resize(80, 24)
	term.See("Review") // no key has led away
	term.Press(ptytest.CtrlC)
	if code, _ := term.Wait(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}
