package tui

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/line"
	"certwright/tui/wizard"
)

// TestDirectoryIsJudgedInAllDoors holds that a directory which cannot be used
// is refused in the same words, and stays as it is.
func TestDirectoryIsJudgedInAllDoors(t *testing.T) {
	program := buildProgram(t)
	t.Run("none", func(t *testing.T) { directoryIsNeeded(t, program) })
	for _, tt := range []struct {
		name string
		make func(dir string) error
	}{
		{"a file", func(dir string) error { return os.WriteFile(dir, []byte("mine"), 0o600) }},
		{"a link", func(dir string) error { return os.Symlink("elsewhere", dir) }},
		{"a link in it", func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.Symlink("elsewhere", filepath.Join(dir, "ca.pem")))
		}},
		{"a git work tree", func(dir string) error { return os.MkdirAll(filepath.Join(dir, ".git"), 0o700) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			dir := filepath.Join(home, "pki")
			if err := tt.make(dir); err != nil {
				t.Skip(err)
			}
			before := listing(t, home)
			cmd := exec.CommandContext(t.Context(), program, "generate", "--answers", articleFile(t), "--dir", dir,
				"--set", steps.AlgorithmKey+"=ECDSA-P256")
			said, _ := cmd.CombinedOutput()
			_, reason, found := strings.Cut(string(said), "certwright: error: ")
			reason, _, _ = strings.Cut(reason, "\n")
			if code := cmd.ProcessState.ExitCode(); code != 1 || !found {
				t.Fatalf("exit code %d, want 1:\n%s", code, said)
			}

			a := wrong{}.others(t)
			set(t, a, steps.DirKey, dir)
			d := drive(t, wideRail-1, 45, wizard.Options{Answers: a.Clone()})
			for range d.m.Steps() {
				d.press("ctrl+n")
			}
			if d.press("ctrl+n"); !strings.Contains(fold(d.screen()), fold(reason)) || d.m.Outcome.Done {
				t.Errorf("no %q on the screen:\n%s", reason, d.screen())
			}

			_, all := questionsAround(a, steps.ModeKey)
			var out strings.Builder
			_, err := line.Run(t.Context(), wizard.Options{Answers: a}, line.Terminal{In: strings.NewReader(strings.Repeat("\n", all+1) + "yes\n"), Out: &out})
			if err == nil || !strings.Contains(err.Error(), reason) && !strings.Contains(fold(out.String()), fold(reason)) {
				t.Errorf("line mode ended with %v, want %q, after:\n%s", err, reason, tail(out.String()))
			}
			if after := listing(t, home); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// directoryIsNeeded holds that no door takes an empty directory for the one it
// stands in. Line mode takes an empty line for the default.
func directoryIsNeeded(t *testing.T, program string) {
	d := drive(t, 80, 24, wizard.Options{})
	d.press("tab", "ctrl+u", "ctrl+n").see("Start", "an answer is missing", "for example pki")
	cmd := exec.CommandContext(t.Context(), program, "generate", "--answers", articleFile(t), "--dir", "")
	cmd.Dir = t.TempDir()
	said, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(string(said), "--dir is missing") {
		t.Errorf("exit code %d, want 2:\n%s", code, said)
	}
	if left := listing(t, cmd.Dir); left != "" {
		t.Errorf("written: %s", left)
	}
}

// TestClockIsJudged holds that a clock which cannot be right is spoken of on
// the page, and that nothing is made by it.
func TestClockIsJudged(t *testing.T) {
	for _, tt := range []struct {
		name string
		now  time.Time
		code problem.Code
	}{
		{"before 1970", time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), "clock-early"},
		{"at the end of time", time.Date(9995, 1, 1, 0, 0, 0, 0, time.UTC), "expiry-after-9999"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, now := wrong{}.others(t), func() time.Time { return tt.now }
			_, ps := steps.Build(a, tt.now)
			ps = steps.ByKey(ps)["ca.expiry"]
			if len(ps) != 1 || ps[0].Code != tt.code {
				t.Fatalf("problems %v, want one of %s", ps, tt.code)
			}
			d := drive(t, wideRail-1, 45, wizard.Options{Answers: a.Clone(), Now: now})
			d.press("ctrl+n", "ctrl+n", "ctrl+n")
			if !strings.Contains(fold(d.screen()), fold(ps[0].Sentence())) {
				t.Errorf("no %q on the screen:\n%s", ps[0].Sentence(), d.screen())
			}
			for range d.m.Steps() {
				d.press("ctrl+n")
			}
			if _, err := os.Lstat(d.m.Dir()); err == nil || d.m.Outcome.Done {
				t.Errorf("made by this clock:\n%s", d.screen())
			}

			set(t, a, steps.DirKey, filepath.Join(t.TempDir(), "pki"))
			_, all := questionsAround(a, steps.ModeKey)
			var out strings.Builder
			in := strings.NewReader(strings.Repeat("\n", all+1) + "yes\n")
			if _, err := line.Run(t.Context(), wizard.Options{Answers: a, Now: now}, line.Terminal{In: in, Out: &out}); err == nil {
				t.Error("line mode ended without an error")
			}
			if !strings.Contains(fold(out.String()), fold(ps[0].Sentence())) {
				t.Errorf("%q was not said at the end of:\n%s", ps[0].Sentence(), tail(out.String()))
			}
			if _, err := os.Lstat(a.Get(steps.DirKey)); err == nil {
				t.Error("line mode has made it")
			}
		})
	}
}

// tail is the end of a long text, for a failure.
func tail(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(len(lines)-12, 0):], "\n")
}

// listing is what lies below a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		fmt.Fprintf(&b, "%v %s\n", info.Mode(), strings.TrimPrefix(path, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func articleFile(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "steps", "testdata", "article.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
