//go:build unix

package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/making/store"
)

// TestLargeSetIsLinked renews one file of sets of two sizes: in a small one the
// backup shares no file with the live directory, in a large one all but keys.
func TestLargeSetIsLinked(t *testing.T) {
	t.Parallel()
	for _, others := range []int{150, 220} {
		dir := filepath.Join(memory(t), "pki")
		changes := []store.Change{file("ca.pem", "old"), {Path: "ca-key.pem", Data: []byte("key"), Mode: 0o600}}
		for i := range others {
			changes = append(changes, file(fmt.Sprintf("nodes/%d.pem", i), "cert"))
		}
		commit(t, dir, changes)
		_, res := commit(t, dir, []store.Change{file("ca.pem", "new")})
		for path, linked := range map[string]bool{"ca.pem": false, "ca-key.pem": false, "nodes/7.pem": others > 200} {
			live, err1 := os.Stat(filepath.Join(dir, path))
			kept, err2 := os.Stat(filepath.Join(res.Backup, path))
			if err1 != nil || err2 != nil || os.SameFile(live, kept) != linked {
				t.Errorf("%d files: %s is one file in both: %v, want %v (%v, %v)", others, path, !linked, linked, err1, err2)
			}
		}
		if data, err := os.ReadFile(filepath.Join(res.Backup, "ca.pem")); string(data) != "old" {
			t.Errorf("the backup has %q, %v", data, err)
		}
	}
}

// TestFolderMode closes a folder, and nothing else: no byte, no backup.
func TestFolderMode(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "nodes/a"} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		if err := os.Chmod(filepath.Join(dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
		_, res := commit(t, dir, []store.Change{{Path: folder, Mode: fs.ModeDir | 0o700, Keep: true}})
		if info, err := os.Stat(filepath.Join(dir, folder)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", folder, info.Mode(), err)
		}
		if res.Backup != "" || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "0777") {
			t.Errorf("%s: %+v", folder, res)
		}
		if _, res := commit(t, dir, []store.Change{{Path: folder, Mode: fs.ModeDir | 0o700, Keep: true}}); len(res.Notes) != 0 {
			t.Errorf("%s, again: %+v", folder, res)
		}
	}
	for _, tc := range []struct {
		change store.Change
		want   string
	}{
		{store.Change{Path: "none", Mode: fs.ModeDir | 0o700, Keep: true}, `the folder "none" is to be kept, and is not there any more`},
		{store.Change{Path: "ca.pem", Mode: fs.ModeDir | 0o700, Keep: true}, `the folder "ca.pem" is to be kept, and is not there any more`},
		{store.Change{Path: "../x", Mode: fs.ModeDir | 0o700, Keep: true}, `"../x" is no path below the directory`},
		{store.Change{Path: ".", Mode: fs.ModeDir | 0o755, Keep: true}, "folders are only kept, with mode 0700"},
		{store.Change{Path: ".", Mode: fs.ModeDir | 0o700}, "folders are only kept, with mode 0700"},
	} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		before := tree(t, dir)
		tx, err := store.Begin(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tx.Commit(t.Context(), []store.Change{tc.change}, nil)
		if !strings.Contains(errorText(err), tc.want) || !errors.Is(err, store.ErrUnchanged) {
			t.Errorf("%+v: %v", tc.change, err)
		}
		tx.Close()
		wantTree(t, dir, before)
	}
}

// TestExplainJoined holds that no error of several is lost.
func TestExplainJoined(t *testing.T) {
	t.Parallel()
	one := &fs.PathError{Op: "sync", Path: "/x/a", Err: errors.New("input/output error")}
	two := &fs.PathError{Op: "mkdir", Path: "/x/b", Err: fs.ErrPermission}
	err := store.Explain(errors.Join(one, two))
	for _, want := range []string{`cannot sync "a": input/output error; `, `cannot make the folder "b": permission denied: it has to be`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if !errors.Is(err, fs.ErrPermission) || !errors.Is(err, one.Err) {
		t.Errorf("%v is not what it was", err)
	}
	said := fmt.Errorf("%w; %w", one.Err, store.ErrUnchanged)
	if got := store.Explain(said); got != said {
		t.Errorf("a sentence became %q", got)
	}
}
