package walk

import (
	"slices"

	"golang.org/x/sys/unix"
)

// kernelFS are the file systems that hold no files: to read there is to ask the
// kernel, which can take for ever, or do something.
var kernelFS = []int64{
	unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC,
	unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC, unix.SELINUX_MAGIC,
	unix.EFIVARFS_MAGIC, unix.DEVPTS_SUPER_MAGIC,
}

// ofKernel reports whether a directory lies on such a file system.
func ofKernel(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && slices.Contains(kernelFS, int64(st.Type))
}
