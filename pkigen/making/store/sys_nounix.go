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

// lockRemovable: an open file cannot be removed, and an open folder not moved.
const lockRemovable = false

func linkAt(from, to at) error   { return os.Link(from.path(), to.path()) }
func renameAt(from, to at) error { return os.Rename(from.path(), to.path()) }

func cannotLink(err error) bool        { return err != nil && !errors.Is(err, fs.ErrExist) }
func chownFile(*os.File, inode) error  { return nil }
func chownLink(at, inode) error        { return nil }
func otherDevice(at, fs.FileInfo) bool { return false }
func writable(string) error            { return nil }
func syncFolder(*os.File) error        { return nil }
func diskFull(error) bool              { return false }
func readOnly(error) bool              { return false }
func notMovable(error) bool            { return false }

// inode tells a file or a folder from every other.
type inode struct{ info fs.FileInfo }

func inodeOf(info fs.FileInfo) inode  { return inode{info} }
func (n inode) same(other inode) bool { return os.SameFile(n.info, other.info) }
func (n inode) String() string        { return "" }
func (n inode) ours() bool            { return true }
func (n inode) owner() int            { return os.Geteuid() }

func rmdirAt(a at) error {
	if info, err := a.lstat(); err != nil || info == nil || !info.IsDir() {
		return err
	}
	return a.in.Remove(a.name)
}

// keepsModes: the rights are those of the folder around.
const keepsModes = false
