// Package problem has what can be wrong with answers: a code, its place, and the sentences
// that every door says of it.
package problem

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"certwright/pkigen/cluster/secret"
)

// Severity says whether a problem stops the work.
type Severity string

// The two severities. An error stops the work: a real cluster, or cfssl, or
// OpenSSL would refuse what was asked for. A warning does not.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Code names one rule, in kebab case. Tests and the JSON output use it; its
// sentences stand in its rule.
type Code string

// Problem is one finding on the answers: which rule, at which key and line,
// about which values. Its sentences come from its rule, so that
// every door says the same.
type Problem struct {
	Code Code
	// Key is the answer that has to change, in the words of the answers file:
	// "nodes", "ca.C", "profiles.kubernetes.expiry".
	Key string
	// Also is another answer that the operator can change instead; "" for none.
	Also string
	// Line is the line within the answer, from 1; 0 where the answer has one line.
	Line int
	// Args are the values that the sentences quote.
	Args []any
}

// Severity is that of the rule.
func (p Problem) Severity() Severity { return texts[p.Code].Severity }

// What says what is wrong, quoting the value: lower case, no final stop.
func (p Problem) What() string { return p.format(texts[p.Code].What, nil) }

// Why says why it matters: what a cluster would do with it.
func (p Problem) Why() string { return p.format(texts[p.Code].Why, nil) }

// Fix says what would be accepted. Other answers are called by their keys.
func (p Problem) Fix() string { return p.format(texts[p.Code].Fix, nil) }

// Sentence is the whole problem as a person reads it, without its place.
func (p Problem) Sentence() string { return p.SentenceWith(nil) }

// SentenceWith is Sentence for a reader who knows answers by other names than
// their keys; nil for the keys.
func (p Problem) SentenceWith(name func(key string) string) string {
	t := texts[p.Code]
	s := p.format(t.What, name)
	if w := p.format(t.Why, name); w != "" {
		s += ": " + w
	}
	if f := p.format(t.Fix, name); f != "" {
		s += ". " + f
	}
	return s
}

// Place is the key, with the line where there is one: "nodes line 3".
func (p Problem) Place() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s line %d", p.Key, p.Line)
	}
	return p.Key
}

// Error makes a Problem an error: place and sentence.
func (p Problem) Error() string { return p.Place() + ": " + p.Sentence() }

// MarshalJSON gives machines the code and the place, and people the sentences.
func (p Problem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code     Code     `json:"code"`
		Severity Severity `json:"severity"`
		Key      string   `json:"key"`
		Line     int      `json:"line,omitempty"`
		What     string   `json:"what"`
		Why      string   `json:"why,omitempty"`
		Fix      string   `json:"fix,omitempty"`
	}{p.Code, p.Severity(), p.Key, p.Line, p.What(), p.Why(), p.Fix()})
}

// named is where a text speaks of another answer: "{certSANs}". What stands between
// "<" and ">" around one is left out where the problem is about that answer itself.
var named = regexp.MustCompile(`<([^<>{}]*)\{([A-Za-z.]+)\}([^<>{}]*)>|\{([A-Za-z.]+)\}`)

func (p Problem) format(s string, name func(key string) string) string {
	if strings.Contains(s, "{") {
		s = named.ReplaceAllStringFunc(s, func(ref string) string {
			part := named.FindStringSubmatch(ref)
			key := part[2] + part[4]
			if part[2] != "" && key == p.Key {
				return ""
			}
			if name != nil {
				key = strings.ReplaceAll(name(key), "%", "%%")
			}
			return part[1] + key + part[3]
		})
	}
	if !strings.Contains(s, "%") {
		return s // Sprintf would complain of arguments that this sentence leaves out
	}
	args := slices.Clone(p.Args)
	secret.HideAll(args)
	return fmt.Sprintf(s, args...)
}

// HasErrors reports whether any of the problems stops the work.
func HasErrors(ps []Problem) bool {
	for _, p := range ps {
		if p.Severity() == Error {
			return true
		}
	}
	return false
}

// maxQuoted is how many characters of a value a problem quotes: enough to
// recognise it, and a pasted novel cannot fill the screen.
const maxQuoted = 80

func shorten(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > maxQuoted {
			return s[:i] + "…"
		}
	}
	return s
}

// New shortens quoted values and sets the place.
func New(code Code, key string, line int, args ...any) Problem {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = shorten(s)
		}
	}
	return Problem{Code: code, Key: key, Line: line, Args: args}
}

// Or names another answer that can be changed instead.
func (p Problem) Or(key string) Problem {
	p.Also = key
	return p
}
