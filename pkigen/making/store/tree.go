package store

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"

	"certwright/pkigen/internal/parallel"
)

// File is one file as it was found in the directory, or a folder, which has no
// data and fs.ModeDir in its mode.
type File struct {
	Data []byte
	Mode fs.FileMode // permissions, and fs.ModeDir for a folder
}

// Directory is what was found below a directory, by slash-separated path: the
// files that were asked for, and the folders above them, the directory itself as ".".
type Directory map[string]File

// Tree is an open directory to read from: what is read lies below the same folder,
// whatever becomes of the names that led to it. One that is not there is empty.
type Tree struct {
	d     *dir   // nil for a directory that is not there
	shown string // for messages
}

// Open opens a directory, without the lock. Where a run was stopped between two
// renames it is the state that the next one puts back.
func Open(path string) (*Tree, error) {
	p, err := locate(path)
	if err != nil {
		return nil, err
	}
	if _, err := p.look(); err != nil {
		return nil, err
	}
	parent, err := p.openParent()
	if err != nil {
		return nil, err
	}
	if parent == nil {
		return &Tree{shown: p.dir}, nil
	}
	defer parent.Close()
	d, err := parent.open(p.name())
	if d == nil && err == nil {
		d, err = p.openOld(parent)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", p.dir, bare(err))
	}
	return &Tree{d: d, shown: p.dir}, nil
}

// openOld opens the old state between the two renames of a swap; nil for none. One
// in somebody else's folder is none.
func (p place) openOld(parent *dir) (*dir, error) {
	work, err := openTrusted(parent, p.workName())
	if work == nil || err != nil {
		return nil, nil
	}
	defer work.Close()
	return work.open(oldName)
}

// Tree is the directory as the run found it.
func (t *Tx) Tree() *Tree { return &Tree{d: t.target, shown: t.dir} }

// Close may be called more than once.
func (t *Tree) Close() { t.d.Close() }

// Read reads the files of paths (slash-separated) that lie below dir, without
// taking the lock. See Tree.Read.
func Read(dir string, paths []string) (Directory, error) {
	t, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Read(paths)
}

// Read reads the files of paths (slash-separated). What is not there does not
// appear. The folders on the way appear with their modes, the directory itself as
// ".". Symbolic links on the way, anything but a regular file, and files over 1 MiB
// are errors that name the file.
func (t *Tree) Read(paths []string) (Directory, error) {
	if t.d == nil {
		return Directory{}, nil
	}
	info, err := t.d.self.Stat()
	if err != nil {
		return nil, t.cannotRead(".", err)
	}
	have := Directory{".": folderFile(info)}
	inFolder := map[string][]string{} // names of files in each folder
	var folders []string
	for _, name := range paths {
		if !validPath(name) {
			return nil, fmt.Errorf("%q is no path below the directory", name)
		}
		folder := path.Dir(name)
		if inFolder[folder] == nil {
			folders = append(folders, folder)
		}
		inFolder[folder] = append(inFolder[folder], path.Base(name))
	}
	known := map[string]bool{".": true} // folders looked at: true if it is there
	there := folders[:0]
	for _, folder := range folders {
		if ok, err := t.folderThere(have, folder, known); err != nil {
			return nil, t.cannotRead(folder, err)
		} else if ok {
			there = append(there, folder)
		}
	}
	read := make([]Directory, len(there))
	err = parallel.Each(len(there), runtime.GOMAXPROCS(0), func(i int) (err error) {
		read[i], err = t.readFolder(there[i], inFolder[there[i]])
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, files := range read {
		for name, f := range files {
			have[name] = f
		}
	}
	return have, nil
}

func (t *Tree) cannotRead(name string, err error) error {
	return fmt.Errorf("cannot read %q: %w", filepath.Join(t.shown, filepath.FromSlash(name)), bare(err))
}

// folderThere reports whether a folder is there, notes it in have, and refuses links.
func (t *Tree) folderThere(have Directory, folder string, known map[string]bool) (bool, error) {
	if there, ok := known[folder]; ok {
		return there, nil
	}
	there, err := t.folderThere(have, path.Dir(folder), known)
	if err != nil || !there {
		return false, err
	}
	info, err := at{t.d, filepath.FromSlash(folder)}.lstat()
	if err != nil {
		return false, err
	}
	if info != nil && !info.IsDir() {
		return false, fmt.Errorf("%q is %s, and has to be a folder", folder, kind(info.Mode()))
	}
	known[folder] = info != nil
	if info != nil {
		have[folder] = folderFile(info)
	}
	return info != nil, nil
}

func folderFile(info fs.FileInfo) File {
	return File{Mode: fs.ModeDir | info.Mode().Perm()}
}

// readFolder reads files of one folder.
func (t *Tree) readFolder(folder string, names []string) (Directory, error) {
	d := t.d
	if folder != "." {
		var err error
		if d, err = t.d.open(filepath.FromSlash(folder)); d == nil || err != nil {
			return nil, err // one that went away meanwhile has nothing
		}
		defer d.Close()
	}
	have := make(Directory, len(names))
	for _, name := range names {
		f, err := readThere(at{d, name})
		if err != nil {
			return nil, t.cannotRead(path.Join(folder, name), err)
		}
		if f != nil {
			have[path.Join(folder, name)] = *f
		}
	}
	return have, nil
}

// Folders are the names of the folders in a folder (slash-separated) below the
// directory, in order; none where it is not there.
func (t *Tree) Folders(folder string) ([]string, error) {
	if t.d == nil {
		return nil, nil
	}
	d, err := t.d.open(filepath.FromSlash(folder))
	if d == nil || err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := fs.ReadDir(d.FS(), ".")
	if err != nil {
		return nil, t.cannotRead(folder, err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Walk calls do for each regular file below the directory, by its path, until that
// returns fs.SkipAll or an error.
func (t *Tree) Walk(do func(path string) error) error {
	if t.d == nil {
		return nil
	}
	return fs.WalkDir(t.d.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return do(path)
	})
}

// ReadFile reads one file of at most 1 MiB by its path; fs.ErrNotExist where there
// is none.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	if !validPath(name) {
		return nil, fmt.Errorf("path %q leaves the directory", name)
	}
	if t.d == nil {
		return nil, &fs.PathError{Op: "read", Path: filepath.Join(t.shown, name), Err: fs.ErrNotExist}
	}
	data, err := readRegular(at{t.d, filepath.FromSlash(name)})
	if err != nil {
		return nil, t.cannotRead(name, err)
	}
	return data, nil
}

// Manifest is that of a backup. The error is fs.ErrNotExist where it has none, as
// those of early versions.
func (t *Tree) Manifest() (*Manifest, error) { return readManifest(t.d) }

// Sum is the sum of a file by its path; nil where there is none. Anything but a file
// is an error, and so is a link on the way.
func (t *Tree) Sum(name string) (*Sum, error) {
	if !validPath(name) {
		return nil, fmt.Errorf("path %q leaves the directory", name)
	}
	if t.d == nil {
		return nil, nil
	}
	there, err := t.folderThere(Directory{}, path.Dir(name), map[string]bool{".": true})
	if err != nil || !there {
		return nil, err
	}
	a := at{t.d, filepath.FromSlash(name)}
	info, err := a.lstat()
	if err != nil || info == nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is %s, and has to be a file", name, kind(info.Mode()))
	}
	s, err := sumFile(a)
	return &Sum{s, octal(info.Mode())}, err
}

// readRegular is readThere for a file that has to be there.
func readRegular(a at) ([]byte, error) {
	f, err := readThere(a)
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return nil, fs.ErrNotExist
	}
	return f.Data, nil
}

// readThere reads a regular file of at most maxFile bytes, and looks at what it has
// opened, not at what the name said before; nil for one that is not there.
func readThere(a at) (*File, error) {
	// To open a device can be an act of its own.
	info, err := a.lstat()
	if info == nil || err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, and has to be a file", kind(info.Mode()))
	}
	f, err := a.open()
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, and has to be a file", kind(info.Mode()))
	}
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), maxFile)) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, bare(err)
	}
	if data.Len() > maxFile {
		return nil, fmt.Errorf("it has more than %d bytes: no key and no certificate is that long", maxFile)
	}
	return &File{Data: data.Bytes(), Mode: info.Mode().Perm()}, nil
}
