// Package store is the directory on disk. It knows paths, bytes and modes, and
// nothing of certificates: what is written and what is right is decided above.
//
// A commit is a transaction. The new state is built whole in a staging
// directory beside the target, synced and checked there, and then put in the
// target's place in one step, so that whoever looks, and whatever happens
// (kill -9, a full disk, a power cut), finds the old state whole or the new
// state whole.
//
// For a target "pki" the following stand beside it:
//
//	.pki.certwright/         0700, only while a run works, or after it was killed
//	    lock                 held by the run (flock); says who, where and since when
//	    state                one line: how far the run has come
//	    replaced/            what the backup will tell of the run
//	    staging/             the new state; after the swap the old one
//	    old/                 the old state, between the two renames of the fallback
//	pki.backup/              0700
//	    20260102-150405/     the state before a change that replaced something, or took
//	                         it out, with a manifest; of other changes the manifest alone
//
// What is not promised: a file system that loses synced data, or a second
// program that writes into the target at the same moment.
package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// Change is what one file will be after the commit.
type Change struct {
	// Path is slash-separated and below the directory: "nodes/a/ca.crt". With
	// Keep it may also be a folder, "." for the directory itself.
	Path string
	// Data are the whole new bytes. A file without bytes is refused: no file
	// of ours is ever empty.
	Data []byte
	// Mode is the file's mode from its first byte on, whatever the umask. For a
	// folder it is fs.ModeDir and 0700; a commit makes every folder so into
	// which it puts a file that is secret, and the directory, also unasked.
	Mode fs.FileMode
	// Keep leaves the bytes as they lie there, and sets only the mode. Data
	// has to be nil. A file that is not there is an error.
	Keep bool
	// Past are the bytes that the backup holds of the file in place of those that lie
	// there now, which no backup may show: those are nowhere any more after the commit.
	// Data has to be set. A commit with any keeps no whole old state: its backup holds
	// the files alone that are rewritten or taken out, and that of a run that was not
	// described nothing.
	Past []byte
	// Remove takes the file out: it is not in the new state, and neither are the
	// folders that are left empty by that. The old state stays as a backup. Data
	// and Mode have to be zero. A file that is not there is none to take out.
	Remove bool
}

// Result is what a commit did.
type Result struct {
	// Backup is the folder that holds the state before the commit; "" if
	// nothing that existed was rewritten or taken out.
	Backup string
	// Manifest is the folder in which the manifest of a described run lies: that of
	// the backup, or one of its own; "" if nothing was changed.
	Manifest string
	// Notes are sentences for the operator: a mode that was tightened, a
	// shell that stands in the old folder.
	Notes []string
}

// Tx is one run's hold on a directory, from Begin to Close.
type Tx struct {
	// Notes are sentences about what an earlier run left, and how it was recovered.
	Notes []string

	place
	sys     *system
	held    *flock.Flock // nil once closed
	made    []string     // folders above the directory that Begin made
	used    bool         // Commit was called
	about   *About       // what its manifest will say; nil for none
	leave   bool         // what lies in the work folder is for the next run to recover
	parent  *dir         // the folder around the directory
	work    *dir         // the folder in which the run works; nil before it has one
	target  *dir         // the directory as it was found; nil if it is not there
	staging *dir         // the new state, while it is built
}

// Begin locks dir for this process, and recovers what a killed run left there,
// which Tx.Notes then tells. The folders above dir are made (0755) if they are
// not there; dir itself is not. The error is a *LockedError if another run
// holds the lock; others say which folder cannot be used, why, and what can.
func Begin(dir string) (*Tx, error) { return begin(dir, newSystem()) }

func begin(dir string, sys *system) (_ *Tx, err error) {
	t := &Tx{sys: sys}
	if t.place, err = locate(dir); err != nil {
		return nil, err
	}
	if err := t.usable(); err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		t.closeFolders()
		t.removeParents()
		return nil, t.explain(err)
	}
	return t, nil
}

// open makes the folders above the directory, takes the lock, recovers, and opens
// the directory.
func (t *Tx) open() (err error) {
	if err := t.makeParents(); err != nil {
		return err
	}
	if t.parent, err = openDir(t.place.parent()); err != nil {
		return err
	}
	gone, err := t.acquire()
	if err == nil {
		err = t.recoverBackups()
	}
	if err == nil {
		err = t.recover(gone)
	}
	if err == nil {
		t.target, err = t.parent.open(t.name())
	}
	if err != nil && t.held != nil {
		// What could not be recovered stays for the next run.
		return errors.Join(err, t.release(t.leftovers()))
	}
	return err
}

// Close releases the lock and removes what the run left beside the directory.
// It may be called more than once, also while a commit failed half-way: what
// only the next run can recover is left for it.
func (t *Tx) Close() error {
	if t.held == nil {
		return nil
	}
	err := t.release(t.leave)
	t.closeFolders()
	t.removeParents()
	return t.explain(err)
}

func (t *Tx) closeFolders() {
	for _, d := range []*dir{t.staging, t.target, t.work, t.parent} {
		d.Close()
	}
}

// inWork is a name in the work folder, and atTarget and atBackups are those beside it.
func (t *Tx) inWork(name string) at { return at{t.work, name} }
func (t *Tx) atTarget() at          { return at{t.parent, t.name()} }
func (t *Tx) atBackups() at         { return at{t.parent, t.backupsName()} }

// makeParents makes the folders above the directory.
func (t *Tx) makeParents() error {
	var missing []string
	for dir := t.place.parent(); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	for _, path := range slices.Backward(missing) {
		around, err := openDir(filepath.Dir(path))
		if err != nil {
			return err
		}
		if err = t.sys.mkdir(at{around, filepath.Base(path)}, 0o755); err == nil {
			t.made = append(t.made, path)
			err = t.sys.syncDir(around)
		}
		around.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// removeParents takes those away again that nothing was put into.
func (t *Tx) removeParents() {
	for _, path := range slices.Backward(t.made) {
		if around, err := openDir(filepath.Dir(path)); err == nil {
			t.sys.removeEmpty(at{around, filepath.Base(path)})
			around.Close()
		}
	}
	t.made = nil
}
