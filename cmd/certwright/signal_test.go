//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start runs certwright, which this test binary is under that name, in a
// directory and with a home of its own.
func start(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "certwright")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=", "GOCOVERDIR="+t.TempDir())
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// until reads a stream until a text has come, then drains it.
func until(t *testing.T, r io.Reader, text string) {
	t.Helper()
	in, seen := bufio.NewReader(r), ""
	for !strings.Contains(seen, text) {
		b, err := in.ReadByte()
		if err != nil {
			t.Fatalf("%v before %q was printed; printed was:\n%s", err, text, seen)
		}
		seen += string(b)
	}
	go io.Copy(io.Discard, in) //nolint:errcheck // the process may be gone
}

func TestSignalWhileAsking(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := start(t, dir, "--accessible")
			in, err := cmd.StdinPipe() // stays open: the end of the input would be another error
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, out, "Number from 1 to ")
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			err = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != code {
				t.Errorf("exit code %d (%v), want %d", got, err, code)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// Stopped in the middle, a run leaves nothing, or all.
func TestSignalWhileMaking(t *testing.T) {
	answers, err := filepath.Abs(filepath.Join("..", "..", "steps", "testdata", "article.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := start(t, dir, "generate", "--answers", answers, "--dir", "pki", "--set", "encryptionAlgorithm=RSA-4096")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, out, "17 files will be created")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code is looked at below
	files, _ := filepath.Glob(filepath.Join(dir, "pki", "*"))
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	switch code := cmd.ProcessState.ExitCode(); {
	case code == 143 && len(all) == 0:
	case code == 0 && len(files) == 17 && len(all) == 1: // it was quicker than the signal
	default:
		t.Errorf("exit code %d with %d files in pki, and %v beside it", code, len(files), all)
	}
}
