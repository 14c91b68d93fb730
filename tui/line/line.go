// Package line is the line-mode door: the same questions as on the full
// screen, one by one, for screen readers, serial lines and dumb terminals.
//
//   - Every line is written once and stays: no escape code, no redraw.
//   - A default stands in brackets and is taken with Enter; choices have numbers.
//   - A refusal is a sentence right below the answer, and the question comes again.
//   - Input that ends is an error, never a default: nothing is written then.
//
// Rules and sentences come from steps and pkigen; nothing is decided here.
package line

import (
	"context"
	"errors"
	"io"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/store"
	"certwright/steps"
)

// ErrInputEnded says that the input was at its end before the operator had
// confirmed the review. Nothing was written.
var ErrInputEnded = errors.New("input ended before the review was confirmed; nothing was written")

// Options are what line mode needs from the program around it. In, Out and
// Answers must be given.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Answers are where the walk begins; they are changed by it. The directory
	// is the answer of steps.DirKey.
	Answers *steps.Answers
	// Now is the clock; nil for time.Now.
	Now func() time.Time
	// Echo writes each answer behind its question, for input that is not a
	// terminal: a transcript reads as a dialogue then.
	Echo bool
	// Width is where prose is wrapped, in cells; 0 for 80.
	Width int
	// Keys makes private keys ahead of need; nil for none.
	Keys *issue.Keys
	// ReplaceKeys are explicit words that were given on the command line.
	ReplaceKeys []string
	// Saved finds earlier answers for a directory; nil for none.
	Saved func(dir string) []steps.Saved
	// Known says what the answers kept with a directory ask for; nil for nothing.
	Known func(dir string) *verify.Known
	// Kept are the answers that made a directory; the error says why there are
	// none. Nil for none ever.
	Kept func(dir string) (*steps.SetAnswers, error)
	// About is what the history will say of a run; without an operation none is kept.
	About store.About
	// SaveDraft keeps the answers so far; it is called after each step. Nil for no draft.
	SaveDraft func(dir string, a *steps.Answers) error
	// SaveAnswers keeps the answers of a finished run and gives their path. Nil for not.
	SaveAnswers func(dir string, a *steps.Answers) (string, error)
}

// Outcome is how the walk ended.
type Outcome struct {
	Done        bool           // the set was made, or found to be right already
	Inspected   bool           // the operator only looked
	Result      *pkigen.Result // of a run that was done
	AnswersPath string         // where its answers lie; "" if nowhere
	Dir         string
	Drafted     bool // not done, and the answers are kept as a draft
}

// Run asks, shows the review, and makes the certificates once it is confirmed.
// It prints everything that the operator has to know but the final error. The
// error is ErrInputEnded, the cause of ctx, or what the backend says; the
// draft is kept then.
func Run(ctx context.Context, opt Options) (Outcome, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Width == 0 {
		opt.Width = 80
	}
	w := &walk{opt: opt, a: opt.Answers, in: newReader(opt.In), offered: map[string]bool{}}
	defer w.in.close()
	w.build()
	err := w.run(ctx)
	w.out.Dir = w.dir()
	w.out.Drafted = err != nil && w.keepDraft() == nil
	if err == nil {
		err = w.writeErr
	}
	return w.out, err
}

// walk is one run of line mode. Its position is kept by step and field key,
// never by index, because the answers decide which questions there are.
type walk struct {
	opt      Options
	a        *steps.Answers
	in       *reader
	writeErr error // the first error of opt.Out

	cluster  *spec.Cluster
	problems []spec.Problem

	step       string            // key of the step whose heading was printed last
	own        *steps.Answers    // put aside while the walk is about a set that is there; else nil
	origin     *steps.SetAnswers // the answers of that set
	transition *steps.Transition // where a change of them leads, on the review
	offered    map[string]bool   // directories whose saved answers were offered
	replace    []string          // certificates whose private key may be replaced, in the review on its way
	out        Outcome
}

// build judges the answers as they are now.
func (w *walk) build() { w.cluster, w.problems = steps.Build(w.a, w.opt.Now()) }

func (w *walk) dir() string { return w.a.Get(steps.DirKey) }

// set keeps an answer and judges everything again.
func (w *walk) set(key, value string) {
	// The key comes from the table of steps: it cannot be unknown.
	_ = w.a.Set(key, value)
	if w.origin != nil && key == steps.GoalKey {
		w.a = w.origin.Resume(w.a)
	}
	w.build()
}
