package tui

import (
	"testing"
	"time"

	"certwright/steps"
	"certwright/tui/wizard"
)

// TestReviewOnlyBehindItsPages: another goal brings other pages, and none of them is
// passed over on the way to the review, by whichever key.
func TestReviewOnlyBehindItsPages(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 80, 30)
	d.goal("all").press("ctrl+n").see("[Changes]", "only the dates").press("esc")
	d.goal("replace").press("alt+5").see("What to do").press("alt+4").see("What to do")
	d.press("ctrl+o").see("Stages  (not reached yet)", "Review  (not reached yet)").press("esc")
	d.press("ctrl+n").see("Stages", "> 1 widen").press("enter").see("[Changes]", "ca-next")
	// The page that says whether there may be a review at all is come to each time.
	d.press("alt+4").see("Stages").press("alt+5").see("Stages").press("enter").see("[Changes]", "ca-next")
	// From the review to another goal, and on.
	d.press("e").see("What to do")
	d.goal("some").press("ctrl+n").see("Selection", "0 of")
	d.press(" ", "ctrl+n").see("[Changes]")
	d.press("e").goal("replace")
	d.m.set(steps.PartyKey, "sa")
	d.press("ctrl+n").see("Stages", "sa is steady")
}

// TestLayoutBringsAPage: a choice made from the review that brings a page leads to it
// before it leads back.
func TestLayoutBringsAPage(t *testing.T) {
	d := drive(t, 80, 30, wizard.Options{Answers: articleAnswers(t)})
	for range 8 {
		d.press("ctrl+n")
	}
	d.see("[Certificates]").press("alt+2").see("Layout").press("up", "up", " ")
	if got := d.m.Answers.Get("layout"); got != "three-ca" {
		t.Fatalf("the layout is %s", got)
	}
	d.press("ctrl+o").see("Kubelets  (not reached yet)", "Review  (not reached yet)")
}

// TestHeaderCountsWhatIsThere: while a CA is being replaced the header and the pages
// count the same certificates.
func TestHeaderCountsWhatIsThere(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 100, 40)
	d.goal("all").see("33 certificates", "30 of 33 certificates")
	d.goal("replace").press("ctrl+n", "enter").see("[Changes]").press("ctrl+n").see("Done").press("esc")
	d.see("Certificates").press("end").see("ca-next")
	d.goal("some").press("ctrl+n").see("Selection", "0 of 34 chosen", "three-ca · 34 certificates")
}
