package store

import (
	"bytes"
	"os"
	"testing"

	"certwright/pkigen/internal/fault"
)

func TestKernelSince(t *testing.T) {
	for release, want := range map[string]bool{
		"5.17.0": true, "5.16.20-1-amd64": false, "6.8.0-45-generic": true, "4.18.0": false, "10.0": true,
		"5.17-rc4": true, "5.9": false, "": false, "linux": false, "6": false,
	} {
		if got := kernelSince(release, 5, 17); got != want {
			t.Errorf("%q: %v, want %v", release, got, want)
		}
	}
}

// What waits to be written is known where there is a /proc.
func TestWaiting(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skip(err)
	}
	if n, ok := waiting(); !ok || n < 0 {
		t.Errorf("got %d, %v", n, ok)
	}
}

// A few files are synced one by one wherever they lie, and so are many in a
// file system that is not known to tell of errors.
func TestBatch(t *testing.T) {
	memory, err := os.MkdirTemp("/dev/shm", "certwright-store-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(memory)
	for _, tc := range []struct {
		folder string
		syncs  int
	}{{t.TempDir(), fewSyncs}, {memory, 1 << 20}} {
		var synced []string
		s := &system{Faults: fault.Faults{Step: func(op, _ string) error { synced = append(synced, op); return nil }}}
		folder, err := openDir(tc.folder)
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		sys, flush := s.batch(folder, tc.syncs)
		if err := flush(sys.create(at{folder, "file"}, bytes.NewReader([]byte("x")), 0o600, nil)); err != nil {
			t.Fatal(err)
		}
		if last := synced[len(synced)-1]; sys != s || last != "sync" {
			t.Errorf("%d in %s: the last step was %q", tc.syncs, tc.folder, last)
		}
	}
}
