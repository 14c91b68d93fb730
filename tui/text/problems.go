package text

import (
	"io"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
)

// Problems prints findings on the answers, one after another, in the one form
// that headless and line mode share: place, what: why. Fix. A warning has the
// word before its sentence. where gives the place ("answers.yaml:12:5: nodes
// line 3"); nil stands for the problem's own. A width of 0 keeps each problem on
// one line, for grep and for editors.
func Problems(w io.Writer, ps []problem.Problem, where func(problem.Problem) string, width int) error {
	p := newPrinter(w, width)
	for _, found := range ps {
		place := found.Place()
		if where != nil {
			place = where(found)
		}
		p.text("", problemLine(place, found))
	}
	return p.end()
}

// problemLine is one finding as Problems prints it: place, "warning" where it is
// one, and the sentence. An empty place is left out.
func problemLine(place string, found problem.Problem) string {
	return told(place, found.Severity(), found.Sentence())
}

// Asked is Problem for who is asked page by page and knows answers by their labels;
// shown is the page before his eyes, "" for none.
func Asked(place string, found problem.Problem, shown string) string {
	return told(place, found.Severity(), steps.Sentence(found, shown))
}

func told(place string, severity problem.Severity, sentence string) string {
	s := ""
	if place != "" {
		s = place + ": "
	}
	if severity == problem.Warning {
		s += "warning: "
	}
	return s + Clean(sentence)
}
