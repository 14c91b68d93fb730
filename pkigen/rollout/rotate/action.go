package rotate

import "certwright/pkigen/making/plan"

// actions are the words for the stages, in their order.
var actions = []struct {
	word string
	to   plan.Stage
}{{"widen", plan.Widened}, {"switch", plan.Switched}, {"narrow", plan.Steady}}

// Actions are the words for the stages, in their order.
func Actions() []string {
	var out []string
	for _, a := range actions {
		out = append(out, a.word)
	}
	return out
}

// StageOf is the stage that a word leads to.
func StageOf(word string) (to plan.Stage, ok bool) {
	for _, a := range actions {
		if a.word == word {
			return a.to, true
		}
	}
	return "", false
}

// ActionOf is the word that leads to a stage; "" for none.
func ActionOf(to plan.Stage) string {
	for _, a := range actions {
		if a.to == to {
			return a.word
		}
	}
	return ""
}
