package steps

import (
	"strings"
	"sync"

	"certwright/pkigen/cluster/problem"
)

// table is the steps with what is looked up in them all the time. It is made
// on first use and not by an initialiser, because the defaults in it ask the
// answers, and the answers ask the table.
type table struct {
	steps  []Step
	goals  []goal
	fields map[string]Field
	stepOf map[string]string // field key -> step key
	order  map[string]int    // field key -> place in the whole table
	keys   []string          // field keys in that order
}

var (
	tableOnce   sync.Once
	sharedTable *table
)

func lookup() *table {
	tableOnce.Do(func() {
		goals := goalTable()
		t := &table{
			goals: goals,
			steps: []Step{
				startStep(), thereStep(), goalStep(goals), whichStep(), stagesStep(), layoutStep(), caStep(), keysStep(),
				nodesStep(), endpointStep(), networksStep(), kubeletsStep(), profilesStep(), adoptedStep(),
			},
			fields: map[string]Field{}, stepOf: map[string]string{}, order: map[string]int{},
		}
		for _, s := range t.steps {
			for _, f := range s.Questions {
				t.fields[f.Key], t.stepOf[f.Key], t.order[f.Key] = f, s.Key, len(t.keys)
				t.keys = append(t.keys, f.Key)
			}
		}
		sharedTable = t
	})
	return sharedTable
}

// Steps are the steps that are asked with these answers, in order.
func (a *Answers) Steps() []Step {
	var out []Step
	for _, s := range lookup().steps {
		if s.visible(a) {
			out = append(out, s)
		}
	}
	return out
}

// FindStep finds a step by its key.
func FindStep(key string) (Step, bool) {
	for _, s := range lookup().steps {
		if s.Key == key {
			return s, true
		}
	}
	return Step{}, false
}

// Field finds the field of a key among those that are asked with these
// answers; fields of hidden steps are not found.
func (a *Answers) Field(key string) (Field, bool) {
	s, ok := FindStep(StepOf(key))
	if !ok || !s.visible(a) {
		return Field{}, false
	}
	f := lookup().fields[key]
	return f, f.When == nil || f.When(a)
}

// Lookup finds the field of a key, asked or not.
func Lookup(key string) (Field, bool) {
	f, ok := lookup().fields[key]
	return f, ok
}

// isLocal reports whether the answer of a key belongs to one run and makes no set.
func isLocal(key string) bool { return lookup().fields[key].Local }

// StepOf is the key of the step that asks for an answer: "ca" for "ca.C". It
// is "" where no step does.
func StepOf(key string) string { return lookup().stepOf[key] }

// ByKey groups problems by the answers that can be changed to fix them, in their order; of
// those that are about another answer the first of each rule stands for all.
func ByKey(ps []problem.Problem) map[string][]problem.Problem {
	out := map[string][]problem.Problem{}
	told := map[problem.Code]bool{} // at the other answer
	for _, p := range ps {
		out[p.Key] = append(out[p.Key], p)
		if p.Also != "" && !told[p.Code] {
			told[p.Code] = true
			out[p.Also] = append(out[p.Also], p)
		}
	}
	return out
}

// StopsAt is the answer at which an error stops the way forward: of two that can be
// changed the one that is asked later, so that both can be seen before.
func (a *Answers) StopsAt(p problem.Problem) string {
	if _, asked := a.Field(p.Also); asked && lookup().order[p.Also] > lookup().order[p.Key] {
		return p.Also
	}
	return p.Key
}

// Stopping are those of the problems that stop the way forward at one answer.
func (a *Answers) Stopping(ps []problem.Problem, key string) []problem.Problem {
	return filter(ps, func(p problem.Problem) bool { return p.Severity() == problem.Error && a.StopsAt(p) == key })
}

func filter(ps []problem.Problem, keep func(problem.Problem) bool) []problem.Problem {
	var out []problem.Problem
	for _, p := range ps {
		if keep(p) {
			out = append(out, p)
		}
	}
	return out
}

// KeyHelp is one line of the list of keys in --help.
type KeyHelp struct {
	Key     string // as --set takes it: "ca.CN"
	Label   string
	Default string // "" where there is none
}

// Keys lists what --set and the answers file take, in the table's order; local
// fields are not among them.
func Keys() []KeyHelp {
	a := NewAnswers()
	var out []KeyHelp
	for _, key := range lookup().keys {
		if f := lookup().fields[key]; !f.Local {
			out = append(out, KeyHelp{key, f.Label, strings.ReplaceAll(a.Default(key), "\n", ", ")})
		}
	}
	return out
}
