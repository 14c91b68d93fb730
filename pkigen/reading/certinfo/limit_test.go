package certinfo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// tree makes n files in each of some folders, one below the other.
func tree(t *testing.T, n int, folders ...string) string {
	t.Helper()
	root := t.TempDir()
	dir := root
	for _, f := range append([]string{"."}, folders...) {
		dir = filepath.Join(dir, f)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d", i)), []byte("text"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func TestLimit(t *testing.T) {
	root := tree(t, 10, "a", "b", "c")
	for _, test := range []struct {
		limit   Limit
		entries int
		note    string // of the last entry
	}{
		{Limit{}, 40, ""},
		{Limit{Entries: 40}, 40, ""},
		{Limit{Entries: 39}, 40, "skipped, with all that follows: more than 39 entries"},
		{Limit{Entries: 5}, 6, "skipped, with all that follows: more than 5 entries"},
		{Limit{Depth: 1}, 11, "skipped: too deep"},
		{Limit{Depth: 3}, 31, "skipped: too deep"},
		{Limit{Depth: 4}, 40, ""},
	} {
		got, err := ScanContext(t.Context(), []string{root}, test.limit)
		if err != nil || len(got) != test.entries || got[len(got)-1].Note != test.note {
			t.Errorf("%+v: %d entries, %v, last %+v", test.limit, len(got), err, got[len(got)-1])
		}
	}
	got, err := ScanContext(t.Context(), []string{root, root, filepath.Join(root, "0000")}, Limit{Entries: 12, Depth: 1})
	if err != nil || len(got) != 13 || got[12].File != filepath.Join(root, "0001") {
		t.Errorf("two roots: %d entries, %v", len(got), err)
	}
}

func TestScanStops(t *testing.T) {
	root := tree(t, 10)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if got, err := ScanContext(ctx, []string{root}, Limit{}); got != nil || !errors.Is(err, gone) {
		t.Errorf("got %d entries, %v", len(got), err)
	}
}

// TestScanOpensFilesOnly names what hangs or answers for ever when it is read.
func TestScanOpensFilesOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("these are on Linux")
	}
	start := time.Now()
	for path, want := range map[string]string{
		"/proc":           "skipped: files of the kernel",
		"/proc/self":      "skipped: files of the kernel",
		"/proc/kmsg":      errEmpty,
		"/proc/self/maps": errEmpty,
		"/dev/zero":       "skipped: not a regular file",
		"/dev/tty":        "skipped: not a regular file",
	} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		got, err := Scan([]string{path})
		if err != nil || len(got) != 1 || got[0].Note+got[0].Error != want {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}
