package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// journal says what an addition moves from the staging directory into the
// directory. It lasts before the first step, and goes after the last.
type journal struct {
	Added    []added `json:"added"`              // in the order in which they are put in
	Replaced string  `json:"replaced,omitempty"` // the file that is written anew, after all of them; "" for none
}

// added is a new file or folder. By its inode it is told from what somebody else
// has put there.
type added struct {
	Path  string `json:"path"`
	Inode string `json:"inode"`
}

func (p place) journal() string { return filepath.Join(p.work(), "journal") }

// aside is where the file that is written anew keeps its old bytes.
func (p place) aside() string { return filepath.Join(p.work(), "replaced") }

func (p place) inTarget(path string) string { return filepath.Join(p.target, filepath.FromSlash(path)) }

func (t *Tx) writeJournal(j *journal) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if err := t.sys.create(t.journal(), strings.NewReader(string(data)+"\n"), 0o600, nil); err != nil {
		return err
	}
	return errors.Join(t.sys.syncDir(t.work()), t.sys.syncDir(t.parent()))
}

// readJournal is nil where nothing can have been moved: the journal is whole on
// the disk before that, or not there. One in a stranger's folder is none.
func (p place) readJournal() *journal {
	var j journal
	if info, err := os.Lstat(p.work()); err != nil || !info.IsDir() || !p.trusts(info) {
		return nil
	}
	data, err := readRegular(p.journal())
	if err != nil || json.Unmarshal(data, &j) != nil {
		return nil
	}
	for _, a := range j.Added {
		if !validPath(a.Path) {
			return nil
		}
	}
	if j.Replaced != "" && !validPath(j.Replaced) {
		return nil
	}
	return &j
}

// entered tells whether all of a journal has been put in.
func (p place) entered(j *journal) (bool, error) {
	for _, a := range j.Added {
		info, err := lstat(p.inTarget(a.Path))
		if err != nil || info == nil || inodeOf(info).String() != a.Inode {
			return false, err
		}
	}
	if j.Replaced == "" {
		return true, nil
	}
	info, err := lstat(filepath.Join(p.staging(), filepath.FromSlash(j.Replaced)))
	return info == nil, err
}

// enter puts in what was staged. The names of what is added last before the file
// that tells of it is exchanged, in one step.
func (t *Tx) enter(j *journal) error {
	for _, a := range j.Added {
		if err := t.sys.renameNew(t.staged(a.Path), t.inTarget(a.Path)); err != nil {
			return err
		}
	}
	if err := t.syncParents(j); err != nil || j.Replaced == "" {
		return err
	}
	if err := t.sys.rename(t.staged(j.Replaced), t.inTarget(j.Replaced)); err != nil {
		return err
	}
	return t.sys.syncDir(filepath.Dir(t.inTarget(j.Replaced)))
}

// syncParents makes the names of what is added, or was taken back, last.
func (t *Tx) syncParents(j *journal) error {
	var folders []string
	for _, a := range j.Added {
		folders = append(folders, path.Dir(a.Path))
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		if err := t.sys.syncDir(t.inTarget(folder)); err != nil {
			return err
		}
	}
	return nil
}

// takeBack undoes enter, however far it had come. nil is a journal that was not
// written.
func (t *Tx) takeBack(j *journal) error {
	if j == nil {
		return nil
	}
	if j.Replaced != "" {
		staged, err1 := lstat(t.staged(j.Replaced))
		old, err2 := lstat(filepath.Join(t.aside(), filepath.FromSlash(j.Replaced)))
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if staged == nil && old != nil {
			if err := t.sys.rename(filepath.Join(t.aside(), filepath.FromSlash(j.Replaced)), t.inTarget(j.Replaced)); err != nil {
				return err
			}
			if err := t.sys.syncDir(filepath.Dir(t.inTarget(j.Replaced))); err != nil {
				return err
			}
		}
	}
	for _, a := range slices.Backward(j.Added) {
		info, err := lstat(t.inTarget(a.Path))
		if err != nil {
			return err
		}
		if info == nil || inodeOf(info).String() != a.Inode {
			continue
		}
		if err := t.sys.renameNew(t.inTarget(a.Path), t.staged(a.Path)); err != nil {
			return err
		}
	}
	return t.syncParents(j)
}

// closeJournal ends an addition that is in place.
func (t *Tx) closeJournal(backup string) error {
	if backup != "" {
		if err := t.settle(backup); err != nil {
			return err
		}
	}
	if err := t.sys.remove(t.journal()); err != nil {
		return err
	}
	return errors.Join(t.sys.syncDir(t.work()), t.sys.removeTree(t.staging()))
}

// mendJournal ends an addition in which a run was stopped: it is whole, or it is
// taken back. What it returns tells of it; "" if there was none.
func (t *Tx) mendJournal() (string, error) {
	j := t.readJournal()
	if j == nil {
		return "", t.sys.remove(t.journal())
	}
	whole, err := t.entered(j)
	if err != nil {
		return "", err
	}
	if !whole {
		if err := t.takeBack(j); err != nil {
			return "", err
		}
		if err := errors.Join(t.sys.remove(t.journal()), t.sys.removeTree(t.aside()), t.sys.syncDir(t.work())); err != nil {
			return "", err
		}
		t.sys.removeEmpty(t.backups())
		return fmt.Sprintf("was stopped while it added files; they were taken back, %s is as before that run", t.dir), nil
	}
	backup := ""
	if old, err := lstat(t.aside()); err != nil {
		return "", err
	} else if old != nil {
		if backup, err = t.keep(t.aside()); err != nil {
			return "", err
		}
	}
	if err := t.closeJournal(backup); err != nil {
		return "", err
	}
	note := fmt.Sprintf("was stopped after it had put the new state in place: %s is whole", t.dir)
	if j.Replaced != "" && backup != "" {
		note += fmt.Sprintf(", and the %s before it is now in the backup %s", j.Replaced, backup)
	}
	return note, nil
}

// halfway are the paths that a stopped or working run has added, and that do not
// count as long as it has not ended.
func (p place) halfway() ([]string, error) {
	j := p.readJournal()
	if j == nil {
		return nil, nil
	}
	if whole, err := p.entered(j); whole || err != nil {
		return nil, err
	}
	var out []string
	for _, a := range j.Added {
		info, err := lstat(p.inTarget(a.Path))
		if err != nil {
			return nil, err
		}
		if info != nil && inodeOf(info).String() == a.Inode {
			out = append(out, a.Path)
		}
	}
	return out, nil
}

// index is where an index is written before it gets its name.
func (p place) index() string { return filepath.Join(p.work(), "index") }

// WriteIndex writes an index into the directory, 0600, in one step. It is for
// what can be lost, and is no part of the state that Commit promises.
func (t *Tx) WriteIndex(name string, data []byte) error {
	err := t.sys.create(t.index(), bytes.NewReader(data), 0o600, nil)
	if err == nil {
		err = t.sys.rename(t.index(), filepath.Join(t.target, name))
	}
	if err != nil {
		t.sys.remove(t.index())
	}
	return t.explain(err)
}

// Staged reads a file of the new state by its path below the directory, while
// Commit lets it be checked.
func (t *Tx) Staged(path string) ([]byte, error) {
	if !validPath(path) {
		return nil, fmt.Errorf("path %q leaves the directory", path)
	}
	data, err := os.ReadFile(t.staged(path))
	if t.adding && errors.Is(err, fs.ErrNotExist) {
		return os.ReadFile(t.inTarget(path))
	}
	return data, err
}
