package spec

import (
	"strings"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/usage"
)

// usageSynonyms are the names of OpenSSL, Go and RFC 5280, without blanks and
// case, that differ from cfssl's by more than that.
var usageSynonyms = map[string]string{
	"keycertsign": "cert sign", "certsigning": "cert sign", "crlsigning": "crl sign",
	"nonrepudiation": "content commitment", "tlswebserverauthentication": "server auth",
	"tlswebclientauthentication": "client auth", "serverauthentication": "server auth",
	"clientauthentication": "client auth", "server": "server auth", "client": "client auth",
	"emailprotection": "email protection", "extkeyusageserverauth": "server auth", "extkeyusageclientauth": "client auth",
}

// ParseUsages reads the usages of a signing profile: cfssl's words with commas
// between them or on lines of their own, cased as cfssl has them, in the given
// order. Words that stand there twice are dropped with a warning.
func ParseUsages(key, s string) ([]string, []problem.Problem) {
	var words []string
	var ps []problem.Problem
	split := func(r rune) bool { return r == ',' || r == ';' || r == '\n' }
	refused := false
	for word := range strings.FieldsFuncSeq(normalise(s), split) {
		word = unquote(strings.TrimSpace(word))
		if word == "" {
			continue
		}
		switch _, ok := usage.Find(word); {
		case !ok:
			refused = true
			ps = append(ps, usageFault(word).at(key, 0))
		case contains(words, word):
			ps = append(ps, problem.New(usageTwice, key, 0, word))
		default:
			words = append(words, word)
			if word == "cert sign" {
				ps = append(ps, problem.New(usageCertSign, key, 0, word))
			}
		}
	}
	if len(words) == 0 && !refused {
		ps = append(ps, problem.New(problem.Missing, key, 0, "signing, key encipherment, server auth, client auth"))
	}
	return words, ps
}

func usageFault(s string) *fault {
	if f := textFault(s); f != nil {
		return f
	}
	bare := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	if word, ok := usageSynonyms[bare]; ok {
		return faulty(usageMisspelt, s, word)
	}
	words := make([]string, len(usage.Table))
	for i, u := range usage.Table {
		words[i] = u.Word
		if bare == strings.ReplaceAll(u.Word, " ", "") {
			return faulty(usageMisspelt, s, u.Word)
		}
	}
	if near := Nearest(s, words, 3); near != "" {
		return faulty(usageMisspelt, s, near)
	}
	return faulty(usageUnknown, s)
}
