package spec

import (
	"strings"

	"certwright/pkigen/cluster/problem"

	"github.com/agnivade/levenshtein"
)

// maxSuggested is the longest text that a suggestion is sought for: what is
// longer is no slip of a word, and distances cost the product of the lengths.
const maxSuggested = 40

// Nearest is the choice that s was most likely meant to be: at most limit
// letters away; "" for none, and for what is too long to be a slip of a word.
// Letter case counts for nothing.
func Nearest(s string, choices []string, limit int) string {
	if len(s) > maxSuggested {
		return ""
	}
	best, at := "", limit+1
	s = strings.ToLower(s)
	for _, c := range choices {
		if d := levenshtein.ComputeDistance(s, strings.ToLower(c)); d < at && d < len(c) {
			best, at = c, d
		}
	}
	return best
}

// ParseChoice reads one of a few words, exactly as they are written in allowed;
// a near miss is refused with a suggestion.
func ParseChoice(key, s string, allowed []string) (string, []problem.Problem) {
	s = oneValue(s)
	for _, a := range allowed {
		if s == a {
			return a, nil
		}
	}
	if s == "" {
		return "", []problem.Problem{problem.New(problem.Missing, key, 0, strings.Join(allowed, " or "))}
	}
	// Of a word of two or three letters half would be guessed: "on" is not "off".
	if near := Nearest(s, allowed, 2); near != "" && (len(s) > 3 || strings.EqualFold(s, near)) {
		return "", []problem.Problem{problem.New(problem.ChoiceMisspelt, key, 0, s, near)}
	}
	return "", []problem.Problem{problem.New(problem.ChoiceUnknown, key, 0, s, strings.Join(allowed, ", "))}
}

// nearestRole is the role word that s looks like a slip of; "" where s looks
// like a name. Names of machines have digits and dots.
func nearestRole(s string) string {
	if len(s) < 3 || strings.ContainsAny(s, "0123456789.") {
		return ""
	}
	if len(s) < 5 {
		return Nearest(s, []string{"etcd"}, 1)
	}
	return Nearest(s, []string{"control-plane", "worker", "master"}, 2)
}

// roleFault says why a word in role position is no role.
func roleFault(s string) *fault {
	if f := textFault(s); f != nil {
		return f
	}
	if near := Nearest(s, []string{"control-plane", "etcd", "worker"}, 2); near != "" {
		return faulty(nodeRoleMisspelt, s, near)
	}
	return faulty(nodeRole, s)
}
