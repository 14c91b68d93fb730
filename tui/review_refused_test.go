package tui

import (
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestRefusalOfTheRow: the key that allows a replacement is about the row with the
// cursor, and several can be allowed at once.
func TestRefusalOfTheRow(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	t.Chdir(t.TempDir())
	set(t, a, steps.DirKey, "pki")
	cluster, _ := steps.Build(a, testNow)
	if _, err := pkigen.Run(t.Context(), pkigen.Job{Dir: "pki", Cluster: cluster, Now: func() time.Time { return testNow }}, nil); err != nil {
		t.Fatal(err)
	}
	set(t, a, steps.AlgorithmKey, "ECDSA-P384")
	for _, size := range []struct{ w, h int }{{60, 15}, {80, 24}} {
		d := drive(t, size.w, size.h, wizard.Options{Answers: a.Clone()})
		for range d.m.Steps() {
			d.press("ctrl+n")
		}
		d.see("Review", "> ca ", "! ca-key.pem").press("down", "down").see("> admin", "! admin-key.pem")
		d.press("r").see("> admin", "To let the private key of admin go, type: replace admin")
		d.press("replace admin").see("> replace admin").press("enter").seeNot("! admin-key.pem").press("r").see("type: replace ca")
		d.press("replace ca nobody", "enter").see(`no private key of "nobody" has to be replaced`).press("ctrl+u")
		d.press("replace ca kubernetes kube-proxy", "enter").seeNot("type:", "! ").see("8 replaced")
		d.press("tab").see("[Files]")
	}
}

// TestPasteOfOneLine: the end of a line that was copied whole is no second line.
func TestPasteOfOneLine(t *testing.T) {
	for text, want := range map[string]string{"foo-ca\n": "foo-ca", "foo-ca\r\n": "foo-ca", "foo-ca": "foo-ca", "a\nb": "", "\n": ""} {
		d := drive(t, 80, 24, wizard.Options{})
		d.press("ctrl+n", "ctrl+n").see("CA subject").press("tab", "ctrl+u").paste(text)
		if got := d.m.Answers.Get("ca.CN"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if text == "a\nb" {
			d.see("what was pasted has several")
		}
	}
}
