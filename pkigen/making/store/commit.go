package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Commit builds the new state beside the directory, lets check (which may be
// nil) read it by Staged, and swaps it in. Everything that lies in the
// directory and is not in changes is carried over. Changes that ask for what is
// there already change nothing.
//
// An error says whether anything was changed: mostly nothing was, and it is
// ErrUnchanged then. A Tx commits at most once. Where the process stands in the directory, it stands in the new
// one afterwards.
func (t *Tx) Commit(ctx context.Context, changes []Change, check func(staged *Tree) error) (Result, error) {
	switch {
	case t.held == nil:
		return Result{}, errors.New("this run does not hold the lock any more")
	case t.used:
		return Result{}, errors.New("this run has committed already: begin another")
	}
	t.used = true
	w, err := t.prepare(ctx, changes)
	if err == nil && w == nil {
		return Result{}, nil
	}
	err = t.explain(err)
	if err == nil {
		err = t.build(ctx, w, check)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		t.discard(w)
		return Result{}, fmt.Errorf("%w; %w", err, ErrUnchanged)
	}
	return t.swap(w)
}

// prepare looks at what is there and decides what the new state is made of.
func (t *Tx) prepare(ctx context.Context, changes []Change) (*work, error) {
	o, err := checkChanges(changes)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	w, err := t.decide(ctx, o)
	if err != nil || w == nil {
		return nil, err
	}
	return w, t.describe(ctx, w, o)
}

func (t *Tx) decide(ctx context.Context, o *order) (*work, error) {
	s, err := t.takeSurvey()
	if err != nil {
		return nil, err
	}
	if err := s.inTheWay(o); err != nil {
		return nil, err
	}
	return t.arrange(ctx, s, o)
}

// discard removes a new state that will not be used. What cannot be removed
// now is removed by Close, or repaired by the next run. The state file goes
// first: a staging directory without one is unfinished, whatever is in it.
func (t *Tx) discard(w *work) {
	if t.sys.remove(t.inWork(stateName)) == nil {
		_ = t.sys.removeTree(t.inWork(stagingName))
		_ = t.sys.removeTree(t.inWork(asideName))
	}
	if w != nil && w.keeps() {
		t.sys.removeEmpty(t.atBackups())
	}
}

// swap puts the staging directory in the target's place, and the old one away.
// From here on nothing but the outcome counts: ctx is not looked at any more.
func (t *Tx) swap(w *work) (Result, error) {
	stand := t.standsIn()
	old, err := t.exchange()
	if err == nil {
		err = errors.Join(t.sys.syncDir(t.parent), t.sys.syncDir(t.work))
	}
	res := Result{Notes: w.notes}
	kept := ""
	if err == nil {
		kept, err = t.putAway(old, w.backup)
	}
	if err != nil {
		if left := t.undo(old); left != nil {
			t.leave = true
			return Result{}, fmt.Errorf("%w; the change could not be taken back (%w): run certwright again, it will repair %s",
				t.explain(err), t.explain(left), t.dir)
		}
		return t.undone(w, err)
	}
	if stand != "" {
		_ = os.Chdir(stand)
		res.Notes = append(res.Notes, fmt.Sprintf("your shell stands in the folder that was replaced: type `cd .` to see the new %s", t.dir))
	}
	if kept != "" {
		if err := t.settle(kept); err != nil {
			res.Notes = append(res.Notes, fmt.Sprintf("everything is in place, but: %v", t.explain(err)))
		}
	}
	if w.manifest != nil && kept != "" {
		res.Manifest = t.backupPath(kept)
	}
	switch {
	case w.backup:
		res.Backup = t.backupPath(kept)
	case w.closed && kept != "":
		res.Backup = res.Manifest
		fallthrough
	case old != "":
		t.retire(w, old, &res)
	}
	return res, nil
}

// undone is the end of a swap that did not happen.
func (t *Tx) undone(w *work, err error) (Result, error) {
	t.discard(w)
	return Result{}, fmt.Errorf("%w; %w", t.explain(err), ErrUnchanged)
}

// announce writes down what a run after us has to know if this one is stopped
// from the swap on, and makes room for the backup. It lasts when all that was
// staged does; before that it tells nobody to do anything, since the folder that
// it calls new is not in the target's place.
func (t *Tx) announce(sys *system, w *work) error {
	now, err := t.staging.inode()
	if err != nil {
		return err
	}
	s := swapState{New: now.String(), Backup: w.backup}
	if w.survey.root != nil {
		s.Old = w.survey.root.inode.String()
	}
	if err := t.writeManifest(sys, w); err != nil {
		return err
	}
	if err := t.writeState(sys, s); err != nil {
		return err
	}
	if w.keeps() {
		backups, err := t.openBackups(sys)
		if err != nil {
			return err
		}
		backups.Close()
	}
	return sys.syncDir(t.parent)
}

// exchange makes the staging directory the target, and returns the name in the work
// folder that the old one has then, "" if there was none.
//
// Where the file system cannot exchange two folders there is a moment without a
// target, between two renames. Who is stopped there leaves the old state in
// the work folder, and the next Begin puts it back.
func (t *Tx) exchange() (old string, err error) {
	if !lockRemovable { // an open folder cannot be moved there
		t.staging.Close()
		t.target.Close()
	}
	if t.target == nil {
		return "", t.sys.renameNew(t.inWork(stagingName), t.atTarget())
	}
	err = t.sys.exchange(t.inWork(stagingName), t.atTarget())
	if err == nil {
		return stagingName, t.isOld(stagingName)
	}
	if !errors.Is(err, errExchangeUnsupported) {
		return "", err
	}
	if err := t.sys.renameNew(t.atTarget(), t.inWork(oldName)); err != nil {
		return "", err
	}
	if err := t.isOld(oldName); err != nil {
		return oldName, err
	}
	return oldName, t.sys.renameNew(t.inWork(stagingName), t.atTarget())
}

// isOld refuses what came out of the target's place if it is not what the new state
// was made from: another program has put something else there.
func (t *Tx) isOld(name string) error {
	info, err := t.inWork(name).lstat()
	if err != nil || !lockRemovable {
		return err
	}
	want, err := t.target.inode()
	if err != nil {
		return err
	}
	if info == nil || !inodeOf(info).same(want) {
		return &fs.PathError{Op: "exchange", Path: t.place.target, Err: errChanged}
	}
	return nil
}

// undo takes a swap back after an error, as far as it had come: it looks where
// the folders are.
func (t *Tx) undo(old string) error {
	if err := t.takeOut(old); err != nil {
		return err
	}
	staging, err := t.inWork(stagingName).lstat()
	if err != nil {
		return err
	}
	switch {
	case t.target == nil && staging == nil:
		err = t.sys.renameNew(t.atTarget(), t.inWork(stagingName))
	case old == stagingName:
		err = t.sys.exchange(t.inWork(stagingName), t.atTarget())
	case old == oldName:
		if staging == nil {
			err = t.sys.renameNew(t.atTarget(), t.inWork(stagingName))
		}
		if err == nil {
			err = t.sys.renameNew(t.inWork(oldName), t.atTarget())
		}
	default:
		return nil
	}
	return errors.Join(err, t.sys.syncDir(t.parent))
}

// retire removes the old state, all of which is in the new one too. If another
// program wrote into it since we looked, that is in no other place, and stays.
func (t *Tx) retire(w *work, old string, res *Result) {
	if changed := t.differs(w.survey); changed != "" {
		err := t.dropPast(w, old)
		backup := ""
		if err == nil {
			backup, err = t.keep(old)
		}
		if err == nil {
			err = t.settle(backup)
		}
		if err != nil {
			t.leave = true
			res.Notes = append(res.Notes, fmt.Sprintf("the old folder stays in %s: %v", t.inWork(old).path(), t.explain(err)))
			return
		}
		res.Backup = t.backupPath(backup)
		res.Notes = append(res.Notes, fmt.Sprintf("another program changed %q in %s meanwhile; that is not in the new state, but in the backup", changed, t.dir))
		return
	}
	if err := t.sys.removeTree(t.inWork(old)); err != nil {
		t.leave = true
		res.Notes = append(res.Notes, fmt.Sprintf("everything is in place, but the old folder could not be removed: %v; the next run does it", t.explain(err)))
	}
}
