package wizard

import (
	"context"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// AnswersChange says in a few words in what answers differ.
func AnswersChange(before, after string) []string {
	if before == after {
		return []string{}
	}
	if before == "" {
		return []string{"the first answers"}
	}
	if after == "" {
		return []string{"no answers any more"}
	}
	a, badA := steps.ParseFile("", []byte(before))
	b, badB := steps.ParseFile("", []byte(after))
	if len(badA)+len(badB) > 0 {
		return []string{"other answers, which cannot be compared"}
	}
	return append([]string{}, a.Answers.Differences(b.Answers)...)
}

// KnownFrom is what earlier answers say of a directory; nil where they say nothing good.
func KnownFrom(answers, dir string) *pkigen.Known {
	if answers == "" {
		return nil
	}
	file, bad := steps.ParseFile(plan.AnswersFile, []byte(answers))
	if len(bad) > 0 {
		return nil
	}
	cluster, problems := steps.Build(file.Answers.AsMade(dir), time.Now())
	layout, ok := catalog.LayoutOf(cluster)
	if !ok || problem.HasErrors(problems) {
		return nil
	}
	return &pkigen.Known{Layout: layout, Cluster: cluster}
}

// History gives a function that lists the runs on the directory, the last one first.
func (w *Wizard) History() func() ([]pkigen.PastRun, error) {
	dir := w.Dir()
	return func() ([]pkigen.PastRun, error) {
		runs, err := pkigen.History(dir)
		for i := range runs {
			runs[i].Answers = AnswersChange(runs[i].Before, runs[i].After)
		}
		return runs, err
	}
}

// Undo is what going back would do, and what has to happen on the nodes then.
type Undo struct {
	*pkigen.Undoing
	Todo    *pkigen.NodeSteps // nil where the answers of what comes back are not known
	Removed []string          // files of nodes that go
	Told    bool              // Todo says what becomes of them
	job     pkigen.UndoJob
}

// PlanUndo gives a function that says what it takes to go back to before a run.
func (w *Wizard) PlanUndo(backup string) func() (*Undo, error) {
	about := w.opt.About
	about.Operation = "undo"
	job := pkigen.UndoJob{Dir: w.Dir(), Backup: backup, Now: w.opt.Now, About: about}
	known := w.opt.Known
	return func() (*Undo, error) {
		planned, err := pkigen.PlanUndo(job)
		if err != nil {
			return nil, err
		}
		var is *pkigen.Known
		if known != nil {
			is = known(job.Dir)
		}
		u := &Undo{Undoing: planned, job: job}
		u.Todo, u.Removed, u.Told = pkigen.UndoSteps(planned, job.Dir, KnownFrom(planned.Answers, job.Dir), is)
		return u, nil
	}
}

// ConfirmUndo leads to the work, as Confirm does. discard is the operator's confirmation
// that changes of another hand may go.
func (w *Wizard) ConfirmUndo(u *Undo, discard bool) (func(context.Context, func(issue.Event)) Ended, error) {
	if len(u.Foreign) > 0 && !discard {
		return nil, &pkigen.ForeignError{Dir: u.job.Dir, Files: u.Foreign}
	}
	w.state = Working
	job := u.job
	job.Discard = discard
	return func(ctx context.Context, _ func(issue.Event)) Ended {
		undone, err := pkigen.Undo(ctx, job, u.Undoing)
		return Ended{undone: undone, undo: u, err: err}
	}, nil
}
