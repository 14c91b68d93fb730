package store

import (
	"fmt"
	"io/fs"
	"os"
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

// entriesBelow looks at everything below dir, folders before what is in them. A
// mount point is refused: what is mounted would go along with the old folder.
func entriesBelow(dir string, workers int) ([]entry, error) {
	var all []entry
	for level := []string{"."}; len(level) > 0; {
		lists := make([][]entry, len(level))
		err := parallel.Each(len(level), workers, func(i int) (err error) {
			lists[i], err = entriesOf(dir, level[i])
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
func entriesOf(dir, folder string) ([]entry, error) {
	inside := filepath.Join(dir, filepath.FromSlash(folder))
	list, err := os.ReadDir(inside)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: inside, Err: bare(err)}
	}
	out := make([]entry, len(list))
	for i, d := range list {
		name := filepath.Join(inside, d.Name())
		info, err := d.Info()
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: bare(err)}
		}
		if isMountPoint(name, info) {
			return nil, fmt.Errorf("%q is a mount point, and would not stay one: unmount it first", name)
		}
		out[i] = entry{d.Name(), *seenAs(info)}
		if folder != "." {
			out[i].path = folder + "/" + d.Name()
		}
	}
	return out, nil
}
