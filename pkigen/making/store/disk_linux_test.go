package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/making/store"
)

// mount puts a small file system in memory on a folder.
func mount(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("cannot mount here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// A disk that is really full, after a little more space each time.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	_, after := states(t, "update")
	root := mount(t, "size=256k,mode=0755")
	dir := filepath.Join(root, "pki")
	old(t, dir)
	before := tree(t, dir)
	filler := filepath.Join(root, "filler")
	fill(t, filler)
	refused := 0
	for pages := range 64 {
		if pages > 0 {
			info, err := os.Stat(filler)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(filler, max(info.Size()-4096, 0)); err != nil {
				t.Fatal(err)
			}
		}
		tx, err := store.Begin(dir)
		if err == nil {
			_, err = tx.Commit(t.Context(), sets["update"], nil)
			if e := tx.Close(); e != nil {
				t.Fatalf("%d pages: Close: %v", pages, e)
			}
		}
		if err == nil {
			if refused < 3 {
				t.Fatalf("the disk was full %d times only", refused)
			}
			wantTree(t, dir, after)
			return
		}
		refused++
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") || strings.Contains(err.Error(), "staging") {
			t.Fatalf("%d pages: %v", pages, err)
		}
		wantTree(t, dir, before)
		if got := names(t, root); len(got) != 2 {
			t.Fatalf("%d pages: beside the directory lies %v", pages, got)
		}
	}
	t.Fatal("it never fitted")
}

func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 4096)); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	t.Parallel()
	root := mount(t, "size=256k,mode=0755")
	dir := filepath.Join(root, "pki")
	old(t, dir)
	before := tree(t, dir)
	if err := syscall.Mount("none", root, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	for _, d := range []string{dir, filepath.Join(root, "new"), filepath.Join(root, "a/b/new")} {
		if _, err := store.Begin(d); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: %v", d, err)
		}
	}
	wantTree(t, dir, before)
}

// A mount point cannot be swapped, and what is mounted inside would go along
// with the old folder, where it would be removed.
func TestMountPoints(t *testing.T) {
	t.Parallel()
	root := mount(t, "size=256k,mode=0755")
	if _, err := store.Begin(root); err == nil || !strings.Contains(err.Error(), "mount point") {
		t.Errorf("the target: %v", err)
	}
	dir := filepath.Join(root, "pki")
	old(t, dir)
	other := filepath.Join(root, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(other, "precious"), "mine", 0o600)
	inside := filepath.Join(dir, "deep/er")
	// A bind mount of the same file system: only the kernel knows.
	if err := syscall.Mount(other, inside, "", syscall.MS_BIND, ""); err != nil {
		t.Skip(err)
	}
	defer syscall.Unmount(inside, syscall.MNT_DETACH)
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if _, err := tx.Commit(t.Context(), sets["add"], nil); err == nil || !strings.Contains(err.Error(), "mount point") {
		t.Errorf("inside: %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(other, "precious")); string(data) != "mine" {
		t.Errorf("the mounted file: %q %v", data, err)
	}
}
