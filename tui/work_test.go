package tui

import (
	"errors"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/tui/wizard"
)

// TestMakingSaysWhatFollows: of a large set the files take longer than the
// certificates, and the page must not look as if it were stuck.
func TestMakingSaysWhatFollows(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	p := newWorking(nil, &plan.Plan{Certificates: []plan.Certificate{
		{Certificate: catalog.Certificate{Name: "ca"}}, {Certificate: catalog.Certificate{Name: "admin"}},
	}})
	const follows = "written, read back and proven"
	p.note(issue.Event{Name: "ca", State: issue.Kept})
	if got := p.view(d.m, 80, 20); strings.Contains(got, follows) || !strings.Contains(got, "1 of 2") {
		t.Error(got)
	}
	p.note(issue.Event{Name: "admin", State: issue.Done})
	if got := p.view(d.m, 80, 20); !strings.Contains(got, follows) {
		t.Error(got)
	}
}

// TestFailureShowsNothingAsDone: what was made before a run failed counts for nothing.
func TestFailureShowsNothingAsDone(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	p := newWorking(nil, &plan.Plan{Certificates: []plan.Certificate{{Certificate: catalog.Certificate{Name: "ca"}}, {Certificate: catalog.Certificate{Name: "admin"}}}})
	p.note(issue.Event{Name: "ca", State: issue.Done})
	p.note(issue.Event{Name: "admin", State: issue.Failed})
	p.err = errors.New("no space left on device")
	d.m.page = p
	d.see("! no space left on device", "! admin").seeNot("✓ ca", "█", "1 of 2")
}
