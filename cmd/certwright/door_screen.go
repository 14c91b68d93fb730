package main

import (
	"context"
	"errors"
	"os"
	"time"

	"certwright/tui"
	"certwright/tui/ascii"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// screen asks on the whole screen. When the screen is closed the summary stays
// in the scrollback. The screen hears of a signal through Stop, and decides by itself
// when a run in progress has come to a consistent end.
func (w *wizardCall) screen(ctx context.Context, opt wizard.Options) error {
	screen := tui.Screen{NoColor: w.getenv("NO_COLOR") != "", Stop: w.stopSignals(ctx)}
	in, inFile := w.stdin.(*os.File)
	tty, outFile := w.stdout.(*os.File)
	stays := w.stdout // in the scrollback
	if inFile && outFile && ascii.Needed(w.getenv, in, tty) {
		screen.ASCII, stays = true, ascii.Writer{Out: stays}
	}
	out, err := tui.Run(context.WithoutCancel(ctx), opt, screen)
	if out.Done && out.Result != nil {
		v := text.SummaryView{Dir: out.Dir, Answers: out.AnswersPath, Now: time.Now(), Width: w.width(), Before: out.Before}
		if perr := text.RunSummary(stays, out.Result, v); perr != nil {
			err = errors.Join(err, perr)
		}
	}
	if u := out.Undo; out.Undone != nil && u != nil {
		todo := text.UndoTodo{Plan: u.Todo, Removed: u.Removed, Told: u.Told}
		err = errors.Join(err, text.Undone(w.stdout, out.Undone, todo, text.UndoView{Dir: out.Dir, Brief: true, Width: w.width()}))
	}
	err = ended(out, err)
	if left, ok := err.(*failure); ok && left.err == nil {
		w.talk("note", "left before anything was written")
	}
	return err
}

// ended is how the screen ended, as an error with its exit code.
func ended(out tui.Outcome, err error) error {
	switch {
	case err != nil:
		return err
	case out.Done, out.Inspected:
		return nil
	case out.Signal != nil:
		s := &signalError{out.Signal}
		if out.Err != nil {
			return &failure{code: s.code(), err: stoppedBy(s, out.Err)}
		}
		return s
	case out.Err != nil && !errors.Is(out.Err, context.Canceled):
		return out.Err
	case out.Interrupted:
		left := &failure{code: exitInterrupted} // on purpose, which is no error
		if out.Drafted {
			left.hint = wizard.GoOn(out.Dir, "")
		}
		return left
	}
	return nil
}

// stopSignals brings the signal that ended the context.
func (p *program) stopSignals(ctx context.Context) <-chan os.Signal {
	stop := make(chan os.Signal, 1)
	context.AfterFunc(ctx, func() {
		var s *signalError
		if errors.As(context.Cause(ctx), &s) {
			stop <- s.signal
		}
	})
	return stop
}
