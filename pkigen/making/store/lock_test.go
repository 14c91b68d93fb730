//go:build unix

package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/store"
)

func TestSecondRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	cmd := child{Do: "hold", Dir: dir}.command(t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatal(line, err)
	}
	_, err = store.Begin(dir)
	var locked *store.LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("want a LockedError, got %v", err)
	}
	host, _ := os.Hostname()
	want := fmt.Sprintf("certwright with process %d on host %s has been working on %s since %s; wait for it, or stop it",
		cmd.Process.Pid, host, dir, locked.Since.Local().Format("15:04"))
	if locked.Error() != want || time.Since(locked.Since).Abs() > time.Minute {
		t.Errorf("got  %v\nwant %v", locked, want)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatalf("the lock of a killed run: %v", err)
	}
	if want := fmt.Sprintf("(process %d on host %s)", cmd.Process.Pid, host); len(tx.Notes) != 1 || !strings.Contains(tx.Notes[0], want) {
		t.Errorf("want a note with %q, got %q", want, tx.Notes)
	}
	if err := errors.Join(tx.Close(), tx.Close()); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

// Many runs come and go: two never work at one time, although each removes the
// lock file that others have opened.
func TestManyRuns(t *testing.T) {
	t.Parallel()
	parent := memory(t)
	dir := filepath.Join(parent, "pki")
	var inside, done atomic.Int32
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := 0; i < 15; {
				tx, err := store.Begin(dir)
				if locked := new(store.LockedError); errors.As(err, &locked) {
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d runs at one time", n)
				}
				if len(tx.Notes) != 0 {
					t.Errorf("notes: %q", tx.Notes)
				}
				_, err = tx.Commit(t.Context(), []store.Change{file(fmt.Sprintf("f%d-%d", g, i), "x")}, nil)
				inside.Add(-1)
				if err := errors.Join(err, tx.Close()); err != nil {
					t.Error(err)
				}
				done.Add(1)
				i++
			}
		})
	}
	wg.Wait()
	if got := len(names(t, dir)); got != int(done.Load()) || got != 60 {
		t.Errorf("%d files of %d runs", got, done.Load())
	}
	if got := names(t, parent); !slices.Equal(got, []string{"pki"}) {
		t.Errorf("left %v", got)
	}
}

// A lock on a file that its holder removed, and that another run has made again,
// holds nothing: it is given back, and the new file is locked.
func TestLockFileReplaced(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	lock := filepath.Join(filepath.Dir(dir), ".pki.certwright/lock")
	times := 0
	tx, err := store.BeginWith(dir, fault.Faults{Step: func(op, path string) error {
		if op != "locked" {
			return nil
		}
		if times++; times > 1 {
			return nil
		}
		return errors.Join(os.Rename(lock, filepath.Join(filepath.Dir(dir), "gone")), os.WriteFile(lock, nil, 0o600))
	}})
	if err != nil {
		t.Fatal(err)
	}
	if times != 2 {
		t.Errorf("locked %d times, want twice", times)
	}
	if second, err := store.Begin(dir); !errors.As(err, new(*store.LockedError)) {
		t.Errorf("a second run got in: %v", err)
		second.Close()
	}
	if err := tx.Close(); err != nil {
		t.Error(err)
	}
}

func TestLockedErrorText(t *testing.T) {
	now := time.Date(2026, 3, 4, 15, 0, 0, 0, time.Local)
	for _, tc := range []struct {
		since time.Time
		want  string
	}{
		{now.Add(-58 * time.Minute), "14:02"},
		{now.AddDate(0, 0, -1), "2026-03-03 15:00"},
	} {
		if got := store.Clock(tc.since, now); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
	unknown := &store.LockedError{Dir: "pki"}
	if got := unknown.Error(); got != "another certwright is working on pki; wait for it, or stop it" {
		t.Error(got)
	}
}
