package spec

import (
	"strings"
	"unicode/utf8"

	"certwright/pkigen/cluster/problem"
)

// The upper bounds of RFC 5280, appendix A.1 (ub-common-name and so on), in
// characters. OpenSSL refuses to make a request beyond them.
var subjectFields = []struct {
	name  string
	limit int
	set   func(*Subject, string)
}{
	{"CN", 64, func(s *Subject, v string) { s.CN = v }},
	{"C", 2, func(s *Subject, v string) { s.C = v }},
	{"ST", 128, func(s *Subject, v string) { s.ST = v }},
	{"L", 128, func(s *Subject, v string) { s.L = v }},
	{"O", 64, func(s *Subject, v string) { s.O = v }},
	{"OU", 64, func(s *Subject, v string) { s.OU = v }},
}

// ParseSubject reads the fields of a distinguished name. It asks get for the
// keys prefix.CN, prefix.C, prefix.ST, prefix.L, prefix.O and prefix.OU. The CN
// is needed, the others may be empty. White space around a value is taken off.
// A field with an error stays empty.
func ParseSubject(prefix string, get func(key string) string) (Subject, []problem.Problem) {
	var s Subject
	var ps []problem.Problem
	for _, field := range subjectFields {
		key := prefix + "." + field.name
		v := strings.TrimSpace(get(key))
		if f := subjectFault(field.name, v, field.limit); f != nil {
			ps = append(ps, f.at(key, 0))
			continue
		}
		field.set(&s, v)
	}
	return s, ps
}

func subjectFault(name, v string, limit int) *fault {
	if v == "" {
		if name == "CN" {
			return faulty(problem.Missing, "kubernetes-ca")
		}
		return nil
	}
	if f := textFault(v); f != nil {
		return f
	}
	if name == "C" {
		return countryFault(v)
	}
	if n := utf8.RuneCountInString(v); n > limit {
		return faulty(subjectLong, v, n, limit)
	}
	return nil
}

// countryFault holds the form of ISO 3166 codes, which RFC 5280 demands: two
// capital letters. Lower case is refused too, not changed: the CA's name must
// be what was typed, and other tools compare it letter by letter.
func countryFault(v string) *fault {
	up := strings.ToUpper(v)
	letters := len(up) == 2 && strings.Trim(up, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	switch {
	case !letters:
		return faulty(countryForm, v)
	case up != v:
		return faulty(countryCase, v, up)
	}
	return nil
}
