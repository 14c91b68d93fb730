package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// review shows everything that would be written, and asks for the word that
// writes it. It returns the key of a question to go back to, or "" once the
// run is done.
func (w *walk) review(ctx context.Context) (again string, err error) {
	w.step = ""
	// The words given below hold for this review: another directory or other
	// answers are another question.
	w.replace = w.opt.ReplaceKeys
	if err := w.setCourse(); err != nil {
		w.blank()
		w.item("! ", text.Clean(strings.ReplaceAll(err.Error(), "\n", " ")))
		return w.questions(), nil
	}
	for {
		p, err := pkigen.Plan(w.job())
		back := w.questions()
		if err == nil && w.own != nil {
			err, back = w.renewable(p), steps.GoalKey
		}
		switch {
		case err != nil && w.own != nil:
			w.blank()
			w.item("! ", text.Clean(strings.ReplaceAll(text.RenewalError(err, steps.GoalLabel(steps.GoalMend)).Error(), "\n", " ")))
			return back, nil
		case err != nil:
			return "", err
		}
		if err := w.show(p); err != nil {
			return "", err
		}
		refused := p.Refused()
		if len(refused) == 0 {
			if !p.Changes() {
				return "", w.make(ctx, p)
			}
			w.prepare(p)
		}
		next, err := w.decide(ctx, p)
		if err != nil || next.key != "" {
			return next.key, err
		}
		if !next.make {
			if next.again {
				w.replace = w.opt.ReplaceKeys
			}
			continue
		}
		// What was confirmed is what is written, or nothing is.
		var changed *pkigen.ChangedError
		if err := w.make(ctx, p); !errors.As(err, &changed) {
			return "", err
		}
		w.replace = w.opt.ReplaceKeys
		w.item("! ", text.Clean(strings.ReplaceAll(changed.Error(), "\n  ", " ")))
	}
}

// decision is what the operator wants after the review: make the files, go to a
// question, or neither, which shows the review again.
type decision struct {
	make  bool
	again bool // the directory is read again, so that words given before are asked for again
	key   string
}

func (w *walk) job() pkigen.Job {
	words := steps.Words(w.a, w.cluster)
	words.ReplaceKeys = w.replace
	job := pkigen.Job{Dir: w.dir(), Cluster: w.cluster, Now: w.opt.Now, Keys: w.opt.Keys, About: w.opt.About, Options: words}
	if w.transition != nil {
		job.Before, job.Options.Answers = w.transition.Gone(), w.transition.Answers
	}
	if w.origin != nil {
		job.Source = pkigen.SourceOf(w.origin.Path, w.origin.Text)
	}
	return job
}

// show prints the review.
func (w *walk) show(p *plan.Plan) error {
	n := len(steps.Visible(w.a)) + 1
	w.blank()
	w.say("Step %d of %d: Review", n, n)
	w.blank()
	var warnings []spec.Problem
	for _, problem := range w.problems {
		if problem.Severity() == spec.Warning {
			warnings = append(warnings, problem)
		}
	}
	view := text.PlanView{Dir: w.dir(), Now: w.opt.Now(), Width: w.opt.Width, Warnings: warnings, Asked: true}
	show := text.Plan
	switch {
	case w.transition != nil:
		staying, err := pkigen.Staying(w.job())
		if err != nil {
			return err
		}
		changes := text.ChangeView{PlanView: view, Answers: w.transition.Changes, Kept: w.transition.Kept, Staying: staying}
		show = func(out io.Writer, p *plan.Plan, _ text.PlanView) error { return text.Change(out, p, changes) }
	case steps.Staged(w.a):
		show = func(out io.Writer, p *plan.Plan, v text.PlanView) error {
			return text.Rotation(out, p, w.a.Get(steps.PartyKey), v)
		}
	case len(p.Asked()) > 0:
		show = text.Renewal
	}
	if err := show(w.opt.Out, p, view); err != nil || w.own == nil {
		return err
	}
	w.say("%s", text.BackupSentence(w.dir()))
	return nil
}

// prepare begins to make the private keys while the review is read.
func (w *walk) prepare(p *plan.Plan) {
	n := 0
	for i := range p.Certificates {
		if v := p.Certificates[i].Key; v == plan.Create || v == plan.Replace {
			n++
		}
	}
	if n > 0 {
		w.opt.Keys.Want(w.cluster.Key, n)
	}
}

// decide asks until the operator says where to go on.
func (w *walk) decide(ctx context.Context, p *plan.Plan) (decision, error) {
	refused := p.Refused()
	refusal := &plan.RefusedError{Actions: refused}
	words := refusal.Words()
	w.blank()
	for {
		switch {
		case len(refused) == 0:
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
		case strings.EqualFold(s, "yes") && len(refused) == 0:
			return decision{make: true}, nil
		case strings.EqualFold(s, "yes"):
			w.item("! ", "This plan is refused as it stands; the reasons are above.")
		case s == "back":
			all := w.places()
			return decision{key: all[len(all)-1].field.Key}, nil
		case s == "again":
			return decision{again: true}, nil
		case strings.HasPrefix(s, "replace "):
			if w.allow(strings.TrimPrefix(s, "replace "), words) {
				return decision{}, nil
			}
		case s == "json", s == "commands", s == "restart", s == "?":
			w.more(p, s)
		default:
			if key := w.stepNamed(s); key != "" {
				return decision{key: key}, nil
			}
			w.item("! ", "Nothing was written. To write, type the whole word yes.")
		}
	}
}

// allow takes the operator's word that a private key may be replaced.
func (w *walk) allow(name string, words []string) bool {
	if !slices.Contains(words, name) {
		w.item("! ", fmt.Sprintf("No private key of %q has to be replaced.", name))
		return false
	}
	w.replace = append(slices.Clone(w.replace), name)
	return true
}

// stepNamed is the first question of a step that is named by number, key or title.
func (w *walk) stepNamed(s string) string {
	for i, step := range steps.Visible(w.a) {
		fields := step.Fields(w.a)
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
		w.keep(text.Restart(w.opt.Out, w.restarts(p), w.dir(), w.opt.Width))
		w.blank()
	case "commands":
		for _, c := range catalog.Commands(p.Layout, p.Cluster) {
			w.print(c.String() + "\n")
		}
		w.blank()
	default:
		for i, s := range steps.Visible(w.a) {
			w.item(fmt.Sprintf("  %d  ", i+1), "goes to "+s.Title)
		}
		w.item("  json      ", "shows ca-config.json and the request of each certificate")
		w.item("  commands  ", "shows the cfssl commands that would make the same")
		w.item("  restart   ", "shows what will have to be restarted on the nodes, if they run with this directory")
		w.item("  again     ", "reads the directory again and shows the review again")
		w.item("  yes       ", "writes the files")
		w.blank()
	}
}
