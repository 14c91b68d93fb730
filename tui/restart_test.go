package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/rollout/restart"
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
	made(first, "kube-api.lab.example.com").see("certwright handout pki").seeNot("What has to happen now")
	d := made(second, "kube-api.lab.example.com, api2.lab.example.com")
	d.see("[What to restart]", "0 of 6 done", "[ ] 1 copy the changed files to master1", "[ ] 4 kube-apiserver on master1").seeNot("start etcd")
}

// TestCommandsAreWhole: on a narrow page a command that is to be copied is broken between
// its words, and nothing of it is missing.
func TestCommandsAreWhole(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
	d := renewal(t, 80, 24)
	d.goal("expiring").press("ctrl+n").see("Review")
	tasks := d.m.After(d.m.page.(*review).Plan).Tasks("pki")
	if !strings.Contains(tasks[0].Commands[0].Line.String(), "install.sh") {
		t.Fatalf("the first is %q", tasks[0].Commands[0].Line)
	}
	for _, task := range tasks {
		for i := range task.Commands {
			c := restart.Command{Line: task.Commands[i].Line}
			var words []string
			for _, l := range commandLines(d.m, &c, "  ", 76) {
				if ansi.StringWidth(l) > 76 {
					t.Errorf("%q has no room", l)
				}
				words = append(words, strings.Fields(strings.TrimSuffix(ansi.Strip(l), " \\"))...)
			}
			if got, want := strings.Join(words, " "), strings.Join(strings.Fields(c.Line.String()), " "); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}
