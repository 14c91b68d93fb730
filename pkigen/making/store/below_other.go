//go:build !linux

package store

import (
	"io/fs"
	"os"
)

// os.Root goes folder by folder.
func (*dir) openBelow(string, int) (*os.File, bool, error) { return nil, false, nil }
func (*dir) lstatBelow(string) (fs.FileInfo, bool, error)  { return nil, false, nil }
func (*dir) dirBelow(string) (*dir, bool)                  { return nil, false }
