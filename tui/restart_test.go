package tui

import (
	"testing"

	"certwright/steps"
	"certwright/tui/wizard"
)

// TestChangedInUse: after a run that changed files of a set that was there, the
// summary says what has to happen on the nodes, and not how a cluster is started.
func TestChangedInUse(t *testing.T) {
	first, second := answersIn(t, "three-ca.yaml"), answersIn(t, "three-ca.yaml")
	t.Chdir(t.TempDir())
	made := func(a *steps.Answers, names string) *driver {
		set(t, a, steps.DirKey, "pki")
		set(t, a, "certSANs", names)
		d := drive(t, 80, 60, wizard.Options{Answers: a})
		for range d.m.Steps() {
			d.press("ctrl+n")
		}
		return d.see("Review").press("ctrl+n").see("Done")
	}
	made(first, "kube-api.lab.example.com").see("$ certwright handout").seeNot("What has to happen now")
	d := made(second, "kube-api.lab.example.com, api2.lab.example.com")
	d.see("[What to restart]", "0 of 6 done", "[ ] 1 copy the changed files to master1", "[ ] 4 kube-apiserver on master1").seeNot("start etcd")
}
