package store

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

func renameExchange(a, b at) error {
	err := unix.RenameatxNp(a.in.fd(), a.name, b.in.fd(), b.name, unix.RENAME_SWAP)
	if unsupported(err) {
		return errExchangeUnsupported
	}
	return err
}

func renameNoReplace(from, to at) error {
	err := unix.RenameatxNp(from.in.fd(), from.name, to.in.fd(), to.name, unix.RENAME_EXCL)
	if unsupported(err) {
		return renameIfFree(from, to)
	}
	return err
}

// unsupported: HFS+ and network file systems say ENOTSUP or EINVAL.
func unsupported(err error) bool {
	return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS)
}

func isMountPoint(a at, info fs.FileInfo) bool { return otherDevice(a, info) }
