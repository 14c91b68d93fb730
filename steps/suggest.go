package steps

import (
	"fmt"
	"strings"

	"certwright/pkigen/cluster/secret"
	"certwright/pkigen/cluster/spec"
)

// unknownKeyError says that no question has the key.
type unknownKeyError struct {
	Key        string
	Suggestion string // a key that looks like it; "" for none
}

// Error says what was written and what may have been meant.
func (e *unknownKeyError) Error() string {
	if e.Suggestion != "" {
		return fmt.Sprintf("unknown key %q: did you mean %q?", secret.Hide(e.Key), e.Suggestion)
	}
	return fmt.Sprintf("unknown key %q: the keys are %s", secret.Hide(e.Key), strings.Join(fileKeys(), ", "))
}

// suggest finds the word that was most likely meant, or "".
func suggest(word string, words []string) string {
	return spec.Nearest(word, words, max(1, len(word)/3))
}

// suggestKey finds the full key that was most likely meant, or "". "CN" is the
// tail of one key only, and then that key is meant and not one that looks alike.
func suggestKey(key string) string {
	found := ""
	for _, k := range fileKeys() {
		if strings.HasSuffix(strings.ToLower("."+k), strings.ToLower("."+key)) {
			if found != "" {
				return ""
			}
			found = k
		}
	}
	if found != "" {
		return found
	}
	return suggest(key, fileKeys())
}

// fileKeys are the keys that an answers file may hold.
func fileKeys() []string {
	var out []string
	for _, key := range lookup().keys {
		if !lookup().fields[key].Local {
			out = append(out, key)
		}
	}
	return out
}
