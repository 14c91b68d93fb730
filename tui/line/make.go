package line

import (
	"context"
	"errors"
	"fmt"

	"certwright/pkigen"
	"certwright/pkigen/making/issue"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// make carries the reviewed plan out, with a line for each certificate that is made, and
// prints the summary.
func (w *walk) make(ctx context.Context, r *wizard.Review) error {
	run, err := w.Confirm(r)
	if err != nil {
		return err
	}
	total, done := len(r.Plan.Certificates), 0
	w.blank()
	w.Finish(run(ctx, func(e issue.Event) {
		switch e.State {
		case issue.Kept:
			done++
		case issue.Done:
			done++
			w.say("%s: %s (%d of %d)", e.Name, e.State, done, total)
		case issue.Failed:
			w.item("! ", fmt.Sprintf("%s: %s", e.Name, e.State))
		}
	}))
	out := &w.Outcome
	if out.Err != nil {
		return out.Err
	}
	w.blank()
	w.keep(text.RunSummary(w.Out, out.Result, text.SummaryView{
		Dir: w.Dir(), Answers: out.AnswersPath, Now: w.Now(), Width: w.Width, Before: out.Before, Brief: true,
	}))
	if out.Result.Plan.Layout.PerNode {
		w.handOut(ctx)
	}
	return nil
}

// handOut packs an archive for each node where that is wanted. The set is made by then:
// who leaves here leaves nothing undone.
func (w *walk) handOut(ctx context.Context) {
	w.blank()
	question := "Pack an archive for each node, with an install.sh, beside the directory?"
	for force := false; ; force = true {
		if yes, err := w.yesNo(ctx, question, false); err != nil || !yes {
			return
		}
		packed, err := w.HandOut(ctx, force)()
		var there *pkigen.ArchiveExistsError
		switch {
		case err == nil:
			w.keep(text.Handout(w.Out, packed.Archives, w.Width))
			return
		case !errors.As(err, &there) || force:
			w.refuse(err)
			return
		}
		w.refuse(err)
		question = "Replace those archives?"
	}
}

// verify says whether a cluster would run with the directory, and leads to what fixes it
// where that is wanted: the question is the one to go on with, "" at the end.
func (w *walk) verify(ctx context.Context) (question string, err error) {
	j, err := w.Verify(ctx)()
	if err != nil {
		return "", err
	}
	w.inspected = true
	w.blank()
	w.keep(text.Verdict(w.Out, j, true, w.Width))
	c, way := wizard.CureOf(j), "Go on to the renewal that fixes it?"
	switch c.Mode {
	case "":
		return "", nil
	case steps.ModeAdopt:
		way = "It has no answers yet. Read them from the files, so that it can be renewed?"
	}
	w.blank()
	if yes, err := w.yesNo(ctx, way, false); err != nil || !yes {
		return "", nil // it was looked at, and nothing is left undone
	}
	w.Give(steps.ModeKey, c.Mode)
	if c.Mode == steps.ModeAdopt {
		return "", w.adopt(ctx)
	}
	if err := w.enterSet(); err != nil {
		return "", err
	}
	w.inspected = false
	w.Choose(c)
	return steps.GoalKey, nil
}

// inspect shows what lies in the directory; nothing is written.
func (w *walk) inspect(ctx context.Context) error {
	found, err := pkigen.Inspect(ctx, []string{w.Dir()}, nil)
	if err != nil {
		return err
	}
	w.inspected = true
	w.blank()
	return text.Inspect(w.Out, found.Entries, w.Now(), w.Width)
}
