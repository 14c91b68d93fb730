package store

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// syncAll makes everything last that was written to the file system of an open
// folder, and returns the first error of any such write since it was opened.
func syncAll(folder *os.File) error {
	for {
		if err := unix.Syncfs(int(folder.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// foreignPerSync is how many bytes of other programs syncAll may have to write
// out, for each sync that it saves: a disk takes about as long for either.
const foreignPerSync = 256 << 10

// syncsWhole reports whether syncAll can stand for a number of syncs below an open
// folder: it keeps the same promise there, and takes no longer.
func syncsWhole(folder *os.File, syncs int) bool {
	if !knownToTell(folder) || unix.Syncfs(-1) != unix.EBADF { // a sandbox may forbid the call
		return false
	}
	foreign, ok := waiting()
	return ok && foreign <= int64(syncs)*foreignPerSync
}

// knownToTell: the kernel tells syncfs of each write that failed (since 5.8) and
// of each journal that did (since 5.17; syncfs(2) and the kernel's commit
// 5679897eb104), and the file system is one that knows no other way to sync. In
// the layers of containers and over the network that depends on what lies below.
func knownToTell(folder *os.File) bool {
	var name unix.Utsname
	if unix.Uname(&name) != nil || !kernelSince(unix.ByteSliceToString(name.Release[:]), 5, 17) {
		return false
	}
	var st unix.Statfs_t
	if unix.Fstatfs(int(folder.Fd()), &st) != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC:
		return true
	}
	return false
}

// kernelSince compares the release of a kernel, such as "6.8.0-45-generic".
func kernelSince(release string, major, minor int) bool {
	a, rest, _ := strings.Cut(release, ".")
	b := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	return err1 == nil && err2 == nil && (x > major || x == major && y >= minor)
}

// waiting is how many bytes of all programs wait to be written to all disks, by
// proc_meminfo(5).
func waiting() (sum int64, ok bool) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	found := 0
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 2 || f[0] != "Dirty:" && f[0] != "Writeback:" {
			continue
		}
		if kib, err := strconv.ParseInt(f[1], 10, 64); err == nil {
			sum, found = sum+kib<<10, found+1
		}
	}
	return sum, found == 2
}
