package tui

import (
	"testing"

	"certwright/tui/wizard"
)

// TestWhyBesideAComment: "?" explains wherever the footer says so; in a comment it is
// text, and the footer names the other key.
func TestWhyBesideAComment(t *testing.T) {
	d := drive(t, 80, 24, wizard.Options{Answers: articleAnswers(t)})
	for d.m.step != "nodes" {
		d.press("ctrl+n")
	}
	d.m.set("nodes", "")
	d.m.askField("nodes", "nodes")
	d.paste("10.0.0.1 cp1 # first")
	d.see("f1 help").press("?").see("# first?", "f1 help")
	d.press("f1").see("ctrl+n     next page", "Write one node a line").press("esc")
	d.press("home").see("? help").press("?").see("Write one node a line").press("pgdown").see("etcd wants an odd number of members").press("esc")
	if got := d.m.Answers.Get("nodes"); got != "10.0.0.1 cp1 # first?" {
		t.Errorf("the answer is %q", got)
	}
}

// TestKeysOfEachLastPage: the pages that ask nothing say by ? what their keys do.
func TestKeysOfEachLastPage(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-2*year))
	d := renewal(t, 80, 24)
	d.press("down", "enter", "enter").see("Verified", "would NOT run", "? help")
	d.press("?").see("adopt it", "read again", "suspend").press("esc").see("would NOT run")
	d.press("/", "?").see("?").press("esc", "esc").see("Start")

	d = renewal(t, 80, 24)
	d.goal("all").press("ctrl+n").see("Review", "? all of it").press("?", "end").see("Keys", "all of it").press("esc")
	d.press("ctrl+n").see("Done", "[What to restart]", "? help")
	for _, tab := range []string{"[What to restart]", "[Summary]", "[Verified]", "[Certificates]", "[Hand out]"} {
		d.see(tab).press("?").see("finish", "suspend").press("esc").see(tab).press("tab")
	}
}

// TestOperatorsFirstPageFits: in a window of 80x24 the first page shows what is wrong with
// the set, and what helps, without scrolling.
func TestOperatorsFirstPageFits(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-2*year))
	d := renewal(t, 80, 24)
	d.see("have expired", "renew or change an existing set: how long each lasts").seeNot("↓")
}
