// Package testdir is where tests make files that no test is about: in memory, where
// there is such a file system. A sync costs nothing there.
package testdir

import (
	"os"
	"testing"
)

// Run runs the tests of a package, with all their temporary folders in memory; for
// TestMain.
func Run(m *testing.M) int {
	dir, err := os.MkdirTemp("/dev/shm", "certwright-test-")
	if err != nil {
		return m.Run() // there is no such file system
	}
	defer os.RemoveAll(dir)
	if os.Chmod(dir, 0o755) == nil { // other users get in, as into the usual folder
		os.Setenv("TMPDIR", dir)
	}
	return m.Run()
}
