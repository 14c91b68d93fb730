//go:build unix

package walk

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadUnfit reads what is no file, and does not wait for it.
func TestReadUnfit(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir) // names of sockets are short
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, target := range map[string]string{"to-pipe": "pipe", "to-device": "/dev/zero", "to-folder": "."} {
		if err := os.Symlink(target, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"pipe": "a named pipe", "to-pipe": "a named pipe", "to-device": "a device", "socket": "a socket", "to-folder": "a folder",
	} {
		for _, read := range []func(string, int64) ([]byte, error){Read, ReadGiven} {
			done := make(chan error, 1)
			go func() {
				_, err := read(at(name), LargestFile)
				done <- err
			}()
			var unfit *UnfitError
			select {
			case err := <-done:
				if !errors.As(err, &unfit) || unfit.Path != at(name) || !strings.Contains(unfit.Why, want) {
					t.Errorf("%s: %v, want that it is %s", name, err, want)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s is waited for", name)
			}
		}
	}
}

// TestReadGiven reads a pipe that the caller holds open, to its end.
func TestReadGiven(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.WriteString("one ")
		time.Sleep(10 * time.Millisecond)
		w.WriteString("two")
		w.Close()
	}()
	name := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if data, err := ReadGiven(name, LargestFile); err != nil || string(data) != "one two" {
		t.Errorf("read %q: %v", data, err)
	}
	if _, err := Read(name, LargestFile); err == nil || !strings.Contains(err.Error(), "a named pipe") {
		t.Errorf("a pipe was read that nobody named: %v", err)
	}
}
