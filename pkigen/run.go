package pkigen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// Run carries the job out as one transaction: it takes the lock, plans again
// from what lies there now, issues, proves the staged files as they were read
// back from disk, and swaps them in. reviewed is the plan that the operator has
// seen, and a directory that has changed since then is a *ChangedError; nil
// compares nothing. A plan with refusals is a *plan.RefusedError, a directory
// in use a *store.LockedError.
//
// A result means success: it is nil exactly where there is an error. On any
// error the directory is as before, unless the error says otherwise.
func Run(ctx context.Context, job Job, reviewed *plan.Plan) (*Result, error) {
	tx, err := store.Begin(job.Dir)
	if err != nil {
		return nil, err
	}
	result, err := job.run(ctx, tx, reviewed)
	return conclude(result, err, tx.Notes, tx.Close())
}

// conclude joins how a run went with what was recovered before it (Recover has mostly
// done that earlier) and how its lock was released. A set that is in place stays good when the lock file
// cannot be removed, so that is a note; the notes of a run that failed go along
// with its error, since nobody else would tell of them.
func conclude(r *Result, err error, recovered []string, closing error) (*Result, error) {
	switch {
	case err == nil && closing != nil:
		r.Notes = append(r.Notes, fmt.Sprintf("everything is in place, but what the run left beside it could not be removed: %v", closing))
		fallthrough
	case err == nil:
		r.Notes = slices.Concat(recovered, r.Notes)
		return r, nil
	}
	err = errors.Join(err, closing)
	if len(recovered) > 0 {
		err = fmt.Errorf("%w; before that: %s", err, strings.Join(recovered, "; "))
	}
	return nil, err
}

// run is the part of Run under the lock.
func (j *Job) run(ctx context.Context, tx *store.Tx, reviewed *plan.Plan) (*Result, error) {
	if since := j.Source.changed(); len(since) > 0 {
		return nil, &ChangedError{Dir: j.Dir, Changes: since}
	}
	p, err := j.look(tx.Tree())
	if err != nil {
		return nil, err
	}
	if j.Decided != nil {
		p.Compare() // what is decided is shown
		if err := j.Decided(p); err != nil {
			return nil, err
		}
	}
	if refused := p.Refused(); len(refused) > 0 {
		return nil, &plan.RefusedError{Actions: refused}
	}
	if reviewed != nil {
		if since := changesSince(reviewed, p); len(since) > 0 {
			return nil, &ChangedError{Dir: j.Dir, Changes: since}
		}
		p.HoldTo(reviewed)
	}
	protects := p.Protects()
	if p.Changes() || protects {
		if err := j.unlock(ctx, p); err != nil {
			return nil, err
		}
	}
	r, err := j.make(ctx, tx, p)
	if err != nil || !protects {
		return r, err
	}
	notes, err := j.backups(ctx, p)
	if err != nil {
		return nil, err
	}
	r.Notes = append(r.Notes, notes...)
	return r, nil
}

// make is the run of a plan that was agreed on.
func (j *Job) make(ctx context.Context, tx *store.Tx, p *plan.Plan) (*Result, error) {
	if p.Changes() {
		return j.carryOut(ctx, tx, p)
	}
	// What stays is proven as well: the operator asked whether all is right.
	proofs, err := verify.Set(p, nil, tx.Tree().ReadFile, j.now())
	if err != nil {
		return nil, err
	}
	return &Result{Plan: p, Proofs: proofs, Unchanged: true}, nil
}

// carryOut issues what the plan asks for and commits it, proven.
func (j *Job) carryOut(ctx context.Context, tx *store.Tx, p *plan.Plan) (*Result, error) {
	made, err := issue.Run(ctx, p, j.Keys, j.Progress)
	if err != nil {
		return nil, err
	}
	if err := assemble(p, made); err != nil {
		return nil, err
	}
	list, err := changes(p, made.Files)
	if err != nil {
		return nil, err
	}
	p.Forget()
	j.describe(tx)
	var proofs []string
	committed, err := tx.Commit(ctx, list, func(staged *store.Tree) error {
		// Judged at the present and not at the plan's time: making RSA keys
		// takes a while, and what counts is whether the set is good now.
		proven, err := verify.Set(p, made.Files, staged.ReadFile, j.now())
		proofs = proven
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Result{Plan: p, Proofs: proofs, Notes: committed.Notes, Backup: committed.Backup}, nil
}

// changes turns a plan and the bytes that were made for it into what the store
// has to write. Bytes without an action, or an action without bytes, is a fault
// of ours that must not reach the disk.
func changes(p *plan.Plan, made map[string][]byte) ([]store.Change, error) {
	var out []store.Change
	used := 0
	for _, a := range p.Files {
		data, ok := made[a.Path]
		switch {
		case ok && (a.Verb == plan.Keep || a.Verb == plan.Remove):
			return nil, fmt.Errorf("%s: was made, but the plan says %s", a.Path, a.Verb)
		case a.Verb == plan.Remove:
			out = append(out, store.Change{Path: a.Path, Remove: true})
		case a.Verb == plan.Keep && a.FixMode:
			out = append(out, store.Change{Path: a.Path, Mode: a.Mode, Keep: true})
		case a.Verb == plan.Keep:
		case !ok || len(data) == 0:
			return nil, fmt.Errorf("%s: was not made, but the plan says %s", a.Path, a.Verb)
		default:
			used++
			past, err := p.Past(&a, data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Path, err)
			}
			out = append(out, store.Change{Path: a.Path, Data: data, Mode: a.Mode, Past: past})
		}
	}
	if used != len(made) {
		return nil, fmt.Errorf("%d files were made, but the plan asks for %d", len(made), used)
	}
	return out, nil
}
