package text

import (
	"io"

	"certwright/pkigen/cluster/spec"
	"certwright/steps"
)

// Problems prints findings on the answers, one after another, in the one form
// that headless and line mode share: place, what: why. Fix. A warning has the
// word before its sentence. where gives the place ("answers.yaml:12:5: nodes
// line 3"); nil stands for the problem's own. A width of 0 keeps each problem on
// one line, for grep and for editors.
func Problems(w io.Writer, ps []spec.Problem, where func(spec.Problem) string, width int) error {
	p := newPrinter(w, width)
	for _, problem := range ps {
		place := problem.Place()
		if where != nil {
			place = where(problem)
		}
		p.text("", problemLine(place, problem))
	}
	return p.end()
}

// problemLine is one finding as Problems prints it: place, "warning" where it is
// one, and the sentence. An empty place is left out.
func problemLine(place string, problem spec.Problem) string {
	return told(place, problem.Severity(), problem.Sentence())
}

// Asked is Problem for who is asked page by page and knows answers by their labels;
// shown is the page before his eyes, "" for none.
func Asked(place string, problem spec.Problem, shown string) string {
	return told(place, problem.Severity(), steps.Sentence(problem, shown))
}

func told(place string, severity spec.Severity, sentence string) string {
	s := ""
	if place != "" {
		s = place + ": "
	}
	if severity == spec.Warning {
		s += "warning: "
	}
	return s + Clean(sentence)
}
