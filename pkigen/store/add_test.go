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

	"certwright/pkigen/store"
)

// growing are the paths of a commit that only adds, and what it leaves.
type growing struct {
	set           string
	before, after map[string]string
	backups       int // files in its backup
}

func newGrowing(t *testing.T, set string) growing {
	t.Helper()
	g := growing{set: set}
	g.before, g.after = states(t, set)
	if set == "grow" {
		g.backups = 1
	}
	return g
}

// check looks at what a stopped run left: the old state, the new one, or the old
// one with some of what is added beside it. Whoever reads sees one of the first
// two.
func (g growing) check(t *testing.T, where, dir string) {
	t.Helper()
	got := tree(t, dir)
	rest := map[string]string{}
	for name, text := range got {
		if _, old := g.before[name]; old || g.after[name] != text {
			rest[name] = text
		}
	}
	if !same(rest, g.before) && !same(got, g.after) {
		t.Fatalf("%s: neither the old state nor the new one:\n%s", where, diff(rest, g.before))
	}
	var paths []string
	for name, text := range g.after {
		if strings.HasPrefix(text, "-") {
			paths = append(paths, name)
		}
	}
	have, err := store.Read(dir, paths)
	if err != nil {
		t.Fatalf("%s: Read: %v", where, err)
	}
	reads := func(state map[string]string) bool {
		for _, name := range paths {
			_, data, there := strings.Cut(state[name], " ")
			if f, found := have[name]; found != there || string(f.Data) != data {
				return false
			}
		}
		return true
	}
	if !reads(g.before) && !reads(g.after) {
		t.Fatalf("%s: Read shows a mixture", where)
	}
}

// finish mends and commits, and looks at all that is left.
func (g growing) finish(t *testing.T, where, dir string) (notes []string) {
	t.Helper()
	tx, err := store.BeginWith(dir, store.Faults{Add: true})
	if err != nil {
		t.Fatalf("%s: Begin: %v", where, err)
	}
	if got := tree(t, dir); !same(got, g.before) && !same(got, g.after) {
		t.Fatalf("%s: a mixture after Begin:\n%s", where, diff(got, g.before))
	}
	if got := names(t, filepath.Join(filepath.Dir(dir), ".pki.certwright")); !slices.Equal(got, []string{"lock"}) {
		t.Fatalf("%s: Begin left %v in the work folder", where, got)
	}
	_, err = tx.Commit(t.Context(), sets[g.set], nil)
	if err = errors.Join(err, tx.Close()); err != nil {
		t.Fatalf("%s: the next run: %v", where, err)
	}
	wantTree(t, dir, g.after)
	want := []string{"pki"}
	if g.backups > 0 {
		want = append(want, "pki.backup")
		backups := names(t, dir+".backup")
		if len(backups) != 1 {
			t.Fatalf("%s: want one backup, got %v", where, backups)
		}
		wantTree(t, filepath.Join(dir+".backup", backups[0]), map[string]string{".": "drwx------", "ca-config.json": g.before["ca-config.json"]})
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, want) {
		t.Fatalf("%s: beside the directory lies %v, want %v", where, got, want)
	}
	return tx.Notes
}

// TestAdd holds that an addition touches nothing but what it adds and the file
// that it writes anew, and that every other change goes the whole way.
func TestAdd(t *testing.T) {
	t.Parallel()
	for set, adds := range map[string]bool{"grow": true, "add": false, "update": false, "remove": false} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		_, after := states(t, set)
		was, _ := os.Stat(dir)
		tx, err := store.BeginWith(dir, store.Faults{Add: true})
		if err != nil {
			t.Fatal(err)
		}
		read := ""
		res, err := tx.Commit(t.Context(), sets[set], func(string) error {
			// What is added, and what stays, is read in one way.
			if set == "remove" {
				read = "key of b\nthe root key\n"
				_, err := tx.Staged("nodes/a/a-key.pem")
				if !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("what is taken out can be read: %v", err)
				}
				return nil
			}
			for _, p := range []string{"nodes/b/b-key.pem", "ca-key.pem"} {
				data, err := tx.Staged(p)
				if err != nil {
					return err
				}
				read += string(data)
			}
			return nil
		})
		if err = errors.Join(err, tx.Close()); err != nil {
			t.Fatal(err)
		}
		if read != "key of b\nthe root key\n" {
			t.Errorf("%s: read %q", set, read)
		}
		wantTree(t, dir, after)
		if now, _ := os.Stat(dir); os.SameFile(was, now) != adds {
			t.Errorf("%s: the same folder: %v, want %v", set, !adds, adds)
		}
		if adds && (len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "the backup holds ca-config.json only")) {
			t.Errorf("notes %q", res.Notes)
		}
	}
}

// TestAddToLarge holds that a directory counts as large by what lies in it.
func TestAddToLarge(t *testing.T) {
	t.Parallel()
	for _, others := range []int{100, 2100} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		for i := range others {
			put(t, filepath.Join(dir, "deep", fmt.Sprint(i)), "x", 0o644)
		}
		was, _ := os.Stat(dir)
		commit(t, dir, sets["grow"])
		if now, _ := os.Stat(dir); os.SameFile(was, now) != (others > 2000) {
			t.Errorf("%d others: the folder was replaced: %v", others, !os.SameFile(was, now))
		}
	}
}

// A process that adds is killed before each of its steps.
func TestKilledWhileAdding(t *testing.T) {
	t.Parallel()
	g := newGrowing(t, "grow")
	base := memory(t)
	mended := map[string]int{}
	kinds := []string{"taken back", "put the new state in place", "unfinished staging directory"}
	for n := 1; ; n++ {
		dir := filepath.Join(base, fmt.Sprint(n), "pki")
		old(t, dir)
		out, err := child{Do: "commit", Dir: dir, Set: g.set, KillAt: n, Add: true}.command(t).CombinedOutput()
		if err == nil {
			if n < 60 {
				t.Fatalf("lived through %d steps only: are all of them told?", n)
			}
			break
		}
		if e := new(exec.ExitError); !errors.As(err, &e) || e.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: %v\n%s", n, err, out)
		}
		where := fmt.Sprintf("step %d", n)
		g.check(t, where, dir)
		notes := strings.Join(g.finish(t, where, dir), " ")
		for _, k := range kinds {
			if strings.Contains(notes, k) {
				mended[k]++
			}
		}
	}
	for _, k := range kinds {
		if mended[k] == 0 {
			t.Errorf("no kill ended in the note %q: %v", k, mended)
		}
	}
}

// An error at each step, once: nothing is changed, or the next run mends it.
func TestErrorWhileAdding(t *testing.T) {
	t.Parallel()
	g := newGrowing(t, "grow")
	base := memory(t)
	for n := 1; ; n++ {
		dir := filepath.Join(base, fmt.Sprint(n), "pki")
		old(t, dir)
		hit, err := failAt(t, dir, g.set, n, false)
		where := fmt.Sprintf("step %d (%s)", n, hit)
		switch {
		case hit == "":
			if n < 60 {
				t.Errorf("only %d steps", n)
			}
			return
		case err == nil:
			wantTree(t, dir, g.after)
		case strings.Contains(err.Error(), "nothing was changed"):
			wantTree(t, dir, g.before)
		}
		g.check(t, where, dir)
		g.finish(t, where, dir)
	}
}

// A disk that breaks for good at each step, and then again at each step of the
// run that mends.
func TestBrokenWhileMending(t *testing.T) {
	t.Parallel()
	g := newGrowing(t, "grow")
	base := memory(t)
	for n := 1; ; n++ {
		for m := 1; ; m++ {
			dir := filepath.Join(base, fmt.Sprint(n), fmt.Sprint(m), "pki")
			old(t, dir)
			hit, _ := failAt(t, dir, g.set, n, true)
			if hit == "" {
				if n < 60 {
					t.Errorf("only %d steps", n)
				}
				return
			}
			again := ""
			step := 0
			tx, err := store.BeginWith(dir, store.Faults{Step: func(op, path string) error {
				if step++; step < m {
					return nil
				}
				again = op + " " + filepath.Base(path)
				return syscall.EIO
			}})
			where := fmt.Sprintf("step %d (%s), then %d (%s)", n, hit, m, again)
			g.check(t, where, dir)
			if err == nil {
				tx.Close()
			}
			g.finish(t, where, dir)
			os.RemoveAll(filepath.Dir(dir))
			if err == nil {
				break
			}
		}
	}
}

// failAt makes one run with an error at step n, or from then on, and tells which
// step that was.
func failAt(t *testing.T, dir, set string, n int, forever bool) (hit string, err error) {
	t.Helper()
	step := 0
	tx, err := store.BeginWith(dir, store.Faults{Add: true, Step: func(op, path string) error {
		step++
		if step == n {
			hit = op + " " + filepath.Base(path)
		}
		if step == n || forever && step > n {
			return syscall.EIO
		}
		return nil
	}})
	if err != nil {
		return hit, err
	}
	_, err = tx.Commit(t.Context(), sets[set], nil)
	return hit, errors.Join(err, tx.Close())
}

// TestAddOrder holds what a power cut needs: all that is moved lasts before the
// journal, the journal before the first move, and what is added before the file
// that tells of it.
func TestAddOrder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	old(t, dir)
	work := filepath.Join(filepath.Dir(dir), ".pki.certwright")
	var steps []string
	tx, err := store.BeginWith(dir, store.Faults{Add: true, Step: func(op, path string) error {
		steps = append(steps, op+" "+path)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if _, err := tx.Commit(t.Context(), sets["grow"], nil); err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, want := range []string{
		"sync " + work + "/staging/nodes/b/b-key.pem", "sync " + work + "/staging/nodes/b", "sync " + work + "/staging",
		"link " + work + "/replaced/ca-config.json", "sync " + work + "/replaced",
		"create " + work + "/journal", "sync " + work + "/journal", "sync " + work,
		"rename " + dir + "/cfssl", "rename " + dir + "/nodes/a/b.txt", "rename " + dir + "/nodes/b", "sync " + dir, "sync " + dir + "/nodes",
		"rename " + dir + "/ca-config.json", "sync " + dir, "remove " + work + "/journal",
	} {
		i := slices.Index(steps[at+1:], want)
		if i < 0 {
			t.Fatalf("no %q after step %d of\n%s", want, at, strings.Join(steps, "\n"))
		}
		at += 1 + i
	}
}

// TestWriteIndex breaks the disk at each step of it: the old index or the new one
// is there, and nothing else.
func TestWriteIndex(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		put(t, filepath.Join(dir, ".index"), "old", 0o644)
		step, armed, hit := 0, false, ""
		tx, err := store.BeginWith(dir, store.Faults{Step: func(op, path string) error {
			if armed {
				step++
			}
			if step >= n && armed {
				hit = op
				return syscall.ENOSPC
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		armed = true
		err = tx.WriteIndex(".index", []byte("new"))
		data, _ := os.ReadFile(filepath.Join(dir, ".index"))
		if want := map[bool]string{true: "new", false: "old"}[err == nil]; string(data) != want {
			t.Errorf("step %d (%s): %q after %v", n, hit, data, err)
		}
		tx.Close()
		again, err2 := store.Begin(dir)
		if err2 != nil {
			t.Fatalf("step %d: %v", n, err2)
		}
		if got := names(t, filepath.Join(filepath.Dir(dir), ".pki.certwright")); !slices.Equal(got, []string{"lock"}) {
			t.Errorf("step %d: the work folder holds %v", n, got)
		}
		again.Close()
		if hit == "" {
			if info, err := os.Stat(filepath.Join(dir, ".index")); err != nil || info.Mode() != 0o600 || n < 5 {
				t.Errorf("after %d steps: %v %v", n, info.Mode(), err)
			}
			return
		}
	}
}
