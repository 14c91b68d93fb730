package main

import (
	"context"
	"errors"
	"time"

	"certwright/pkigen/making/issue"
	"certwright/tui/line"
	"certwright/tui/text"
)

// line asks line by line. It works with pipes too, for scripts and for tests.
func (w *wizard) line(ctx context.Context, d *door) error {
	keys := issue.NewKeys(ctx)
	defer keys.Close()
	out, err := line.Run(ctx, line.Options{
		In: w.stdin, Out: w.stdout, Echo: !isTerminal(w.stdin),
		Answers: d.answers, Now: time.Now, Width: w.width(),
		Keys: keys, ReplaceKeys: d.replace,
		Saved:       d.session.saved,
		Known:       w.knownOf,
		Kept:        d.session.kept,
		About:       w.about("wizard"),
		SaveDraft:   d.session.drafts(),
		SaveAnswers: d.session.saveAnswers,
	})
	var stopped *signalError
	if out.Drafted && errors.As(err, &stopped) {
		return &failure{code: stopped.code(), err: stoppedBy(stopped, err), hint: text.GoOn(out.Dir, "--accessible")}
	}
	return err
}
