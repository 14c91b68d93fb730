package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/tui/line"
	"certwright/tui/text"
)

// The exit codes. A signal gives 128 and its number, as a shell does: 129 for
// SIGHUP, 130 for SIGINT, 143 for SIGTERM.
const (
	exitDone    = 0
	exitFailed  = 1 // it could not be done, or problems were found
	exitUsage   = 2 // the command line or the answers are wrong
	exitRefused = 3 // something would be replaced that must not be, or a cluster would break
	exitSignal  = 128
	// exitInterrupted is for ctrl+c on a screen that takes keys raw, where no signal comes.
	exitInterrupted = exitSignal + int(syscall.SIGINT)
)

// failure is an error with the code that it exits with, and a hint on how to go on.
type failure struct {
	code int
	hint string
	err  error // nil where everything was said already
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// usage is a failure of the command line or the answers.
func usage(hint, format string, args ...any) error {
	return &failure{exitUsage, hint, fmt.Errorf(format, args...)}
}

// signalError is why the context ended.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return "stopped by signal: " + e.signal.String() }

func (e *signalError) code() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return exitSignal + int(s)
	}
	return exitFailed
}

// catchSignals ends the context with a *signalError when the process is asked to
// stop. Nothing dies from the first of these signals: a run that is swapping files
// finishes that, and the exit code follows from the context's cause. Commands
// that write nothing do not call it, and end at once as any program does.
func (p *program) catchSignals(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	p.caught = ctx
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case s := <-got:
			signal.Stop(got) // a second one ends the program at once, as kill -9 would
			cancel(&signalError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(got)
		cancel(nil)
	}
}

// judge maps an error to its exit code, its hint, and what is printed of it.
func (p *program) judge(err error) *failure {
	var stopped *signalError
	var known *failure
	var refused *plan.RefusedError
	var locked *store.LockedError
	var breaks *pkigen.BreaksError
	var closed *plan.OpenError
	var call *os.SyscallError
	switch {
	case err == nil:
		return &failure{}
	case errors.As(err, &known):
		return known
	case errors.As(err, &stopped), errors.Is(err, context.Canceled) && errors.As(context.Cause(p.caught), &stopped):
		return &failure{code: stopped.code(), err: stoppedBy(stopped, err)}
	case !p.started:
		return misread(err)
	case errors.As(err, &refused):
		return &failure{code: exitRefused, err: err, hint: refusedHint(refused, replaceHint(refused.Replaceable()))}
	case errors.As(err, &closed) && closed.Nobody:
		return &failure{code: exitRefused, err: err}
	case errors.As(err, &breaks):
		return &failure{code: exitRefused, err: err}
	case errors.As(err, &locked):
		return &failure{code: exitFailed, err: err}
	case errors.Is(err, line.ErrInputEnded):
		return &failure{code: exitUsage, err: err, hint: "certwright generate --answers FILE --dir DIR asks nothing"}
	case errors.As(err, &call) && call.Syscall == "getwd":
		return &failure{code: exitFailed, err: errors.New("the folder that this shell stands in is gone"),
			hint: "a run may have put another one in its place: type `cd .`, or go to another folder"}
	case errors.Is(err, fs.ErrPermission):
		return &failure{code: exitFailed, err: err, hint: "check who owns the directory and its parent"}
	}
	return &failure{code: exitFailed, err: err}
}

// stoppedBy says that a signal ended the command, and that the files are as they
// were only where that is known: the run ended with the signal itself, before it
// wrote, or the store says so.
func stoppedBy(s *signalError, err error) error {
	if err == error(s) || err == context.Canceled || errors.Is(err, store.ErrUnchanged) {
		return fmt.Errorf("%w; the files are as they were before", s)
	}
	if errors.Is(err, s) {
		return err
	}
	return fmt.Errorf("%w; %w", s, err)
}

// misread is an error of the command line itself, with cobra's suggestion as the hint.
func misread(err error) *failure {
	text, meant, found := strings.Cut(err.Error(), "\n\nDid you mean this?\n")
	hint := "certwright --help lists the commands and their flags"
	if found {
		hint = "did you mean " + strings.Join(strings.Fields(meant), " or ") + "?"
	}
	return &failure{code: exitUsage, err: errors.New(text), hint: hint}
}

// refusedHint is the hint for a refused plan: none where keys are to be put back, as
// the error says.
func refusedHint(refused *plan.RefusedError, hint string) string {
	if refused.OnlyAway() || len(refused.Replaceable()) == 0 {
		return ""
	}
	return hint
}

// replaceHint says which word would let a refused plan through.
func replaceHint(names []string) string {
	if len(names) == 0 {
		return ""
	}
	flags := make([]string, len(names))
	for i, n := range names {
		flags[i] = "--replace-key " + n
	}
	slices.Sort(flags)
	return "to let the old private key go and keep a backup of it, add " + strings.Join(flags, " ")
}

// exit prints an error and its hint on stderr, and gives the exit code.
func (p *program) exit(err error) int {
	f := p.judge(err)
	if f.err != nil {
		p.errorf("%s", f.err)
	}
	if f.hint != "" {
		p.hintf("%s", f.hint)
	}
	return f.code
}

// noteClosed says of a dry run that the run itself could not have the directory.
func (p *program) noteClosed(dir string) {
	if err := store.Usable(dir); err != nil {
		p.talk("note", "a run could not be made here: %v", err)
	}
}

// talk, errorf and hintf are the only places where the prefixes of messages stand.
// No capitalised beginnings and no stops at the end.

func (p *program) errorf(format string, args ...any) { p.talk("error", format, args...) }

func (p *program) hintf(format string, args ...any) { p.talk("hint", format, args...) }

// talk writes a message to stderr. File names and foreign bytes in it cannot
// play with the terminal, nor begin a message of their own in another line.
func (p *program) talk(kind, format string, args ...any) {
	lines := strings.Split(fmt.Sprintf(format, args...), "\n")
	for i, l := range lines {
		lines[i] = text.Clean(l)
		if i > 0 && !strings.HasPrefix(l, " ") {
			lines[i] = "  " + lines[i]
		}
	}
	fmt.Fprintf(p.stderr, "certwright: %s: %s\n", kind, strings.Join(lines, "\n"))
}
