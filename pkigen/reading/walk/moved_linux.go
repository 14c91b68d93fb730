package walk

import (
	"io/fs"
	"syscall"
)

// moved reports whether a folder was renamed between two looks at it, also where
// it is back in its place: that changes its inode, and not what is in it.
func moved(was, now fs.FileInfo) bool {
	a, b := was.Sys().(*syscall.Stat_t), now.Sys().(*syscall.Stat_t)
	return a.Ctim != b.Ctim && a.Mtim == b.Mtim
}
