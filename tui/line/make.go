package line

import (
	"context"
	"fmt"

	"certwright/pkigen"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/certinfo"
	files "certwright/pkigen/reading/walk"
	"certwright/tui/text"
)

// make carries the reviewed plan out, with one line for each certificate, and
// prints the summary.
func (w *walk) make(ctx context.Context, p *plan.Plan) error {
	job := w.job()
	total, done := len(p.Certificates), 0
	job.Progress = func(e issue.Event) {
		switch e.State {
		case issue.Done, issue.Kept:
			done++
			w.say("%s: %s (%d of %d)", e.Name, e.State, done, total)
		case issue.Failed:
			w.item("! ", fmt.Sprintf("%s: %s", e.Name, e.State))
		}
	}
	w.blank()
	result, err := pkigen.Run(ctx, job, p)
	if err != nil {
		return err
	}
	w.out.Done, w.out.Result = true, result
	if w.opt.SaveAnswers != nil && (w.own == nil || w.transition != nil) {
		path, err := w.opt.SaveAnswers(w.dir(), w.a)
		if err != nil {
			result.Notes = append(result.Notes, "the answers could not be saved: "+err.Error())
		}
		w.out.AnswersPath = path
	}
	w.blank()
	return text.Ran(w.opt.Out, result, text.SummaryView{
		Dir: w.dir(), Answers: w.out.AnswersPath, Now: w.opt.Now(), Width: w.opt.Width, Before: w.before(),
	})
}

// verify says whether a cluster would run with the directory.
func (w *walk) verify(ctx context.Context) error {
	var j *verify.Judgement
	err := files.Whole(ctx, func() (err error) {
		var known *verify.Known
		if w.opt.Known != nil {
			known = w.opt.Known(w.dir())
		}
		j, err = verify.Directory(ctx, w.dir(), known, w.opt.Now())
		return err
	}, w.dir())
	if err != nil {
		return err
	}
	w.out.Inspected = true
	w.blank()
	return text.Verdict(w.opt.Out, j, true, w.opt.Width)
}

// inspect shows what lies in the directory; nothing is written.
func (w *walk) inspect(ctx context.Context) error {
	entries, err := certinfo.ScanContext(ctx, []string{w.dir()}, certinfo.Everything)
	if err != nil {
		return err
	}
	w.out.Inspected = true
	w.blank()
	return text.Inspect(w.opt.Out, entries, w.opt.Now(), w.opt.Width)
}
