package walk

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWalk names what is found and what is passed over, in order.
func TestWalk(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"a/b/c", ".hid"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, size := range map[string]int{"a/one": 1, "a/b/two": 2, "a/b/c/three": 3, ".x": 1, "large": LargestFile + 1, "full": LargestFile} {
		if err := os.WriteFile(filepath.Join(root, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"loop": ".", "self": "self", "to-one": "a/one"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	w := Walker{Depth: 3, Visit: func(f Found) bool {
		rel, err := filepath.Rel(root, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case f.Err != nil:
			rel += " error"
		case f.Skip != "":
			rel += " " + string(f.Skip)
		}
		if f.Link {
			rel += " (link)"
		}
		got = append(got, rel)
		return true
	}}
	if !w.Path(root) {
		t.Error("ended early")
	}
	want := []string{
		".hid hidden", ".x hidden", "a/b/c too deep", "a/b/two", "a/one", "full", "large larger than 1 MiB",
		"loop a symbolic link to a directory (link)", "self error (link)", "to-one (link)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, 511, 4096, LargestFile, LargestFile + 1} {
		name := filepath.Join(dir, "f")
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		data, err := ReadFile(name)
		if size > LargestFile && err != nil && strings.Contains(err.Error(), "1 MiB") {
			continue
		}
		if err != nil || len(data) != size {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
	}
	// What is a device by the time it is opened is not waited for.
	if _, err := ReadFile("/dev/null"); err == nil || !strings.Contains(err.Error(), "not a regular file any more") {
		t.Errorf("a device was read: %v", err)
	}
}
