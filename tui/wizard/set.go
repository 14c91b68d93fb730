package wizard

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/rotate"
	"certwright/steps"
)

// Set is what is known of the set that the task is about.
type Set struct {
	Dir       string
	Inventory *plan.Inventory // nil while it is being read, and where it cannot be
	Err       error           // why it cannot be renewed
	Readings  int             // counts them; what an older one brings is dropped

	origin *steps.SetAnswers // what made it
	left   *steps.Answers    // what was answered about it, while the first page is shown
	visits Visits            // of its pages, likewise
}

// aside are the answers for a new set, while the wizard is about one that is there.
type aside struct {
	answers *steps.Answers
	visits  Visits
	edited  bool
}

// EnterSet, when the first page is left, makes the answers that are kept with the
// directory the current ones, if it is them that the task is about. The error, which
// stays in Set, says why they cannot be used.
func (w *Wizard) EnterSet() error {
	if !steps.Renewing(w.Answers) || w.own != nil {
		return nil
	}
	if w.Set.Dir != w.Dir() {
		w.Set = Set{Dir: w.Dir(), Readings: w.Set.Readings, visits: newVisits()}
	}
	origin, err := w.kept()
	if w.Set.Err = err; err != nil {
		return err
	}
	w.own = &aside{w.Answers, w.Visits, w.edited}
	if left := w.Set.left; left != nil && origin.Answers.Equal(w.Set.origin.Answers) {
		w.Answers, w.Set.left = left, nil // what was answered before the first page was gone back to
		w.Answers.MergeLocal(w.own.answers)
	} else {
		w.Set.origin, w.Answers = origin, origin.Now()
		w.Answers.MergeLocal(w.own.answers)
		w.Answers = origin.Resume(w.Answers)
		w.loose = false
	}
	w.edited = false
	w.Visits = Visits{Reached: maps.Clone(w.Set.visits.Reached), Seen: map[string]bool{}, Reviewed: w.Set.visits.Reviewed}
	w.Reached[steps.StepOf(steps.DirKey)] = true
	w.Build()
	return nil
}

// LeaveSet, when the first page is come to, brings the other answers back.
func (w *Wizard) LeaveSet() {
	if w.own == nil {
		return
	}
	w.Set.visits, w.Set.left = w.Visits, w.Answers.Clone()
	w.own.answers.MergeLocal(w.Answers)
	w.Answers, w.Visits, w.edited = w.own.answers, w.own.visits, w.own.edited
	w.own, w.transition = nil, nil
	w.Build()
}

// kept are the answers that made the directory, if they can be used.
func (w *Wizard) kept() (*steps.SetAnswers, error) {
	if w.opt.Kept == nil {
		return nil, fmt.Errorf("no answers are kept with %s", w.Dir())
	}
	return w.opt.Kept(w.Dir())
}

// SetRead is what a reading of the set brings.
type SetRead struct {
	reading   int
	inventory *plan.Inventory
	err       error
}

// FailedRead is a reading that broke down.
func (w *Wizard) FailedRead(err error) SetRead { return SetRead{reading: w.Set.Readings, err: err} }

// ReadSet gives a function that reads the set; nil where the answers are missing, and
// there is nothing to compare with. What was read before stays meanwhile.
func (w *Wizard) ReadSet() func() SetRead {
	if w.own == nil {
		return nil
	}
	w.Set.Readings++
	read := SetRead{reading: w.Set.Readings}
	dir, now, answers := w.Dir(), w.opt.Now, w.Set.origin.Now()
	return func() SetRead {
		cluster, problems := steps.Build(answers, now())
		for _, p := range problems {
			if f, _ := steps.Lookup(p.Key); p.Severity() == problem.Error && !f.Local {
				read.err = fmt.Errorf("the answers that made %s cannot be used: %w", dir, p)
				return read
			}
		}
		job := pkigen.Job{Dir: dir, Cluster: cluster, Now: now}
		job.Options.Answers = answers.Replay()
		p, err := pkigen.Plan(job)
		switch read.err = err; {
		case err != nil:
		case p.NothingThere() || len(p.Inventory().Items) == 0:
			read.err = &plan.NothingThereError{Dir: dir}
		default:
			read.inventory = p.Inventory()
		}
		return read
	}
}

// TakeSet notes what a reading of the set brought.
func (w *Wizard) TakeSet(read SetRead) {
	if read.reading == w.Set.Readings {
		w.Set.Inventory, w.Set.Err = read.inventory, read.err
	}
}

// SuggestGoal answers what to do where nothing was answered yet and only one thing
// helps: below a CA that has expired nothing can be renewed.
func (w *Wizard) SuggestGoal() {
	if _, given := w.Answers.Explicit(steps.GoalKey); !given && w.Set.Inventory.ExpiredCA(w.Now()) != "" {
		w.Give(steps.GoalKey, steps.GoalExpired)
	}
}

// Goal gives the places in the inventory of the certificates that the goal is about,
// as the answers are now.
func (w *Wizard) Goal() []int {
	if steps.Changing(w.Answers) || steps.Staged(w.Answers) {
		return nil
	}
	return w.Set.Inventory.Meant(steps.PlanOptions(w.Answers, w.Cluster).Renewal, w.Now())
}

// AskStage gives a function that says how far the replacement of what was chosen has
// come, and whether its next stage may come.
func (w *Wizard) AskStage(ctx context.Context) func() (*rotate.Answer, error) {
	ask := w.askStage()
	return func() (*rotate.Answer, error) { return ask(ctx, nil) }
}

// askStage is AskStage with what a look at the cluster has shown; nil for no look.
func (w *Wizard) askStage() func(context.Context, *View) (*rotate.Answer, error) {
	job := pkigen.Job{Dir: w.Dir(), Cluster: w.Cluster, Now: w.opt.Now, Options: plan.Options{Answers: w.Answers.Replay()}}
	q := rotate.Question{Name: w.Answers.Get(steps.PartyKey), Seen: w.Answers.Listed(steps.SeenKey), Said: w.Answers.Listed(steps.SaidKey)}
	return func(ctx context.Context, v *View) (*rotate.Answer, error) {
		q.Live = v
		a, err := job.AskStage(ctx, q)
		return a, renewalError(err)
	}
}

// renewalError says, where a renewal alone is not possible, where the way leads on;
// any other error stays as it is.
func renewalError(err error) error {
	var others *plan.OtherChangesError
	if !errors.As(err, &others) {
		return err
	}
	hint := fmt.Sprintf("go back and choose %q: it makes these changes too, and shows them first", steps.GoalLabel(steps.GoalExpired))
	if ca := others.EndedCA(); ca != "" {
		return fmt.Errorf("the CA %s has expired, and nothing can be renewed below it: %s\n%w", ca, hint, err)
	}
	return fmt.Errorf("%s\n%w", hint, err)
}
