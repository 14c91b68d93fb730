package main

import (
	"context"
	"errors"

	"certwright/tui/line"
	"certwright/tui/wizard"
)

// line asks line by line. It works with pipes too, for scripts and for tests.
func (w *wizardCall) line(ctx context.Context, opt wizard.Options) error {
	out, err := line.Run(ctx, opt, line.Terminal{In: w.stdin, Out: w.stdout, Echo: !isTerminal(w.stdin), Width: w.width()})
	var stopped *signalError
	if out.Drafted && errors.As(err, &stopped) {
		return &failure{code: stopped.code(), err: stoppedBy(stopped, err), hint: wizard.GoOn(out.Dir, "--accessible")}
	}
	return err
}
