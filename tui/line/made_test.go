package line

import (
	"errors"
	"strings"
	"testing"

	"certwright/pkigen"
	"certwright/pkigen/spec"
	"certwright/steps"
)

// TestHiddenAnswer names the problem of the answer that is meant, and not the
// first that there is, which may be a warning about another.
func TestHiddenAnswer(t *testing.T) {
	_, other := spec.ParseUsages("profiles.kubernetes.usages", "signing, signing")
	_, meant := spec.ParseKeyAlgorithm("no.such.key", "RSA-1024")
	w := &walk{problems: append(other, meant...), a: steps.NewAnswers()}
	err := w.hidden(t.Context(), "no.such.key")
	if err == nil || !strings.Contains(err.Error(), "RSA-1024") {
		t.Errorf("got %v", err)
	}
}

// TestMendedIsTold holds that what a run mended before it failed is printed once.
func TestMendedIsTold(t *testing.T) {
	boom := errors.New("boom")
	var out strings.Builder
	w := &walk{opt: Options{Out: &out, Width: 80}}
	err := w.tellMended(&pkigen.MendedError{Notes: []string{"an earlier run was put back"}, Err: boom})
	if err != boom || out.String() != "Note: an earlier run was put back\n" {
		t.Errorf("got %v and %q", err, out.String())
	}
	if err := w.tellMended(boom); err != boom {
		t.Errorf("got %v", err)
	}
}
