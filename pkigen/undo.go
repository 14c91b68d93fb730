package pkigen

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/restart"
)

// UndoJob is what to take back.
type UndoJob struct {
	Dir    string
	Backup string           // the run before which to go back, by the name of its backup; "" for the last one
	Now    func() time.Time // nil for time.Now
	// Discard is the operator's confirmation that changes of another hand may go. They stay
	// in the backup that the undo makes.
	Discard bool
	About   store.About // what the history will say of the undo, but for the answers
}

// UndoResult is what an undo did.
type UndoResult struct {
	Undo   *history.Undo // as it was carried out
	Notes  []string      // what an earlier run had left and how it was recovered, and what the commit found
	Backup string        // the folder with the state before; another undo brings it back
}

// ForeignError says that going back would lose what another hand has changed.
type ForeignError struct {
	Dir   string
	Files []string // "ca.pem was changed"
	// Plain says that the backups hold plain keys of CAs, and that they lie behind a
	// passphrase here: the Files, by their paths.
	Plain bool
}

// Error lists what has changed, the first few.
func (e *ForeignError) Error() string {
	if e.Plain {
		return fmt.Sprintf("the backups hold plain keys of CAs, which lie behind a passphrase in %s, so nothing was changed:\n  %s", e.Dir, firstLines(e.Files))
	}
	return fmt.Sprintf("files in %s are not as the last run left them, so nothing was changed:\n  %s", e.Dir, firstLines(e.Files))
}

// PlanUndo reads the backups and the directory, and decides what an undo would do,
// without a lock and without writing. Changes of another hand are no error.
func PlanUndo(job UndoJob) (*history.Undo, error) {
	u, err := history.Make(job.Dir, job.Backup, job.now())
	if err == nil {
		err = plainAgain(u)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Undo goes back to before a run, in one transaction that itself leaves a backup.
// reviewed is what the operator has seen: anything else is a *ChangedError. Changes
// of another hand are a *ForeignError without the confirmation for them. Otherwise the
// errors are those of Run, and of history.Make.
func Undo(ctx context.Context, job UndoJob, reviewed *history.Undo) (*UndoResult, error) {
	tx, err := store.Begin(job.Dir)
	if err != nil {
		return nil, err
	}
	result, err := job.run(ctx, tx, reviewed)
	shared, err := conclude(&Result{}, err, tx.Notes, tx.Close())
	if err != nil {
		return nil, err
	}
	result.Notes = append(shared.Notes, result.Notes...)
	return result, nil
}

// run is the part of Undo under the lock.
func (j *UndoJob) run(ctx context.Context, tx *store.Tx, reviewed *history.Undo) (*UndoResult, error) {
	u, err := history.Make(j.Dir, j.Backup, j.now())
	if err != nil {
		return nil, err
	}
	if since := reviewed.Since(u); len(since) > 0 {
		return nil, &ChangedError{Dir: j.Dir, Changes: since}
	}
	if len(u.Foreign) > 0 && !j.Discard {
		return nil, &ForeignError{Dir: j.Dir, Files: u.Foreign}
	}
	if err := plainAgain(u); err != nil {
		return nil, err
	}
	changes, err := u.Changes()
	if err != nil {
		return nil, err
	}
	about := j.About
	about.Time, about.Undid = j.now(), u.Names()
	about.AnswersBefore, about.AnswersAfter = lastAnswers(j.Dir), u.Answers
	tx.Describe(about)
	committed, err := tx.Commit(ctx, changes, func(staged *store.Tree) error { return u.Check(staged.ReadFile) })
	if err != nil {
		return nil, err
	}
	return &UndoResult{Undo: u, Notes: committed.Notes, Backup: committed.Manifest}, nil
}

func (j *UndoJob) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// describe says what a run is, for the history; nothing for a job that tells none.
func (j *Job) describe(tx *store.Tx) {
	if j.About.Operation == "" {
		return
	}
	about := j.About
	about.Time = j.now()
	about.AnswersBefore, about.AnswersAfter = lastAnswers(j.Dir), string(j.Options.Answers.Text)
	tx.Describe(about)
}

// lastAnswers are those in the directory, or where its layout keeps none there,
// those of the run before; "" where nobody knows.
func lastAnswers(dir string) string {
	if have, err := store.Read(dir, []string{plan.AnswersFile}); err == nil && len(have[plan.AnswersFile].Data) > 0 {
		return string(have[plan.AnswersFile].Data)
	}
	runs, err := store.Backups(dir)
	if err != nil || len(runs) == 0 {
		return ""
	}
	last, err := store.Backup(runs[0])
	if err != nil {
		return ""
	}
	defer last.Close()
	m, err := last.Manifest()
	if err != nil {
		return ""
	}
	return m.AnswersAfter
}

// Undoing is what an undo does.
type Undoing = history.Undo

// NoRunError says that there is nothing to take back, and GapError that what lies
// between has been lost.
type (
	NoRunError = history.NoRunError
	GapError   = history.GapError
)

// NodeSteps is what has to happen on the nodes, in order.
type NodeSteps = restart.Plan

// UndoSteps is what will have to happen on the nodes of the cluster that comes back:
// then is by its answers, and is by those of now; nil where they are not known, and no
// steps without then. removed are files of nodes that go, and told says that the steps
// say what becomes of them. It reads what is there, so it has to be asked before the
// undo is done.
func UndoSteps(u *Undoing, dir string, then, is *Known) (todo *NodeSteps, removed []string, told bool) {
	var all restart.Changes
	for i := range u.Files {
		f := &u.Files[i]
		tree, _ := render.SplitTree(f.Path)
		switch {
		case f.Verb() == history.Remove && tree != "":
			removed = append(removed, f.Path)
		case f.Verb() == history.Remove, f.Verb() == history.Mode, then == nil, tree != "" && !hasNode(then.Cluster, path.Base(tree)):
		default:
			all.Written = append(all.Written, restart.Change{Path: f.Path, New: f.Verb() == history.BringBack, Flags: changedFlags(dir, f)})
		}
	}
	if then == nil {
		return nil, removed, false
	}
	told = is != nil && is.Layout.Name == then.Layout.Name
	if told {
		all.Before, all.Gone = is.Cluster, removed
	}
	todo = restart.Make(then.Layout, then.Cluster, dir, all)
	if !todo.Empty() {
		todo.Notes = append(todo.Notes, "what never reached the nodes need not be taken back there: leave those steps out")
	}
	return todo, removed, told
}

// changedFlags are those of a file of flags that get other values; nil where it has
// none or its older form cannot be read, which is told where it is brought back.
func changedFlags(dir string, f *history.File) []string {
	if f.Verb() != history.Restore {
		return nil
	}
	is, err := walk.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
	if err != nil {
		return nil
	}
	then, err := f.Read()
	if err != nil {
		return nil
	}
	return restart.ChangedFlags(is, then)
}

func hasNode(c *spec.Cluster, name string) bool {
	return slices.ContainsFunc(c.Nodes, func(n spec.Node) bool { return n.Name == name })
}
