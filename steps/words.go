package steps

import (
	"fmt"

	"certwright/pkigen/cluster/problem"
)

// called is what an answer is called on the pages: its label, with the page where
// another one is shown; the key for what no page asks for.
func called(key, shown string) string {
	f, ok := Lookup(key)
	if !ok {
		return key
	}
	if StepOf(key) == shown {
		return fmt.Sprintf("%q", f.Label)
	}
	return fmt.Sprintf("%q on page %s", f.Label, title(key))
}

// title is that of the page that asks for an answer.
func title(key string) string {
	s, _ := FindStep(StepOf(key))
	return s.Title
}

// Sentence is a problem in the words of the pages, for the reader of one of them;
// "" for none.
func Sentence(p problem.Problem, shown string) string {
	return p.SentenceWith(func(key string) string { return called(key, shown) })
}

// Place is where a problem is, in the words of the pages: "Nodes line 3".
func Place(p problem.Problem) string {
	f, ok := Lookup(p.Key)
	if !ok {
		return p.Place()
	}
	at := title(p.Key)
	if f.Label != at {
		at += ", " + f.Label
	}
	if p.Line > 0 {
		at += fmt.Sprintf(" line %d", p.Line)
	}
	return at
}
