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

func cannotLink(err error) bool            { return err != nil && !errors.Is(err, fs.ErrExist) }
func chownFile(*os.File, node) error       { return nil }
func chownPath(string, node) error         { return nil }
func otherDevice(string, fs.FileInfo) bool { return false }
func writable(string) error                { return nil }
func syncFolder(string) error              { return nil }
func diskFull(error) bool                  { return false }
func readOnly(error) bool                  { return false }
func notMovable(error) bool                { return false }

// node tells a file or a folder from every other.
type node struct{ info fs.FileInfo }

func nodeOf(info fs.FileInfo) node  { return node{info} }
func (n node) same(other node) bool { return os.SameFile(n.info, other.info) }
func (n node) String() string       { return "" }
func (n node) ours() bool           { return true }
func (n node) owner() int           { return os.Geteuid() }

func rmdir(path string) error {
	if info, err := os.Lstat(path); err != nil || !info.IsDir() {
		return err
	}
	return os.Remove(path)
}
