package line

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/rotate"
	"certwright/steps"
	"certwright/tui/text"
)

// mostThere is how many certificates are read aloud: those that end first.
const mostThere = 40

// enterSet makes the answers that are kept with the directory the current ones,
// and shows what is there and how long it lasts. The error is errBack, after it
// was said why, where the directory cannot be renewed.
func (w *walk) enterSet() error {
	if err := w.showThere(); err != nil {
		w.item("! ", text.Clean(strings.ReplaceAll(err.Error(), "\n", " ")))
		w.leaveSet()
		w.step = "" // the heading comes again
		return errBack
	}
	return nil
}

// leaveSet brings the other answers back.
func (w *walk) leaveSet() {
	if w.own == nil {
		return
	}
	w.own.MergeLocal(w.a)
	w.a, w.own, w.origin, w.transition = w.own, nil, nil, nil
	w.build()
}

func (w *walk) showThere() error {
	if w.opt.Kept == nil {
		return fmt.Errorf("no answers are kept with %s", w.dir())
	}
	origin, err := w.opt.Kept(w.dir())
	if err != nil {
		return err
	}
	answers := origin.Now()
	answers.MergeLocal(w.a)
	w.own, w.origin = w.a, origin
	w.a = origin.Resume(answers)
	w.build()
	for _, p := range w.problems {
		if p.Severity() == spec.Error && !steps.IsLocal(p.Key) {
			return fmt.Errorf("the answers that made %s cannot be used: %w", w.dir(), p)
		}
	}
	p, err := pkigen.Plan(pkigen.Job{Dir: w.dir(), Cluster: w.cluster, Now: w.opt.Now, Options: plan.Options{Answers: w.a.Replay()}})
	if err != nil {
		return err
	}
	if p.NothingThere() {
		return text.ErrNothingThere(w.dir())
	}
	there, _ := steps.FindStep(steps.ThereKey)
	w.blank()
	w.say("Step 2 of %d: %s", len(steps.Visible(w.a))+1, there.Title)
	for _, s := range text.UnderWay(p) {
		w.item("~ ", s+".")
	}
	list, now := text.Stock(p), w.opt.Now()
	w.keep(text.Lasting(w.opt.Out, list, now, mostThere, w.opt.Width))
	if _, given := w.a.Explicit(steps.GoalKey); !given && text.EndedCA(list, now) != "" {
		w.set(steps.GoalKey, steps.GoalMend)
	}
	return nil
}

// renewable says why a plan is none to confirm; nil where it is.
func (w *walk) renewable(p *plan.Plan) error {
	switch {
	case p.NothingThere():
		return text.ErrNothingThere(w.dir())
	case !p.Changes() && len(p.Refused()) == 0:
		return errors.New("nothing of what you want changes anything; choose something else, or end with ctrl+c")
	}
	return nil
}

// setCourse works out where the answers lead when the questions of a change are
// left: names that were replaced are put behind the new ones first. The error says
// why the cluster would not survive it.
func (w *walk) setCourse() error {
	w.transition = nil
	if w.origin == nil || !steps.Changing(w.a) {
		return nil
	}
	before, _ := steps.Build(w.origin.Answers, w.opt.Now())
	answers, kept := w.a.Keep(before)
	w.a = answers
	w.build()
	transition, err := w.origin.Transition(w.a, w.cluster, kept, w.opt.Now())
	if err == nil {
		w.transition = transition
	}
	return err
}

// questions is where to go on when what was answered about a set cannot be done.
func (w *walk) questions() string {
	if !steps.Changing(w.a) {
		return steps.GoalKey
	}
	all := w.places()
	return all[indexOf(all, steps.GoalKey)+1].field.Key
}

// restarts is what has to happen on the nodes once a plan is carried out.
func (w *walk) restarts(p *plan.Plan) *restart.Plan { return text.After(p, w.before(), w.dir()) }

// before is the cluster until now, where its answers change; nil for not.
func (w *walk) before() *spec.Cluster {
	if w.transition == nil {
		return nil
	}
	return w.transition.Before
}

// askStage says how far a replacement has come, and whether its next stage may come;
// what no file tells it asks. The error is errBack where the stage may not come.
func (w *walk) askStage(ctx context.Context) error {
	job := w.job()
	job.Options.Rotation = nil
	q := rotate.Question{Name: w.a.Get(steps.PartyKey), Seen: w.a.Listed(steps.SeenKey)}
	a, err := pkigen.AskStage(ctx, job, q)
	if err == nil && len(a.Stops) == 1 && a.Stops[0].Word != "" {
		w.say("%s is %s: %s.", a.Name, a.At, text.StageText(a.At))
		w.item("! ", text.StopLines(a.Stops, false)[0]+".")
		yes, yerr := w.yesNo(ctx, "Is it so that "+rotate.Words[a.Word]+"?")
		if yerr != nil {
			return yerr
		}
		if yes {
			q.Said = []string{a.Word}
			a, err = pkigen.AskStage(ctx, job, q)
		}
	}
	if err != nil {
		w.item("! ", text.Clean(strings.ReplaceAll(text.RenewalError(err, steps.GoalLabel(steps.GoalMend)).Error(), "\n", " ")))
		return errBack
	}
	w.blank()
	w.keep(text.Standing(w.opt.Out, a, w.opt.Width))
	if len(a.Stops) > 0 {
		return errBack
	}
	w.set(steps.StageKey, string(a.To))
	return nil
}
