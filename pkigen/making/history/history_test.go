package history

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/store"
)

// commit is a described run that writes texts, and takes out the files with none.
func commit(t *testing.T, dir string, when time.Time, files map[string]string) {
	t.Helper()
	tx, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	tx.Describe(store.About{Operation: "generate", Time: when})
	var changes []store.Change
	for name, text := range files {
		c := store.Change{Path: name, Data: []byte(text), Mode: 0o644}
		if text == "" {
			c = store.Change{Path: name, Remove: true}
		}
		changes = append(changes, c)
	}
	if _, err := tx.Commit(t.Context(), changes, nil); err != nil {
		t.Fatal(err)
	}
}

// threeRuns makes a file, changes it by a clock that stepped back, and takes it out.
func threeRuns(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "set")
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	commit(t, dir, noon, map[string]string{"a": "first", "b": "stays"})
	commit(t, dir, noon.Add(-time.Hour), map[string]string{"a": "second"})
	commit(t, dir, noon.Add(-2*time.Hour), map[string]string{"a": "", "c": "new"})
	return dir
}

func runsOf(t *testing.T, dir string) []*Run {
	t.Helper()
	runs, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// TestMake: what it takes to go back to before each run, by the chain and not by the
// clock.
func TestMake(t *testing.T) {
	dir := threeRuns(t)
	runs := runsOf(t, dir)
	if len(runs) != 3 {
		t.Fatalf("%d runs", len(runs))
	}
	for i, want := range [][]string{
		{"a bring back", "c remove"},
		{"a bring back", "c remove"},
		{"b remove", "c remove"},
	} {
		u, err := Make(dir, runs[i].Name(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range u.Files {
			got = append(got, f.Path+" "+string(f.Verb()))
		}
		if !slices.Equal(got, want) || len(u.Runs) != i+1 || len(u.Foreign) > 0 {
			t.Errorf("before run %d: %q, %d runs, by others %q; want %q", i, got, len(u.Runs), u.Foreign, want)
		}
	}
	changes := map[string]string{}
	u, err := Make(dir, runs[1].Name(), time.Now())
	if err == nil {
		var list []store.Change
		if list, err = u.Changes(); err == nil {
			for _, c := range list {
				changes[c.Path] = string(c.Data)
			}
		}
	}
	if err != nil || changes["a"] != "first" {
		t.Errorf("before the second run: %q, %v", changes, err)
	}
}

// TestStanding: a file that somebody else changed, a backup that was damaged, and one
// that was taken away stop what lies beyond, and are named.
func TestStanding(t *testing.T) {
	for name, tc := range map[string]struct {
		harm func(dir string, runs []*Run) error
		want []string // what stands in the reasons, the last run first; "" for none
	}{
		"nothing":    {func(string, []*Run) error { return nil }, []string{"", "", ""}},
		"other hand": {func(dir string, _ []*Run) error { return os.WriteFile(filepath.Join(dir, "b"), []byte("mine"), 0o644) }, []string{"", "", "b was changed"}},
		"removed":    {func(dir string, _ []*Run) error { return os.Remove(filepath.Join(dir, "c")) }, []string{"c was removed", "a later run", "a later run"}},
		"damaged": {func(_ string, runs []*Run) error {
			return os.WriteFile(filepath.Join(runs[1].Folder, "a"), []byte("other"), 0o644)
		}, []string{"", "a has another checksum", "a later run"}},
		"gone": {func(_ string, runs []*Run) error { return os.RemoveAll(runs[1].Folder) }, []string{"", "is not there any more"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := threeRuns(t)
			if err := tc.harm(dir, runsOf(t, dir)); err != nil {
				t.Fatal(err)
			}
			got, err := Standing(dir, runsOf(t, dir))
			if err != nil || len(got) != len(tc.want) {
				t.Fatalf("%q, %v", got, err)
			}
			for i, want := range tc.want {
				if want == "" && got[i] != "" || !strings.Contains(got[i], want) {
					t.Errorf("run %d: %q, want %q", i, got[i], want)
				}
			}
		})
	}
}

func TestNoRun(t *testing.T) {
	dir := threeRuns(t)
	for _, tc := range []struct{ dir, name, want string }{
		{filepath.Join(t.TempDir(), "none"), "", "there is nothing to go back to"},
		{dir, "20200101-000000", "has no backup"},
	} {
		_, err := Make(tc.dir, tc.name, time.Now())
		if no := new(NoRunError); !errors.As(err, &no) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %s: %v", tc.dir, tc.name, err)
		}
	}
}
