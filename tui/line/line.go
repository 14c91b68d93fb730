// Package line is the line-mode door: the same questions as on the full
// screen, one by one, for screen readers, serial lines and dumb terminals.
//
//   - Every line is written once and stays: no escape code, no redraw.
//   - A default stands in brackets and is taken with Enter; choices have numbers.
//   - A refusal is a sentence right below the answer, and the question comes again.
//   - Input that ends is an error, never a default: nothing is written then.
//
// What can be done when stands in package wizard, rules and sentences come from steps
// and pkigen; nothing is decided here.
package line

import (
	"context"
	"errors"
	"io"

	"certwright/tui/wizard"
)

// ErrInputEnded says that the input was at its end before the operator had
// confirmed the review. Nothing was written.
var ErrInputEnded = errors.New("input ended before the review was confirmed; nothing was written")

// Terminal is where one is asked.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	// Echo writes each answer behind its question, for input that is not a
	// terminal: a transcript reads as a dialogue then.
	Echo bool
	// Width is where prose is wrapped, in cells; 0 for 80.
	Width int
}

// Run asks, shows the review, and makes the certificates once it is confirmed.
// It prints everything that the operator has to know but the final error. The
// error is ErrInputEnded, the cause of ctx, or what the backend says; the
// draft is kept then.
func Run(ctx context.Context, opt wizard.Options, term Terminal) (wizard.Outcome, error) {
	if term.Width == 0 {
		term.Width = 80
	}
	w := &walk{Wizard: wizard.New(opt), Terminal: term, in: newReader(term.In)}
	defer w.in.close()
	err := w.run(ctx)
	out := w.End()
	out.Inspected = w.inspected
	if err == nil {
		err = w.writeErr
	}
	return out, err
}

// walk is one run of line mode. Its position is kept by step and field key,
// never by index, because the answers decide which questions there are.
type walk struct {
	*wizard.Wizard
	Terminal
	in        *reader
	writeErr  error           // the first error of Out
	step      string          // key of the step whose heading was printed last
	inspected bool            // the operator only looked
	fast      bool            // on the way to the review: only what it still needs is asked
	told      map[string]bool // what was said of the lines of the list that was typed last
	typed     string          // the last line of input, with its indentation
}
