package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// Fingerprint tells files and their folders from what they were, without opening
// them. It is the zero value where one of them is not there or is no file, and on
// file systems whose times and inodes do not tell.
type Fingerprint struct {
	// Sum is over each file's inode, size, times and mode, and the modes of the
	// folders around them.
	Sum [sha256.Size]byte
	// Settled tells that whatever changes one of the files from now on changes
	// Sum as well: none was written so lately that its times could stay the same.
	Settled bool
}

// Fingerprints looks at groups of files (slash-separated paths below dir).
func Fingerprints(dir string, groups [][]string) []Fingerprint {
	p, err := locate(dir)
	if err != nil {
		return make([]Fingerprint, len(groups))
	}
	return fingerprints(p.target, groups)
}

// StagedFingerprints is Fingerprints of the new state, while Commit lets it be
// checked.
func (t *Tx) StagedFingerprints(groups [][]string) []Fingerprint {
	return fingerprints(t.staging(), groups)
}

func fingerprints(root string, groups [][]string) []Fingerprint {
	out := make([]Fingerprint, len(groups))
	if !tells(root) {
		return out
	}
	// Each worker takes a run of groups, so that folders are looked at once.
	workers := runtime.GOMAXPROCS(0)
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			l := looker{root: root + string(filepath.Separator), folders: map[string]uint32{}}
			for i := w * len(groups) / workers; i < (w+1)*len(groups)/workers; i++ {
				out[i] = l.group(groups[i])
			}
			return nil
		})
	}
	_ = g.Wait() // no call returns an error
	return out
}

// tells: the file system is a local one, which has inodes that stay, and times
// by this machine's clock.
func tells(root string) bool {
	var st unix.Statfs_t
	if unix.Statfs(root, &st) != nil {
		return false
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC:
		return true
	}
	return false
}

// looker is one worker of fingerprints.
type looker struct {
	root    string
	folders map[string]uint32 // mode of each folder; 0 for what is none
}

func (l *looker) group(paths []string) Fingerprint {
	if len(paths) == 0 {
		return Fingerprint{}
	}
	now := time.Now()
	sum := sha256.New()
	var newest time.Time
	for _, p := range paths {
		if !l.folder(sum.Write, path.Dir(p)) {
			return Fingerprint{}
		}
		var st unix.Stat_t
		if lookAt(l.root+p, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			return Fingerprint{}
		}
		var b [48]byte
		for i, n := range []int64{int64(st.Ino), st.Size, st.Mtim.Nano(), st.Ctim.Nano(), int64(st.Mode), int64(st.Uid)} {
			binary.LittleEndian.PutUint64(b[8*i:], uint64(n))
		}
		sum.Write(b[:])
		for _, t := range []unix.Timespec{st.Mtim, st.Ctim} {
			if at := time.Unix(t.Unix()); at.After(newest) {
				newest = at
			}
		}
	}
	return Fingerprint{Sum: [sha256.Size]byte(sum.Sum(nil)), Settled: settled(newest, now)}
}

// folder adds the modes of the folders around a file, and tells whether they are
// folders all.
func (l *looker) folder(write func([]byte) (int, error), p string) bool {
	if p == "." {
		return true
	}
	mode, known := l.folders[p]
	if !known {
		if !l.folder(func(b []byte) (int, error) { return len(b), nil }, path.Dir(p)) {
			return false
		}
		var st unix.Stat_t
		if lookAt(l.root+p, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			mode = st.Mode
		}
		l.folders[p] = mode
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], mode)
	_, err := write(b[:])
	return mode != 0 && err == nil
}

func lookAt(name string, st *unix.Stat_t) error {
	for {
		if err := unix.Lstat(name, st); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// settled tells whether a change that is made now gets another time than the
// newest one. The clock of these file systems ticks a hundred times a second or
// more often; where no fraction of a tick is to be seen, an old format may
// count in whole seconds.
func settled(newest, now time.Time) bool {
	const tick = 10 * time.Millisecond
	if newest.Nanosecond()%int(tick) == 0 {
		return now.Sub(newest) > 2*time.Second
	}
	return now.Sub(newest) > 5*tick
}

// ReadIndex reads the file of an index, which is ours and closed to others, or
// else as good as not there.
func ReadIndex(path string) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 || !inodeOf(info).ours() || info.Size() > maxIndex {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return data
}

// maxIndex bounds an index, in bytes: six megabytes stand for 5,000 nodes.
const maxIndex = 256 << 20
