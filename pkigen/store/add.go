package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// manyEntries is up to how many files and folders a directory is always built
// anew as a whole, which takes a fifth of a second for this many, and for the
// hundred thousand of a large cluster twenty seconds.
const manyEntries = 2000

// addition is a change that puts new files and folders beside what is there, and
// writes one file anew at most. Nothing else is touched.
type addition struct {
	tops     []string // what is not there yet, each with all below it
	replaced string   // the one file that is written anew; "" for none
	was      *seen    // that file as it lies there
}

// arrangeAddition decides what has to be made where a change to a large
// directory only adds to it. It is nil for every other change, and where
// anything is not as it should be: the whole way says what.
func (t *Tx) arrangeAddition(o *order) (*work, error) {
	root, err := t.look()
	if err != nil || root == nil || len(o.kept) > 0 || len(o.removed) > 0 || root.Mode().Perm() != 0o700 {
		return nil, err
	}
	if many, err := t.holdsMany(); err != nil || !many {
		return nil, err
	}
	w := &work{add: &addition{}}
	there := map[string]bool{".": true} // folders that are there and as they should be
	for i := range o.changes {
		if ok, err := t.addChange(w, o, &o.changes[i], there); err != nil || !ok {
			return nil, err
		}
	}
	if len(w.files) == 0 {
		return nil, nil
	}
	slices.Sort(w.add.tops)
	w.add.tops = slices.Compact(w.add.tops)
	w.scaffold(o, there)
	return w, nil
}

// addChange takes one change into the work, and tells whether that is still an
// addition.
func (t *Tx) addChange(w *work, o *order, c *Change, there map[string]bool) (bool, error) {
	top, err := t.firstMissing(o, c.Path, there)
	if err != nil || c.Keep || top == "" {
		return false, err
	}
	if top != c.Path {
		w.add.tops = append(w.add.tops, top)
		w.files = append(w.files, job{path: c.Path, data: c.Data, mode: c.Mode})
		return true, nil
	}
	name := filepath.Join(t.target, filepath.FromSlash(c.Path))
	info, err := lstat(name)
	switch {
	case err != nil:
		return false, err
	case info == nil:
		w.add.tops = append(w.add.tops, c.Path)
		w.files = append(w.files, job{path: c.Path, data: c.Data, mode: c.Mode})
		return true, nil
	case !info.Mode().IsRegular() || info.Mode() != c.Mode:
		return false, nil
	}
	same, err := holds(name, info.Size(), c.Data)
	if err != nil || same {
		return same, err
	}
	// A secret that goes deserves the backup of all that stood around it.
	if w.add.replaced != "" || c.secret() {
		return false, nil
	}
	w.add.replaced, w.add.was, w.backup = c.Path, seenAs(info), true
	w.files = append(w.files, job{path: c.Path, data: c.Data, from: seenAs(info), mode: c.Mode})
	return true, nil
}

// firstMissing is the highest folder above a file that is not there, or the file
// itself where all are. It is "" where one of them is not as it should be.
func (t *Tx) firstMissing(o *order, file string, there map[string]bool) (string, error) {
	for i, r := range file {
		folder := file[:i]
		if r != '/' || there[folder] {
			continue
		}
		name := filepath.Join(t.target, filepath.FromSlash(folder))
		info, err := lstat(name)
		switch {
		case err != nil:
			return "", &fs.PathError{Op: "read", Path: name, Err: bare(err)}
		case info == nil:
			return folder, nil
		case !info.IsDir(), isMountPoint(name, info), o.folders[folder] && info.Mode().Perm()&0o077 != 0:
			return "", nil
		}
		there[folder] = true
	}
	return file, nil
}

// scaffold adds the folders of the staging directory. Those that are there
// already only hold what will be moved out of them.
func (w *work) scaffold(o *order, there map[string]bool) {
	needed := map[string]bool{".": true}
	for i := range w.files {
		for folder := path.Dir(w.files[i].path); folder != "."; folder = path.Dir(folder) {
			needed[folder] = true
		}
	}
	for p := range needed {
		f := folder{path: p, mode: 0o755}
		if there[p] || o.folders[p] {
			f.mode = 0o700
		}
		w.folders = append(w.folders, f)
	}
	sortFolders(w.folders)
}

// holdsMany tells whether the directory has more than manyEntries, and looks no
// further than it has to.
func (t *Tx) holdsMany() (bool, error) {
	if t.sys.addAlways {
		return true, nil
	}
	seen := 0
	err := filepath.WalkDir(t.target, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return &fs.PathError{Op: "read", Path: name, Err: bare(err)}
		}
		if seen++; seen > manyEntries {
			return fs.SkipAll
		}
		return nil
	})
	return seen > manyEntries, err
}

// putIn puts what was staged beside what is there: the new folders and files
// first, and last the one file that is written anew. A journal of what is moved
// lasts before the first step, so that a run that is stopped is taken back or
// ended by the next one, and nobody reads its half before (see Read).
func (t *Tx) putIn(w *work) (Result, error) {
	res := Result{Notes: w.notes}
	j, err := t.openJournal(w)
	if err == nil {
		err = t.enter(j)
	}
	kept := ""
	if err == nil && w.keeps() {
		kept, err = t.keep(t.aside())
	}
	if err != nil {
		if left := t.takeBack(j); left != nil {
			t.leave = true
			return Result{}, fmt.Errorf("%w; the change could not be taken back (%w): run certwright again, it will mend %s",
				t.explain(err), t.explain(left), t.dir)
		}
		if left := errors.Join(t.sys.remove(t.journal()), t.sys.removeTree(t.aside())); left != nil {
			t.leave = true // with a journal that is still there, the rest has to be as well
			return Result{}, fmt.Errorf("%w; %w (%w): run certwright again, it will clean up", t.explain(err), ErrUnchanged, t.explain(left))
		}
		return t.undone(w, err)
	}
	if err := t.closeJournal(kept); err != nil {
		t.leave = true
		res.Notes = append(res.Notes, fmt.Sprintf("everything is in place, but: %v; the next run ends it", t.explain(err)))
	}
	if w.manifest != nil {
		res.Manifest = kept
	}
	if w.backup {
		res.Backup = kept
		res.Notes = append(res.Notes, fmt.Sprintf("the backup holds %s only, since nothing else that was there has changed", w.add.replaced))
	}
	return res, nil
}

// openJournal sets the old file aside and writes down, so that it lasts, what
// will be moved.
func (t *Tx) openJournal(w *work) (*journal, error) {
	a := w.add
	j := &journal{Replaced: a.replaced}
	for _, top := range a.tops {
		info, err := os.Lstat(t.staged(top))
		if err != nil {
			return nil, err
		}
		j.Added = append(j.Added, added{Path: top, Inode: inodeOf(info).String()})
	}
	if a.replaced != "" {
		if err := t.setAside(a); err != nil {
			return nil, err
		}
	}
	if err := t.writeManifest(t.sys, w); err != nil {
		return nil, err
	}
	return j, t.writeJournal(j)
}

// setAside gives the file that will be written anew a second name in the work
// folder, where it becomes the backup.
func (t *Tx) setAside(a *addition) error {
	to := filepath.Join(t.aside(), filepath.FromSlash(a.replaced))
	var made []string
	for folder := a.replaced; folder != "."; {
		folder = path.Dir(folder)
		made = append(made, filepath.Join(t.aside(), filepath.FromSlash(folder)))
	}
	for _, folder := range slices.Backward(made) {
		if err := t.sys.mkdir(folder, 0o700); err != nil {
			return err
		}
	}
	from := filepath.Join(t.target, filepath.FromSlash(a.replaced))
	err := t.sys.link(from, to)
	if err != nil && cannotLink(err) {
		err = t.sys.copy(from, to, a.was, a.was.mode)
	} else if now, e := os.Lstat(to); err == nil && (e != nil || !inodeOf(now).same(a.was.inode) || !now.ModTime().Equal(a.was.time)) {
		err = &fs.PathError{Op: "read", Path: from, Err: errors.New("another program changed it meanwhile")}
	}
	for i := 0; err == nil && i < len(made); i++ {
		err = t.sys.syncDir(made[i])
	}
	return err
}

// below tells whether a path is a top or lies below one.
func below(p, top string) bool { return p == top || strings.HasPrefix(p, top+"/") }
