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
	if _, err := ReadFile("/dev/null"); err == nil || !strings.Contains(err.Error(), "it is a device, and has to be a file") {
		t.Errorf("a device was read: %v", err)
	}
}

// TestAbsoluteLink follows a link of another machine to where that machine's file
// lies in a copy, and not past what the system has.
func TestAbsoluteLink(t *testing.T) {
	root, here := t.TempDir(), t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(root, "node", "var/lib/kubelet/pki/client-1.pem"))
	write(filepath.Join(root, "pki", "client-2.pem"))
	write(filepath.Join(root, "pki", "real.pem"))
	write(filepath.Join(here, "real.pem"))
	for name, target := range map[string]string{
		"node/var/lib/kubelet/pki/current.pem": "/var/lib/kubelet/pki/client-1.pem",
		"pki/current.pem":                      "/var/lib/kubelet/pki/client-2.pem",
		"pki/system.pem":                       filepath.Join(here, "real.pem"),
		"pki/gone.pem":                         "/var/lib/kubelet/pki/client-3.pem",
		"pki/beside.pem":                       "client-2.pem",
	} {
		if err := os.Symlink(target, filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{
		"node/var/lib/kubelet/pki/current.pem": "node/var/lib/kubelet/pki/client-1.pem",
		"pki/current.pem":                      "pki/client-2.pem",
		"pki/system.pem":                       "", "pki/gone.pem": "error", "pki/beside.pem": "",
	}
	w := Walker{Root: root, Visit: func(f Found) bool {
		rel, err := filepath.Rel(root, f.Path)
		if err != nil || !f.Link {
			return true
		}
		got, _ := filepath.Rel(root, f.At)
		if f.At == "" {
			got = ""
		}
		if f.Err != nil {
			got = "error"
		}
		if rel = filepath.ToSlash(rel); filepath.ToSlash(got) != want[rel] {
			t.Errorf("%s is read at %q, want %q", rel, got, want[rel])
		}
		delete(want, rel)
		return true
	}}
	w.Path(root)
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}
