package ansible

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/rollout/handout"
)

func save(t *testing.T, to string, force bool, files map[string]string) (*Saved, error) {
	t.Helper()
	bytes := map[string][]byte{}
	for name, text := range files {
		bytes[name] = []byte(text)
	}
	return Save(t.Context(), bytes, to, force)
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSave writes, writes again, and leaves alone what was edited, however often.
func TestSave(t *testing.T) {
	to := filepath.Join(t.TempDir(), "out")
	first := map[string]string{"a.yaml": "1", "vars/b.yaml": "1", "vars/c.yaml": "1"}
	if s, err := save(t, to, false, first); err != nil || len(s.Written) != 3 || len(s.Edited) != 0 {
		t.Fatalf("%+v %v", s, err)
	}
	if names, _ := os.ReadDir(to); len(names) != 3 {
		t.Errorf("%v lies there", names)
	}
	put(t, filepath.Join(to, "vars/b.yaml"), "mine")
	put(t, filepath.Join(to, "notes.txt"), "mine too")
	for range 2 {
		s, err := save(t, to, false, map[string]string{"a.yaml": "2", "vars/b.yaml": "2", "vars/c.yaml": "1"})
		if err != nil || !slices.Equal(s.Edited, []string{"vars/b.yaml"}) || !slices.Equal(slices.Concat(s.Written, s.Same), []string{"a.yaml", "vars/c.yaml"}) {
			t.Fatalf("%+v %v", s, err)
		}
	}
	if a, b, n := get(t, filepath.Join(to, "a.yaml")), get(t, filepath.Join(to, "vars/b.yaml")), get(t, filepath.Join(to, "notes.txt")); a != "2" || b != "mine" || n != "mine too" {
		t.Errorf("%q %q %q", a, b, n)
	}
	if s, err := save(t, to, true, first); err != nil || len(s.Edited) != 0 || get(t, filepath.Join(to, "vars/b.yaml")) != "1" {
		t.Errorf("with force: %+v %v", s, err)
	}
}

// TestSaveRefuses: nothing is written over what is not ours, through a link, or where others
// can write.
func TestSaveRefuses(t *testing.T) {
	files := map[string]string{"a.yaml": "1", "vars/b.yaml": "1"}
	elsewhere := t.TempDir()
	for name, test := range map[string]struct {
		make func(to string) error
		want string
	}{
		"a stranger's file": {func(to string) error { return os.WriteFile(filepath.Join(to, "a.yaml"), []byte("theirs"), 0o644) }, "is there already; nothing was written"},
		"a link":            {func(to string) error { return os.Symlink(filepath.Join(elsewhere, "x"), filepath.Join(to, "a.yaml")) }, "symbolic link"},
		"a folder's link":   {func(to string) error { return os.Symlink(elsewhere, filepath.Join(to, "vars")) }, "symbolic link"},
		"a folder":          {func(to string) error { return os.Mkdir(filepath.Join(to, "a.yaml"), 0o755) }, "move it away"},
		"a broken record":   {func(to string) error { return os.WriteFile(filepath.Join(to, recordFile), []byte("x\n"), 0o644) }, recordFile},
		"open to others":    {func(to string) error { return os.Chmod(to, 0o777) }, "others can write"},
	} {
		to := t.TempDir()
		if err := test.make(to); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadDir(to)
		_, err := save(t, to, false, files)
		after, _ := os.ReadDir(to)
		if err == nil || !strings.Contains(err.Error(), test.want) || len(after) != len(before) {
			t.Errorf("%s: %v, %v", name, err, after)
		}
		if exists := new(handout.ExistsError); name == "a stranger's file" && (!errors.As(err, &exists) || get(t, filepath.Join(to, "a.yaml")) != "theirs") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, _ := os.ReadDir(elsewhere); len(left) != 0 {
		t.Errorf("%v was written elsewhere", left)
	}
}
