package walk

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Held is a directory that is being read. A run of certwright puts a new one in
// its place as a whole: what is read by paths after that belongs to the new one.
type Held struct {
	// Root is the directory that was opened, whatever lies in its place.
	Root *os.Root

	dir string
	was fs.FileInfo // nil where nothing was there
}

// Hold opens a directory. The error is that of the system.
func Hold(dir string) (*Held, error) {
	// To open a pipe would wait for its other end.
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	// While it is open, no other directory can get its number.
	if info, err = root.Stat("."); err != nil {
		root.Close()
		return nil, err
	}
	return &Held{root, dir, info}, nil
}

// Replaced reports whether something else lies where the directory was opened, or
// has done so meanwhile.
func (h *Held) Replaced() bool {
	there, err := os.Stat(h.dir)
	switch {
	case h.was == nil:
		return err == nil
	case err != nil:
		return true
	}
	return !os.SameFile(h.was, there) || there.IsDir() && moved(h.was, there)
}

// Close gives the directory back.
func (h *Held) Close() error {
	if h.Root == nil {
		return nil
	}
	return h.Root.Close()
}

// ReplacedError says that a directory was put in the place of the one that was read.
type ReplacedError struct{ Dir string }

// Error says what can be done.
func (e *ReplacedError) Error() string {
	return fmt.Sprintf("%q was replaced while it was read: another run worked on it; wait for its end and run this again", e.Dir)
}

// attempts is how often a directory is read that does not stay in its place.
const attempts = 5

// Whole reads directories, or files, by their paths, and once more where one was
// replaced meanwhile, so that what read finds is of one state of each. It is an
// *ReplacedError where that does not end, and else the last error of read.
func Whole(ctx context.Context, read func() error, paths ...string) error {
	for n := 1; ; n++ {
		gone, err := whole(read, paths)
		switch {
		case gone == "" || ctx.Err() != nil:
			return err
		case n == attempts:
			return &ReplacedError{gone}
		}
	}
}

// whole reads once, and returns the first path where something else lies now.
func whole(read func() error, paths []string) (gone string, err error) {
	held := make([]*Held, len(paths))
	for i, p := range paths {
		h, err := Hold(p)
		if err != nil {
			// A file, a folder that is closed to us, or nothing: read says so.
			h = &Held{dir: p}
			h.was, _ = os.Stat(p)
		}
		defer h.Close()
		held[i] = h
	}
	err = read()
	for i, h := range held {
		if h.Replaced() {
			return paths[i], err
		}
	}
	return "", err
}
