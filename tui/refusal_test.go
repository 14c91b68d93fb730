package tui

import (
	"testing"

	"certwright/pkigen/plan"
)

// TestRefusal: the path of a refused file stands there once.
func TestRefusal(t *testing.T) {
	for reason, want := range map[string]string{
		"a.key is empty: put the right one there": "a.key is empty: put the right one there",
		"the private key is RSA-2048":             "a.key: the private key is RSA-2048",
		"a.keys are two":                          "a.key: a.keys are two",
	} {
		if got := refusal(plan.Action{Path: "a.key", Reason: reason}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
