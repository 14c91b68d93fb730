package line

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/text"
)

// question asks one question until its answer stands. Warnings are said and
// stop nothing. The error is errBack, errReview, ErrInputEnded, or the cause of ctx.
//
// An answer that was given before, in a file or as a default, and is refused is
// said to be so before it is asked for again: it must not vanish without a word.
func (w *walk) question(ctx context.Context, p place) error {
	if ps := steps.ByKey(w.Problems)[p.field.Key]; problem.HasErrors(ps) && w.Answers.Get(p.field.Key) != "" {
		w.complain(ps, p.field.Key)
	}
	for {
		var err error
		switch p.field.Kind {
		case steps.Choice:
			err = w.choice(ctx, p)
		case steps.Lines:
			err = w.lines(ctx, p)
		default:
			err = w.text(ctx, p)
		}
		if err != nil {
			return err
		}
		w.complain(w.untold(p.field.Key), p.field.Key)
		if len(w.Answers.Stopping(w.Problems, p.field.Key)) > 0 {
			continue
		}
		if p.field.Means != nil {
			if s := p.field.Means(w.Cluster, w.Now()); s != "" {
				w.item("= ", text.Clean(s))
			}
		}
		return nil
	}
}

// text asks for one line. What was there is in brackets and stays with Enter;
// a wrong answer is not offered again, because it cannot be edited here.
func (w *walk) text(ctx context.Context, p place) error {
	f := p.field
	now := w.Answers.Get(f.Key)
	if len(w.Answers.Stopping(w.Problems, f.Key)) > 0 {
		now = ""
		if def := w.Answers.Default(f.Key); w.accepts(f.Key, def) {
			now = def
		}
	}
	hint := ""
	switch {
	case now == "" && f.Example != "" && f.Optional:
		hint = " (such as " + f.Example + "; may be left empty)"
	case now == "" && f.Example != "":
		hint = " (such as " + f.Example + ")"
	case now == "" && f.Optional:
		hint = " (may be left empty)"
	case f.Optional:
		hint = " (. for none)"
	}
	for {
		w.prompt("%s%s%s:", f.Label, hint, shown(now))
		s, err := w.command(ctx, p)
		if err != nil {
			return err
		}
		switch {
		case s == nil:
			continue
		case *s == "":
			w.keepOr(f.Key, now)
		case *s == "." && f.Optional:
			w.Give(f.Key, "")
		default:
			w.Give(f.Key, *s)
		}
		return nil
	}
}

// accepts reports whether a value would be no error for its key.
func (w *walk) accepts(key, value string) bool {
	a := w.Answers.Clone()
	if err := a.Set(key, value); err != nil {
		return false
	}
	_, ps := steps.Build(a, w.Now())
	return len(a.Stopping(ps, key)) == 0
}

// keepOr takes the value that was offered. A default that was offered and taken
// stays a default, so that it goes on following the answers it depends on.
func (w *walk) keepOr(key, value string) {
	if value == w.Answers.Get(key) {
		return
	}
	if value == w.Answers.Default(key) {
		w.Unset(key)
		return
	}
	w.Give(key, value)
}

// command reads one answer, trimmed. "back" is errBack, "review" errReview; "?" explains
// and gives nil, so that the question comes again.
func (w *walk) command(ctx context.Context, p place) (*string, error) {
	s, err := w.read(ctx)
	if err != nil {
		return nil, err
	}
	w.typed = s
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "back":
		return nil, errBack
	case "review":
		return nil, errReview
	case "?":
		w.why(p)
		return nil, nil
	}
	return &s, nil
}

// commands says what can be typed at every question.
func (w *walk) commands() {
	w.item("  Enter   ", "takes the answer in brackets")
	w.item("  back    ", "goes to the question before")
	w.item("  review  ", "goes to the review, or to the first answer that it still needs")
	w.item("  ctrl+c  ", "leaves; the answers are kept as a draft")
	w.blank()
}

// why prints the text that teaches what the step is about.
func (w *walk) why(p place) {
	w.blank()
	w.commands()
	first, rest := steps.Why(p.step.Key)
	w.say("%s", first)
	w.blank()
	w.say("%s", rest)
	if p.field.Example != "" {
		w.blank()
		w.say("An example for %s: %s", p.field.Label, p.field.Example)
	}
	w.blank()
}

// choice asks for one of numbered options, by number or by value.
func (w *walk) choice(ctx context.Context, p place) error {
	options := p.field.Options(w.Answers)
	now, at := w.Answers.Get(p.field.Key), 0
	w.say("%s:", p.field.Label)
	for i, o := range options {
		if o.Value == now || at == 0 && o.Value == w.Answers.Default(p.field.Key) {
			at = i + 1
		}
		text := o.Label
		if o.Label != o.Value {
			text += " (" + o.Value + ")"
		}
		if o.Text != "" {
			text += ": " + o.Text
		}
		w.item(fmt.Sprintf("  %d. ", i+1), text)
	}
	for {
		def := ""
		if at > 0 {
			def = fmt.Sprintf(" [%d]", at)
		}
		w.prompt("Number from 1 to %d%s:", len(options), def)
		s, err := w.command(ctx, p)
		switch {
		case err != nil:
			return err
		case s == nil:
			continue
		case *s == "" && at > 0:
			w.keepOr(p.field.Key, options[at-1].Value)
			return nil
		}
		if n, err := strconv.Atoi(*s); err == nil && n >= 1 && n <= len(options) {
			w.Give(p.field.Key, options[n-1].Value)
			return nil
		}
		if n, err := strconv.Atoi(*s); err == nil {
			w.item("! ", fmt.Sprintf("There is no choice %d. Write a number from 1 to %d.", n, len(options)))
			continue
		}
		w.Give(p.field.Key, chosen(options, *s))
		return nil
	}
}

// chosen is the option that is meant by its value, in capitals or not; anything
// else stays as it was typed, and is judged as everywhere.
func chosen(options []steps.Option, s string) string {
	for _, o := range options {
		if strings.EqualFold(s, o.Value) {
			return o.Value
		}
	}
	return s
}
