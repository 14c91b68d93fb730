package pkigen

import (
	"flag"
	"os"
	"testing"
)

// TestMain puts the directories of tests into memory, where there is such a place: what
// they wait for else are syncs, and those are held where they are made, in package store.
// Benchmarks are of the disk.
func TestMain(m *testing.M) {
	flag.Parse()
	var dir string
	if flag.Lookup("test.bench").Value.String() == "" {
		if made, err := os.MkdirTemp("/dev/shm", "certwright-test-"); err == nil {
			dir = made
			os.Setenv("TMPDIR", dir)
		}
	}
	code := m.Run()
	if dir != "" {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}
