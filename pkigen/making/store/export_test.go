package store

import (
	"path/filepath"
	"time"

	"certwright/pkigen/internal/fault"
)

// withFaults is the disk with what goes wrong on it; one worker, so that the steps
// have an order, where it says nothing else.
func withFaults(f fault.Faults) *system {
	f.Workers = max(f.Workers, 1)
	return &system{Faults: f}
}

// BeginWith is Begin on a file system with faults.
func BeginWith(dir string, f fault.Faults) (*Tx, error) { return begin(dir, withFaults(f)) }

// WriteFileWith is WriteFile on a file system with faults.
func WriteFileWith(path string, data []byte, f fault.Faults) error {
	return writeFile(withFaults(f), path, data, 0o600)
}

// Clock is how a time of another run is said.
func Clock(t, now time.Time) string { return clock(t, now) }

// Explain says an error, with the last element of its path.
func Explain(err error) error { return explain(err, filepath.Base) }

// ReadManifest is the manifest of a backup.
func ReadManifest(folder string) (*Manifest, error) {
	b, err := Backup(folder)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.Manifest()
}
