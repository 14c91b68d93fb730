package line

import (
	"context"
	"fmt"
	"io"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/text"
)

// say writes a paragraph, wrapped.
func (w *walk) say(format string, args ...any) {
	w.keep(text.Text(w.Out, "", fmt.Sprintf(format, args...), w.Width))
}

// item writes a paragraph that hangs below its mark ("  1. ", "! ").
func (w *walk) item(mark, line string) {
	w.keep(text.Text(w.Out, mark, line, w.Width))
}

func (w *walk) blank() { w.print("\n") }

// prompt writes a question and leaves the cursor behind it.
func (w *walk) prompt(format string, args ...any) { w.print(fmt.Sprintf(format, args...) + " ") }

// read takes the answer to the prompt before it.
func (w *walk) read(ctx context.Context) (string, error) {
	if w.writeErr != nil { // nobody has seen the question
		return "", w.writeErr
	}
	s, err := w.in.next(ctx)
	switch {
	case err != nil:
		w.blank() // what is said next begins a line of its own
	case w.Echo:
		w.print(text.Clean(s) + "\n")
	}
	return s, err
}

func (w *walk) print(s string) {
	if w.writeErr == nil {
		_, w.writeErr = io.WriteString(w.Out, s)
	}
}

func (w *walk) keep(err error) {
	if w.writeErr == nil {
		w.writeErr = err
	}
}

// complain prints problems, errors first, without the place where the question
// itself is the place; a line of a list is always named.
func (w *walk) complain(ps []problem.Problem, asked string) {
	for _, severity := range []problem.Severity{problem.Error, problem.Warning} {
		for _, p := range ps {
			if p.Severity() != severity {
				continue
			}
			place := steps.Place(p)
			if p.Key == asked {
				place = ""
				if p.Line > 0 {
					place = fmt.Sprintf("line %d", p.Line)
				}
			}
			w.item("! ", text.Asked(place, p, steps.StepOf(asked)))
		}
	}
}

// shown is an answer within a prompt: one line, and nothing for none.
func shown(value string) string {
	if value == "" {
		return ""
	}
	return " [" + text.Clean(strings.ReplaceAll(value, "\n", ", ")) + "]"
}
