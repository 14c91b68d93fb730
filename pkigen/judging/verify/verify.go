// Package verify proves a set of files against the plan that made them. It
// shares no code with the package that issues: what it says comes from parsing
// the bytes again with Go's own crypto/x509.
package verify

import (
	"time"

	"certwright/pkigen/making/plan"
)

// Set reads every file that the plan knows, by its path in the plan, and checks
// it: form, names, subject, usages, dates, key, request, signer and JSON. now is
// the time at which the chains are judged. It returns short sentences for
// people about what was proven, or an error that names the first file that is
// wrong and says what was expected of it. read is called from several goroutines
// at the same time.
//
// made are the bytes of the files that this run has made, by path, or nil: these
// files must have them.
func Set(p *plan.Plan, made map[string][]byte, read func(path string) ([]byte, error), now time.Time) (proofs []string, err error) {
	return newSet(p, made, read, now).prove()
}
