package main

import (
	"context"
	"errors"

	"certwright/tui/ascii"
	"certwright/tui/line"
	"certwright/tui/wizard"
)

// line asks line by line. It works with pipes too, for scripts and for tests.
func (w *wizardCall) line(ctx context.Context, opt wizard.Options) error {
	to := w.stdout
	if isTerminal(to) && !ascii.Locale(w.getenv) { // it is not asked: this door sends no escape codes
		to = ascii.Writer{Out: to}
	}
	out, err := line.Run(ctx, opt, line.Terminal{In: w.stdin, Out: to, Echo: !isTerminal(w.stdin), Width: w.width()})
	var stopped *signalError
	if out.Drafted && errors.As(err, &stopped) {
		return &failure{code: stopped.code(), err: stoppedBy(stopped, err), hint: wizard.GoOn(out.Dir, "--accessible")}
	}
	return err
}
