package lab

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"certwright/pkigen/reading/walk"
)

// tree is a directory in memory.
type tree struct {
	files   map[string]treeFile // by slash-separated paths below it
	folders map[string]fs.FileMode
}

type treeFile struct {
	data []byte
	mode fs.FileMode
	link string // where a symbolic link leads; "" for a file
}

func readTree(dir string) (*tree, error) {
	t := &tree{files: map[string]treeFile{}, folders: map[string]fs.FileMode{}}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f := treeFile{mode: info.Mode().Perm()}
		switch {
		case d.IsDir():
			t.folders[rel] = f.mode
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			f.link, err = os.Readlink(name)
		default:
			f.data, err = readClosed(name, f.mode)
		}
		t.files[rel] = f
		return err
	})
	return t, err
}

// readClosed reads a file, also one that its owner has closed to himself, and one
// that a fault has made larger than a PKI's files are.
func readClosed(name string, mode fs.FileMode) (data []byte, err error) {
	if mode&0o400 == 0 {
		if err := os.Chmod(name, mode|0o400); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.Chmod(name, mode)) }()
	}
	return walk.Read(name, 8*walk.LargestFile)
}

// restore makes the directory that was read hold exactly the same files again.
func (t *tree) restore(dir string) error {
	now, err := readTree(dir)
	if err != nil {
		return err
	}
	for p := range now.files {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(p))); err != nil {
			return err
		}
	}
	return t.copy(dir)
}

// copy lays everything down in the order of paths, so that not even the times
// that nobody can set tell which file was changed last.
func (t *tree) copy(dir string) error {
	for _, p := range slices.Sorted(maps.Keys(t.folders)) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(p)), 0o700); err != nil {
			return err
		}
	}
	for _, p := range slices.Sorted(maps.Keys(t.files)) {
		f, name := t.files[p], filepath.Join(dir, filepath.FromSlash(p))
		if f.link != "" {
			if err := os.Symlink(f.link, name); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(name, f.data, secretMode); err != nil {
			return err
		}
		if err := os.Chmod(name, f.mode); err != nil { // whatever the umask
			return err
		}
	}
	for p, mode := range t.folders {
		if err := os.Chmod(filepath.Join(dir, filepath.FromSlash(p)), mode); err != nil {
			return err
		}
	}
	return nil
}
