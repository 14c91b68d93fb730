package line

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// review shows everything that would be written, and asks for the confirmation that
// writes it. It returns the key of a question to go back to, or "" once the
// run is done.
func (w *walk) review(ctx context.Context) (again string, err error) {
	w.step = ""
	w.Review()
	for {
		r := w.Plan()()
		switch err := w.Confirmable(r); {
		case errors.Is(err, wizard.ErrNothingChanges):
			w.blank()
			w.item("! ", err.Error()+"; choose something else, or end with ctrl+c")
			return steps.GoalKey, nil
		case r.Err != nil && w.OfSet():
			w.blank()
			w.refuse(err)
			return w.questions(), nil
		case r.Err != nil:
			return "", r.Err
		}
		w.show(r)
		if !r.Plan.Changes() && len(r.Refused) == 0 {
			return "", w.make(ctx, r)
		}
		if len(r.Refused) == 0 {
			w.PrepareFor(r)
		}
		next, err := w.decide(ctx, r)
		if err != nil || next.key != "" {
			return next.key, err
		}
		if !next.make {
			continue
		}
		// What was confirmed is what is written, or nothing is.
		var changed *pkigen.ChangedError
		if err := w.make(ctx, r); !errors.As(err, &changed) {
			return "", err
		}
		w.refuse(changed)
	}
}

// decision is what the operator wants after the review: make the files, go to a
// question, or neither, which reads the directory and shows the review again.
type decision struct {
	make bool
	key  string
}

// show prints the review.
func (w *walk) show(r *wizard.Review) {
	n := len(w.Steps()) + 1
	w.blank()
	w.say("Step %d of %d: Review", n, n)
	w.blank()
	w.keep(text.Review(w.Out, r.Plan, w.view(r, true)))
	if w.OfSet() {
		w.say("%s", text.BackupSentence(w.Dir()))
	}
}

// view is how the review is printed: in brief what changes by node, else each file.
func (w *walk) view(r *wizard.Review, brief bool) text.ChangeView {
	view := text.PlanView{Dir: w.Dir(), Now: w.Now(), Width: w.Width, Asked: true, Brief: brief}
	for _, found := range w.Problems {
		if found.Severity() == problem.Warning {
			view.Warnings = append(view.Warnings, found)
		}
	}
	change := text.ChangeView{PlanView: view}
	if t := w.Transition(); t != nil {
		change = text.ChangeView{PlanView: view, Before: t.Before, Answers: t.Changes, Kept: t.Kept, Staying: r.Staying}
	}
	return change
}

// decide asks until the operator says where to go on.
func (w *walk) decide(ctx context.Context, r *wizard.Review) (decision, error) {
	refusal := &plan.RefusedError{Actions: r.Refused}
	words := r.Words()
	w.blank()
	for {
		switch {
		case len(r.Refused) == 0:
			w.prompt("Type yes to write these files, back or a step's number to change an answer, ? for more:")
		case len(words) > 0 && !refusal.OnlyAway():
			w.say("To let a private key go, and keep a backup of it, type: replace %s", strings.Join(words, ", or: replace "))
			w.prompt("Type that, back or a step's number to change an answer, ? for more:")
		default:
			w.prompt("Type back or a step's number to change an answer, again to read the directory again:")
		}
		s, err := w.read(ctx)
		if err != nil {
			return decision{}, err
		}
		s = strings.Join(strings.Fields(s), " ")
		switch {
		case strings.EqualFold(s, "yes") && len(r.Refused) == 0:
			return decision{make: true}, nil
		case strings.EqualFold(s, "yes"):
			w.item("! ", wizard.ErrRefused.Error()+".")
		case s == "back":
			all := w.places()
			return decision{key: all[len(all)-1].field.Key}, nil
		case s == "again":
			w.Disallow()
			return decision{}, nil
		case strings.HasPrefix(s, "replace "):
			err := w.Allow(r, s)
			if err == nil {
				return decision{}, nil
			}
			w.item("! ", text.Clean(err.Error())+".")
		case s == "files":
			w.blank()
			w.keep(text.Review(w.Out, r.Plan, w.view(r, false)))
			w.blank()
		case s == "json", s == "commands", s == "restart", s == "?":
			w.more(r.Plan, s)
		default:
			if key := w.stepNamed(s); key != "" {
				return decision{key: key}, nil
			}
			w.item("! ", "Nothing was written. To write, type the whole word yes.")
		}
	}
}

// stepNamed is the first question of a step that is named by number, key or title.
func (w *walk) stepNamed(s string) string {
	for i, step := range w.Steps() {
		fields := step.Fields(w.Answers)
		if len(fields) > 0 && (s == strconv.Itoa(i+1) || strings.EqualFold(s, step.Key) || strings.EqualFold(s, step.Title)) {
			return fields[0].Key
		}
	}
	return ""
}

// more prints what the review has besides: help, the JSON files, or the cfssl
// commands that would make the same.
func (w *walk) more(p *plan.Plan, what string) {
	w.blank()
	switch what {
	case "json":
		for _, a := range p.Files {
			if len(a.Data) > 0 && strings.HasSuffix(a.Path, ".json") {
				w.say("%s:", a.Path)
				w.print(strings.TrimRight(string(a.Data), "\n") + "\n\n")
			}
		}
	case "restart":
		w.keep(text.Restart(w.Out, w.After(p), w.Dir(), w.Width))
		w.blank()
	case "commands":
		for _, c := range catalog.Commands(p.Layout, p.Cluster) {
			w.print(c.String() + "\n")
		}
		w.blank()
	default:
		for i, s := range w.Steps() {
			w.item(fmt.Sprintf("  %d  ", i+1), "goes to "+s.Title)
		}
		w.item("  files     ", "shows each file and certificate")
		w.item("  json      ", "shows ca-config.json and the request of each certificate")
		w.item("  commands  ", "shows the cfssl commands that would make the same")
		w.item("  restart   ", "shows what will have to be restarted on the nodes, if they run with this directory")
		w.item("  again     ", "reads the directory again and shows the review again")
		w.item("  yes       ", "writes the files")
		w.blank()
	}
}
