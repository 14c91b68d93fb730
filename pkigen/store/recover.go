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
	if err := sys.create(t.state(), strings.NewReader(string(data)+"\n"), 0o600, nil); err != nil {
		return err
	}
	return sys.syncDir(t.work())
}

// readState returns false where no swap can have begun: the state file is whole
// on the disk before the swap, or not there.
func (t *Tx) readState() (swapState, bool) {
	var s swapState
	data, err := readRegular(t.state())
	return s, err == nil && json.Unmarshal(data, &s) == nil
}

// mend ends what a run that was stopped left in the work folder, so that
// nothing but the lock is in it afterwards.
func (t *Tx) mend(gone holder) error {
	earlier, err := t.mendAddition()
	if err != nil {
		return err
	}
	state, swapping := t.readState()
	staging, err1 := lstat(t.staging())
	old, err2 := lstat(t.old())
	target, err3 := t.look()
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for _, f := range []fs.FileInfo{staging, old} {
		if f != nil && !f.IsDir() {
			return fmt.Errorf("%q is in the way: it is %s, and no folder of certwright's; move it away",
				filepath.Join(t.work(), f.Name()), kind(f.Mode()))
		}
	}
	note := ""
	switch {
	case earlier != "":
		note = earlier
	case old != nil:
		note, err = t.mendRenames(state, target)
	case staging != nil && swapping && inodeOf(staging).String() != state.New:
		// The new state is in the target's place, and this is the old one.
		note, err = t.mendRetire(state, t.staging(), inodeOf(staging).String() == state.Old)
	case staging != nil:
		note = fmt.Sprintf("left an unfinished staging directory; it was removed, %s is as before that run", t.dir)
	case swapping && target != nil && inodeOf(target).String() == state.New:
		if !state.Backup {
			err = t.mendManifest()
		}
		note = fmt.Sprintf("was stopped after it had put the new state in place: %s is whole", t.dir)
	case swapping || gone.pid != 0:
		note = "was stopped, and left nothing unfinished"
		if target != nil {
			note += fmt.Sprintf(": %s is whole", t.dir)
		}
	}
	if err != nil {
		return err
	}
	if err := errors.Join(t.sys.removeTree(t.staging()), t.sys.remove(t.state()), t.sys.removeTree(t.aside())); err != nil {
		return err
	}
	if swapping || staging != nil {
		t.sys.removeEmpty(t.backups()) // made for a swap that did not happen
	}
	if note == "" {
		return nil // nothing was there, as mostly: no sync is due
	}
	t.Notes = append(t.Notes, gone.String()+" "+note)
	return t.sys.syncDir(t.parent())
}

// mendRenames ends the swap in two renames, of file systems that cannot exchange.
func (t *Tx) mendRenames(state swapState, target fs.FileInfo) (string, error) {
	switch staging, err := lstat(t.staging()); {
	case err != nil:
		return "", err
	case target == nil:
		if err := t.sys.renameNew(t.old(), t.target); err != nil {
			return "", err
		}
		return fmt.Sprintf("was stopped between two renames; %s was put back, it is as before that run", t.dir), t.sys.syncDir(t.parent())
	case staging == nil:
		return t.mendRetire(state, t.old(), true)
	}
	// The new state never came to its place, yet something is there.
	return t.mendRetire(state, t.old(), false)
}

// mendRetire puts the old state away after a swap. What cannot be told for sure
// to be of no more use becomes a backup.
func (t *Tx) mendRetire(state swapState, old string, sure bool) (string, error) {
	if sure && !state.Backup {
		if err := t.mendManifest(); err != nil {
			return "", err
		}
		if err := t.sys.removeTree(old); err != nil {
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
		return fmt.Sprintf("was stopped, and left a folder that may hold the state before it; it is kept as %s", backup), nil
	}
	return fmt.Sprintf("was stopped after it had put the new state in place: %s is whole, and the state before it is now the backup %s",
		t.dir, backup), nil
}

// mendManifest puts the manifest away of a run that left no old state.
func (t *Tx) mendManifest() error {
	kept, err := t.putAway("", false)
	if err != nil || kept == "" {
		return err
	}
	return t.settle(kept)
}

// keep makes an old state a backup and returns its folder.
func (t *Tx) keep(old string) (string, error) {
	if err := t.makeBackups(t.sys); err != nil {
		return "", err
	}
	stamp := filepath.Join(t.backups(), time.Now().UTC().Format(stampForm))
	backup := stamp
	for n := 2; ; n++ {
		err := t.sys.renameNew(old, backup)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return "", err
		}
		backup = stamp + "-" + strconv.Itoa(n)
	}
	return backup, nil
}

// settle closes a backup to other users and makes its names last.
func (t *Tx) settle(backup string) error {
	return errors.Join(t.sys.chmod(backup, 0o700), t.sys.syncDir(t.backups()), t.sys.syncDir(t.work()), t.sys.syncDir(t.parent()))
}

// makeBackups makes the folder of the backups, or closes one that is there:
// old keys will lie in it.
func (t *Tx) makeBackups(sys *system) error {
	info, err := lstat(t.backups())
	switch {
	case err != nil:
		return err
	case info == nil:
		if err := sys.mkdir(t.backups(), 0o700); err != nil {
			return err
		}
		return sys.syncDir(t.parent())
	case !info.IsDir():
		return fmt.Errorf("%q is in the way: it is %s, and the backup of %s has to go there; move it away", t.backups(), kind(info.Mode()), t.dir)
	case info.Mode().Perm()&0o077 != 0:
		return sys.chmod(t.backups(), 0o700)
	}
	return nil
}

// lstat is nil for what is not there.
func lstat(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return info, err
}

// leftovers tells whether the work folder holds more than the lock.
func (t *Tx) leftovers() bool {
	for _, p := range []string{t.staging(), t.old(), t.state(), t.journal(), t.aside()} {
		if _, err := os.Lstat(p); err == nil {
			return true
		}
	}
	return false
}

// journal is what certwright 1 wrote of a run that put new nodes into a large
// directory one by one.
func (p place) journal() string { return filepath.Join(p.work(), "journal") }

// mendAddition ends such a run: what it had put in is whole, file by file, and
// stays; the file that it had set aside becomes a backup. "" if there was none.
func (t *Tx) mendAddition() (string, error) {
	if there, err := lstat(t.journal()); there == nil || err != nil {
		return "", err
	}
	kept := ""
	if old, err := lstat(t.aside()); err != nil {
		return "", err
	} else if old != nil {
		if kept, err = t.keep(t.aside()); err == nil {
			err = t.settle(kept)
		}
		if err != nil {
			return "", err
		}
	}
	note := fmt.Sprintf("was stopped while it added nodes to %s; those that were whole stay", t.dir)
	if kept != "" {
		note += ", and the file that it replaces is in " + kept
	}
	return note, errors.Join(t.sys.remove(t.journal()), t.sys.syncDir(t.work()))
}
