package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

// Read reads the files of paths (slash-separated) that lie below dir, without
// taking the lock. What is not there does not appear; a directory that is not
// there is empty. The folders on the way appear with their modes, the directory
// itself as ".". Symbolic links on the way, anything but a regular file, and
// files over 1 MiB are errors that name the file.
func Read(dir string, paths []string) (Directory, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	info, err := p.look()
	if err != nil {
		return nil, err
	}
	from := p.target
	if info == nil {
		// A run that was stopped between two renames: the next Begin puts this
		// back, so it is what lies here.
		if work, err := os.Lstat(p.work()); err != nil || !p.trusts(work) {
			return Directory{}, nil
		}
		if old, err := os.Lstat(p.old()); err != nil || !old.IsDir() {
			return Directory{}, nil
		}
		from = p.old()
		if info, err = os.Lstat(from); err != nil {
			return nil, fmt.Errorf("cannot read %q: %w", from, bare(err))
		}
	}
	have := Directory{".": folderFile(info)}
	known := map[string]bool{".": true}     // folders looked at: true if it is there
	looked := make([]string, 0, len(paths)) // files in a folder that is there
	for _, name := range paths {
		if !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%q is no path below the directory", name)
		}
		there, err := folderThere(have, from, path.Dir(name), known)
		if err != nil {
			return nil, p.cannotRead(name, err)
		}
		if there {
			looked = append(looked, name)
		}
	}
	files := make([]*File, len(looked))
	err = parallel.Each(len(looked), runtime.GOMAXPROCS(0), func(i int) (err error) {
		if files[i], err = readThere(filepath.Join(from, filepath.FromSlash(looked[i]))); err != nil {
			return p.cannotRead(looked[i], err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		if f != nil {
			have[looked[i]] = *f
		}
	}
	return have, nil
}

func (p place) cannotRead(name string, err error) error {
	return fmt.Errorf("cannot read %q: %w", filepath.Join(p.dir, filepath.FromSlash(name)), err)
}

// folderThere tells whether a folder below root is there, notes it in have, and
// refuses links.
func folderThere(have Directory, root, folder string, known map[string]bool) (bool, error) {
	if there, ok := known[folder]; ok {
		return there, nil
	}
	there, err := folderThere(have, root, path.Dir(folder), known)
	if err != nil || !there {
		return false, err
	}
	info, err := lstat(filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		return false, bare(err)
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

// Folders are the names of the folders in a folder (slash-separated) below dir, in
// order; none where it is not there.
func Folders(dir, folder string) ([]string, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p.inTarget(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, p.cannotRead(folder, bare(err))
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// readThere reads a file; nil for one that is not there.
func readThere(name string) (*File, error) {
	info, err := lstat(name)
	if info == nil || err != nil {
		return nil, bare(err)
	}
	data, err := readRegular(name)
	if err != nil {
		return nil, err
	}
	return &File{Data: data, Mode: info.Mode().Perm()}, nil
}

// readRegular reads a regular file of at most maxFile bytes, and looks at what
// it has opened, not at what the name said before.
func readRegular(name string) ([]byte, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, and has to be a file", kind(info.Mode()))
	}
	f, err := os.OpenFile(name, os.O_RDONLY|openNoFollow|openNonblock, 0)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, and has to be a file", kind(info.Mode()))
	}
	data := make([]byte, 0, min(info.Size(), maxFile)+1)
	data, err = appendAll(data, io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, bare(err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("it has more than %d bytes: no key and no certificate is that long", maxFile)
	}
	return data, nil
}

// appendAll is io.ReadAll into a buffer that mostly is large enough already.
func appendAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}
