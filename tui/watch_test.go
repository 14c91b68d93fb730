package tui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
	"certwright/steps"
	"certwright/tui/wizard"
)

// fakeLooks shows what a test says.
type fakeLooks struct {
	n      int
	ctx    context.Context // of the last look
	err    error
	view   *live.View
	report func() *live.Report
}

func (f *fakeLooks) Look(ctx context.Context) (*live.View, error) {
	f.n++
	f.ctx = ctx
	return f.view, f.err
}

func (f *fakeLooks) Steps(func(string) *spec.Cluster) (*live.Report, error) { return f.report(), nil }

// watched is a wizard on ./pki whose cluster is f.
func watched(t *testing.T, w, h int, f *fakeLooks) *driver {
	t.Helper()
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	set(t, a, steps.ModeKey, steps.ModeRenew)
	opt := renewalOptions(a)
	opt.Looks = func(dir string, _ func() (*pkigen.Known, error)) wizard.Looks {
		if dir != "pki" {
			t.Errorf("looks at %q", dir)
		}
		return f
	}
	d := drive(t, w, h, opt)
	d.m.watch.rest = func(context.Context) bool { return false } // each look is the test's
	return d
}

// lookAgain is what comes after the rest.
func (d *driver) lookAgain() *driver {
	d.run(d.m.watch.next(func(context.Context) bool { return true }))
	return d
}

// rolloutOf is a report on the steps of the list: those of the nodes of done are seen, and
// what restarts programs elsewhere waits.
func rolloutOf(d *driver, behind symptom.Code, done ...string) *live.Report {
	r := &live.Report{Time: testNow, View: &live.View{Time: testNow}, Lost: []symptom.Finding{}}
	for _, t := range d.m.finished.checklist.steps {
		s := live.Tick{Text: t.Text, Evidence: live.Seen, Waits: []live.Wait{}}
		s.Task = t
		if strings.HasPrefix(t.Text, "copy") {
			s.Evidence = live.Unseen
		}
		for _, word := range done {
			s.Done = s.Done || strings.Contains(t.Text, word)
		}
		if s.Evidence == live.Seen {
			p := &live.Program{Node: "master2", Name: strings.Fields(t.Text)[0], State: symptom.Fine}
			if !s.Done {
				f := &symptom.Finding{Code: behind, Node: p.Node, Program: p.Name, Args: []any{"192.168.214.89:2379", "x509: certificate signed by unknown authority", 1, 2}}
				p.State = f.State()
				s.Waits = append(s.Waits, live.Wait{Finding: f})
				r.View.Findings = append(r.View.Findings, *f)
			}
			r.View.Programs = append(r.View.Programs, p)
		}
		r.Steps = append(r.Steps, s)
	}
	r.Add(nil) // counts
	return r
}

// toList renews all, up to the list of what to restart.
func toList(t *testing.T, w, h int, f *fakeLooks) *driver {
	t.Helper()
	runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
	d := watched(t, w, h, f)
	return d.goal("expiring").press("ctrl+n").see("Changes]").press("ctrl+n").see("What to restart")
}

// TestWatch holds that nothing is dialled unasked, that evidence ticks, what is waited for
// and lost is told, that a person ticks what cannot be seen, and that leaving ends it.
func TestWatch(t *testing.T) {
	f := &fakeLooks{view: &live.View{}}
	d := toList(t, 120, 40, f)
	if f.n > 0 {
		t.Fatalf("%d looks before anybody asked for one", f.n)
	}
	d.see("w watch", "0 of ")
	f.report = func() *live.Report { return rolloutOf(d, symptom.EarlierServed, "etcd on") }
	d.press("w").see("NOT as planned: of ", "behind", "w stop watching", "> Now: copy the changed files to master1", "by hand", "[x]", "seen")
	if f.n != 1 {
		t.Fatalf("%d looks", f.n)
	}
	// A person ticks what cannot be seen, and the next look keeps that.
	before := d.m.finished.checklist.done()
	d.press(" ")
	if got := d.m.finished.checklist.done(); got != before+1 {
		t.Errorf("%d are ticked, want %d", got, before+1)
	}
	d.lookAgain().see(fmt.Sprintf("%d of ", before+1))
	// What evidence decides is not for a person.
	for !strings.HasPrefix(d.m.finished.checklist.steps[d.m.finished.checklist.selected()].Text, "kube-apiserver") {
		d.press("down")
	}
	d.see("still serves the certificate of").press(" ").see("the cluster itself shows")
	// The error that was seen is explained.
	f.report = func() *live.Report {
		r := rolloutOf(d, symptom.OwnRefused, "etcd on")
		r.Lost = append(r.Lost, r.View.Findings[0])
		for i := range r.View.Findings {
			r.View.Findings[i].Args = []any{"a:1", "admin.conf", "x509: certificate signed by unknown authority"}
			for j := range r.Steps {
				for k := range r.Steps[j].Waits {
					r.Steps[j].Waits[k].Finding.Args = r.View.Findings[i].Args
				}
			}
		}
		return r
	}
	d.lookAgain().see("It was well before:", "Most often:")
	// All is done: the cursor need not be moved, and nothing is left.
	f.report = func() *live.Report { return rolloutOf(d, "", " ") }
	d.lookAgain().see("✓", "All as planned")
	if left := d.m.finished.checklist.left(); left != 0 {
		t.Errorf("%d steps are left", left)
	}
	last := f.ctx
	d.press("esc").see("Certificates")
	if last.Err() == nil || d.m.watch.on() {
		t.Error("the page was left, and is still watching")
	}
	n := f.n
	d.press("ctrl+o", "enter")
	if f.n != n {
		t.Error("coming back looks unasked")
	}
}

// TestWatchOneAtATime holds that what an older watch brings is dropped, that a failure is
// told and the next look tried, and that a look which panics ends no wizard.
func TestWatchOneAtATime(t *testing.T) {
	f := &fakeLooks{view: &live.View{}}
	d := toList(t, 80, 24, f)
	f.report = func() *live.Report { return rolloutOf(d, symptom.EarlierServed) }
	_, first := d.m.Update(d.keyOf("w"))
	old := first().(lookedMsg)
	d.press("w") // ends it
	d.press("w").see("0 of ")
	old.report = rolloutOf(d, "", " ")
	d.send(old)
	d.seeNot("All as planned")
	f.err = errors.New("pki cannot be read")
	d.lookAgain().see("! pki cannot be read")
	f.err = nil
	d.lookAgain().see("NOT as planned").seeNot("cannot be read")
	f.report = func() *live.Report { panic("broken") }
	d.lookAgain().see("internal error: broken")
}

// TestWatchRests holds that the rest ends with the watch, at once.
func TestWatchRests(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	begun := time.Now()
	if pauseLooks(ctx) || time.Since(begun) > lookPause/2 {
		t.Error("a watch that was ended rests on")
	}
}

// TestGoldenWatch keeps the list as it is watched.
func TestGoldenWatch(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}} {
		name := fmt.Sprintf("%dx%d.txt", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			f := &fakeLooks{view: &live.View{}}
			d := toList(t, size[0], size[1], f)
			f.report = func() *live.Report {
				r := rolloutOf(d, symptom.EarlierServed, "copy", "etcd on")
				p := r.View.Programs[0]
				r.Lost = append(r.Lost, symptom.Finding{Code: symptom.Refused, Node: p.Node, Program: p.Name, Args: []any{"192.168.214.89:2379"}})
				return r
			}
			d.m.finished.done = "Wrote 53 files in pki." // its folder has another name each time
			d.press("w")
			goldenIn(t, goldenDir, "watch-"+name, d.screen())
		})
	}
}

// TestWatchStages holds that a stage which a program has not reached stops the next, by
// name, as soon as a look shows it.
func TestWatchStages(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
	f := &fakeLooks{view: &live.View{Time: testNow, Programs: []*live.Program{{Node: "master2", Name: id.Etcd, State: symptom.Behind}},
		Findings: []symptom.Finding{{Code: symptom.EarlierServed, Node: "master2", Program: id.Etcd, Args: []any{"a:1", "2026-01-02", "2026-03-04"}}}}}
	d := watched(t, 100, 50, f)
	stage := func() *driver {
		d.goal("replace")
		d.m.set(steps.PartyKey, id.ServiceAccount)
		return d.press("ctrl+n").see("Stages")
	}
	stage().press("enter", "ctrl+n").see("Done").press("esc")
	stage()
	if f.n > 0 {
		t.Error("the cluster is dialled unasked")
	}
	d.see("Go on").press("w").see("NOT as planned", "etcd on master2", "Stop: 1 thing is not ready")
	d.press("ctrl+n").see("may not come yet")
	f.view = &live.View{Time: testNow, Programs: []*live.Program{{Node: "master2", Name: id.Etcd, State: symptom.Fine}}}
	d.lookAgain().see("All as planned", "Go on: every program shows this stage.")
	d.press("w").seeNot("as planned")
}

// TestFirstStart holds that the first start of a new cluster is a list too, which nobody
// has to tick.
func TestFirstStart(t *testing.T) {
	a := answersIn(t, "three-ca.yaml")
	f := &fakeLooks{view: &live.View{}}
	set(t, a, steps.DirKey, filepath.Join(t.TempDir(), "pki"))
	d := drive(t, 80, 40, wizard.Options{Answers: a, Looks: func(string, func() (*pkigen.Known, error)) wizard.Looks { return f }})
	d.m.watch.rest = func(context.Context) bool { return false }
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.press("ctrl+n").see("Done", "What to start")
	d.press("tab").see("[What to start]", "start etcd on master1")
	var list []string
	for _, s := range d.m.finished.checklist.steps {
		list = append(list, s.Text)
	}
	order := []string{"let ", "copy the files to master1", "start etcd", "start kube-apiserver", "apply ", "start kube-controller-manager", "start kubelet", "use admin/admin.conf"}
	for at := -1; len(order) > 0; order = order[1:] {
		i := slices.IndexFunc(list, func(s string) bool { return strings.HasPrefix(s, order[0]) })
		if i <= at {
			t.Errorf("%q stands at %d of\n%s", order[0], i, strings.Join(list, "\n"))
		}
		at = i
	}
	if f.n > 0 {
		t.Error("a new cluster is dialled unasked")
	}
	f.report = func() *live.Report { return rolloutOf(d, symptom.Refused) }
	d.press("w").see("away", "Now:")
	d.press("ctrl+n")
	if !d.quit {
		t.Errorf("a newcomer without a cluster is asked about its steps:\n%s", d.screen())
	}
}
