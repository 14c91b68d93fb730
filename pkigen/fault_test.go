package pkigen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// operation is a run on a directory that was prepared.
type operation struct {
	name    string
	prepare func(t *testing.T, dir string)
	run     func(t *testing.T, dir string) error
	after   *spec.Cluster // what the directory is for when the run is done
	swaps   bool          // it stands for all others where folders cannot be exchanged
	stays   bool          // no undo brings the state before back: plain keys come by protect --undo alone
}

var about = store.About{Operation: "test", Command: "certwright test"}

func operations() []operation {
	small := testCluster()
	job := func(dir string, c *spec.Cluster, o plan.Options) Job {
		return Job{Dir: dir, Cluster: c, Now: at(t0), Options: o, About: about, Passphrase: withPhrase}
	}
	made := func(c *spec.Cluster, steps ...plan.Options) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			for _, o := range append([]plan.Options{{}}, steps...) {
				mustRun(t, job(dir, c, o), nil)
			}
		}
	}
	run := func(c *spec.Cluster, o plan.Options) func(*testing.T, string) error {
		return func(t *testing.T, dir string) error {
			_, err := Run(t.Context(), job(dir, c, o), nil)
			return err
		}
	}
	more, less := treeCluster("single-ca", 1), treeCluster("single-ca", 0)
	more.Nodes, less.Nodes = append(more.Nodes[:1], more.Nodes[3]), less.Nodes[:1]
	closed := new(*less)
	closed.EncryptCAKeys = true
	admin := plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}
	list := []operation{
		{"generate", func(*testing.T, string) {}, run(small, plan.Options{}), small, false, false},
		{"renew", made(small), run(small, admin), small, true, false},
		{"undo", made(small, admin), func(t *testing.T, dir string) error {
			_, err := Undo(t.Context(), UndoJob{Dir: dir, Now: at(t0), About: about}, nil)
			return err
		}, small, true, false},
		{"add a node", made(less), run(more, plan.Options{}), more, false, false},
		{"remove a node", made(more), func(t *testing.T, dir string) error {
			j := job(dir, less, plan.Options{})
			j.Before = more
			_, err := Run(t.Context(), j, nil)
			return err
		}, less, false, false},
		{"protect", made(less), run(closed, plan.Options{}), closed, false, true},
	}
	var steps []plan.Options
	for _, to := range stages {
		o := plan.Options{Rotation: &plan.Rotation{Name: "ca", To: to}}
		list = append(list, operation{"rotate to " + string(to), made(less, steps...), run(less, o), less, false, false})
		steps = append(steps, o)
	}
	return list
}

// errGone is what every change meets after the program was killed.
var errGone = errors.New("killed")

// breaker stands in front of the changes below its folder. One worker makes them, so
// that they have an order.
type breaker struct {
	below string
	at    int      // the change that goes wrong, from 1; 0 for none
	err   error    // how; errGone takes all after it as well
	met   []string // the changes so far
}

func (b *breaker) step(op, path string) error {
	if op == "locked" {
		return nil // a moment, and no change
	}
	b.met = append(b.met, op+" "+strings.TrimPrefix(path, b.below))
	if n := len(b.met); b.at > 0 && (n == b.at || n > b.at && b.err == errGone) {
		return b.err
	}
	return nil
}

// inStaging is how many of the changes go wrong by which the new state is built: they
// are much alike, and package store tries each of them.
const inStaging = 2

// breakers finds that of a path: tests run beside each other.
type breakers struct{ all sync.Map }

func (all *breakers) step(op, path string) error {
	for folder := path; ; folder = filepath.Dir(folder) {
		if b, ok := all.all.Load(folder); ok {
			return b.(*breaker).step(op, path)
		}
		if folder == filepath.Dir(folder) {
			return nil
		}
	}
}

// TestEveryFault makes each operation go wrong at each change that it makes to the
// disk, by an error and by a kill, where folders can be exchanged and where not. What
// lies there then is the state before or the state after, whole; what is said of it is
// true, and the next run ends well.
func TestEveryFault(t *testing.T) {
	for _, noExchange := range []bool{false, true} {
		all := &breakers{}
		clear := fault.Set(fault.Faults{Step: all.step, Workers: 1, NoExchange: noExchange})
		t.Run(fmt.Sprintf("exchange=%t", !noExchange), func(t *testing.T) {
			for _, op := range operations() {
				if noExchange && !op.swaps {
					continue
				}
				t.Run(op.name, func(t *testing.T) {
					t.Parallel()
					everyFault(t, op, all)
				})
			}
		})
		clear()
	}
}

func everyFault(t *testing.T, op operation, all *breakers) {
	base := t.TempDir()
	start := filepath.Join(base, "start")
	if err := os.Mkdir(start, 0o755); err != nil {
		t.Fatal(err)
	}
	op.prepare(t, filepath.Join(start, "pki"))
	w := &wreck{op: op, seen: map[string]bool{}}
	var err error
	if w.before, err = look(start); err != nil {
		t.Fatal(err)
	}
	disturbed := func(at int, how error) (string, *breaker, error) {
		top := filepath.Join(base, fmt.Sprint(at, how))
		if err := os.CopyFS(top, os.DirFS(start)); err != nil {
			t.Fatal(err)
		}
		closeLike(t, start, top)
		b := &breaker{below: top, at: at, err: how}
		all.all.Store(top, b)
		defer all.all.Delete(top)
		return top, b, op.run(t, filepath.Join(top, "pki"))
	}
	_, whole, err := disturbed(0, nil)
	if err != nil || len(whole.met) < 40 {
		t.Fatalf("undisturbed: %d changes, %v", len(whole.met), err)
	}
	for i, change := range whole.met {
		if strings.Contains(change, "/staging/") && i%(len(whole.met)/inStaging) != 0 {
			continue
		}
		for _, how := range []error{syscall.EIO, errGone} {
			if top, b, err := disturbed(i+1, how); i < len(b.met) {
				w.check(t, top, fmt.Sprintf("%v at change %d (%s)", how, i+1, b.met[i]), how, err)
				os.RemoveAll(top)
			}
		}
	}
	if !w.sawBefore || !w.sawAfter {
		t.Errorf("saw the state before %t and the state after %t", w.sawBefore, w.sawAfter)
	}
}

// closeLike gives copied files and folders the modes of the original.
func closeLike(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, name)
		return os.Chmod(filepath.Join(to, rel), info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// look is a tree as text: of the directory, and of the number of backups beside it.
func look(top string) (string, error) {
	var lines []string
	dir := filepath.Join(top, "pki")
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		lines = append(lines, rel+" "+string(data))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.Join(lines, "\n"), err
}

// wreck judges what faults leave of one operation.
type wreck struct {
	op                  operation
	before              string
	seen                map[string]bool // states whose next run was tried
	sawBefore, sawAfter bool
}

// check judges what one fault has left.
func (w *wreck) check(t *testing.T, top, where string, how, failed error) {
	t.Helper()
	dir := filepath.Join(top, "pki")
	now, err := look(top)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	left, err := store.Find(dir)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if how != errGone && failed != nil && left != nil && !strings.Contains(failed.Error(), "run certwright again") {
		t.Errorf("%s: %q is left, and the error does not say so: %v", where, left.Text, failed)
	}
	if left != nil && left.Away != (now == "" && w.before != "") {
		t.Errorf("%s: %q", where, left.Text)
	}
	if now == "" && w.before != "" && left == nil {
		t.Fatalf("%s: the directory is gone, and nothing says so", where)
	}
	// What is done next, once for each state: its distinct parts are few.
	state := fmt.Sprint(left, now == w.before, now == "", names(filepath.Join(top, ".pki.certwright")), len(names(dir+store.BackupSuffix)))
	if _, err := Recover(dir); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if now, err = look(top); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	if list := names(filepath.Join(top, ".pki.certwright")); left != nil && list != nil {
		t.Errorf("%s: %q is left after all", where, list)
	}
	if now == w.before {
		w.sawBefore = true
	} else {
		w.sawAfter = true
		w.proveAfter(t, dir, where)
	}
	if w.seen[state] {
		return
	}
	w.seen[state] = true
	w.next(t, dir, where, now == w.before)
}

// proveAfter holds the new state to be whole: nothing is left to do.
func (w *wreck) proveAfter(t *testing.T, dir, where string) {
	t.Helper()
	p, err := Plan(Job{Dir: dir, Cluster: w.op.after, Now: at(t0)})
	if err != nil || p.Changes() || len(p.Refused()) > 0 {
		t.Fatalf("%s: a mixture: %v %v", where, err, p)
	}
	if w.op.after.EncryptCAKeys {
		noPlainKeys(t, dir, where)
	}
}

// next looks at the history, runs again, and takes that back.
func (w *wreck) next(t *testing.T, dir, where string, isBefore bool) {
	t.Helper()
	runs, err := history.List(dir)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	standing, err := history.Standing(dir, runs)
	if err != nil || slices.ContainsFunc(standing, func(why string) bool { return why != "" }) {
		t.Errorf("%s: runs that cannot be undone: %q, %v", where, standing, err)
	}
	if len(runs) > 0 {
		u, err := PlanUndo(UndoJob{Dir: dir, Now: at(t0)})
		if err != nil || len(u.Foreign) > 0 {
			t.Errorf("%s: the last run cannot be taken back: %v", where, err)
		}
	}
	if isBefore {
		if err := w.op.run(t, dir); err != nil {
			t.Fatalf("%s: the next run: %v", where, err)
		}
	}
	w.proveAfter(t, dir, where)
	if _, err := Undo(t.Context(), UndoJob{Dir: dir, Now: at(t0), About: about}, nil); err != nil {
		t.Fatalf("%s: undo: %v", where, err)
	}
	if now, err := look(filepath.Dir(dir)); err != nil || now != w.before && !w.op.stays {
		t.Errorf("%s: undo does not bring back the state before: %v", where, err)
	}
}

func names(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
