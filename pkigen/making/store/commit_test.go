//go:build unix

package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/store"
)

func TestFirstCommit(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir := filepath.Join(base, "a/b/pki")
	tx, err := store.Begin(dir + "//")
	if err != nil {
		t.Fatal(err)
	}
	seen := ""
	res, err := tx.Commit(t.Context(), sets["first"], func(staging *store.Tree) error {
		have, err := staging.Read([]string{"ca-key.pem", "nodes/a/a.pem"})
		seen = string(have["ca-key.pem"].Data) + string(have["nodes/a/a.pem"].Data)
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Error("the directory is there before the check")
		}
		return err
	})
	if err != nil || res.Backup != "" || len(res.Notes) != 0 || len(tx.Notes) != 0 {
		t.Fatal(res, tx.Notes, err)
	}
	if seen != "the root key\ncert of a\n" {
		t.Errorf("the check saw %q", seen)
	}
	if _, err := tx.Commit(t.Context(), sets["first"], nil); err == nil {
		t.Error("a second commit of one run")
	}
	if err := tx.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(t.Context(), sets["first"], nil); err == nil {
		t.Error("a commit after Close")
	}
	wantTree(t, dir, map[string]string{
		".": "drwx------", "ca-key.pem": "-rw------- the root key\n", "ca.pem": "-rw-r--r-- the root\n", "ca-config.json": "-rw-r--r-- {}\n",
		"nodes": "drwxr-xr-x", "nodes/a": "drwx------", "nodes/a/a-key.pem": "-rw------- key of a\n", "nodes/a/a.pem": "-rw-r--r-- cert of a\n",
	})
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"pki"}) {
		t.Errorf("left %v", got)
	}
}

// Nothing that fails, is refused or is stopped leaves a trace, not even the
// folders above.
func TestNothingChanged(t *testing.T) {
	t.Parallel()
	bad := errors.New("the chain does not hold")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tc := range []struct {
		name    string
		ctx     context.Context
		changes []store.Change
		check   func(*store.Tree) error
		want    string
	}{
		{"check", t.Context(), sets["first"], func(*store.Tree) error { return bad }, "the chain does not hold; nothing was changed"},
		{"stopped", stopped, sets["first"], nil, "context canceled; nothing was changed"},
		{"stopped by check", stopped, nil, nil, ""},
		{"empty", t.Context(), []store.Change{file("x", "")}, nil, `"x" is to be written empty; nothing was changed`},
		{"twice", t.Context(), []store.Change{file("x", "1"), file("x", "2")}, nil, `"x" is to be written twice; nothing was changed`},
		{"up", t.Context(), []store.Change{file("../x", "1")}, nil, `"../x" is no path below the directory; nothing was changed`},
		{"absolute", t.Context(), []store.Change{file("/x", "1")}, nil, `"/x" is no path below the directory; nothing was changed`},
		{"folder", t.Context(), []store.Change{file("x/y", "1"), file("x", "1")}, nil, `"x" is to be a file and a folder; nothing was changed`},
		{"mode", t.Context(), []store.Change{{Path: "x", Data: []byte("1"), Mode: 0o666}}, nil,
			`"x" is to have mode 0666: the owner has to read it, and nobody else may write; nothing was changed`},
		{"kept", t.Context(), []store.Change{{Path: "x", Keep: true, Mode: 0o600}}, nil,
			`"x" is to be kept, and is not there any more: look at the plan again; nothing was changed`},
		{"large", t.Context(), []store.Change{file("x", strings.Repeat("x", 1<<20+1))}, nil,
			`"x" is to be written with 1048577 bytes; at most 1048576 are read again; nothing was changed`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := t.TempDir()
			tx, err := store.Begin(filepath.Join(base, "above/pki"))
			if err != nil {
				t.Fatal(err)
			}
			tx.Describe(store.About{Operation: "generate", Time: time.Now()}) // makes a folder for backups
			_, err = tx.Commit(tc.ctx, tc.changes, tc.check)
			if got := errorText(err); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
			if err := tx.Close(); err != nil {
				t.Error(err)
			}
			if got := names(t, base); len(got) != 0 {
				t.Errorf("left %v", got)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestUpdateKeepsABackup(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	old(t, dir)
	put(t, filepath.Join(dir, "snapshot.db"), strings.Repeat("x", 2<<20), 0o600)
	before := tree(t, dir)
	_, res := commit(t, dir, sets["update"])
	if m := regexp.MustCompile(`/pki\.backup/\d{8}-\d{6}$`); !m.MatchString(res.Backup) {
		t.Fatalf("backup %q", res.Backup)
	}
	wantTree(t, res.Backup, before)
	if info, err := os.Stat(dir + ".backup"); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	// cfssljson writes in place: that must not reach into the backup.
	put(t, filepath.Join(dir, "ca-key.pem"), "overwritten in place", 0o600)
	put(t, filepath.Join(dir, "notes.txt"), "edited in place", 0o640)
	wantTree(t, res.Backup, before)
	if !sameFile(t, filepath.Join(dir, "snapshot.db"), filepath.Join(res.Backup, "snapshot.db")) {
		t.Error("a large foreign file was copied")
	}
	// Two backups within one second have two names.
	seen := map[string]bool{res.Backup: true}
	for _, data := range []string{"one", "two", "three"} {
		_, res := commit(t, dir, []store.Change{file("ca.pem", data)})
		if res.Backup == "" || seen[res.Backup] {
			t.Errorf("backup %q", res.Backup)
		}
		seen[res.Backup] = true
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	x, err1 := os.Lstat(a)
	y, err2 := os.Lstat(b)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return os.SameFile(x, y)
}

// Additions touch nothing that is there: the same files, not copies of them.
func TestAddCarriesOver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	old(t, dir)
	kept := []string{"ca-key.pem", "notes.txt", "deep/er/empty", "nodes/a/a-key.pem"}
	was := map[string]fs.FileInfo{}
	for _, name := range append(kept, "deep", "deep/er") {
		was[name], _ = os.Lstat(filepath.Join(dir, name))
	}
	before := tree(t, dir)
	_, res := commit(t, dir, sets["add"])
	if res.Backup != "" {
		t.Errorf("a backup of what is still there: %q", res.Backup)
	}
	for name, info := range was {
		now, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || !now.ModTime().Equal(info.ModTime()) || slices.Contains(kept, name) && !os.SameFile(now, info) {
			t.Errorf("%s: %v %v", name, now, err)
		}
	}
	after := tree(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s: got %q, want %q", name, after[name], text)
		}
	}
	// The same again changes nothing, not even the folder's inode.
	root, _ := os.Stat(dir)
	if _, res := commit(t, dir, sets["add"]); res.Backup != "" || len(res.Notes) != 0 {
		t.Error(res)
	}
	if again, _ := os.Stat(dir); !os.SameFile(root, again) || !again.ModTime().Equal(root.ModTime()) {
		t.Error("a second run swapped the folder")
	}
}

func TestLooseModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	old(t, dir)
	for name, mode := range map[string]fs.FileMode{".": 0o777, "nodes/a": 0o755, "ca-key.pem": 0o644, "ca.pem": 0o666, "nodes/a/a-key.pem": 0o666} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	_, res := commit(t, dir, []store.Change{
		{Path: "ca-key.pem", Keep: true, Mode: 0o600}, {Path: "ca.pem", Keep: true, Mode: 0o644}, {Path: "nodes/a/a-key.pem", Keep: true, Mode: 0o600},
	})
	got := tree(t, dir)
	for name, want := range map[string]string{".": "drwx------", "nodes/a": "drwx------", "ca-key.pem": "-rw------- the root key\n",
		"ca.pem": "-rw-r--r-- the root\n", "nodes/a/a-key.pem": "-rw------- key of a\n"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if res.Backup != "" || len(res.Notes) != 2 || !strings.Contains(res.Notes[0], "was open to other users (0777)") || !strings.Contains(res.Notes[1], "(0755)") {
		t.Errorf("%+v", res)
	}
}

func TestUmask(t *testing.T) {
	t.Parallel()
	for _, umask := range []int{0, 0o077, 0o277, 0o777} {
		dir := filepath.Join(t.TempDir(), "pki")
		set := []string{"first", "update"}
		for _, s := range set {
			if out, err := (child{Do: "umask", Dir: dir, Set: s, Umask: umask}).command(t).CombinedOutput(); err != nil {
				t.Fatalf("umask %04o: %v %s", umask, err, out)
			}
		}
		for name, text := range tree(t, dir) {
			want := "-rw-r--r--"
			switch {
			case name == "nodes":
				want = "drwxr-xr-x"
			case strings.HasPrefix(text, "d"):
				want = "drwx------"
			case strings.HasSuffix(name, "-key.pem"):
				want = "-rw-------"
			}
			if !strings.HasPrefix(text, want) {
				t.Errorf("umask %04o: %s is %q, want %s", umask, name, text, want)
			}
		}
	}
}

// Another program that writes while we work loses nothing.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	old(t, dir)
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	res, err := tx.Commit(t.Context(), sets["add"], func(*store.Tree) error {
		put(t, filepath.Join(dir, "late.txt"), "late", 0o600)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(res.Backup, "late.txt"))
	if string(data) != "late" || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], `"late.txt"`) {
		t.Errorf("%q %v %+v", data, err, res)
	}
}
