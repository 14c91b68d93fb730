package tui

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/wizard"
)

// runningSet puts the set of an example into ./pki of an empty folder, as it was made at
// a time.
func runningSet(t *testing.T, example string, made time.Time) {
	t.Helper()
	key := example + made.String()
	if madeSets[key] == "" {
		dir := filepath.Join(programDir, fmt.Sprintf("set%d", len(madeSets)))
		a := answersIn(t, example)
		c, problems := steps.Build(a, made)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		_, err := pkigen.Run(t.Context(), pkigen.Job{Dir: dir, Cluster: c, Now: func() time.Time { return made },
			Options: plan.Options{Answers: a.Replay()}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		madeSets[key] = dir
	}
	t.Chdir(t.TempDir())
	copySet(t, madeSets[key], "pki")
}

// madeSets are the directories of the sets that were made for tests.
var madeSets = map[string]string{}

// copySet copies a set with its modes.
func copySet(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := to + strings.TrimPrefix(path, from)
		if d.IsDir() {
			return os.Mkdir(target, info.Mode().Perm())
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// renewal opens the wizard on ./pki, for what is there.
func renewal(t *testing.T, w, h int) *driver {
	t.Helper()
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	set(t, a, steps.ModeKey, steps.ModeRenew)
	return drive(t, w, h, renewalOptions(a))
}

// renewalOptions are those of a wizard on a set that is there.
func renewalOptions(a *steps.Answers) wizard.Options {
	return wizard.Options{Answers: a, Kept: func(dir string) (*steps.SetAnswers, error) {
		text, err := os.ReadFile(filepath.Join(dir, plan.AnswersFile))
		if err != nil {
			return nil, err
		}
		f, bad := steps.ParseFile(plan.AnswersFile, text)
		if len(bad) > 0 {
			return nil, bad[0]
		}
		return &steps.SetAnswers{Answers: f.Answers, Text: text}, nil
	}}
}

// goal goes on to the page of goals, if it is not there, and takes one.
func (d *driver) goal(value string) *driver {
	d.t.Helper()
	for d.m.step != steps.GoalKey {
		d.press("ctrl+n")
	}
	field, _ := d.m.Answers.Field(steps.GoalKey)
	goals := field.Options(d.m.Answers)
	at := func(value string) int {
		return slices.IndexFunc(goals, func(o steps.Option) bool { return o.Value == value })
	}
	for n := at(d.m.Answers.Get(steps.GoalKey)); n < at(value); n++ {
		d.press("down")
	}
	for n := at(d.m.Answers.Get(steps.GoalKey)); n > at(value); n-- {
		d.press("up")
	}
	d.press(" ")
	if got := d.m.Answers.Get(steps.GoalKey); got != value {
		d.t.Fatalf("the goal is %s, want %s", got, value)
	}
	return d
}

const year = 365 * 24 * time.Hour

// TestRenewAll goes the whole way of an operator whose certificates expire soon: what
// is there, what to do, what changes, done, what to restart.
func TestRenewAll(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
	d := renewal(t, 80, 40)
	d.goal("expiring").see("30 of 33 certificates; first master1/etcd-server, in 9 days")
	d.press("ctrl+n").see("[Changes]", "NEW EXPIRY", "only the dates", "What is there now goes into pki.backup")
	d.press("tab", "tab").see("[Restart]", "as a list to tick")
	d.press("ctrl+n").see("Done", "[What to restart]", "0 of ")
	d.press(" ").see("1 of ", "[x]   1  copy the changed files to master1")
	// The new ends can be looked at, and the list with its ticks is still there.
	d.press("esc").see("Certificates", "No certificate expires within 30 days")
	d.press("ctrl+o").see("Restart")
}

// TestRenewSome takes certificates and a CA, which keeps its key.
func TestRenewSome(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	before, err := os.ReadFile("pki/authority/ca.key")
	if err != nil {
		t.Fatal(err)
	}
	d := renewal(t, 120, 60)
	d.goal("some").press("ctrl+n").see("Selection", "0 of 33 chosen")
	d.press("ctrl+n").see("no certificate is chosen")
	d.press("a").see("30 of 33 chosen").press("a").see("0 of 33 chosen")
	for range d.m.items() {
		d.press("down")
	}
	d.press(" ").see("1 of 33 chosen")
	name := d.m.Answers.Get(steps.NamesKey)
	if name != "ca" && name != "etcd-ca" && name != "front-proxy-ca" {
		t.Fatalf("chose %q, want a CA", name)
	}
	d.press("ctrl+n").see("[Changes]", name, "kept")
	d.press("ctrl+n").see("Done")
	after, err := os.ReadFile("pki/authority/ca.key")
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the key of the CA is another one")
	}
}

// TestChangeThere changes the endpoint and the nodes of a set in the wizard: the old
// endpoint stays among the names, files of the node that goes are taken out, and a
// second look finds the new answers.
func TestChangeThere(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 100, 50)
	d.goal("change").see("the questions come next").press("ctrl+n").see("Nodes")
	nodes := d.m.Answers.Get("nodes")
	lines := strings.Split(strings.TrimSpace(nodes), "\n")
	d.m.set("nodes", strings.Join(append(lines[:len(lines)-1:len(lines)-1], "worker9 192.168.214.199 worker"), "\n"))

	// Another goal is about the set as it is; back at the change nothing is lost.
	d.press("esc").goal("all")
	if got := d.m.Answers.Get("nodes"); got != nodes {
		t.Errorf("renewing all is about %q, want the nodes of the set", got)
	}
	d.goal("change").press("ctrl+n").see("worker9").press("ctrl+n").see("API endpoint")
	old := d.m.Answers.Get("controlPlaneEndpoint")
	host, _, _ := strings.Cut(old, ":")
	d.press("ctrl+u", "vip.example.com:6443", "ctrl+n").see("Networks").press("ctrl+n")
	d.see("[Answers]", "- "+old, "+ vip.example.com:6443", host+" was the endpoint and stays in the certificates", "+ worker9", "stays valid although it goes from here")
	d.press("tab").see("[Changes]", "worker9 ", "kubelet-client", "new", "names: +vip.example.com")
	d.press("tab", "tab").see("[Restart]", "drain ")
	d.press("ctrl+n").see("Done", "[What to restart]", "drain ")
	gone := strings.Fields(lines[len(lines)-1])[0]
	if _, err := os.Stat("pki/nodes/" + gone); !os.IsNotExist(err) {
		t.Errorf("files of %s are still there: %v", gone, err)
	}
	text, err := os.ReadFile("pki/answers.yaml")
	if err != nil || !strings.Contains(string(text), "worker9") || !strings.Contains(string(text), "vip.example.com:6443") {
		t.Errorf("the answers in the set are %q, %v", text, err)
	}
	d.press("esc").see("Certificates").press("/", "worker9").see("worker9/kubelet-client").press("esc")
	d.press("/", gone+"/").see(`nothing here has "` + gone + `/"`).press("esc")
	d.goal("change").press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("The answers are those that made this set.")
	d.press("ctrl+n").see("nothing of what you want changes anything")
}

// TestChangeRefused: what a running cluster does not survive is said on the review,
// and nothing is written.
func TestChangeRefused(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 100, 50)
	d.goal("change").press("ctrl+n")
	d.m.set("nodes", "other1 192.168.214.77 control-plane,etcd\nworker1 192.168.214.91 worker")
	d.press("ctrl+n", "ctrl+n", "ctrl+n").see("this would break the running cluster, so nothing was changed", "no control-plane node of now would stay")
	d.press("ctrl+n").see("this cannot be made").press("esc", "esc", "esc").see("Nodes")
}

// TestNothingToRenew: a directory without answers is refused in words.
func TestNothingToRenew(t *testing.T) {
	t.Chdir(t.TempDir())
	d := renewal(t, 80, 24)
	d.press("ctrl+n").see("Start", "! nothing lies at \"pki\": give the folder that holds the certificates, or")
	d.press("shift+tab", "up", "up", " ").seeNot("nothing lies").press("down", " ", "ctrl+n").see("nothing lies")
	if err := os.Mkdir("pki", 0o700); err != nil {
		t.Fatal(err)
	}
	d.press("ctrl+n").see("Certificates", "!", "answers.yaml")
	d.press("ctrl+n").see("nothing can be renewed here")
}

// TestGoldenRenewal shows the pages of the way.
func TestGoldenRenewal(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
			d := renewal(t, size.w, size.h)
			shoot := func(name string) {
				goldenIn(t, goldenDir, fmt.Sprintf("renewal-%s-%dx%d.txt", name, size.w, size.h), d.screen())
			}
			d.press("ctrl+n")
			shoot("there")
			d.press("ctrl+n")
			shoot("goal")
			d.press("down", "down", " ", "ctrl+n", " ", "down", " ")
			shoot("which")
			d.press("ctrl+n")
			shoot("changes")
			d.press("tab", "tab")
			shoot("restart")
			d = renewal(t, size.w, size.h)
			d.goal("change").press("ctrl+n")
			d.m.set("certSANs", "api2.lab.example.com")
			d.press("ctrl+n", "ctrl+n", "ctrl+n")
			shoot("answers")
			d = renewal(t, size.w, size.h)
			d.goal("replace").press("ctrl+n")
			shoot("stages")
		})
	}
}

// TestLeavingAChange says before it that what was typed for a change is lost.
func TestLeavingAChange(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	d := renewal(t, 60, 15)
	d.goal("change").press("ctrl+c").see("again to leave").seeNot("lost").press("esc")
	d.press("ctrl+n").see("Nodes").press("end", "enter", "abc 10.9.9.9 worker", "ctrl+c").see("again to leave; what you changed is lost").press("esc")
	d.press("esc", "esc", "esc").see("Start").press("ctrl+c").see("what you changed is lost").press("esc")
	// Back and forth again, nothing of it is gone; in another directory it counts for nothing.
	d.press("ctrl+n", "ctrl+n", "ctrl+n").see("Nodes")
	if got := d.m.Answers.Get("nodes"); !strings.HasSuffix(got, "abc 10.9.9.9 worker") {
		t.Errorf("the nodes are %q", got)
	}
	d.press("esc", "esc", "esc").see("Start")
	d.m.set(steps.DirKey, "other")
	if err := os.CopyFS("other", os.DirFS("pki")); err != nil {
		t.Fatal(err)
	}
	d.press("ctrl+n", "ctrl+n").see("What to do").press("ctrl+c").seeNot("lost").press("esc", "ctrl+n").see("Nodes")
	if got := d.m.Answers.Get("nodes"); strings.Contains(got, "abc") {
		t.Errorf("the nodes are %q", got)
	}
}

// TestReplaceThere takes the service account keys through their three stages, and
// gives the operator's confirmation where no file tells. A word holds for one stage.
func TestReplaceThere(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	before, err := os.ReadFile("pki/nodes/master1/etc/kubernetes/pki/sa.pub")
	if err != nil {
		t.Fatal(err)
	}
	d := renewal(t, 100, 50)
	stage := func() *driver {
		d.goal("replace")
		d.m.set(steps.PartyKey, "sa")
		return d.press("ctrl+n").see("Stages")
	}
	stage().see("sa is steady", "> 1 widen", "the first stage breaks nothing").press("enter")
	d.see("[Changes]", "sa-next").press("ctrl+n").see("Done").press("end").see("When all of that is done on every node", "rotate pki sa --stage switch", "Too early")
	d.press("esc").see("sa is being replaced; it is widened")
	stage().see("✓ 1 widen", "> 2 switch", "Go on, if the files").press("enter", "ctrl+n").see("Done")
	d.press("esc")
	stage().see("✓ 2 switch", "> 3 narrow", "Stop: 1 thing is not ready", "[ ] I confirm: no token")
	d.press("enter").see("the next stage may not come yet")
	d.press(" ").see("[x] I confirm", "Go on, if the files").press(" ").see("[ ] I confirm", "Stop").press(" ", "enter", "ctrl+n").see("Done").press("end").see("The replacement is finished")
	if said := d.m.Answers.Get(steps.SaidKey); said != "" {
		t.Errorf("the word %q outlives its stage", said)
	}
	d.press("esc").seeNot("is being replaced")
	after, err := os.ReadFile("pki/nodes/master1/etc/kubernetes/pki/sa.pub")
	if err != nil || string(after) == string(before) {
		t.Errorf("the public key is the old one, %v", err)
	}
}

// TestReplaceWithNewKeys: what a new CA signs at the switch has new keys where that is
// wanted, and the goal makes no difference at the stage before.
func TestReplaceWithNewKeys(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	key := func() string {
		data, err := os.ReadFile("pki/nodes/master1/etc/kubernetes/pki/front-proxy-client.key")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first := key()
	d := renewal(t, 100, 50)
	for _, stage := range []string{"> 1 widen", "> 2 switch"} {
		if key() != first {
			t.Errorf("before %s the key is another one", stage)
		}
		d.goal("replace")
		d.m.set(steps.PartyKey, "front-proxy-ca")
		d.m.set("switchKeys", "yes")
		d.press("ctrl+n").see(stage).press("enter").see("[Changes]").press("ctrl+n").see("Done").press("esc")
	}
	if key() == first {
		t.Error("the key stayed at the switch")
	}
}
