package line

import (
	"strings"
	"testing"

	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestHiddenAnswer names the problem of the answer that is meant, and not the
// first that there is, which may be a warning about another.
func TestHiddenAnswer(t *testing.T) {
	_, other := spec.ParseUsages("profiles.kubernetes.usages", "signing, signing")
	_, meant := spec.ParseKeyAlgorithm("no.such.key", "RSA-1024")
	w := &walk{Wizard: &wizard.Wizard{Judged: wizard.Judged{Problems: append(other, meant...)}, Answers: steps.NewAnswers()}}
	err := w.hidden(t.Context(), "no.such.key")
	if err == nil || !strings.Contains(err.Error(), "RSA-1024") {
		t.Errorf("got %v", err)
	}
}
