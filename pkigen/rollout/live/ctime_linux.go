package live

import (
	"os"
	"syscall"
	"time"
)

// changedAt is when a file was put where it lies: not the time of its contents, which
// archives bring along.
func changedAt(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(s.Ctim.Unix())
	}
	return time.Time{}
}
