package store

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

func renameExchange(a, b string) error {
	err := unix.RenamexNp(a, b, unix.RENAME_SWAP)
	if unsupported(err) {
		return errExchangeUnsupported
	}
	return err
}

func renameNoReplace(from, to string) error {
	err := unix.RenamexNp(from, to, unix.RENAME_EXCL)
	if unsupported(err) {
		return renameIfFree(from, to)
	}
	return err
}

// unsupported: HFS+ and network file systems say ENOTSUP or EINVAL.
func unsupported(err error) bool {
	return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS)
}

func isMountPoint(path string, info fs.FileInfo) bool { return otherDevice(path, info) }
