//go:build unix

package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"certwright/pkigen/making/store"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	paths := []string{"ca.pem", "ca-key.pem", "nodes/a/a.pem", "nodes/none/x.pem", "none.pem"}
	if have, err := store.Read(dir, paths); err != nil || have == nil || len(have) != 0 {
		t.Fatalf("no directory: %v %v", have, err)
	}
	old(t, dir)
	have, err := store.Read(dir, paths)
	if err != nil || len(have) != 6 {
		t.Fatal(have, err)
	}
	if f := have["ca-key.pem"]; string(f.Data) != "the root key\n" || f.Mode != 0o600 {
		t.Error(f)
	}
	for folder, mode := range map[string]fs.FileMode{".": 0o700, "nodes": 0o755, "nodes/a": 0o700} {
		if f := have[folder]; f.Mode != fs.ModeDir|mode || f.Data != nil {
			t.Errorf("%s: %v", folder, f)
		}
	}
	if f := have["nodes/a/a.pem"]; string(f.Data) != "cert of a\n" || f.Mode != 0o644 {
		t.Error(f)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		make func(dir string) error
		path string
		want string
	}{
		{"link", func(d string) error { return os.Symlink("ca.pem", d+"/x.pem") }, "x.pem", "x.pem\": it is a symbolic link"},
		{"folder link", func(d string) error { return os.Symlink("nodes", d+"/n") }, "n/a/a.pem", `"n" is a symbolic link`},
		{"folder file", func(d string) error { return nil }, "ca.pem/x", `"ca.pem" is a file`},
		{"folder", func(d string) error { return nil }, "nodes/a", "a\": it is a folder"},
		{"pipe", func(d string) error { return syscall.Mkfifo(d+"/x.pem", 0o600) }, "x.pem", "it is a named pipe"},
		{"large", func(d string) error { return os.WriteFile(d+"/x.pem", make([]byte, 1<<20+1), 0o600) }, "x.pem", "more than 1048576 bytes"},
		{"largest", func(d string) error { return os.WriteFile(d+"/x.pem", make([]byte, 1<<20), 0o600) }, "x.pem", ""},
		{"up", func(d string) error { return nil }, "../x", "no path below"},
	} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		if err := tc.make(dir); err != nil {
			t.Fatal(err)
		}
		_, err := store.Read(dir, []string{tc.path})
		if got := errorText(err); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	base := t.TempDir()
	put(t, filepath.Join(base, "file"), "x", 0o600)
	if _, err := store.Read(filepath.Join(base, "file"), nil); err == nil {
		t.Error("read a file as a directory")
	}
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "answers.yaml")
	for _, tc := range []struct {
		data string
		mode fs.FileMode
	}{{"one", 0o644}, {"two, longer", 0o600}, {"", 0o600}} {
		if err := store.WriteFile(path, []byte(tc.data), tc.mode); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, dir)["answers.yaml"]; got != tc.mode.String()+" "+tc.data {
			t.Errorf("got %q", got)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("answers.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteFile(link, []byte("x"), 0o600); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Error(err)
	}
	if err := store.WriteFile(dir, []byte("x"), 0o600); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Error(err)
	}
	if err := store.WriteFile(filepath.Join(dir, "none/x"), []byte("x"), 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("left %v", got)
	}
}

func TestTreeStaysInside(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(filepath.Dir(dir), "outside"), "x", 0o600)
	if err := errors.Join(os.Symlink("../outside", filepath.Join(dir, "link")), os.Symlink("..", filepath.Join(dir, "up"))); err != nil {
		t.Fatal(err)
	}
	tree, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for _, path := range []string{"../outside", "/etc/passwd", "a/../../outside", "", "link", "up/outside"} {
		if data, err := tree.ReadFile(path); err == nil {
			t.Errorf("%q: read %q", path, data)
		}
	}
}
