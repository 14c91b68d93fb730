package wizard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/change"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
)

// Why a review that could be read cannot be confirmed.
var (
	ErrNothingChanges = errors.New("nothing of what you want changes anything")
	ErrRefused        = errors.New("this plan is refused; the reasons are above")
)

// transition is where the answers of a change lead, or why they must not.
type transition struct {
	*steps.Transition
	err error
}

// Review is what would be written, and what is confirmed.
type Review struct {
	Plan    *plan.Plan
	Err     error            // why there is no plan
	Staying []change.Staying // what stays valid of machines that go
	Refused []plan.Action
	job     pkigen.Job
}

// Review ends the asking. What was allowed on an earlier review is forgotten: a word
// is for what was seen when it was given. Where the answers of a set change, it is
// worked out where they lead.
func (w *Wizard) Review() {
	w.Reviewed, w.allowed, w.transition, w.passphrase = true, nil, nil, nil
	if w.own == nil || !steps.Changing(w.Answers) {
		return
	}
	before, problems := steps.Build(w.Set.origin.Answers, w.Now())
	if problem.HasErrors(problems) {
		return // the page of what is there has said so
	}
	answers, kept := w.Answers.Keep(before) // names that are replaced stay behind the new ones
	w.Answers = answers
	w.Build()
	w.transition = &transition{}
	w.transition.Transition, w.transition.err = w.Set.origin.Transition(w.Answers, w.Cluster, kept, w.Now())
}

// Changes reports whether the answers of a set change.
func (w *Wizard) Changes() bool { return w.transition != nil }

// Transition is where a change of the answers leads; nil where none does.
func (w *Wizard) Transition() *steps.Transition {
	if w.transition == nil || w.transition.err != nil {
		return nil
	}
	return w.transition.Transition
}

// before is the cluster until now, where its answers change; nil for not.
func (w *Wizard) before() *spec.Cluster {
	if t := w.Transition(); t != nil {
		return t.Before
	}
	return nil
}

// After is what has to happen on the nodes once a plan is carried out.
func (w *Wizard) After(p *plan.Plan) *pkigen.NodeSteps { return next.After(p, w.before(), w.Dir()) }

// job is what the backend is asked for with the answers as they are.
func (w *Wizard) job() pkigen.Job {
	job := pkigen.Job{Dir: w.Dir(), Cluster: w.Cluster, Now: w.opt.Now, Keys: w.opt.Keys, About: w.opt.About,
		Options: steps.PlanOptions(w.Answers, w.Cluster)}
	job.Options.ReplaceKeys = slices.Concat(w.opt.ReplaceKeys, w.allowed)
	if t := w.Transition(); t != nil {
		job.Before, job.Options.Answers = t.Gone(), t.Answers
	}
	if w.own != nil {
		job.Source = pkigen.SourceOf(w.Set.origin.Path, w.Set.origin.Text)
	}
	return job
}

// Plan gives a function that reads the directory and says what would be written.
func (w *Wizard) Plan() func() *Review {
	w.state = Reviewing
	r, ofSet := &Review{job: w.job()}, w.OfSet()
	if w.transition != nil {
		r.Err = w.transition.err
	}
	for _, p := range w.Problems {
		if p.Severity() == problem.Error { // of an answer that no page asks for: from a file
			r.Err = p
			break
		}
	}
	answers := w.Answers.Clone()
	return func() *Review {
		if r.Err == nil && !ofSet {
			r.Err = answers.Former(r.job.Dir)
		}
		if r.Err != nil {
			return r
		}
		p, err := pkigen.Plan(r.job)
		if err == nil && ofSet && p.NothingThere() {
			err = &plan.NothingThereError{Dir: r.job.Dir}
		}
		if err == nil {
			r.Staying, err = pkigen.Staying(r.job)
		}
		if err != nil {
			r.Err = renewalError(err)
			return r
		}
		r.Plan, r.Refused = p, p.Refused()
		return r
	}
}

// PrepareFor has the keys made that a review will need.
func (w *Wizard) PrepareFor(r *Review) {
	n := 0
	for i := range r.Plan.Certificates {
		if v := r.Plan.Certificates[i].Key; v == plan.Create || v == plan.Replace {
			n++
		}
	}
	w.prepare(n)
}

// Words are the certificates of which a private key can be let go by naming them.
func (r *Review) Words() []string { return (&plan.RefusedError{Actions: r.Refused}).Replaceable() }

// Allow takes the words that let private keys go: "replace NAME", or several names at
// once. The plan has to be read again then.
func (w *Wizard) Allow(r *Review, typed string) error {
	words, known := strings.Fields(typed), r.Words()
	if len(words) < 2 || words[0] != "replace" {
		return fmt.Errorf("type: replace %s", strings.Join(known, ", or: replace "))
	}
	for _, name := range words[1:] {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no private key of %q has to be replaced", name)
		}
	}
	w.allowed = append(w.allowed, words[1:]...)
	return nil
}

// Disallow takes back what was allowed: it was for what was seen then.
func (w *Wizard) Disallow() { w.allowed = nil }

// Locked reports whether a review needs a passphrase that is still to be typed, and what
// for.
func (w *Wizard) Locked(r *Review) (what plan.Asking, asks bool) {
	if w.passphrase != nil || w.opt.Passphrase != nil || r.Plan == nil || w.Confirmable(r) != nil {
		return what, false
	}
	if asks, _ = r.Plan.Passphrase(); !asks || !r.Plan.Changes() {
		return what, false
	}
	for _, c := range r.Plan.Opens() {
		what.Files = append(what.Files, c.Files.Key)
	}
	return what, true
}

// Unlock takes the passphrase for a review. The error says that it does not open what it
// has to.
func (w *Wizard) Unlock(r *Review, passphrase []byte) error {
	err := r.Plan.Open(passphrase)
	if err == nil {
		w.passphrase = passphrase
	}
	return err
}

// Confirmable says why a review cannot be confirmed; nil where it can.
func (w *Wizard) Confirmable(r *Review) error {
	switch {
	case r.Err != nil:
		return r.Err
	case len(r.Refused) > 0:
		return ErrRefused
	case w.OfSet() && !r.Plan.Changes():
		return ErrNothingChanges
	}
	return nil
}
