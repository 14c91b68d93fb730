package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// openBelow opens what lies at a path below the folder, as os.Root does it folder by
// folder, in one call: a large set has a hundred thousand files, six folders deep. ok
// is false where the kernel cannot do that (before 5.6), or it is forbidden.
func (d *dir) openBelow(name string, flags int) (f *os.File, ok bool, err error) {
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW), Resolve: unix.RESOLVE_BENEATH}
	fd, err := unix.Openat2(d.fd(), name, &how)
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM), errors.Is(err, unix.EAGAIN):
		return nil, false, nil
	case err != nil:
		return nil, true, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(d.path, name)), true, nil
}

// lstatBelow is lstat by openBelow.
func (d *dir) lstatBelow(name string) (info fs.FileInfo, ok bool, err error) {
	f, ok, err := d.openBelow(name, unix.O_PATH)
	if f == nil {
		return nil, ok, err
	}
	defer f.Close()
	info, err = f.Stat()
	return info, true, err
}

// dirBelow opens a folder by openBelow. ok is false too where what is there is no
// folder, or /proc is not there.
func (d *dir) dirBelow(name string) (in *dir, ok bool) {
	f, ok, err := d.openBelow(name, unix.O_DIRECTORY)
	if !ok || err != nil {
		return nil, false
	}
	root, err := os.OpenRoot("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
	if err != nil {
		f.Close()
		return nil, false
	}
	return &dir{root, f, filepath.Join(d.path, name)}, true
}
