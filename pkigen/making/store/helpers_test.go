//go:build unix

package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/store"
)

// child is what this test binary does when it is run as a process of its own.
type child struct {
	Do         string // "commit" or "hold"
	Dir        string
	Set        string // of sets
	KillAt     int    // SIGKILL before this step; 0 never
	NoExchange bool
	WholeSync  bool
	Told       bool // with a manifest
	Umask      int  // set if Do is "umask"
}

const childEnv = "CERTWRIGHT_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var c child
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			panic(err)
		}
		if err := c.run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func (c child) command(t *testing.T) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	return cmd
}

func (c child) run() error {
	if c.Do == "umask" {
		syscall.Umask(c.Umask)
	}
	n := 0
	tx, err := store.BeginWith(c.Dir, fault.Faults{NoExchange: c.NoExchange, WholeSync: c.WholeSync, Step: func(op, path string) error {
		if n++; n == c.KillAt {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		if c.Do == "umask" && op == "write" {
			return c.modesBeforeWrite(path)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	if c.Do == "hold" {
		fmt.Println("held")
		select {}
	}
	changes := sets[c.Set]
	if c.Told {
		if changes, err = tell(tx, c.Dir, c.Set); err != nil {
			return err
		}
	}
	if _, err := tx.Commit(context.Background(), changes, nil); err != nil {
		return err
	}
	return tx.Close()
}

// modesBeforeWrite looks at a file that has no byte yet, and at its folder.
func (c child) modesBeforeWrite(path string) error {
	want := fs.FileMode(0o600)
	if strings.Contains(path, "/staging/") && !strings.HasSuffix(path, "-key.pem") {
		want = 0o644
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	up, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if info.Mode() != want || up.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is %v in %v before its first byte", path, info.Mode(), up.Mode())
	}
	return nil
}

// file is a change as most tests make it; keys are 0600.
func file(path, data string) store.Change {
	mode := fs.FileMode(0o644)
	if strings.HasSuffix(path, "key.pem") {
		mode = 0o600
	}
	return store.Change{Path: path, Data: []byte(data), Mode: mode}
}

// sets are the commits that the tests and their processes make.
var sets = map[string][]store.Change{
	"first": {
		file("ca-key.pem", "the root key\n"), file("ca.pem", "the root\n"), file("ca-config.json", "{}\n"),
		file("nodes/a/a-key.pem", "key of a\n"), file("nodes/a/a.pem", "cert of a\n"),
	},
	// A key and a certificate go, one file comes, the rest stays.
	"update": {
		{Path: "ca-key.pem", Keep: true, Mode: 0o600}, {Path: "ca.pem", Keep: true, Mode: 0o644},
		file("nodes/a/a-key.pem", "the new key of a, which is longer\n"), file("nodes/a/a.pem", "the new cert of a\n"), file("nodes/b/b-key.pem", "key of b\n"),
	},
	// Whole folders come, a file among others, and one file is rewritten.
	"grow": {
		file("ca-config.json", "{\"more\": 1}\n"), file("cfssl/nodes/b/b.csr", "request of b\n"), file("nodes/a/b.txt", "about b\n"),
		file("nodes/b/b-key.pem", "key of b\n"), file("nodes/b/deep/b.pem", "cert of b\n"),
	},
	// A node goes, with its folder, and what tells of it is rewritten.
	"remove": {
		{Path: "nodes/a/a-key.pem", Remove: true}, {Path: "nodes/a/a.pem", Remove: true}, file("ca-config.json", "{\"less\": 1}\n"),
	},
	"add": {
		{Path: "ca-key.pem", Keep: true, Mode: 0o600},
		file("nodes/b/b-key.pem", "key of b\n"), file("nodes/b/b.pem", "cert of b\n"),
	},
}

// replaces tells of the sets whose commit leaves the whole old state as a backup.
func replaces(set string) bool { return set == "update" || set == "remove" }

// commit makes one whole run.
func commit(t *testing.T, dir string, changes []store.Change) (notes []string, res store.Result) {
	t.Helper()
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	res, err = tx.Commit(t.Context(), changes, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Close(); err != nil {
		t.Fatal(err)
	}
	return tx.Notes, res
}

// old makes a directory with a first set, as TestFirstCommit sees it made, and
// foreign files in it.
func old(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "nodes"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", "nodes/a"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, folder), 0o700), os.Chmod(filepath.Join(dir, folder), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range sets["first"] {
		put(t, filepath.Join(dir, c.Path), string(c.Data), c.Mode)
	}
	put(t, filepath.Join(dir, "notes.txt"), "mine\n", 0o640)
	if err := os.MkdirAll(filepath.Join(dir, "deep/er"), 0o750); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "deep/er/empty"), "", 0o400)
	if err := os.Symlink("../nowhere", filepath.Join(dir, "deep/link")); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, data string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// tree is all that lies below a folder, each with mode and bytes; nil if there
// is no folder. The root's own mode is under ".".
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		text := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += " " + string(data)
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(name)
			if err != nil {
				return err
			}
			text += " -> " + to
		}
		all[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// names are those in a folder, sorted.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func same(a, b map[string]string) bool { return (a == nil) == (b == nil) && maps.Equal(a, b) }

// diff is what a failed comparison shows.
func diff(got, want map[string]string) string {
	var lines []string
	for k := range got {
		if got[k] != want[k] {
			lines = append(lines, fmt.Sprintf("%s: got %q, want %q", k, got[k], want[k]))
		}
	}
	for k := range want {
		if _, ok := got[k]; !ok {
			lines = append(lines, fmt.Sprintf("%s: missing, want %q", k, want[k]))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func wantTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := tree(t, dir); !same(got, want) {
		t.Fatalf("%s is not what it should be:\n%s", filepath.Base(dir), diff(got, want))
	}
}

// states are the trees before and after a set is committed, made undisturbed.
func states(t *testing.T, set string) (before, after map[string]string) {
	t.Helper()
	dir := filepath.Join(memory(t), "pki")
	if set != "first" {
		old(t, dir)
	}
	before = tree(t, dir)
	commit(t, dir, sets[set])
	return before, tree(t, dir)
}

// memory is a folder on a file system in memory, where there is one: a sync
// costs nothing there, and the tests that make hundreds of runs expire soon.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "certwright-store-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
