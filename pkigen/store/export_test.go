package store

import (
	"path/filepath"
	"time"
)

// Faults stand in front of every change that the package makes to the disk.
type Faults struct {
	Step               func(op, path string) error
	Workers            int // 0: one, so that the steps have an order
	NoExchange, NoLink bool
	WholeSync          bool // one sync of the file system for all; Linux only
}

func (f Faults) system() *system {
	return &system{step: f.Step, workers: max(f.Workers, 1), noExchange: f.NoExchange, noLink: f.NoLink, wholeSync: f.WholeSync}
}

// BeginWith is Begin on a file system with faults.
func BeginWith(dir string, f Faults) (*Tx, error) { return begin(dir, f.system()) }

// WriteFileWith is WriteFile on a file system with faults.
func WriteFileWith(path string, data []byte, f Faults) error {
	return writeFile(f.system(), path, data, 0o600)
}

// Clock is how a time of another run is said.
func Clock(t, now time.Time) string { return clock(t, now) }

// Explain says an error, with the last element of its path.
func Explain(err error) error { return explain(err, filepath.Base) }
