package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/render"
)

// settle takes away what would tell where a fault is: sums that do not fit, and
// times of files.
func (b *Bed) settle() error {
	if err := b.sums(); err != nil {
		return err
	}
	return alike(b.Dir, b.Made)
}

// sums makes the list of sums in the tree of each node anew.
func (b *Bed) sums() error {
	trees, err := filepath.Glob(filepath.Join(b.Dir, catalog.NodesFolder, "*", render.SumsFile))
	if err != nil {
		return err
	}
	for _, list := range trees {
		tree, err := readTree(filepath.Dir(list))
		if err != nil {
			return err
		}
		files := map[string][]byte{}
		for p, f := range tree.files {
			if f.link == "" {
				files[p] = f.data
			}
		}
		if err := os.WriteFile(list, render.Sums(files), publicMode); err != nil {
			return err
		}
	}
	return nil
}

// alike gives all files and folders below a directory, and itself, one time.
func alike(dir string, made time.Time) error {
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type()&fs.ModeSymlink == 0 {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Reverse(names) // a folder after what is in it
	for _, name := range names {
		if err := os.Chtimes(name, made, made); err != nil {
			return err
		}
	}
	return nil
}

// Lay copies a directory to a new place, with nothing that tells which of its
// files was changed last.
func Lay(from, to string, made time.Time) error {
	t, err := readTree(from)
	if err != nil {
		return err
	}
	if err := t.copy(to); err != nil {
		return err
	}
	return alike(to, made)
}
