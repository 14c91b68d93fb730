package store

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// TestEntriesBelow holds what is seen against a plain walk: everything once, each
// folder before what is in it, and a link as itself.
func TestEntriesBelow(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		folder := filepath.Join(dir, "nodes", fmt.Sprint(i), "etc", "pki")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "ca.crt"), make([]byte, i), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nodes", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var want []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, _ fs.DirEntry, err error) error {
		if p != "." {
			want = append(want, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := openDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, workers := range []int{1, 16} {
		entries, err := entriesBelow(root, workers)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		there := map[string]bool{".": true}
		for _, e := range entries {
			if !there[path.Dir(e.path)] {
				t.Errorf("%s comes before its folder", e.path)
			}
			there[e.path] = e.mode.IsDir()
			got = append(got, e.path)
			info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(e.path)))
			if err != nil || info.Mode() != e.mode || info.Size() != e.size || !info.ModTime().Equal(e.time) || !inodeOf(info).same(e.inode) {
				t.Errorf("%s: seen as %+v, %v", e.path, e.seen, err)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("with %d workers: %d of %d entries", workers, len(got), len(want))
		}
	}
	for _, name := range []string{"nodes/3/etc/pki/ca.crt", "link"} {
		if _, err := root.open(name); err == nil {
			t.Errorf("%s was taken for a folder", name)
		}
	}
}
