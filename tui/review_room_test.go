package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/wizard"
)

// TestChangesKeepTheirRows: however much there is to be said below it, the list of
// what changes is there at every size.
func TestChangesKeepTheirRows(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	for _, size := range []struct{ w, h int }{{60, 15}, {80, 24}, {100, 30}} {
		d := renewal(t, size.w, size.h)
		d.goal("replace").press("ctrl+n", "enter").see("[Changes]")
		r := d.m.page.(*review)
		for i := range 6 {
			r.facts.warnings = append(r.facts.warnings, fmt.Sprintf("warning %d %s", i, strings.Repeat("about many words ", 20)))
		}
		r.facts.counts = strings.Repeat("2 files will be created in a directory with a long name; ", 6)
		d.see("> ca-next", "2 files will be created", "warning 0")
		r.Refused = []plan.Action{{Path: "authority/ca.key", Reason: strings.Repeat("the key does not fit its certificate ", 8)}}
		d.see("> ca-next", "2 files will be created", "warning 0", "authority/ca.key: the key")
	}
}

// TestAnotherSignerIsSaid: at the switch of a CA, what it signs does not differ by
// its dates alone.
func TestAnotherSignerIsSaid(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 80, 30)
	for _, stage := range []string{"> 1 widen", "> 2 switch"} {
		d.goal("replace")
		d.m.set(steps.PartyKey, "front-proxy-ca")
		d.press("ctrl+n").see(stage).press("enter").see("[Changes]")
		if stage == "> 1 widen" {
			d.seeNot("another signer").press("ctrl+n").see("Done").press("esc")
		}
	}
	d.see("front-proxy-client", "another signer").seeNot("only the dates")
	d.press("?").see("signed by another CA").seeNot("only the dates")
	if n := strings.Count(d.screen(), "another"); n > 2 {
		t.Errorf("it is said %d times", n)
	}
}

// TestTextTabs: "?" has all of a tab that is a text, and Home and End go to its ends.
func TestTextTabs(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	for range 8 {
		d.press("ctrl+n")
	}
	for _, tab := range []struct {
		name, first string
		long        bool
	}{{"[JSON]", "ca-config.json", true}, {"[cfssl]", "The same by hand", false}, {"[Trust]", "CA ca (layout article)", true}} {
		for !strings.Contains(d.screen(), tab.name) {
			d.press("tab")
		}
		d.see(tab.first)
		if d.press("end").seeNot("more line"); tab.long {
			d.seeNot(tab.first)
		}
		d.press("home").see(tab.first)
		d.press("?").see(tab.first).seeNot("the root of trust of the whole cluster; RSA")
		d.press("end").see("What will happen", "17 files will be created").press("esc").see(tab.name)
	}
	d.press("end").see("- ", " sees: ")
}
