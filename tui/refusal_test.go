package tui

import (
	"testing"

	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/wizard"
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

// TestWrongDirectoryIsSeen: at the least size too, why a directory does not do stands
// on the page where it is asked for.
func TestWrongDirectoryIsSeen(t *testing.T) {
	t.Chdir(t.TempDir())
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "~kim/certs")
	d := drive(t, minWidth, minHeight, wizard.Options{Answers: a})
	d.press("tab", "enter").see("Start", "~kim/certs", "write the path from the root")
	d.press("ctrl+u", "pki", "enter").see("Layout")
}
