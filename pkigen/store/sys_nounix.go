//go:build !unix

package store

import (
	"errors"
	"io/fs"
	"os"
)

// Windows has neither these flags, nor owners and modes as meant here: files
// have the rights of the folder that they lie in.
const (
	openNoFollow = 0
	openNonblock = 0
)

// lockRemovable: an open file cannot be removed.
const lockRemovable = false

func cannotLink(err error) bool             { return err != nil && !errors.Is(err, fs.ErrExist) }
func ownedByUs(fs.FileInfo) bool            { return true }
func owner(fs.FileInfo) int                 { return os.Geteuid() }
func chownFile(*os.File, fs.FileInfo) error { return nil }
func chownPath(string, fs.FileInfo) error   { return nil }
func inode(fs.FileInfo) string              { return "" }
func otherDevice(string, fs.FileInfo) bool  { return false }
func writable(string) error                 { return nil }
func syncFolder(string) error               { return nil }
func diskFull(error) bool                   { return false }
func readOnly(error) bool                   { return false }
func notMovable(error) bool                 { return false }

func rmdir(path string) error {
	if info, err := os.Lstat(path); err != nil || !info.IsDir() {
		return err
	}
	return os.Remove(path)
}
