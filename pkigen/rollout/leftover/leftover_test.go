//go:build unix

package leftover

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func root(t *testing.T, dir string) *os.Root {
	t.Helper()
	r, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		out = append(out, e.Name())
	}
	return out
}

// The folder of a run that works is nobody's leftover; that of one that is gone is.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	parent := root(t, dir)
	f, err := Make(parent, Handout)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, f.Name, "sub/m.tar"), "a key")
	if info, err := os.Stat(filepath.Join(dir, f.Name)); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	if got, err := Clean(root(t, dir), Handout); len(got) != 0 || err != nil {
		t.Errorf("a run that works: %q %v", got, err)
	}
	f.lock.Close() // as the end of the process does
	if got, err := Find(parent, Lab); len(got) != 0 || err != nil {
		t.Errorf("of another command: %q %v", got, err)
	}
	if got, err := Find(parent, Handout); !slices.Equal(got, []string{f.Name}) || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if got, err := Clean(parent, Handout); !slices.Equal(got, []string{f.Name}) || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if left := list(t, dir); len(left) != 0 {
		t.Errorf("left %q", left)
	}
	if f, err = Make(parent, Lab); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(); err != nil || len(list(t, dir)) != 0 {
		t.Errorf("%v, left %q", err, list(t, dir))
	}
}

// TestCrowd has runs begin and end while others clean up: none loses its folder.
func TestCrowd(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		parent := root(t, dir)
		all.Go(func() {
			for range 50 {
				f, err := Make(parent, Lab)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := Clean(parent, Lab); err != nil {
					t.Error(err)
				}
				if _, err := parent.Lstat(f.Name + "/" + marker); err != nil {
					t.Error(err)
				}
				if err := f.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left := list(t, dir); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

// What is not one of ours in every respect is left alone.
func TestForeign(t *testing.T) {
	const text = "certwright handout: x\n"
	dir, elsewhere := t.TempDir(), t.TempDir()
	p := func(name string) string { return filepath.Join(dir, Handout.prefix()+name) }
	write(t, filepath.Join(p("no-marker"), "mine"), "x")
	write(t, filepath.Join(p("other-text"), marker), "somebody else's\n")
	write(t, filepath.Join(p("other-kind"), marker), "certwright lab new: x\n")
	write(t, p("a-file"), "x")
	write(t, filepath.Join(dir, "other-name", marker), text)
	write(t, filepath.Join(elsewhere, marker), text)
	if err := os.Symlink(elsewhere, p("a-link")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(p("marker-is-folder"), marker), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(elsewhere, "m"), text)
	if err := os.Mkdir(p("marker-is-link"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(elsewhere, "m"), filepath.Join(p("marker-is-link"), marker)); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		write(t, filepath.Join(p("owner"), marker), text)
		write(t, filepath.Join(p("marker-owner"), marker), text)
		if err := os.Lchown(p("owner"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(filepath.Join(p("marker-owner"), marker), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	before := list(t, dir)
	if got, err := Clean(root(t, dir), Handout); len(got) != 0 || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if after := list(t, dir); !slices.Equal(before, after) || len(list(t, elsewhere)) != 2 {
		t.Errorf("left %q of %q", after, before)
	}
}

// killedIn names the step before which the child of TestKilled is killed.
const killedIn = "CERTWRIGHT_TEST_KILLED_IN"

// TestKilled kills a run at each step of a folder's life: afterwards it is found and
// removed, or is empty and gone, and no key is left.
func TestKilled(t *testing.T) {
	if at := os.Getenv(killedIn); at != "" {
		step, dir, _ := strings.Cut(at, " ")
		lived(t, step, dir)
		return
	}
	for _, step := range []string{"made", "marked", "locked", "working", "removing"} {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killedIn+"="+step+" "+dir)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: %v\n%s", step, err, out)
		}
		if left := list(t, dir); len(left) != 1 {
			t.Errorf("%s: left %q; this looks at nothing", step, left)
		}
		if _, err := Find(root(t, dir), Handout); err != nil || len(list(t, dir)) != 1 {
			t.Errorf("%s: who looks has changed something: %q, %v", step, list(t, dir), err)
		}
		found, err := Clean(root(t, dir), Handout)
		if left := list(t, dir); err != nil || len(left) != 0 || (len(found) == 1) != (step != "made") {
			t.Errorf("%s: found %q, left %q, %v", step, found, left, err)
		}
	}
}

// lived is the life of a folder, up to a step.
func lived(t *testing.T, until, dir string) {
	count := 0
	testOnlyStep = func(step string) {
		if step != until {
			return
		}
		if count++; step != "removing" || count == 2 { // with something removed already
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	f, err := Make(root(t, dir), Handout)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, f.Name, "a.tar"), "a key")
	write(t, filepath.Join(dir, f.Name, "z/z.tar"), "a key")
	testOnlyStep("working")
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
}
