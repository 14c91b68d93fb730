package line

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/text/imported"
)

// What a question returns when the operator wants the one before, or the review.
var (
	errBack   = errors.New("back")
	errReview = errors.New("review")
)

// place is one question of the walk.
type place struct {
	step  steps.Step
	field steps.Field
	no    int // of the step, from 1
}

// places are all questions that the answers so far lead to, in order.
func (w *walk) places() []place {
	var out []place
	for i, s := range w.Steps() {
		for _, f := range s.Fields(w.Answers) {
			out = append(out, place{s, f, i + 1})
		}
	}
	return out
}

// run walks through the questions to the review, and back and forth until the
// review is confirmed.
func (w *walk) run(ctx context.Context) error {
	w.say("certwright makes the certificates of a Kubernetes cluster. Enter takes the answer in brackets, " +
		"? explains the question and says what else can be typed, ctrl+c leaves. Nothing is written before you confirm the review.")
	if i := w.Imported(); i != nil {
		w.blank()
		w.keep(imported.Print(w.Out, i, w.Width))
	}
	key := w.places()[0].field.Key
	for {
		if err := w.ask(ctx, key); err != nil {
			return err
		}
		w.fast = false
		switch w.Answers.Get(steps.ModeKey) {
		case steps.ModeInspect:
			return w.inspect(ctx)
		case steps.ModeVerify:
			next, err := w.verify(ctx)
			if err != nil || next == "" {
				return err
			}
			key = next
			continue
		case steps.ModeAdopt:
			return w.adopt(ctx)
		case steps.ModeHistory:
			return w.history(ctx)
		}
		again, err := w.review(ctx)
		if err != nil || again == "" {
			return err
		}
		key = again
	}
}

// ask puts the questions from the one with the key to the last. It ends when
// no answer stands in the way of the review.
func (w *walk) ask(ctx context.Context, key string) error {
	for key != "" {
		w.Ask(steps.StepOf(key))
		all := w.places()
		i := indexOf(all, key)
		if i < 0 { // an answer that has to change, but is no question of this layout
			if err := w.hidden(ctx, key); err != nil {
				return err
			}
			key = w.wrong()
			continue
		}
		switch err := w.passOrAsk(ctx, all[i]); {
		case errors.Is(err, errReview):
			w.fast = true
			continue
		case errors.Is(err, errBack) && i == 0:
			w.say("This is the first question.")
			continue
		case errors.Is(err, errBack):
			key = all[i-1].field.Key
			continue
		case err != nil:
			return err
		}
		next := w.after(key)
		if next == nil || next.step.Key != all[i].step.Key {
			switch err := w.leave(ctx, all[i].step); {
			case errors.Is(err, errBack):
				continue
			case err != nil:
				return err
			}
			next = w.after(key)
		}
		if next != nil {
			key = next.field.Key
			continue
		}
		key = w.wrong()
	}
	return nil
}

// passOrAsk asks a question, or passes it on the way to the review where nothing is
// wrong with its answer.
func (w *walk) passOrAsk(ctx context.Context, p place) error {
	stops := len(w.Answers.Stopping(w.Problems, p.field.Key)) > 0
	if w.fast && !stops {
		return nil
	}
	if w.heading(p); w.fast {
		w.item("! ", "The review needs this answer first.")
	}
	w.fast = false
	return w.question(ctx, p)
}

// after is the question behind the one with the key, nil at the end.
func (w *walk) after(key string) *place {
	all := w.places()
	if i := indexOf(all, key); i >= 0 && i+1 < len(all) {
		return &all[i+1]
	}
	return nil
}

func indexOf(all []place, key string) int {
	for i, p := range all {
		if p.field.Key == key {
			return i
		}
	}
	return -1
}

// heading says where one is, whenever the step changes.
func (w *walk) heading(p place) {
	if w.step == p.step.Key {
		return
	}
	w.step = p.step.Key
	total := len(w.Steps())
	if steps.Making(w.Answers) || steps.Renewing(w.Answers) {
		total++ // the review
	}
	w.blank()
	w.say("Step %d of %d: %s", p.no, total, p.step.Title)
	w.say("%s.", p.step.Intro)
}

// leave ends a step: the draft is kept, and where the directory has just become
// known, what was answered for it earlier is offered, or what lies there is shown.
// The error is errBack where the step has to be asked again.
func (w *walk) leave(ctx context.Context, s steps.Step) error {
	if err := w.SaveDraft(); err != nil {
		w.refuse(err)
	}
	switch {
	case s.Key == steps.StepOf(steps.DirKey):
		notes, err := w.Enter()
		for _, note := range notes {
			w.item("Note: ", text.Clean(note))
		}
		if err == nil {
			err = w.enterSet()
		}
		if err != nil {
			w.refuse(err)
			return errBack
		}
		return w.offer(ctx)
	case s.Key == steps.GoalKey && steps.Staged(w.Answers):
		return w.askStage(ctx)
	}
	return nil
}

// refuse says why something cannot be done.
func (w *walk) refuse(err error) {
	w.item("! ", text.Clean(strings.Join(strings.Fields(err.Error()), " ")))
}

// offer asks whether to go on with a draft, or with the answers of an earlier run.
func (w *walk) offer(ctx context.Context) error {
	found, _ := w.Offers()
	for _, s := range found {
		if s.Problem != "" {
			w.item("! ", text.Clean(s.Label+" cannot be used: "+s.Problem))
			continue
		}
		yes, err := w.yesNo(ctx, fmt.Sprintf("Begin with %s?", text.Clean(s.Label)), true)
		if err != nil {
			return err
		}
		if yes {
			w.Take(s)
			return nil
		}
	}
	return nil
}

// wrong says what stands in the way of the review, and gives the key of the
// first such answer, "" where nothing does.
func (w *walk) wrong() string {
	var errs []problem.Problem
	looking := !steps.Making(w.Answers)
	for _, p := range w.Problems {
		if p.Severity() != problem.Error {
			continue
		}
		// Who only looks is not asked about certificates.
		if _, asked := w.Answers.Field(p.Key); asked || !looking {
			errs = append(errs, p)
		}
	}
	if len(errs) == 0 {
		return ""
	}
	w.blank()
	if len(errs) == 1 {
		w.say("One answer has to change before the review:")
	} else {
		w.say("%d answers have to change before the review:", len(errs))
	}
	w.complain(errs, "")
	w.step = "" // the heading comes again
	return w.Answers.StopsAt(errs[0])
}

// hidden asks for an answer that is no question of this layout, but was given
// by --set or by a file and is wrong.
func (w *walk) hidden(ctx context.Context, key string) error {
	f, ok := steps.Lookup(key)
	if !ok {
		i := slices.IndexFunc(w.Problems, func(p problem.Problem) bool { return p.Key == key && p.Severity() == problem.Error })
		if i < 0 {
			return fmt.Errorf("the answers cannot be used: %q is wrong", key)
		}
		return fmt.Errorf("the answers cannot be used: %w", w.Problems[i])
	}
	s, _ := steps.FindStep(steps.StepOf(key))
	err := w.question(ctx, place{step: s, field: f})
	if errors.Is(err, errBack) || errors.Is(err, errReview) {
		w.say("This answer has to change first.")
		return nil
	}
	return err
}

// yesNo asks until the answer is one of the two; Enter takes the one in brackets.
func (w *walk) yesNo(ctx context.Context, question string, byDefault bool) (bool, error) {
	word := "no"
	if byDefault {
		word = "yes"
	}
	for {
		w.prompt("%s yes or no [%s]:", question, word)
		s, err := w.read(ctx)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "":
			return byDefault, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		w.item("! ", "Answer yes or no.")
	}
}
