//go:build unix

package quiet_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"certwright/tui/internal/ptytest"
	_ "certwright/tui/quiet"

	tea "github.com/charmbracelet/bubbletea"
)

// child makes this test program the program under test: it imports quiet and
// bubbletea as certwright does.
const child = "CERTWRIGHT_QUIET_CHILD"

// promptly is how soon a program that waits for nothing is there, on a machine
// that is busy; waiting for the terminal takes five seconds.
const promptly = 3 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		fmt.Println("started", tea.KeyEnter)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// With quiet, a program asks the terminal nothing, and does not wait for it.
func TestQuiet(t *testing.T) {
	x := ptytest.Start(t, ptytest.Options{Args: []string{os.Args[0]}, Env: []string{child + "=1"}})
	x.See("started enter")
	if code, sig := x.Wait(); code != 0 || sig != 0 {
		t.Errorf("ended with %d, %v", code, sig)
	}
	if queries := ptytest.Queries(x.Raw()); len(queries) > 0 {
		t.Errorf("the program asked the terminal %q", queries)
	}
	if first := x.FirstFrame(); first > promptly {
		t.Errorf("the first output came after %v", first)
	}
}

// Without it, the same program asks and waits: this is what TestQuiet guards
// against, and it shows that the terminal of these tests would notice. When it fails
// because bubbletea no longer asks, package quiet can go.
func TestAskingWithoutQuiet(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "asking")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./testdata/asking").CombinedOutput(); err != nil {
		t.Fatalf("build the program without quiet: %v\n%s", err, out)
	}
	x := ptytest.Start(t, ptytest.Options{Args: []string{bin}})
	for deadline := time.Now().Add(promptly); len(ptytest.Queries(x.Raw())) == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("no query within %v; the program wrote %q", promptly, x.Raw())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if first := x.FirstFrame(); first != 0 {
		t.Errorf("the program started after %v without waiting for an answer", first)
	}
}
