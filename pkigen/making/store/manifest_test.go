//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
)

// undoing is a set that no table can hold: what goes back to before the last run.
const undoing = "undo"

// tell describes a run, and gives its changes.
func tell(tx *store.Tx, dir, set string) ([]store.Change, error) {
	tx.Describe(store.About{Operation: set, Time: time.Now()})
	if set != undoing {
		return sets[set], nil
	}
	u, err := history.Make(dir, "", time.Now())
	if err != nil {
		return nil, err
	}
	return u.Changes()
}

// told makes one described run.
func told(t *testing.T, dir, set string, f fault.Faults) (store.Result, error) {
	t.Helper()
	tx, err := store.BeginWith(dir, f)
	if err != nil {
		return store.Result{}, err
	}
	changes, err := tell(tx, dir, set)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tx.Commit(t.Context(), changes, nil)
	return res, errors.Join(err, tx.Close())
}

// toldRun is a described run that is disturbed.
type toldRun struct {
	set           string
	noExchange    bool
	before, after map[string]string
}

func (r toldRun) prepare(t *testing.T, dir string) {
	t.Helper()
	switch r.set {
	case "first":
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	case undoing:
		old(t, dir)
		if _, err := told(t, dir, "update", fault.Faults{}); err != nil {
			t.Fatal(err)
		}
	default:
		old(t, dir)
	}
}

var toldRuns = []toldRun{
	{set: "first"}, {set: "update"}, {set: "update", noExchange: true}, {set: "add"}, {set: "remove"},
	{set: "grow"},
	{set: undoing}, {set: undoing, noExchange: true},
}

func (r toldRun) name() string {
	return fmt.Sprintf("%s/exchange=%v", r.set, !r.noExchange)
}

func (r toldRun) faults() fault.Faults {
	return fault.Faults{NoExchange: r.noExchange}
}

// undisturbed makes the run, and looks at what it leaves.
func (r *toldRun) undisturbed(t *testing.T) {
	t.Helper()
	dir := filepath.Join(memory(t), "pki")
	r.prepare(t, dir)
	r.before = tree(t, dir)
	res, err := told(t, dir, r.set, r.faults())
	if err != nil || res.Manifest == "" {
		t.Fatal(res, err)
	}
	r.after = tree(t, dir)
	if same(r.before, r.after) {
		t.Fatal("the run changes nothing")
	}
	r.check(t, "undisturbed", dir)
}

// check looks at what is there after the next run has fixed: the old state, and
// nothing more in the history, or the new state, whose last backup goes back to
// the old one byte for byte.
func (r toldRun) check(t *testing.T, where, dir string) (done bool) {
	t.Helper()
	got := tree(t, dir)
	if done = same(got, r.after); !done && !same(got, r.before) {
		t.Fatalf("%s: a mixture:\nfrom the old:\n%s\nfrom the new:\n%s", where, diff(got, r.before), diff(got, r.after))
	}
	want := map[bool]int{true: 1}[done] + map[bool]int{true: 1}[r.set == undoing]
	runs, err := history.List(dir)
	if err != nil || len(runs) != want {
		t.Fatalf("%s: %d runs in the history, want %d: %v", where, len(runs), want, err)
	}
	for _, run := range runs {
		if gap := run.Gap(); gap != "" {
			t.Fatalf("%s: %s: %s", where, run.Name(), gap)
		}
		for _, name := range []string{run.Folder, filepath.Join(run.Folder, store.ManifestFile), dir + ".backup"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Fatalf("%s: %s is open to others: %v %v", where, name, info, err)
			}
		}
	}
	if want == 0 {
		if _, err := os.Lstat(dir + ".backup"); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s: a run that did not happen left a folder of backups", where)
		}
	}
	if !done {
		return false
	}
	res, err := told(t, dir, undoing, fault.Faults{})
	if err != nil || res.Manifest == "" {
		t.Fatalf("%s: undo: %v", where, err)
	}
	back := r.before
	if back == nil { // the folder itself stays
		back = map[string]string{".": "drwx------"}
	}
	wantTree(t, dir, back)
	return true
}

// begin is the next run, which fixes and does nothing.
func begin(t *testing.T, where, dir string) {
	t.Helper()
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatalf("%s: Begin: %v", where, err)
	}
	if got := names(t, filepath.Join(filepath.Dir(dir), ".pki.certwright")); !slices.Equal(got, []string{"lock"}) {
		t.Fatalf("%s: Begin left %v in the work folder", where, got)
	}
	if err := tx.Close(); err != nil {
		t.Fatalf("%s: Close: %v", where, err)
	}
}

// A process that tells what it does, also one that undoes, is killed before each
// of its steps.
func TestKilledWithManifest(t *testing.T) {
	t.Parallel()
	for _, r := range toldRuns {
		t.Run(r.name(), func(t *testing.T) {
			t.Parallel()
			r.undisturbed(t)
			base, done := memory(t), 0
			for n := 1; ; n++ {
				where := fmt.Sprintf("step %d", n)
				dir := filepath.Join(base, fmt.Sprint(n), "pki")
				r.prepare(t, dir)
				f := r.faults()
				out, err := child{Do: "commit", Dir: dir, Set: r.set, KillAt: n, Told: true, NoExchange: f.NoExchange}.command(t).CombinedOutput()
				if err == nil {
					if n < 40 || done == 0 || done == n-1 {
						t.Errorf("lived through %d steps, %d of them behind the swap: are all of them told?", n, done)
					}
					break
				}
				if e := new(exec.ExitError); !errors.As(err, &e) || e.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("%s: %v\n%s", where, err, out)
				}
				begin(t, where, dir)
				if r.check(t, where, dir) {
					done++
				}
				os.RemoveAll(filepath.Dir(dir))
			}
		})
	}
}

// A disk that is full at each step in turn: once, or from then on.
func TestFullDiskWithManifest(t *testing.T) {
	t.Parallel()
	for _, r := range toldRuns {
		t.Run(r.name(), func(t *testing.T) {
			t.Parallel()
			r.undisturbed(t)
			base := memory(t)
			for _, forever := range []bool{false, true} {
				for n := 1; ; n++ {
					dir := filepath.Join(base, fmt.Sprint(n, forever), "pki")
					r.prepare(t, dir)
					step, hit := 0, ""
					f := r.faults()
					f.Step = func(op, path string) error {
						if step++; step < n || step > n && !forever {
							return nil
						}
						if step == n {
							hit = op + " " + path
						}
						return syscall.ENOSPC
					}
					_, err := told(t, dir, r.set, f)
					if hit == "" {
						if n < 40 {
							t.Errorf("only %d steps", n)
						}
						break
					}
					where := fmt.Sprintf("step %d (%s), forever=%v", n, hit, forever)
					if err != nil && strings.Contains(err.Error(), "nothing was changed") {
						if got := tree(t, dir); !same(got, r.before) {
							t.Fatalf("%s: something was changed:\n%s", where, diff(got, r.before))
						}
					}
					begin(t, where, dir)
					r.check(t, where, dir)
					os.RemoveAll(filepath.Dir(dir))
				}
			}
		})
	}
}

// TestManifestOrder holds what a power cut needs: the manifest lasts before the
// swap, and lies in the backup before that has its name.
func TestManifestOrder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	old(t, dir)
	work := filepath.Join(filepath.Dir(dir), ".pki.certwright")
	manifest := work + "/replaced/" + store.ManifestFile
	var steps []string
	res, err := told(t, dir, "update", fault.Faults{Step: func(op, path string) error {
		steps = append(steps, op+" "+path)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, want := range []string{
		"write " + manifest, "sync " + manifest, "sync " + work + "/replaced", "sync " + work, "exchange " + dir,
		"rename " + work + "/staging/" + store.ManifestFile, "sync " + work + "/staging", "rename " + res.Backup, "sync " + dir + ".backup",
	} {
		i := slices.Index(steps[at+1:], want)
		if i < 0 {
			t.Fatalf("no %q after step %d of\n%s", want, at, strings.Join(steps, "\n"))
		}
		at += 1 + i
	}
	m, err := store.ReadManifest(res.Backup)
	if err != nil || m.Operation != "update" || m.Previous != "" || len(m.Files) != 3 {
		t.Fatalf("%+v %v", m, err)
	}
	for i, want := range []string{"nodes/a/a-key.pem 0600 0600", "nodes/a/a.pem 0644 0644", "nodes/b/b-key.pem - 0600"} {
		f := m.Files[i]
		got := f.Path + " -"
		if f.Before != nil {
			got = f.Path + " " + f.Before.Mode
		}
		if got += " " + f.After.Mode; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
