package line

import (
	"context"

	"certwright/pkigen/rollout/rotate"
	"certwright/steps"
	"certwright/tui/text"
)

// mostThere is how many certificates are read aloud: those that expire first.
const mostThere = 40

// enterSet shows what is there, where the task is about a set. The error says why it
// cannot be renewed.
func (w *walk) enterSet() error {
	if !steps.Renewing(w.Answers) {
		return nil
	}
	w.step = "" // the heading comes again where it cannot be
	if err := w.EnterSet(); err != nil {
		return err
	}
	w.TakeSet(w.ReadSet()())
	if w.Set.Err != nil {
		w.LeaveSet()
		return w.Set.Err
	}
	there, _ := steps.FindStep(steps.ThereKey)
	w.blank()
	w.say("Step 2 of %d: %s", len(w.Steps())+1, there.Title)
	w.keep(text.Inventory(w.Out, w.Set.Inventory, w.Now(), mostThere, w.Width))
	w.SuggestGoal()
	return nil
}

// questions is where to go on when what was answered about a set cannot be done.
func (w *walk) questions() string {
	if !steps.Changing(w.Answers) {
		return steps.GoalKey
	}
	all := w.places()
	return all[indexOf(all, steps.GoalKey)+1].field.Key
}

// askStage says how far a replacement has come, and whether its next stage may come;
// what no file tells it asks. The error is errBack where the stage may not come.
func (w *walk) askStage(ctx context.Context) error {
	w.Unset(steps.SaidKey) // it is asked for each time
	a, err := w.AskStage(ctx)()
	if err == nil && len(a.Stops) == 1 && a.Stops[0].Word != "" {
		w.say("%s is %s: %s.", a.Name, a.At, a.At.Meaning())
		w.item("! ", text.StopLines(a.Stops, false)[0]+".")
		yes, yerr := w.yesNo(ctx, "Is it so that "+rotate.Confirmations[a.Word]+"?", true)
		if yerr != nil {
			return yerr
		}
		if yes {
			w.Give(steps.SaidKey, a.Word)
			a, err = w.AskStage(ctx)()
		}
	}
	if err != nil {
		w.refuse(err)
		return errBack
	}
	w.blank()
	w.keep(text.Standing(w.Out, a, w.Width))
	if len(a.Stops) > 0 {
		return errBack
	}
	w.Give(steps.StageKey, string(a.To))
	return nil
}
