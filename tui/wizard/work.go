package wizard

import (
	"context"
	"errors"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// Ended is how the work ended.
type Ended struct {
	result  *pkigen.Result
	answers string // path of the saved answers, if they were saved
	before  *spec.Cluster
	undone  *pkigen.UndoResult // of an undo
	undo    *Undo
	err     error
}

// Broken is work that broke down.
func Broken(err error) Ended { return Ended{err: err} }

// Confirm leads to the work: it gives the function that writes what was reviewed, or
// nothing. Finish has to be told of its end.
func (w *Wizard) Confirm(r *Review) (func(context.Context, func(issue.Event)) Ended, error) {
	if err := w.Confirmable(r); err != nil {
		return nil, err
	}
	if w.state != Reviewing {
		return nil, errors.New("only a review can be confirmed")
	}
	w.state = Working
	r.Plan.Forget() // the run reads for itself, and compares what is left
	job, end := r.job, Ended{before: w.before()}
	if job.Passphrase = w.opt.Passphrase; w.passphrase != nil {
		passphrase := w.passphrase
		job.Passphrase = func(_ context.Context, what plan.Asking) ([]byte, error) { return passphrase, what.Wrong }
	}
	w.passphrase = nil
	answers, dir, save := w.Answers.Clone(), w.Dir(), w.opt.SaveAnswers
	if w.OfSet() && w.transition == nil {
		save = nil // they are those that lie there
	}
	return func(ctx context.Context, progress func(issue.Event)) Ended {
		job.Progress = progress
		if end.result, end.err = pkigen.Run(ctx, job, r.Plan); end.err != nil || save == nil {
			return end
		}
		var err error
		if end.answers, err = save(dir, answers); err != nil {
			end.result.Notes = append(end.result.Notes, "the answers could not be saved: "+err.Error())
		}
		return end
	}, nil
}

// Outcome is how the wizard ended.
type Outcome struct {
	Done        bool               // the set was made, or found to be right already
	Result      *pkigen.Result     // of a run that was done
	Undone      *pkigen.UndoResult // of an undo that was done
	Undo        *Undo              // what it was about
	Before      *spec.Cluster      // until then, where its answers were changed; nil for not
	AnswersPath string             // where the answers of a finished run lie; "" if nowhere
	Dir         string
	Inspected   bool  // the operator only looked
	Drafted     bool  // the answers are kept as a draft
	Err         error // what the last run ended with, if it failed
}

// Finish notes how the work ended; once, however often it is told.
func (w *Wizard) Finish(end Ended) {
	if w.state != Working {
		return
	}
	w.allowed = nil
	if w.Outcome = (Outcome{Err: end.err}); end.err != nil {
		w.state = Failed
		return
	}
	w.state = Done
	if end.undone != nil {
		w.Outcome = Outcome{Done: true, Undone: end.undone, Undo: end.undo}
		return
	}
	w.Outcome = Outcome{Done: true, Result: end.result, Before: end.before, AnswersPath: end.answers}
	w.edited, w.drafted, w.loose = false, false, false // these answers are the directory's now
	if w.transition != nil {
		if origin, err := w.kept(); err == nil {
			w.Set.origin = origin
			w.Answers = origin.Resume(w.Answers)
		}
	}
	for _, key := range []string{steps.SaidKey, steps.StageKey} {
		w.Answers.Unset(key) // a word holds for one stage
	}
	w.stale = true
}

// End is how it all ended. The answers are kept as a draft where they are none of a set.
func (w *Wizard) End() Outcome {
	_ = w.SaveDraft() // the outcome says whether it was
	out := w.Outcome
	out.Dir, out.Drafted = w.Dir(), w.Drafted()
	return out
}
