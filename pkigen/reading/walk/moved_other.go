//go:build !linux

package walk

import "io/fs"

func moved(_, _ fs.FileInfo) bool { return false }
