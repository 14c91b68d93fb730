//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"certwright/pkigen/making/store"
)

// TestRemove holds what goes with a file that is taken out: the folders that it
// leaves empty, and nothing else.
func TestRemove(t *testing.T) {
	t.Parallel()
	gone := func(path string) store.Change { return store.Change{Path: path, Remove: true} }
	for _, tc := range []struct {
		name    string
		changes []store.Change
		gone    []string          // of what lay there
		come    map[string]string // and what comes
	}{
		{"a file", []store.Change{gone("nodes/a/a.pem")}, []string{"nodes/a/a.pem"}, nil},
		{"a folder", []store.Change{gone("nodes/a/a.pem"), gone("nodes/a/a-key.pem")},
			[]string{"nodes", "nodes/a", "nodes/a/a.pem", "nodes/a/a-key.pem"}, nil},
		{"others stay", []store.Change{gone("deep/er/empty")}, []string{"deep/er", "deep/er/empty"}, nil},
		{"for another", []store.Change{gone("nodes/a/a.pem"), gone("nodes/a/a-key.pem"), file("nodes/b/b.pem", "b")},
			[]string{"nodes/a", "nodes/a/a.pem", "nodes/a/a-key.pem"}, map[string]string{"nodes/b": "drwxr-xr-x", "nodes/b/b.pem": "-rw-r--r-- b"}},
		{"the last", []store.Change{gone("nodes/a/a.pem"), gone("nodes/a/a-key.pem"), file("nodes/a/c.pem", "c")},
			[]string{"nodes/a/a.pem", "nodes/a/a-key.pem"}, map[string]string{"nodes/a/c.pem": "-rw-r--r-- c"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(memory(t), "pki")
			old(t, dir)
			if err := os.Mkdir(filepath.Join(dir, "deep/void"), 0o700); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			want := tree(t, dir)
			for _, name := range tc.gone {
				delete(want, name)
			}
			for name, text := range tc.come {
				want[name] = text
			}
			_, res := commit(t, dir, tc.changes)
			wantTree(t, dir, want)
			if res.Backup == "" {
				t.Fatal("no backup of what was taken out")
			}
			wantTree(t, res.Backup, before)
		})
	}
}

// TestRemoveNothing holds that what is not there needs no run.
func TestRemoveNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(memory(t), "pki")
	old(t, dir)
	was, _ := os.Stat(dir)
	_, res := commit(t, dir, []store.Change{{Path: "nodes/b/b.pem", Remove: true}})
	if now, _ := os.Stat(dir); !os.SameFile(was, now) || res.Backup != "" {
		t.Errorf("the folder was replaced, backup %q", res.Backup)
	}
}

func TestRemoveRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		changes []store.Change
		want    string
	}{
		{[]store.Change{{Path: "../x", Remove: true}}, `"../x" is no path below the directory; nothing was changed`},
		{[]store.Change{{Path: "ca.pem", Remove: true, Mode: 0o600}}, `"ca.pem" is to be taken out, and to be kept or written; nothing was changed`},
		{[]store.Change{{Path: "ca.pem", Remove: true}, file("ca.pem", "x")}, `"ca.pem" is to be written and taken out; nothing was changed`},
		{[]store.Change{file("ca.pem", "x"), {Path: "ca.pem", Remove: true}}, `"ca.pem" is to be written and taken out; nothing was changed`},
		{[]store.Change{{Path: "ca.pem", Remove: true}, file("ca.pem/x", "x")}, `"ca.pem" is to be a file and a folder; nothing was changed`},
		{[]store.Change{{Path: "deep", Remove: true}}, `"deep" is to be taken out, and is a folder, no file: look at it, and move it away; nothing was changed`},
		{[]store.Change{{Path: "deep/link", Remove: true}}, `"deep/link" is to be taken out, and is a symbolic link, no file: look at it, and move it away; nothing was changed`},
	} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		before := tree(t, dir)
		tx, err := store.Begin(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tx.Commit(t.Context(), tc.changes, nil)
		if got := errorText(err); got != tc.want {
			t.Errorf("got  %q\nwant %q", got, tc.want)
		}
		if err := tx.Close(); err != nil {
			t.Error(err)
		}
		wantTree(t, dir, before)
	}
}
