//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/store"
)

// A disk that is full, or breaks, at each change in turn: once, or from then on.
func TestErrorAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, whole := range syncings {
		for _, set := range []string{"first", "update", "add", "remove"} {
			testErrorAtEveryStep(t, set, whole)
		}
	}
}

// syncings are the values of Faults.WholeSync that this system knows.
var syncings = map[bool][]bool{true: {false, true}, false: {false}}[runtime.GOOS == "linux"]

func testErrorAtEveryStep(t *testing.T, set string, whole bool) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		for _, forever := range []bool{false, true} {
			for _, noExchange := range []bool{false, true} {
				if set != "update" && noExchange || forever && errno == syscall.EIO {
					continue // as with the others
				}
				if whole && (noExchange || forever) {
					continue // the swap does not know how the staging directory was synced
				}
				name := fmt.Sprintf("%s/%v/forever=%v/exchange=%v/whole=%v", set, errno, forever, !noExchange, whole)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					f := faultRun{set: set, errno: errno, forever: forever, noExchange: noExchange, whole: whole}
					f.before, f.after = states(t, set)
					base := memory(t)
					for n := 1; f.at(t, filepath.Join(base, fmt.Sprint(n), "pki"), n); n++ {
						if n > 500 {
							t.Fatal("the run does not come to an end")
						}
					}
					if f.refused < 20 {
						t.Errorf("only %d runs failed: are all steps told?", f.refused)
					}
					if f.syncfs != whole {
						t.Errorf("met syncfs: %v, want %v", f.syncfs, whole)
					}
				})
			}
		}
	}
}

type faultRun struct {
	set           string
	errno         syscall.Errno
	forever       bool
	noExchange    bool
	whole         bool
	before, after map[string]string
	refused       int
	syncfs        bool // it was one of the steps that failed
}

// at makes one run with an error at step n, and reports whether there was such a step.
func (f *faultRun) at(t *testing.T, dir string, n int) bool {
	t.Helper()
	if f.set == "first" {
		// The folder above, so that each step is one of the directory itself.
		if err := os.Mkdir(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	} else {
		old(t, dir)
	}
	step, hit := 0, ""
	tx, err := store.BeginWith(dir, fault.Faults{NoExchange: f.noExchange, WholeSync: f.whole, Step: func(op, path string) error {
		step++
		if step == n || f.forever && step > n {
			if step == n {
				hit = op + " " + path
				f.syncfs = f.syncfs || op == "syncfs"
			}
			return f.errno
		}
		return nil
	}})
	var res store.Result
	var closed error
	if err == nil {
		res, err = tx.Commit(t.Context(), sets[f.set], func(*store.Tree) error { return nil })
		closed = tx.Close()
	}
	where := fmt.Sprintf("step %d (%s)", n, hit)
	switch {
	case err == nil:
		wantTree(t, dir, f.after)
	case !errors.Is(err, f.errno) || !strings.Contains(err.Error(), f.errno.Error()):
		t.Fatalf("%s: the error hides its reason: %v", where, err)
	case tx != nil && !strings.Contains(err.Error(), "nothing was changed") && !strings.Contains(err.Error(), "run certwright again"):
		t.Fatalf("%s: the error does not say what the state is: %v", where, err)
	default:
		f.refused++
		f.checkRefused(t, where, dir, err)
	}
	if err == nil && hit != "" && closed == nil && len(res.Notes) == 0 && !strings.HasPrefix(hit, "remove ") {
		t.Fatalf("%s: an error that nobody was told of", where)
	}
	if !f.forever && err != nil && closed == nil {
		want := []string{}
		if f.before != nil {
			want = append(want, "pki")
		}
		if got := names(t, filepath.Dir(dir)); !slices.Equal(got, want) {
			t.Fatalf("%s: beside the directory lies %v after the error %v", where, got, err)
		}
	}
	// The next run fixes what is left, and ends well.
	commit(t, dir, sets[f.set])
	wantTree(t, dir, f.after)
	if got := names(t, filepath.Dir(dir)); slices.Contains(got, ".pki.certwright") {
		t.Fatalf("%s: the next run left %v", where, got)
	}
	os.RemoveAll(filepath.Dir(dir))
	return hit != ""
}

// checkRefused: the old state is there, untouched. Only when the disk refuses
// to take the swap back as well may the new one be there, whole; or, where
// folders cannot be exchanged, the old one in the work folder.
func (f *faultRun) checkRefused(t *testing.T, where, dir string, err error) {
	t.Helper()
	got := tree(t, dir)
	if same(got, f.before) {
		return
	}
	if !f.forever || strings.Contains(err.Error(), "nothing was changed") {
		t.Fatalf("%s: %v\n%s", where, err, diff(got, f.before))
	}
	if got == nil && f.noExchange {
		wantTree(t, filepath.Join(filepath.Dir(dir), ".pki.certwright/old"), f.before)
		return
	}
	if !same(got, f.after) {
		t.Fatalf("%s: a mixture: %v\n%s", where, err, diff(got, f.after))
	}
}

// Whatever is swapped in was synced before: every file after its last byte,
// every folder after its last name, and both before the swap. This is what a
// power cut needs, which no test in a process can make.
func TestSyncedBeforeTheSwap(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"first", "update", "add", "remove"} {
		for _, whole := range syncings {
			testSyncedBeforeTheSwap(t, set, 1, whole)
			testSyncedBeforeTheSwap(t, set, 16, whole)
		}
	}
}

func testSyncedBeforeTheSwap(t *testing.T, set string, workers int, whole bool) {
	dir := filepath.Join(memory(t), "pki")
	if set != "first" {
		old(t, dir)
	}
	var steps []string
	lock := make(chan struct{}, 1)
	tx, err := store.BeginWith(dir, fault.Faults{Workers: workers, WholeSync: whole, Step: func(op, path string) error {
		lock <- struct{}{}
		steps = append(steps, op+" "+path)
		<-lock
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	checked := -1
	if _, err := tx.Commit(t.Context(), sets[set], func(*store.Tree) error {
		lock <- struct{}{}
		checked = len(steps)
		<-lock
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	checkSynced(t, steps, filepath.Dir(dir), dir, checked)
	tx.Close()
	if got := slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "syncfs ") }); got != whole {
		t.Errorf("synced as a whole: %v, want %v", got, whole)
	}
}

func checkSynced(t *testing.T, steps []string, parent, dir string, checked int) {
	t.Helper()
	swap := slices.IndexFunc(steps, func(s string) bool { return s == "exchange "+dir || s == "rename "+dir })
	if swap < 0 || checked < 0 || checked > swap {
		t.Fatalf("no swap after the check in %q", steps)
	}
	last := func(step string) int { // before the swap
		for i := swap - 1; i >= 0; i-- {
			if steps[i] == step || strings.HasPrefix(steps[i], "syncfs ") {
				return i
			}
		}
		return -1
	}
	files := 0
	for i, s := range steps[:swap] {
		op, path, _ := strings.Cut(s, " ")
		if path == parent || !strings.HasPrefix(path, parent) {
			continue
		}
		switch op {
		case "write":
			if strings.HasSuffix(path, "/lock") {
				continue
			}
			files++
			if last("sync "+path) < i {
				t.Errorf("%s is not synced after its last byte", path)
			}
			fallthrough
		case "create", "link", "symlink", "mkdir":
			if last("sync "+filepath.Dir(path)) < i {
				t.Errorf("the folder of %s is not synced after it got that name (%s)", path, op)
			}
		}
	}
	if files < 3 {
		t.Errorf("only %d files were written before the swap", files)
	}
	if !slices.Contains(steps[swap+1:], "sync "+parent) {
		t.Error("the parent is not synced after the swap")
	}
}

// A file system without hard links gets copies, with mode and time.
func TestNoLinks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	old(t, dir)
	was, err := os.Stat(filepath.Join(dir, "notes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, after := states(t, "add")
	tx, err := store.BeginWith(dir, fault.Faults{NoLink: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if _, err := tx.Commit(t.Context(), sets["add"], nil); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, after)
	now, err := os.Stat(filepath.Join(dir, "notes.txt"))
	if err != nil || os.SameFile(was, now) || !now.ModTime().Equal(was.ModTime()) {
		t.Errorf("want a copy of the same time, got %v %v", now, err)
	}
}

func TestWriteFileErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "draft.yaml")
	put(t, path, "old", 0o644)
	for n := 1; ; n++ {
		step := 0
		err := store.WriteFileWith(path, []byte("new"), fault.Faults{Step: func(string, string) error {
			if step++; step == n {
				return syscall.ENOSPC
			}
			return nil
		}})
		if err == nil {
			if n < 6 {
				t.Errorf("only %d steps", n)
			}
			break
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) {
			t.Errorf("step %d: %v", n, err)
		}
		data, _ := os.ReadFile(path)
		if s := string(data); s != "old" && s != "new" {
			t.Fatalf("step %d: %q", n, s)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"draft.yaml"}) {
			t.Fatalf("step %d: left %v", n, got)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.FileMode(0o600) {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
}
