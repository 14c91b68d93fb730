//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/making/store"
)

// A process is killed before each change that it makes to the disk, one after
// the other until it lives through. What it leaves has to be the old state or
// the new one, and the next run has to end well.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		set        string
		noExchange bool
		whole      bool
	}{
		{set: "first"}, {set: "update"}, {set: "add"}, {set: "remove"},
		{set: "update", noExchange: true},
		{set: "update", whole: true},
	} {
		if tc.whole && runtime.GOOS != "linux" {
			continue
		}
		t.Run(fmt.Sprintf("%s/exchange=%v/whole=%v", tc.set, !tc.noExchange, tc.whole), func(t *testing.T) {
			t.Parallel()
			before, after := states(t, tc.set)
			base := memory(t)
			absent, fixed := 0, map[string]int{}
			for n := 1; ; n++ {
				if n > 500 {
					t.Fatal("the child does not come to an end")
				}
				parent := filepath.Join(base, fmt.Sprint(n))
				dir := filepath.Join(parent, "pki")
				if tc.set != "first" {
					old(t, dir)
				}
				c := child{Do: "commit", Dir: dir, Set: tc.set, KillAt: n, NoExchange: tc.noExchange, WholeSync: tc.whole}
				out, err := c.command(t).CombinedOutput()
				if err == nil {
					if n < 40 {
						t.Fatalf("lived through %d steps only: are all of them told?", n)
					}
					wantTree(t, dir, after)
					break
				}
				if e := new(exec.ExitError); !errors.As(err, &e) || e.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("step %d: %v\n%s", n, err, out)
				}
				if checkKilled(t, n, dir, before, after, tc.noExchange) {
					absent++
				}
				fixed[checkMended(t, n, dir, before, after, tc.set)]++
				os.RemoveAll(parent)
			}
			t.Logf("notes after the kills: %v", fixed)
			if tc.noExchange && absent == 0 {
				t.Error("was never killed between the two renames")
			}
			for _, want := range []string{"unfinished staging directory", "put the new state in place"} {
				if fixed[want] == 0 {
					t.Errorf("no kill ended in the note %q: %v", want, fixed)
				}
			}
		})
	}
}

// checkKilled looks at what a killed run left, and reports whether the target
// was absent, which only the fallback may do.
func checkKilled(t *testing.T, n int, dir string, before, after map[string]string, fallback bool) (absent bool) {
	t.Helper()
	got := tree(t, dir)
	switch {
	case same(got, before), same(got, after):
		return false
	case got == nil && fallback:
		wantTree(t, filepath.Join(filepath.Dir(dir), ".pki.certwright/old"), before)
		have, err := store.Read(dir, []string{"ca-key.pem"})
		if err != nil || string(have["ca-key.pem"].Data) != "the root key\n" {
			t.Fatalf("step %d: Read between the renames: %v %v", n, have, err)
		}
		return true
	}
	t.Fatalf("step %d: a mixture:\nfrom the old:\n%s\nfrom the new:\n%s", n, diff(got, before), diff(got, after))
	return false
}

// checkMended runs again after a kill, and returns the kind of the note.
func checkMended(t *testing.T, n int, dir string, before, after map[string]string, set string) string {
	t.Helper()
	work := filepath.Join(filepath.Dir(dir), ".pki.certwright")
	signed, _ := os.ReadFile(filepath.Join(work, "lock"))
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatalf("step %d: Begin after the kill: %v", n, err)
	}
	if got := tree(t, dir); !same(got, before) && !same(got, after) {
		t.Fatalf("step %d: a mixture after Begin:\n%s", n, diff(got, before))
	}
	if got := names(t, work); !slices.Equal(got, []string{"lock"}) {
		t.Fatalf("step %d: Begin left %v in the work folder", n, got)
	}
	if len(signed) > 0 && len(tx.Notes) != 1 {
		t.Fatalf("step %d: want one note, got %q", n, tx.Notes)
	}
	if _, err := tx.Commit(t.Context(), sets[set], nil); err != nil {
		t.Fatalf("step %d: Commit after the kill: %v", n, err)
	}
	if err := tx.Close(); err != nil {
		t.Fatalf("step %d: Close after the kill: %v", n, err)
	}
	wantTree(t, dir, after)
	want := []string{"pki"}
	if replaces(set) {
		want = append(want, "pki.backup")
		backups := names(t, dir+".backup")
		if len(backups) != 1 {
			t.Fatalf("step %d: want one backup, got %v", n, backups)
		}
		wantTree(t, filepath.Join(dir+".backup", backups[0]), before)
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, want) {
		t.Fatalf("step %d: beside the directory lies %v, want %v", n, got, want)
	}
	for _, kind := range []string{"unfinished staging directory", "put the new state in place", "between two renames", "nothing unfinished"} {
		if strings.Contains(strings.Join(tx.Notes, " "), kind) {
			return kind
		}
	}
	return strings.Join(tx.Notes, " ")
}
