package line

import (
	"context"
	"fmt"

	"certwright/pkigen"
	"certwright/pkigen/making/issue"
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
	return text.RunSummary(w.Out, out.Result, text.SummaryView{
		Dir: w.Dir(), Answers: out.AnswersPath, Now: w.Now(), Width: w.Width, Before: out.Before, Brief: true,
	})
}

// verify says whether a cluster would run with the directory.
func (w *walk) verify(ctx context.Context) error {
	j, err := w.Verify(ctx)()
	if err != nil {
		return err
	}
	w.inspected = true
	w.blank()
	return text.Verdict(w.Out, j, true, w.Width)
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
