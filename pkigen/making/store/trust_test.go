//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/store"
)

// described makes one run of which the history tells.
func described(t *testing.T, dir string, at time.Time, changes ...store.Change) store.Result {
	t.Helper()
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	tx.Describe(store.About{Operation: "test", Time: at})
	res, err := tx.Commit(t.Context(), changes, nil)
	if err := errors.Join(err, tx.Close()); err != nil {
		t.Fatal(err)
	}
	return res
}

// TestChain: the runs follow each other as they were made, and not as a clock says
// that was set back between them; a manifest names the run before it.
func TestChain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	var want []string
	for i, name := range []string{"20260301-000000", "20260201-000000", "20260201-000001", "20260101-000000"} {
		res := described(t, dir, time.Unix(int64(i), 0), file("ca.pem", fmt.Sprint(i)))
		as := filepath.Join(dir+".backup", name)
		if err := os.Rename(res.Manifest, as); err != nil { // as that clock would have called it
			t.Fatal(err)
		}
		m, err := store.ReadManifest(as)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && m.Previous != filepath.Base(want[0]) {
			t.Errorf("run %d follows %q, want %q", i, m.Previous, want[0])
		}
		want = slices.Insert(want, 0, as)
	}
	if got, err := store.Backups(dir); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
}

// TestForeignBackups: what somebody else has put into the place of backups, or can
// change there, is not gone back to, and the error says whose it is.
func TestForeignBackups(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	for name, test := range map[string]struct {
		path func(backup string) string
		make func(path string) error
		want string
	}{
		"the folder of somebody else": {filepath.Dir, func(p string) error { return os.Chown(p, 65534, 65534) }, "belongs to another user (nobody, uid 65534)"},
		"a backup of somebody else":   {func(b string) string { return b }, func(p string) error { return os.Chown(p, 65534, 65534) }, "belongs to another user"},
		"a folder that all can write": {filepath.Dir, func(p string) error { return os.Chmod(p, 0o777) }, "others can write"},
		"a link":                      {filepath.Dir, func(p string) error { return errors.Join(os.Rename(p, p+".real"), os.Symlink(p+".real", p)) }, "it is a symbolic link"},
	} {
		dir := filepath.Join(memory(t), "pki")
		described(t, dir, time.Now(), file("ca.pem", "1"))
		res := described(t, dir, time.Now(), file("ca.pem", "2"))
		if err := test.make(test.path(res.Backup)); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Backups(dir); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if tree, err := store.Backup(res.Backup); err == nil && test.want != "it is a symbolic link" && name != "the folder of somebody else" && name != "a folder that all can write" {
			tree.Close()
			t.Errorf("%s: it was opened", name)
		}
		tx, err := store.Begin(dir)
		if err != nil {
			t.Fatal(err)
		}
		tx.Describe(store.About{Operation: "test", Time: time.Now()})
		if _, err := tx.Commit(t.Context(), []store.Change{file("ca.pem", "3")}, nil); err == nil {
			t.Errorf("%s: a run put another backup there", name)
		}
		tx.Close()
	}
}

// TestNoModes: a file system that says that it took a mode, and keeps none, gets no
// key; nothing is left on it.
func TestNoModes(t *testing.T) {
	t.Parallel()
	base := memory(t)
	_, err := store.BeginWith(filepath.Join(base, "pki"), fault.Faults{NoModes: true})
	var e *store.ModeError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "keeps no permissions") || strings.Contains(err.Error(), "0700 now") {
		t.Errorf("got %v", err)
	}
	if left := names(t, base); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// TestReplacedMeanwhile: another folder, or a link, that comes into the directory's
// place while a run works is neither read nor written, and stays.
func TestReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(dir string) error{
		"a folder": func(dir string) error { return os.Mkdir(dir, 0o700) },
		"a link":   func(dir string) error { return os.Symlink("other", dir) },
	} {
		for _, noExchange := range []bool{false, true} {
			base := memory(t)
			dir := filepath.Join(base, "pki")
			old(t, dir)
			if err := os.Mkdir(filepath.Join(base, "other"), 0o700); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(base, "other/ca.pem"), "theirs", 0o600)
			tx, err := store.BeginWith(dir, fault.Faults{NoExchange: noExchange})
			if err != nil {
				t.Fatal(err)
			}
			_, err = tx.Commit(t.Context(), sets["update"], func(staged *store.Tree) error {
				if _, err := staged.ReadFile("notes.txt"); err != nil {
					t.Error(err)
				}
				return errors.Join(os.Rename(dir, dir+".moved"), other(dir))
			})
			if err == nil || !strings.Contains(err.Error(), "changed it meanwhile") || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("%s: %v", name, err)
			}
			if err := tx.Close(); err != nil {
				t.Error(err)
			}
			if list := names(t, filepath.Join(base, "other")); !slices.Equal(list, []string{"ca.pem"}) {
				t.Errorf("%s: in the other folder lies %q", name, list)
			}
			if _, err := os.Lstat(filepath.Join(dir, "nodes")); err == nil {
				t.Errorf("%s: something was written there", name)
			}
		}
	}
}

// TestTreeIsRemovedByFolders: a link that comes into the place of a folder while a tree
// is removed leads nobody out of it.
func TestTreeIsRemovedByFolders(t *testing.T) {
	t.Parallel()
	base := memory(t)
	dir := filepath.Join(base, "pki")
	old(t, dir)
	outside := filepath.Join(base, "outside")
	if err := os.MkdirAll(filepath.Join(outside, "nodes"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(outside, "nodes/a.pem"), "mine", 0o600)
	removing := false
	tx, err := store.BeginWith(dir, fault.Faults{Step: func(op, path string) error {
		if op == "remove" && strings.Contains(path, "/staging/") && !removing {
			removing = true
			staging := filepath.Join(base, ".pki.certwright/staging")
			return errors.Join(os.Rename(filepath.Join(staging, "nodes"), filepath.Join(base, "away")), os.Symlink(filepath.Join(outside, "nodes"), filepath.Join(staging, "nodes")))
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(t.Context(), sets["add"], nil); err != nil {
		t.Error(err)
	}
	tx.Close()
	if !removing {
		t.Error("nothing was removed; this test looks at nothing")
	}
	if list := names(t, filepath.Join(outside, "nodes")); !slices.Equal(list, []string{"a.pem"}) {
		t.Errorf("outside lies %q", list)
	}
}
