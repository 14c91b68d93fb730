// Package wizard is the state machine under both doors, the full screen and the line
// mode. It holds the answers, the directory that is looked at, the change of a set that
// is there and the review; it keeps drafts, and makes the job that is carried out. The
// doors draw, ask and forward: what is refused is refused here, by one sentence.
//
// Asking leads to Reviewing, only Reviewing leads to Working, and only Working writes;
// it ends in Done or Failed, from where one can go back.
//
// A Wizard belongs to one goroutine. What takes time comes as a function which uses
// nothing of it, so that a screen can have it run beside itself.
package wizard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
	"certwright/steps/draft"
	"certwright/steps/imports"
)

// Options are what the wizard needs from the program around it; all but Answers may
// be left out.
type Options struct {
	// Answers are where the questions begin; they are changed by the wizard. The
	// directory is the answer of steps.DirKey.
	Answers *steps.Answers
	// Imported is what of the answers came from files of other programs; nil for nothing.
	Imported *imports.Result
	// Now is the clock; nil for time.Now.
	Now func() time.Time
	// Keys makes private keys ahead of need.
	Keys *issue.Keys
	// ReplaceKeys are the certificates whose private key may be replaced, as the
	// command line says.
	ReplaceKeys []string
	// Saved finds earlier answers for a directory.
	Saved func(dir string) []draft.Saved
	// Known says what the answers kept with a directory ask for; nil for nothing.
	Known func(dir string) *verify.Known
	// Kept are the answers that made a directory; the error says why there are none.
	Kept func(dir string) (*steps.SetAnswers, error)
	// Looks are looks at the running cluster of a directory; nil for the real ones.
	Looks func(dir string, known func() (*verify.Known, error)) Looks
	// Passphrase asks for the passphrase of CA keys; nil where a door takes it by Unlock.
	Passphrase func(context.Context, plan.Asking) ([]byte, error)
	// About is what the history will say of a run; without an operation none is kept.
	About store.About
	// SaveDraft keeps the answers so far; it is called after each page.
	SaveDraft func(dir string, a *steps.Answers) error
	// SaveAnswers keeps the answers of a finished run and gives their path.
	SaveAnswers func(dir string, a *steps.Answers) (string, error)
}

// State is where the wizard stands.
type State int

// The states.
const (
	Asking State = iota
	Reviewing
	Working
	Done
	Failed
)

// Visits are the pages that were seen, each under its key.
type Visits struct {
	Reached  map[string]bool // steps that were asked
	Seen     map[string]bool // answers whose problems may be shown
	Reviewed bool            // the review was reached once
}

func newVisits() Visits { return Visits{Reached: map[string]bool{}, Seen: map[string]bool{}} }

// Wizard is one walk through the questions. The exported fields are there to be read:
// answers are given by Set and Unset.
type Wizard struct {
	Answers *steps.Answers
	Judged  // as of the last Build
	// Builds counts the calls of Build: what was made of the answers before is old.
	Builds int
	Visits
	Set     Set // the set that is there, where the task is about one
	Outcome Outcome

	opt        Options
	given      *steps.Answers // at the beginning
	state      State
	keysThere  int // private keys that lie in the directory already
	offered    map[string]bool
	puts       int         // counts the answers that were given
	stale      bool        // the last of them is not judged yet
	edited     bool        // an answer was changed since the last draft
	drafted    bool        // the answers so far are kept as a draft
	loose      bool        // something was answered for a set that is there: no draft keeps it
	suggested  bool        // the task is what was found to help, and not what was chosen
	own        *aside      // nil where the task is about no set that is there
	transition *transition // nil where no answers of a set change
	allowed    []string    // replacements that were allowed on the review on its way
	passphrase []byte      // of CA keys, for the review on its way; no answer, and in no draft
}

// New is a wizard at its first question.
func New(opt Options) *Wizard {
	if opt.Answers == nil {
		opt.Answers = steps.NewAnswers()
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	w := &Wizard{opt: opt, Answers: opt.Answers, given: opt.Answers.Clone(), Visits: newVisits(), offered: map[string]bool{}}
	w.Build()
	return w
}

// Now is the time by the wizard's clock.
func (w *Wizard) Now() time.Time { return w.opt.Now() }

// Imported is what of the answers came from files of other programs at the beginning; nil
// for nothing.
func (w *Wizard) Imported() *imports.Result { return w.opt.Imported }

// State is where the wizard stands.
func (w *Wizard) State() State { return w.state }

// Dir is the directory that was answered.
func (w *Wizard) Dir() string { return w.Answers.Dir() }

// OfSet reports whether the task is about a set that is there, and its answers are the
// current ones.
func (w *Wizard) OfSet() bool { return w.own != nil }

// Judged is what answers build to.
type Judged struct {
	Cluster  *spec.Cluster
	Problems []problem.Problem
	ByKey    map[string][]problem.Problem
	// Certificates that the answers lead to, and key pairs, with those that have no
	// certificate.
	Certificates, Pairs int
	puts                int // the answers of then
}

// Judge gives a function that judges the answers as they are now.
func (w *Wizard) Judge() func() Judged {
	answers, now, puts := w.Answers.Clone(), w.Now(), w.puts
	return func() Judged {
		j := Judged{puts: puts}
		j.Cluster, j.Problems = steps.Build(answers, now)
		j.ByKey = steps.ByKey(j.Problems)
		if layout, ok := catalog.LayoutOf(j.Cluster); ok {
			all := layout.Certificates(j.Cluster)
			j.Pairs = len(all)
			for i := range all {
				if all[i].IsCertificate() {
					j.Certificates++
				}
			}
		}
		return j
	}
}

// TakeJudged takes what Judge brought, unless an answer has changed since.
func (w *Wizard) TakeJudged(j Judged) {
	if j.puts == w.puts {
		w.Judged, w.stale = j, false
		w.Builds++
	}
}

// Build judges the answers as they are now.
func (w *Wizard) Build() {
	w.puts++ // what is still being judged beside the screen is about older ones
	w.TakeJudged(w.Judge()())
}

// Settle is Build where an answer has changed since the last one.
func (w *Wizard) Settle() {
	if w.stale {
		w.Build()
	}
}

// Give keeps an answer and judges everything again.
func (w *Wizard) Give(key, value string) {
	w.Put(key, value)
	w.Build()
}

// Put is Give without the judging, for an answer that is still being typed.
func (w *Wizard) Put(key, value string) {
	w.puts++
	w.stale = true
	// The key comes from the table of steps: it cannot be unknown.
	_ = w.Answers.Set(key, value)
	w.suggested = w.suggested && key != steps.ModeKey
	if w.own != nil && key == steps.GoalKey {
		w.Answers = w.Set.origin.Resume(w.Answers)
	}
	w.edited = w.edited || w.own == nil && w.answered()
	w.loose = w.own != nil && (w.loose || key != steps.GoalKey)
}

// Paste takes over what was pasted into an answer, if it is a text of another program; see
// steps.Answers.Paste.
func (w *Wizard) Paste(key, text string) (*imports.Result, []steps.FileProblem, bool) {
	out, bad, ok := w.Answers.Paste(key, text)
	if out != nil {
		w.edited, w.Seen[key] = w.edited || w.own == nil, true
		w.loose = w.loose || w.own != nil
		w.Build()
	}
	return out, bad, ok
}

// Unset takes an answer away, so that its default counts.
func (w *Wizard) Unset(key string) {
	w.Answers.Unset(key)
	w.edited = w.own == nil
	w.Build()
}

// Ask comes to a question, from wherever one is.
func (w *Wizard) Ask(stepKey string) {
	if stepKey == steps.StepOf(steps.DirKey) {
		w.LeaveSet()
	}
	w.state, w.Reached[stepKey] = Asking, true
}

// Steps are the questions that the answers so far lead to.
func (w *Wizard) Steps() []steps.Step { return w.Answers.Steps() }

// Find gives the visible step of a key and its place; the first one where there is none.
func (w *Wizard) Find(stepKey string) (steps.Step, int) {
	all := w.Steps()
	i := max(slices.IndexFunc(all, func(s steps.Step) bool { return s.Key == stepKey }), 0)
	return all[i], i
}

// FirstWrong marks the answers of a step as seen and gives the key of the first that
// is refused.
func (w *Wizard) FirstWrong(step steps.Step) (key string, wrong bool) {
	for _, f := range step.Fields(w.Answers) {
		w.Seen[f.Key] = true
		if key == "" && len(w.Answers.Stopping(w.ByKey[f.Key], f.Key)) > 0 {
			key = f.Key
		}
	}
	return key, key != ""
}

// SaveDraft keeps the answers so far. What is wanted of a set that is there is no
// answer that makes one.
func (w *Wizard) SaveDraft() error {
	if !w.edited || w.opt.SaveDraft == nil || w.own != nil {
		return nil
	}
	if err := w.opt.SaveDraft(w.Dir(), w.Answers); err != nil {
		w.drafted = false
		return fmt.Errorf("the draft could not be saved: %w", err)
	}
	w.edited, w.drafted = false, true
	return nil
}

// Drafted reports whether all answers so far are kept as a draft.
func (w *Wizard) Drafted() bool { return w.drafted && !w.edited }

// Loss says what leaving now does to the answers; "" where there are none to lose.
func (w *Wizard) Loss() string {
	switch {
	case w.loose:
		return "what you changed is lost"
	case w.own != nil:
	case w.Drafted():
		return "the draft is kept"
	case w.edited:
		return "no draft can be kept"
	}
	return ""
}

// Offers are what was answered for the directory before, and whether it was asked for:
// once for each directory, and only while nothing was answered since the beginning. What
// the operator typed is never replaced.
func (w *Wizard) Offers() (found []draft.Saved, looked bool) {
	if w.opt.Saved == nil || !steps.Making(w.Answers) || w.offered[w.Dir()] || w.answered() {
		return nil, false
	}
	w.offered[w.Dir()] = true
	return w.opt.Saved(w.Dir()), true
}

// OfferAgain has earlier answers offered again.
func (w *Wizard) OfferAgain() { w.offered[w.Dir()] = false }

// answered reports whether anything but the first page has been answered since the
// beginning; what was given with the call wins over saved answers anyway.
func (w *Wizard) answered() bool {
	return slices.ContainsFunc(steps.Keys(), func(k steps.KeyHelp) bool {
		now, given := w.Answers.Explicit(k.Key)
		then, givenThen := w.given.Explicit(k.Key)
		return now != then || given != givenThen
	})
}

// Take makes earlier answers the current ones; directory and task stay. It gives the
// key of the last page that was answered: everything before it counts as seen.
func (w *Wizard) Take(found draft.Saved) (stepKey string) {
	w.Answers.Merge(found.Answers)
	w.drafted = found.Draft
	w.Build()
	all, last := w.Steps(), 1
	for i, s := range all {
		for _, f := range s.Fields(w.Answers) {
			if _, explicit := w.Answers.Explicit(f.Key); explicit {
				last, w.Seen[f.Key] = max(i, last), true
			}
		}
	}
	for _, s := range all[:last+1] {
		w.Reached[s.Key] = true
	}
	return all[last].Key
}

// aheadLimit bounds the keys that are made before the review is confirmed.
const aheadLimit = 64

// PrepareKeys has RSA keys made for the answers as they are, so that little is left to
// wait for when the review is confirmed. They stay in memory.
func (w *Wizard) PrepareKeys() { w.prepare(max(w.Pairs-w.keysThere, 0)) }

// prepare has n keys made. Others than RSA are made in no time and not ahead.
func (w *Wizard) prepare(n int) {
	if !slices.Contains([]spec.KeyAlgorithm{spec.RSA2048, spec.RSA3072, spec.RSA4096}, w.Cluster.Key) {
		n = 0
	}
	w.opt.Keys.Want(w.Cluster.Key, min(n, aheadLimit))
}
