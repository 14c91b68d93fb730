package main

import (
	"slices"
	"testing"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/explain"
)

// Each check that a cause of an error names is one that there is.
func TestCausesNameChecks(t *testing.T) {
	named := 0
	for _, e := range explain.Entries() {
		for _, c := range e.Causes {
			if c.Check == "" {
				continue
			}
			named++
			if !slices.ContainsFunc(check.Table, func(k check.Check) bool { return k.ID == string(c.Check) }) {
				t.Errorf("%s names the check %q, which there is not", e.ID, c.Check)
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d causes name a check", named)
	}
}
