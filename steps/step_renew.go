package steps

import (
	"errors"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// The keys of the pages about a set that is there, and of their answers. All of
// them are local: what was wanted once is no answer that makes the set.
const (
	ThereKey = "there" // the page that shows what is there; it asks nothing
	WhichKey = "which" // the page on which certificates are chosen
	GoalKey  = "goal"
	NamesKey = "names" // certificates, one a line: what plan.Select understands

	// GoalExpired is the goal that renews whatever has expired, the only one that
	// helps where a CA has.
	GoalExpired = "renew-expired"

	// GoalSome is the goal that renews the certificates which are named.
	GoalSome = "some"

	goalChange = "change"

	withinKey  = "within"
	newKeysKey = "newKeys"
)

// goal is one thing that can be done with a set that is there.
type goal struct {
	Option
	Questions []Field // asked for it alone, below the choice
	// Chooses says that certificates are chosen for it, on a page of their own.
	Chooses bool
	// Keys says that it is asked whether the private keys stay.
	Keys bool
	// Stages says that it goes in stages, and a page says how far it is.
	Stages bool
	// When says whether it can be wanted; nil for always.
	When func(a *Answers) bool
	// Changes says that the questions follow whose answers a cluster that runs
	// survives to have changed.
	Changes bool
	// Options puts it into the options of a plan. The answers are right,
	// and the certificates are those of the set.
	Options func(a *Answers, certs []catalog.Certificate, o *plan.Options)
	// judge says what is wrong with the answers to its questions; nil for none.
	judge func(b *builder, c *spec.Cluster)
}

// goalTable is what can be done with a set that is there. A further goal is one
// entry: its questions, both doors and the plan follow.
func goalTable() []goal {
	return []goal{
		{
			Option: Option{"expiring", "renew those that expire soon", "All that expire within the time below, and all that have expired."},
			Questions: []Field{{
				Key: withinKey, Label: "Expires within", Local: true, Example: "60d",
				Default: fixed("30d"),
			}},
			Keys:  true,
			judge: func(b *builder, _ *spec.Cluster) { read(b, withinKey, spec.ParseDuration) },
			Options: func(a *Answers, _ []catalog.Certificate, o *plan.Options) {
				within, _ := spec.ParseDuration(withinKey, a.Get(withinKey))
				o.Renewal = &plan.Renewal{Within: within, NewKeys: newKeys(a)}
			},
		},
		{
			Option: Option{"all", "renew all", "Every certificate that a CA has signed. The CAs stay as they are."},
			Keys:   true,
			Options: func(a *Answers, _ []catalog.Certificate, o *plan.Options) {
				o.Renewal = &plan.Renewal{NewKeys: newKeys(a)}
			},
		},
		{
			Option:  Option{GoalSome, "renew some", "You choose them on the next page, CAs too. What has expired comes along."},
			Chooses: true,
			judge: func(b *builder, c *spec.Cluster) {
				_, ps := chosen(b.answers, certificates(c))
				b.problems = append(b.problems, ps...)
			},
			Keys: true,
			Options: func(a *Answers, certs []catalog.Certificate, o *plan.Options) {
				names, _ := chosen(a, certs)
				o.Renewal = &plan.Renewal{Names: names, NewKeys: newKeys(a)}
			},
		},
		{
			Option:  Option{goalChange, "change nodes, names or networks", "The questions follow. What they change, and what to do then, comes before anything is done."},
			Changes: true,
			Options: func(*Answers, []catalog.Certificate, *plan.Options) {},
		},
		replacement(),
		{
			Option:  Option{GoalExpired, "renew what has expired", "CAs too, with their own keys; and what is missing or unlike the answers."},
			Options: func(*Answers, []catalog.Certificate, *plan.Options) {},
		},
	}
}

// Renewing reports whether the wizard is about a set that is there, with the answers
// that made it.
func Renewing(a *Answers) bool { return a.Get(ModeKey) == ModeRenew }

// Changing reports whether the answers of a set that is there are changed.
func Changing(a *Answers) bool { return Renewing(a) && chosenGoal(a).Changes }

// changeable is the condition of the questions that are asked for a new set and
// for a change of one: which certificates it has, where they lie and by which CAs
// they are signed stays for ever.
func changeable(a *Answers) bool { return Making(a) || Changing(a) }

// chosenGoal is the goal of the answers; the first for one that is not known.
func chosenGoal(a *Answers) *goal {
	all := lookup().goals
	for i := range all {
		if all[i].Value == a.Get(GoalKey) {
			return &all[i]
		}
	}
	return &all[0]
}

// GoalLabel is the text of a goal on the page; "" for one that is not known.
func GoalLabel(value string) string {
	for _, w := range lookup().goals {
		if w.Value == value {
			return w.Label
		}
	}
	return ""
}

// PlanOptions are what the answers ask of a plan for their cluster.
func PlanOptions(a *Answers, c *spec.Cluster) plan.Options {
	o := plan.Options{Answers: a.Replay()}
	if Renewing(a) {
		chosenGoal(a).Options(a, certificates(c), &o)
	}
	return o
}

func certificates(c *spec.Cluster) []catalog.Certificate {
	l, ok := catalog.LayoutOf(c)
	if !ok {
		return nil
	}
	return l.Certificates(c)
}

func newKeys(a *Answers) bool { return a.Get(newKeysKey) == yes }

func thereStep() Step {
	return Step{
		Key: ThereKey, Title: "Certificates", When: Renewing,
		Intro: "Every certificate of the set, the one that expires first at the top",
	}
}

func goalStep(goals []goal) Step {
	s := Step{
		Key: GoalKey, Title: "What to do", When: Renewing,
		Intro: "What you want; it is shown before anything is done",
		Questions: []Field{{
			Key: GoalKey, Label: "Goal", Kind: Choice, Local: true,
			Default: fixed(goals[0].Value),
			Options: func(a *Answers) []Option {
				var out []Option
				for i := range goals {
					if goals[i].When == nil || goals[i].When(a) {
						out = append(out, goals[i].Option)
					}
				}
				return out
			},
		}},
	}
	for i := range goals {
		value := goals[i].Value
		for _, f := range goals[i].Questions {
			when := f.When
			f.When = func(a *Answers) bool { return a.Get(GoalKey) == value && (when == nil || when(a)) }
			s.Questions = append(s.Questions, f)
		}
	}
	s.Questions = append(s.Questions, Field{
		Key: newKeysKey, Label: "Private keys", Kind: Choice, Local: true,
		Default: fixed(no),
		When:    func(a *Answers) bool { return chosenGoal(a).Keys },
		Options: func(*Answers) []Option {
			return []Option{
				{no, "keep them", "Old and new certificates go with the same key while both are in use."},
				{yes, "make new ones", "Old ones go into the backup; their certificates work until they expire."},
			}
		},
	})
	return s
}

func whichStep() Step {
	return Step{
		Key: WhichKey, Title: "Selection",
		Intro: "The certificates that are renewed",
		When:  func(a *Answers) bool { return Renewing(a) && chosenGoal(a).Chooses },
		Questions: []Field{{
			Key: NamesKey, Label: "Names of certificates, kinds, nodes or files", Kind: Lines, Local: true,
			Example: "master1/apiserver",
		}},
	}
}

// chosen are the certificates that the lines of the answer mean, each once, and
// what is wrong with the lines.
func chosen(a *Answers, certs []catalog.Certificate) ([]string, []problem.Problem) {
	kinds := make(map[string]catalog.Kind, len(certs))
	for i := range certs {
		kinds[certs[i].Name] = certs[i].Entry.Kind
	}
	var out []string
	var ps []problem.Problem
	seen := map[string]bool{}
	for i, word := range strings.Split(a.Get(NamesKey), "\n") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		names := []string{word}
		if kind, ok := kinds[word]; !ok || kind != catalog.Leaf && kind != catalog.Authority {
			var err error
			if names, err = plan.Select(certs, a.Dir(), word); err != nil {
				ps = append(ps, notChosen(word, i+1, err))
			}
		}
		for _, name := range names {
			if kinds[name] == catalog.Authority && newKeys(a) {
				ps = append(ps, notChosen(word, i+1, &plan.NotRenewableError{Name: name, Kind: catalog.Authority}))
			}
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	if len(out)+len(ps) == 0 {
		ps = append(ps, problem.Problem{Code: problem.NoneChosen, Key: NamesKey})
	}
	return out, ps
}

// notChosen is why a word chooses nothing.
func notChosen(word string, line int, err error) problem.Problem {
	var not *plan.NotRenewableError
	var unknown *plan.UnknownNameError
	switch {
	case errors.As(err, &not):
		return problem.Problem{Code: problem.NotRenewable, Key: NamesKey, Line: line, Args: []any{err.Error()}}
	case errors.As(err, &unknown) && unknown.Suggestion != "":
		return problem.Problem{Code: problem.CertificateMisspelt, Key: NamesKey, Line: line, Args: []any{word, unknown.Suggestion}}
	}
	return problem.Problem{Code: problem.CertificateUnknown, Key: NamesKey, Line: line, Args: []any{word}}
}

// goal judges what is wanted, against the set that the other answers make.
func (b *builder) goal(c *spec.Cluster) {
	if !Renewing(b.answers) {
		return
	}
	read(b, GoalKey, oneOf(values(b.answers)...))
	w := chosenGoal(b.answers)
	if w.judge != nil {
		w.judge(b, c)
	}
	if w.Keys {
		read(b, newKeysKey, oneOf(no, yes))
	}
}

func values(a *Answers) []string {
	f, _ := Lookup(GoalKey)
	var out []string
	for _, o := range f.Options(a) {
		out = append(out, o.Value)
	}
	return out
}
