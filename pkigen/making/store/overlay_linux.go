package store

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ofLowerLayer reports whether a folder could not be renamed because it comes from
// a lower layer of an overlay, as the image of a container is one.
func ofLowerLayer(err error, path string) bool {
	var st unix.Statfs_t
	return errors.Is(err, unix.EXDEV) && unix.Statfs(path, &st) == nil && st.Type == unix.OVERLAYFS_SUPER_MAGIC
}
