package check_test

import (
	"slices"
	"testing"

	"certwright/pkigen/check"
	"certwright/pkigen/errtext"
)

// TestSaysIsKnown holds the two tables together: what a check says that a
// component would log is a text that explain knows, and among its texts is one of
// which explain names the check as a cause.
func TestSaysIsKnown(t *testing.T) {
	for _, c := range check.Table {
		isCause := len(c.Says) == 0
		for _, s := range c.Says {
			matches := errtext.Explain(s.Text)
			if len(matches) == 0 {
				t.Errorf("%s: no error is known in %q", c.ID, s.Text)
			}
			isCause = isCause || slices.ContainsFunc(matches, func(m errtext.Match) bool {
				return slices.ContainsFunc(m.Entry.Causes, func(cause errtext.Cause) bool { return string(cause.Check) == c.ID })
			})
		}
		if !isCause {
			t.Errorf("%s: explain does not name it as a cause of %v", c.ID, c.Says)
		}
	}
}
