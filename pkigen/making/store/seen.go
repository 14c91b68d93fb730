package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"certwright/pkigen/internal/parallel"
)

// seen is what a file or a folder was like when it was looked at: what a run asks
// for later of its FileInfo, which would be four times as large. A large set has a
// hundred thousand of them.
type seen struct {
	mode  fs.FileMode
	size  int64
	time  time.Time // of the last change
	inode inode
}

func seenAs(info fs.FileInfo) *seen {
	return &seen{mode: info.Mode(), size: info.Size(), time: info.ModTime(), inode: inodeOf(info)}
}

// entry is one file or folder as it lies in the directory.
type entry struct {
	path string // slash-separated, below the directory
	seen
}

// entriesBelow looks at everything below an open folder, folders before what is in
// them. A mount point is refused: what is mounted would go along with the old folder.
func entriesBelow(root *dir, workers int) ([]entry, error) {
	var all []entry
	for level := []string{"."}; len(level) > 0; {
		lists := make([][]entry, len(level))
		err := parallel.Each(len(level), workers, func(i int) (err error) {
			lists[i], err = entriesOf(root, level[i])
			return err
		})
		if err != nil {
			return nil, err
		}
		level = nil
		for _, list := range lists {
			for i := range list {
				if list[i].mode.IsDir() {
					level = append(level, list[i].path)
				}
			}
			all = append(all, list...)
		}
	}
	return all, nil
}

// entriesOf looks at what is in one folder.
func entriesOf(root *dir, folder string) ([]entry, error) {
	d := root
	if folder != "." {
		var err error
		at := at{root, filepath.FromSlash(folder)}
		if d, err = root.open(at.name); d == nil || err != nil {
			return nil, errors.Join(err, missing(d, at))
		}
		defer d.Close()
	}
	list, err := fs.ReadDir(d.FS(), ".")
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: d.Name(), Err: bare(err)}
	}
	out := make([]entry, len(list))
	for i, e := range list {
		a := at{d, e.Name()}
		info, err := a.lstat()
		if err == nil && info == nil {
			err = &fs.PathError{Op: "read", Path: a.path(), Err: fs.ErrNotExist}
		}
		if err != nil {
			return nil, err
		}
		if isMountPoint(a, info) {
			return nil, fmt.Errorf("%q is a mount point, and would not stay one: unmount it first", a.path())
		}
		out[i] = entry{e.Name(), *seenAs(info)}
		if folder != "." {
			out[i].path = folder + "/" + e.Name()
		}
	}
	return out, nil
}
