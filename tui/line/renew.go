package line

import (
	"errors"
	"fmt"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/plan"
	"certwright/pkigen/spec"
	"certwright/steps"
	"certwright/tui/plain"
)

// mostThere is how many certificates are read aloud: those that end first.
const mostThere = 40

// enterSet makes the answers that are kept with the directory the current ones,
// and shows what is there and how long it lasts. The error is errBack, after it
// was said why, where the directory cannot be renewed.
func (w *walk) enterSet() error {
	if err := w.showThere(); err != nil {
		w.item("! ", plain.Clean(strings.ReplaceAll(err.Error(), "\n", " ")))
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
	w.a, w.own = w.own, nil
	w.build()
}

func (w *walk) showThere() error {
	if w.opt.Kept == nil {
		return fmt.Errorf("no answers are kept with %s", w.dir())
	}
	kept, err := w.opt.Kept(w.dir())
	if err != nil {
		return err
	}
	kept.MergeLocal(w.a)
	w.a, w.own = kept, w.a
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
		return plain.ErrNothingThere(w.dir())
	}
	there, _ := steps.FindStep(steps.ThereKey)
	w.blank()
	w.say("Step 2 of %d: %s", len(steps.Visible(w.a))+1, there.Title)
	list, now := plain.Stock(p), w.opt.Now()
	w.keep(plain.Lasting(w.opt.Out, list, now, mostThere, w.opt.Width))
	if _, given := w.a.Explicit(steps.WishKey); !given && plain.EndedCA(list, now) != "" {
		w.set(steps.WishKey, steps.WishMend)
	}
	return nil
}

// renewable says why a plan is none to confirm; nil where it is.
func (w *walk) renewable(p *plan.Plan) error {
	switch {
	case p.NothingThere():
		return plain.ErrNothingThere(w.dir())
	case !p.Changes() && len(p.Refused()) == 0:
		return errors.New("nothing of what you want changes anything; choose something else, or end with ctrl+c")
	}
	return nil
}
