package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// swapState is what the state file says, which lasts before the swap.
// The folders are told apart by inode, since no name and no content of theirs
// says which of them is the old one.
type swapState struct {
	New    string `json:"new"`    // inode of the new state
	Old    string `json:"old"`    // inode of the old state; "" if there was none
	Backup bool   `json:"backup"` // the old state is to be kept
}

func (t *Tx) writeState(sys *system, s swapState) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := sys.create(t.inWork(stateName), strings.NewReader(string(data)+"\n"), 0o600, nil); err != nil {
		return err
	}
	return sys.syncDir(t.work)
}

// readState returns false where no swap can have begun: the state file is whole
// on the disk before the swap, or not there.
func readState(work *dir) (swapState, bool) {
	var s swapState
	data, err := readRegular(at{work, stateName})
	return s, err == nil && json.Unmarshal(data, &s) == nil
}

// remains are what a run that was stopped has left: where it had come to.
type remains struct {
	state        swapState
	swapping     bool // the state file was written, so that a swap can have begun
	staging, old fs.FileInfo
	target       fs.FileInfo // nil where the directory is not in its place
	manifest     bool        // of the run, and not in a backup yet
}

// lookAround finds what lies in a work folder.
func (p place) lookAround(parent, work *dir) (*remains, error) {
	r := &remains{}
	r.state, r.swapping = readState(work)
	var manifest fs.FileInfo
	for _, one := range []struct {
		at  at
		out *fs.FileInfo
	}{
		{at{work, stagingName}, &r.staging}, {at{work, oldName}, &r.old}, {at{parent, p.name()}, &r.target},
		{at{work, filepath.Join(asideName, ManifestFile)}, &manifest},
	} {
		info, err := one.at.lstat()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		*one.out = info
	}
	r.manifest = manifest != nil
	for _, f := range []fs.FileInfo{r.staging, r.old} {
		if f != nil && !f.IsDir() {
			return nil, &inTheWayError{filepath.Join(work.Name(), f.Name()), kind(f.Mode())}
		}
	}
	return r, nil
}

// swapped reports whether the new state came into the directory's place.
func (r *remains) swapped() bool {
	return r.swapping && r.target != nil && inodeOf(r.target).String() == r.state.New
}

// recover ends what a run that was stopped left in the work folder, so that
// nothing but the lock is in it afterwards.
func (t *Tx) recover(gone holder) error {
	earlier, err := t.recoverAddition()
	if err != nil {
		return err
	}
	r, err := t.lookAround(t.parent, t.work)
	if err != nil {
		return err
	}
	note := ""
	switch {
	case earlier != "":
		note = earlier
	case r.old != nil:
		note, err = t.recoverRenames(r)
	case r.staging != nil && r.swapping && inodeOf(r.staging).String() != r.state.New:
		// The new state is in the target's place, and this is the old one.
		note, err = t.recoverOld(r.state, stagingName, inodeOf(r.staging).String() == r.state.Old)
	case r.staging != nil:
		note = fmt.Sprintf("left an unfinished staging directory; it was removed, %s is as before that run", t.dir)
	case r.swapped():
		if !r.state.Backup {
			err = t.recoverManifest()
		}
		note = fmt.Sprintf("was stopped after it had put the new state in place: %s is whole", t.dir)
	case r.swapping || gone.pid != 0:
		note = "was stopped, and left nothing unfinished"
		if r.target != nil {
			note += fmt.Sprintf(": %s is whole", t.dir)
		}
	}
	if err != nil {
		return err
	}
	if err := errors.Join(t.sys.removeTree(t.inWork(stagingName)), t.sys.remove(t.inWork(stateName)), t.sys.removeTree(t.inWork(asideName))); err != nil {
		return err
	}
	if r.swapping || r.staging != nil {
		t.sys.removeEmpty(t.atBackups()) // made for a swap that did not happen
	}
	if note == "" {
		return nil // nothing was there, as mostly: no sync is due
	}
	t.Notes = append(t.Notes, gone.String()+" "+note)
	return t.sys.syncDir(t.parent)
}

// recoverBackups ends what a run that was stopped has left of a commit on the folder of the
// backups itself.
func (t *Tx) recoverBackups() error {
	of := place{dir: t.dir + BackupSuffix, target: t.backups()}
	if info, err := (at{t.parent, of.workName()}).lstat(); info == nil || err != nil {
		return err
	}
	b, err := begin(of.target, t.sys)
	if err != nil {
		return err
	}
	t.Notes = append(t.Notes, b.Notes...)
	return b.Close()
}

// recoverRenames ends the swap in two renames, of file systems that cannot exchange.
func (t *Tx) recoverRenames(r *remains) (string, error) {
	switch {
	case r.target == nil:
		if err := t.sys.renameNew(t.inWork(oldName), t.atTarget()); err != nil {
			return "", err
		}
		return fmt.Sprintf("was stopped between two renames; %s was put back, it is as before that run", t.dir), t.sys.syncDir(t.parent)
	case r.staging == nil:
		return t.recoverOld(r.state, oldName, true)
	}
	// The new state never came to its place, yet something is there.
	return t.recoverOld(r.state, oldName, false)
}

// recoverOld puts the old state away after a swap. What cannot be told for sure
// to be of no more use becomes a backup.
func (t *Tx) recoverOld(state swapState, old string, sure bool) (string, error) {
	if sure && !state.Backup {
		if err := t.recoverManifest(); err != nil {
			return "", err
		}
		if err := t.sys.removeTree(t.inWork(old)); err != nil {
			return "", err
		}
		return fmt.Sprintf("was stopped after it had put the new state in place: %s is whole; what was left of the old folder was removed", t.dir), nil
	}
	backup, err := t.putAway(old, true)
	if err == nil {
		err = t.settle(backup)
	}
	if err != nil {
		return "", err
	}
	if !sure {
		return fmt.Sprintf("was stopped, and left a folder that may hold the state before it; it is kept as %s", t.backupPath(backup)), nil
	}
	return fmt.Sprintf("was stopped after it had put the new state in place: %s is whole, and the state before it is now the backup %s",
		t.dir, t.backupPath(backup)), nil
}

// recoverManifest puts the manifest away of a run that left no old state.
func (t *Tx) recoverManifest() error {
	kept, err := t.putAway("", false)
	if err != nil || kept == "" {
		return err
	}
	return t.settle(kept)
}

// recoverAddition ends a run of certwright 1 that put nodes into a large directory
// one by one: what it had put in is whole, file by file, and stays; the file that it
// had set aside becomes a backup. "" if there was none.
func (t *Tx) recoverAddition() (string, error) {
	if there, err := t.inWork(journalName).lstat(); there == nil || err != nil {
		return "", err
	}
	note := fmt.Sprintf("was stopped while it added nodes to %s; those that were whole stay", t.dir)
	aside, err := t.inWork(asideName).lstat()
	if err != nil {
		return "", err
	}
	if aside != nil {
		kept, err := t.keep(asideName)
		if err == nil {
			err = t.settle(kept)
		}
		if err != nil {
			return "", err
		}
		note += ", and the file that it replaces is in " + t.backupPath(kept)
	}
	return note, errors.Join(t.sys.remove(t.inWork(journalName)), t.sys.syncDir(t.work))
}

// keep makes an old state in the work folder a backup, and returns its name.
func (t *Tx) keep(old string) (string, error) {
	backups, err := t.openBackups(t.sys)
	if err != nil {
		return "", err
	}
	defer backups.Close()
	stamp := time.Now().UTC().Format(stampForm)
	name := stamp
	for n := 2; ; n++ {
		err := t.sys.renameNew(t.inWork(old), at{backups, name})
		if err == nil {
			return name, nil
		}
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return "", err
		}
		name = stamp + "-" + strconv.Itoa(n)
	}
}

func (p place) backupPath(name string) string { return filepath.Join(p.backups(), name) }

// settle closes a backup to other users and makes its names last.
func (t *Tx) settle(backup string) error {
	backups, err := t.openBackups(t.sys)
	if err != nil {
		return err
	}
	defer backups.Close()
	return errors.Join(t.sys.chmod(at{backups, backup}, 0o700), t.sys.syncDir(backups), t.sys.syncDir(t.work), t.sys.syncDir(t.parent))
}

// openBackups opens the folder of the backups. It makes it, or closes one that is
// there: old keys will lie in it.
func (t *Tx) openBackups(sys *system) (*dir, error) {
	a := t.atBackups()
	info, err := a.lstat()
	if err == nil && info == nil {
		if err = sys.mkdir(a, 0o700); err == nil {
			err = sys.syncDir(t.parent)
		}
	}
	if err != nil {
		return nil, err
	}
	d, err := t.parent.open(a.name)
	if err != nil || d == nil {
		return nil, errors.Join(err, missing(d, a))
	}
	if err := t.ownBackups(sys, d); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// missing is the error of a folder that went away between two looks at it.
func missing(d *dir, a at) error {
	if d != nil {
		return nil
	}
	return &fs.PathError{Op: "open", Path: a.path(), Err: os.ErrNotExist}
}

func (t *Tx) ownBackups(sys *system, d *dir) error {
	info, err1 := d.self.Stat()
	around, err2 := t.parent.inode()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if err := trusts(info, d.Name(), around); err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return sys.setMode(d.self, d.Name(), 0o700)
	}
	return nil
}

// leftovers reports whether the work folder holds more than the lock.
func (t *Tx) leftovers() bool {
	for _, name := range []string{stagingName, oldName, stateName, journalName, asideName} {
		if info, err := t.inWork(name).lstat(); info != nil || err != nil {
			return true
		}
	}
	return false
}
