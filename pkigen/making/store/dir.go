package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// dir is an open folder. Names in it are looked up from there, whatever becomes
// meanwhile of the path that led to it: a link that is put in its place, or on the
// way to it, leads nobody elsewhere.
type dir struct {
	*os.Root
	self *os.File // the same folder, for syncs and for calls that take its descriptor
	path string   // for messages
}

// openDir opens a folder by its path, through links if need be.
func openDir(path string) (*dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: bare(err)}
	}
	return ownRoot(root, path)
}

func ownRoot(root *os.Root, path string) (*dir, error) {
	self, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, &fs.PathError{Op: "open", Path: path, Err: bare(err)}
	}
	return &dir{root, self, path}, nil
}

// Name is the path of the folder, for messages.
func (d *dir) Name() string { return d.path }

// open opens a folder in the folder, and nothing else: a link to one is refused.
// It is nil for what is not there.
func (d *dir) open(name string) (*dir, error) {
	if in, ok := d.dirBelow(name); ok {
		return in, nil
	}
	at := at{d, name}
	info, err := at.lstat()
	if info == nil || err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &inTheWayError{at.path(), kind(info.Mode())}
	}
	root, err := d.OpenRoot(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: at.path(), Err: bare(err)}
	}
	in, err := ownRoot(root, at.path())
	if err != nil {
		return nil, err
	}
	if now, err := in.self.Stat(); err != nil || !os.SameFile(info, now) {
		in.Close()
		return nil, &fs.PathError{Op: "open", Path: at.path(), Err: errChanged}
	}
	return in, nil
}

// Close may be called more than once, and of nil.
func (d *dir) Close() {
	if d != nil {
		d.self.Close()
		d.Root.Close()
	}
}

// inode is what tells the folder from every other.
func (d *dir) inode() (inode, error) {
	info, err := d.self.Stat()
	if err != nil {
		return inode{}, &fs.PathError{Op: "read", Path: d.Name(), Err: bare(err)}
	}
	return inodeOf(info), nil
}

// at is a name in an open folder; it may lead through further folders.
type at struct {
	in   *dir
	name string
}

// path is for messages, and for calls that know no open folder.
func (a at) path() string { return filepath.Join(a.in.path, a.name) }

// deep reports whether the name leads through further folders.
func (a at) deep() bool { return strings.ContainsRune(a.name, filepath.Separator) }

// lstat is nil for what is not there.
func (a at) lstat() (info fs.FileInfo, err error) {
	ok := false
	if a.deep() {
		info, ok, err = a.in.lstatBelow(a.name)
	}
	if !ok {
		info, err = a.in.Lstat(a.name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: a.path(), Err: bare(err)}
	}
	return info, nil
}

// open opens a file to read it. A link is refused, and nothing is waited for.
func (a at) open() (*os.File, error) {
	if a.deep() {
		if f, ok, err := a.in.openBelow(a.name, os.O_RDONLY|openNonblock); ok {
			return f, err
		}
	}
	return a.in.OpenFile(a.name, os.O_RDONLY|openNoFollow|openNonblock, 0)
}

// errChanged is the error of what was put in the place of another while we worked.
var errChanged = errors.New("another program changed it meanwhile")

// inTheWayError is about a name that is ours, and at which lies something else.
type inTheWayError struct{ path, kind string }

func (e *inTheWayError) Error() string {
	return fmt.Sprintf("%q is in the way: it is %s, and certwright needs a folder of its own there; move it away", e.path, e.kind)
}
