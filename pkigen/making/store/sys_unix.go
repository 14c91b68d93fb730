//go:build unix

package store

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// openNoFollow refuses a symbolic link that appeared since we looked, and
// openNonblock does not wait for the other end of a pipe.
const (
	openNoFollow = syscall.O_NOFOLLOW
	openNonblock = syscall.O_NONBLOCK
)

// lockRemovable: an open and locked file can be removed, and an open folder moved.
const lockRemovable = true

// fd is the descriptor of the folder, for calls that take names in it.
func (d *dir) fd() int { return int(d.self.Fd()) }

func linkAt(from, to at) error { return unix.Linkat(from.in.fd(), from.name, to.in.fd(), to.name, 0) }

func renameAt(from, to at) error {
	return unix.Renameat(from.in.fd(), from.name, to.in.fd(), to.name)
}

// cannotLink: the file system has no hard links (FAT, some network and FUSE
// ones), forbids them (protected_hardlinks), or has too many on this file.
func cannotLink(err error) bool {
	return errors.Is(err, errLinkUnsupported) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EXDEV) ||
		errors.Is(err, unix.EMLINK) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EOPNOTSUPP) ||
		errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EACCES)
}

// inode tells a file or a folder from every other, also after renames, and whose
// it is.
type inode struct {
	dev, ino uint64
	uid, gid uint32
}

func inodeOf(info fs.FileInfo) inode {
	st := info.Sys().(*syscall.Stat_t) // as package os has it on every unix
	return inode{uint64(st.Dev), uint64(st.Ino), st.Uid, st.Gid}
}

func (n inode) same(other inode) bool { return n.dev == other.dev && n.ino == other.ino }

// String tells folders of one file system apart.
func (n inode) String() string { return strconv.FormatUint(n.ino, 10) }

func (n inode) ours() bool { return int(n.uid) == os.Geteuid() }

// owner is the number of the user, for messages too.
func (n inode) owner() int { return int(n.uid) }

// chownFile gives a new file the owner of the one that it stands for. Only
// root can do that; for others the file stays theirs.
func chownFile(f *os.File, like inode) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return f.Chown(int(like.uid), int(like.gid))
}

// chownLink is chownFile for a link, which is not followed.
func chownLink(a at, like inode) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return a.in.Lchown(a.name, int(like.uid), int(like.gid))
}

// otherDevice reports whether a name lies on another device than its folder.
func otherDevice(a at, info fs.FileInfo) bool {
	up, err := a.in.inode()
	return err == nil && inodeOf(info).dev != up.dev
}

// writable asks whether we may make and move names in a folder.
func writable(path string) error { return unix.Access(path, unix.R_OK|unix.W_OK|unix.X_OK) }

func syncFolder(f *os.File) error {
	// Some network file systems do not know how to sync a folder, and say
	// EINVAL; they have made the names last already.
	if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

func diskFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
func readOnly(err error) bool { return errors.Is(err, unix.EROFS) }
func notMovable(err error) bool {
	return errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EXDEV)
}

// rmdirAt removes an empty folder, and nothing else: Remove would take a file or a
// link of that name as well.
func rmdirAt(a at) error { return unix.Unlinkat(a.in.fd(), a.name, unix.AT_REMOVEDIR) }

// keepsModes: who may read and write stands in a file's mode.
const keepsModes = true
