package pkigen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"certwright/pkigen/issue"
	"certwright/pkigen/plan"
	"certwright/pkigen/store"
	"certwright/pkigen/verify"
)

// Run carries the job out as one transaction: it takes the lock, plans again
// from what lies there now, issues, proves the staged files as they were read
// back from disk, and swaps them in. reviewed is the plan that the operator has
// seen, and a directory that has changed since then is a *ChangedError; nil
// compares nothing. A plan with refusals is a *plan.RefusedError, a directory
// in use a *store.LockedError. On any error the directory is as before.
func Run(ctx context.Context, job Job, reviewed *plan.Plan) (result *Result, err error) {
	tx, err := store.Begin(job.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Close()) }()

	p, err := Plan(job)
	if err != nil {
		return nil, err
	}
	if refused := p.Refused(); len(refused) > 0 {
		return nil, &plan.RefusedError{Actions: refused}
	}
	if reviewed != nil {
		if changes := changesSince(reviewed, p); len(changes) > 0 {
			return nil, &ChangedError{Dir: job.Dir, Changes: changes}
		}
	}
	result = &Result{Plan: p, Notes: tx.Notes}
	if !p.Changes() {
		// What stays is proven as well: the operator asked whether all is right.
		result.Unchanged = true
		result.Proofs, err = verify.Set(p, reader(job.Dir), job.now())
		return result, err
	}
	if err := job.carryOut(ctx, tx, result); err != nil {
		return nil, err
	}
	return result, nil
}

// carryOut issues what the plan asks for and commits it, proven.
func (j *Job) carryOut(ctx context.Context, tx *store.Tx, r *Result) error {
	made, err := issue.Run(ctx, r.Plan, j.Keys, j.Progress)
	if err != nil {
		return err
	}
	changes, err := changes(r.Plan, made)
	if err != nil {
		return err
	}
	prove := func(staging string) error {
		// Judged at the present and not at the plan's time: making RSA keys
		// takes a while, and what counts is whether the set is good now.
		r.Proofs, err = verify.Set(r.Plan, reader(staging), j.now())
		return err
	}
	committed, err := tx.Commit(ctx, changes, prove)
	if err != nil {
		return err
	}
	r.Backup = committed.Backup
	r.Notes = append(r.Notes, committed.Notes...)
	return nil
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
		case a.Verb == plan.Keep && ok:
			return nil, fmt.Errorf("%s: was made, but the plan keeps it", a.Path)
		case a.Verb == plan.Keep && a.FixMode:
			out = append(out, store.Change{Path: a.Path, Mode: a.Mode, Keep: true})
		case a.Verb == plan.Keep:
		case !ok || len(data) == 0:
			return nil, fmt.Errorf("%s: was not made, but the plan says %s", a.Path, a.Verb)
		default:
			used++
			out = append(out, store.Change{Path: a.Path, Data: data, Mode: a.Mode})
		}
	}
	if used != len(made) {
		return nil, fmt.Errorf("%d files were made, but the plan asks for %d", len(made), used)
	}
	return out, nil
}

// reader reads files of a directory by their path in the plan.
func reader(dir string) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if !fs.ValidPath(path) {
			return nil, fmt.Errorf("path %q leaves the directory", path)
		}
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
	}
}
