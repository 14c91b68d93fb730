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
