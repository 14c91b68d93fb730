package store

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

func renameExchange(a, b at) error {
	err := unix.Renameat2(a.in.fd(), a.name, b.in.fd(), b.name, unix.RENAME_EXCHANGE)
	if unsupported(err) {
		return errExchangeUnsupported
	}
	return err
}

func renameNoReplace(from, to at) error {
	err := unix.Renameat2(from.in.fd(), from.name, to.in.fd(), to.name, unix.RENAME_NOREPLACE)
	if unsupported(err) {
		return renameIfFree(from, to)
	}
	return err
}

// unsupported: an old kernel says ENOSYS, a file system without the flag EINVAL.
func unsupported(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP)
}

// isMountPoint asks the kernel, since a bind mount of the same file system has
// the same device number as what is around it.
func isMountPoint(a at, info fs.FileInfo) bool {
	var st unix.Statx_t
	err := unix.Statx(a.in.fd(), a.name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_INO, &st)
	if err == nil && st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 {
		return st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
	}
	return otherDevice(a, info)
}
