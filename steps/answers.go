package steps

import (
	"fmt"
	"maps"
	"strings"

	"certwright/pkigen/cluster/secret"
	"certwright/steps/imports"
)

// Answers are raw texts by key, right or wrong, as the operator gave them.
// What was not given has the default of its field. The zero value is not
// ready: use NewAnswers. Answers are not safe for concurrent use.
type Answers struct {
	explicit map[string]string
	former   bool              // the lines of the nodes are read as they were when their set was made: AsMade
	origins  map[string]origin // of answers that were taken from files of other programs
}

// origin is where an answer comes from. It counts as long as the answer is what it was.
type origin struct{ value, from string }

// NewAnswers are answers in which everything is a default.
func NewAnswers() *Answers { return &Answers{explicit: map[string]string{}} }

// Get is the answer for a key: what was given, else the default. It is "" for
// an unknown key.
func (a *Answers) Get(key string) string {
	if v, ok := a.explicit[key]; ok {
		return v
	}
	return a.Default(key)
}

// Explicit is the answer that was given for a key, and whether one was.
func (a *Answers) Explicit(key string) (string, bool) {
	v, ok := a.explicit[key]
	return v, ok
}

// Default is the default for a key with these answers.
func (a *Answers) Default(key string) string {
	f, ok := Lookup(key)
	if !ok || f.Default == nil {
		return ""
	}
	return f.Default(a)
}

// IsDefault reports whether the answer is the default, given or not.
func (a *Answers) IsDefault(key string) bool {
	v, ok := a.explicit[key]
	return !ok || v == a.Default(key)
}

// Origin is the file of another program that an answer was taken from; "" for an answer
// that was given here, or changed since.
func (a *Answers) Origin(key string) string {
	o, ok := a.origins[key]
	if v, given := a.explicit[key]; !ok || !given || v != o.value {
		return ""
	}
	return o.from
}

// setOrigin notes where an answer was taken from.
func (a *Answers) setOrigin(key string, from []imports.Place) {
	if a.origins == nil {
		a.origins = map[string]origin{}
	}
	a.origins[key] = origin{a.explicit[key], originText(from)}
}

// Set gives an answer; whether it is right is for Build to say. The error is
// an *unknownKeyError. Line ends become "\n" and bytes that are not UTF-8 the
// replacement character, so that lines count the same in every door.
func (a *Answers) Set(key, value string) error {
	if _, ok := Lookup(key); !ok {
		return &unknownKeyError{Key: key, Suggestion: suggestKey(key)}
	}
	a.explicit[key] = clean(value)
	if key == nodesKey {
		a.former = false // what is given now is read as it is now
	}
	return nil
}

// Assign sets an answer from "key=value", as --set has it. Beside what Set
// refuses it refuses local keys, which have flags of their own.
func (a *Answers) Assign(arg string) error {
	key, value, ok := strings.Cut(arg, "=")
	if !ok {
		return fmt.Errorf("%q has no value: write KEY=VALUE, such as ca.CN=kubernetes-ca", secret.Hide(arg))
	}
	key = strings.TrimSpace(key)
	if f, ok := Lookup(key); ok && f.Local {
		return fmt.Errorf("%q is not an answer: it belongs to one run only; use the flag or the wizard's first page", key)
	}
	return a.Set(key, value)
}

// Unset takes a given answer back, so that the default holds again.
func (a *Answers) Unset(key string) { delete(a.explicit, key) }

// Merge takes over all answers that were given in b.
func (a *Answers) Merge(b *Answers) {
	maps.Copy(a.explicit, b.explicit)
	if a.origins == nil {
		a.origins = map[string]origin{}
	}
	maps.Copy(a.origins, b.origins)
}

// MergeLocal takes over those answers of b that belong to one run.
func (a *Answers) MergeLocal(b *Answers) {
	for key, value := range b.explicit {
		if isLocal(key) {
			a.explicit[key] = value
		}
	}
}

// withoutLocal are the answers without those that belong to one run.
func (a *Answers) withoutLocal() *Answers {
	out := &Answers{explicit: map[string]string{}, former: a.former}
	for key, value := range a.explicit {
		if !isLocal(key) {
			out.explicit[key] = value
		}
	}
	return out
}

// Clone is a copy that shares nothing.
func (a *Answers) Clone() *Answers {
	return &Answers{explicit: maps.Clone(a.explicit), former: a.former, origins: maps.Clone(a.origins)}
}

// Equal reports whether the same answers were given, to the letter.
func (a *Answers) Equal(b *Answers) bool { return maps.Equal(a.explicit, b.explicit) }

// Empty reports whether no answer but local ones was given: there is nothing to save.
func (a *Answers) Empty() bool {
	for key := range a.explicit {
		if f, _ := Lookup(key); !f.Local {
			return false
		}
	}
	return true
}

// clean makes lines countable and text writable as JSON and YAML.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
