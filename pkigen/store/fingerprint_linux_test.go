package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"certwright/pkigen/store"
)

// TestFingerprints changes a file and its folders in every way that a run has to
// see, and in some that it has not.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		change func(dir string) error
		same   bool
		none   bool
	}{
		"nothing":      {change: func(string) error { return nil }, same: true},
		"another file": {change: func(dir string) error { return os.WriteFile(filepath.Join(dir, "nodes/a/x"), nil, 0o600) }, same: true},
		"the bytes": {change: func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "nodes/a/a.pem"), []byte("cert of b\n"), 0)
		}},
		"the mode":   {change: func(dir string) error { return os.Chmod(filepath.Join(dir, "nodes/a/a.pem"), 0o600) }},
		"the time":   {change: func(dir string) error { return os.Chtimes(filepath.Join(dir, "nodes/a/a.pem"), at, at) }},
		"the folder": {change: func(dir string) error { return os.Chmod(filepath.Join(dir, "nodes/a"), 0o755) }},
		"another inode": {change: func(dir string) error {
			p := filepath.Join(dir, "nodes/a/a.pem")
			if err := os.Link(p, p+".old"); err != nil {
				return err
			}
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.WriteFile(p, []byte("cert of a\n"), 0o644)
		}},
		"a lost file": {change: func(dir string) error { return os.Remove(filepath.Join(dir, "nodes/a/a.pem")) }, none: true},
		"a link": {change: func(dir string) error {
			p := filepath.Join(dir, "nodes/a/a.pem")
			if err := os.Rename(p, p+".old"); err != nil {
				return err
			}
			return os.Symlink("a.pem.old", p)
		}, none: true},
		"a linked folder": {change: func(dir string) error {
			p := filepath.Join(dir, "nodes/a")
			if err := os.Rename(p, p+".old"); err != nil {
				return err
			}
			return os.Symlink("a.old", p)
		}, none: true},
	} {
		dir := filepath.Join(memory(t), "pki")
		old(t, dir)
		groups := [][]string{{"ca.pem"}, {"nodes/a/a-key.pem", "nodes/a/a.pem"}}
		before := store.Fingerprints(dir, groups)
		if before[0].Sum == [32]byte{} || before[1].Sum == before[0].Sum || before[1].Settled {
			t.Fatalf("at first: %+v: what was just written is not settled", before)
		}
		if err := test.change(dir); err != nil {
			t.Fatal(err)
		}
		after := store.Fingerprints(dir, groups)
		if after[0].Sum != before[0].Sum || (after[1].Sum == before[1].Sum) != test.same || (after[1].Sum == [32]byte{}) != test.none {
			t.Errorf("%s: %+v, before %+v", name, after, before)
		}
		os.RemoveAll(dir)
	}
	if got := store.Fingerprints(filepath.Join(t.TempDir(), "none"), [][]string{{"a"}, {}}); got[0] != (store.Fingerprint{}) || got[1] != got[0] {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestSettled holds that a time is trusted only where a later change shows.
func TestSettled(t *testing.T) {
	now := time.Unix(1_800_000_000, 500_000_001)
	for _, test := range []struct {
		newest time.Time
		want   bool
	}{
		{now, false}, {now.Add(time.Hour), false}, {now.Add(-20 * time.Millisecond), false}, {now.Add(-60 * time.Millisecond), true},
		{time.Unix(1_799_999_999, 0), false}, {time.Unix(1_799_999_997, 0), true}, {time.Unix(1_800_000_000, 420_000_000), false},
	} {
		if got := store.Settled(test.newest, now); got != test.want {
			t.Errorf("%v before now: %v, want %v", now.Sub(test.newest), got, test.want)
		}
	}
}
