// Package secret keeps keys and tokens out of what is said: a file of them is given
// in the place of another, a token is pasted where a name belongs, and the refusal
// goes into a log.
package secret

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var (
	// token is a bootstrap token, or the beginning of a JWT.
	token = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?:^|[^a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?:[^a-z0-9.]|$)|eyJ[A-Za-z0-9_-]{10}`)
	})
	// run and word are texts without any break, as 16 random bytes are written, or more.
	run  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z0-9+/_=-]{22,}`) })
	word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z0-9]{22,}`) })
)

// Like reports whether a text holds what looks like a private key or a token. It would
// rather take a name for one than the other way round.
func Like(s string) bool {
	return PEM(s) || token().MatchString(s) || slices.ContainsFunc(word().FindAllString(s, -1), manyDigits) ||
		slices.ContainsFunc(run().FindAllString(s, -1), mixed)
}

// PEM reports whether a text holds PEM, or PEM in base64 ("LS0tLS1" are five dashes).
func PEM(s string) bool {
	return strings.Contains(s, "-----BEGIN") || strings.Contains(s, "PRIVATE KEY") || strings.Contains(s, "LS0tLS1")
}

// manyDigits reports whether there are digits all over a word, as in hexadecimal.
func manyDigits(s string) bool { return count(s, '0', '9') > 3 && count(s, '0', '9') < len(s) }

// mixed reports whether letters of both cases and digits stand in a text, as in base64.
func mixed(s string) bool {
	return count(s, 'a', 'z') > 1 && count(s, 'A', 'Z') > 1 && count(s, '0', '9') > 1
}

func count(s string, from, to byte) (n int) {
	for i := range len(s) {
		if s[i] >= from && s[i] <= to {
			n++
		}
	}
	return n
}

// Hide is a text as a sentence may quote it.
func Hide(s string) string {
	if !Like(s) {
		return s
	}
	return hidden(s)
}

func hidden(s string) string {
	return fmt.Sprintf("<%d characters that look like a key or a token>", len([]rune(s)))
}

// HideAll is Hide for the values of one sentence. What was taken out of a secret, or
// made of it, goes with it.
func HideAll(values []any) {
	var secrets []string
	for _, v := range values {
		if s, ok := v.(string); ok && Like(s) {
			secrets = append(secrets, strings.ToLower(s))
		}
	}
	const part = 4 // a character or two give nothing away
	for i, v := range values {
		s, ok := v.(string)
		for _, secret := range secrets {
			low := strings.ToLower(s)
			if ok && len(s) >= part && (strings.Contains(secret, low) || strings.Contains(low, secret)) {
				values[i] = hidden(s)
				break
			}
		}
	}
}
