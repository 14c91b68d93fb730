package check_test

import (
	"slices"
	"testing"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/explain"
)

// TestSaysIsKnown holds the two tables together: what a check says that a
// component would log is a text that explain knows, and among its texts is one of
// which explain names the check as a cause.
func TestSaysIsKnown(t *testing.T) {
	for _, c := range check.Table {
		isCause := len(c.Says) == 0
		for _, s := range c.Says {
			matches := explain.Explain(s.Text)
			if len(matches) == 0 {
				t.Errorf("%s: no error is known in %q", c.ID, s.Text)
			}
			isCause = isCause || slices.ContainsFunc(matches, func(m explain.Match) bool {
				return slices.ContainsFunc(m.Entry.Causes, func(cause explain.Cause) bool { return string(cause.Check) == c.ID })
			})
		}
		if !isCause {
			t.Errorf("%s: explain does not name it as a cause of %v", c.ID, c.Says)
		}
	}
}
