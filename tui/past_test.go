package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
	"certwright/tui/wizard"
)

// twoRuns puts a set with two runs behind it into ./pki: it was made, and then renewed.
func twoRuns(t *testing.T) {
	t.Helper()
	a := articleAnswers(t)
	t.Chdir(t.TempDir())
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	for i, o := range []plan.Options{{Answers: a.Replay()}, {Answers: a.Replay(), Renewal: &plan.Renewal{}}} {
		at := testNow.Add(time.Duration(i-10) * time.Hour)
		c, _ := steps.Build(a, at)
		job := pkigen.Job{Dir: "pki", Cluster: c, Now: func() time.Time { return at }, Options: o,
			About: store.About{Operation: []string{"generate", "renew"}[i], Command: "certwright"}}
		if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// task opens the wizard on ./pki for a task.
func task(t *testing.T, w, h int, mode string) *driver {
	t.Helper()
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	set(t, a, steps.ModeKey, mode)
	return drive(t, w, h, wizard.Options{Answers: a})
}

// TestUndoOnTheScreen looks at the history, goes back to before the last run, and the
// certificate of then is there again; the undo is a run itself.
func TestUndoOnTheScreen(t *testing.T) {
	twoRuns(t)
	renewed, err := os.ReadFile("pki/kubernetes.pem")
	if err != nil {
		t.Fatal(err)
	}
	d := task(t, 80, 24, steps.ModeHistory)
	d.press("ctrl+n").see("History", "> 2026-11-23 03:00:00  renew", "can be undone", "2026-11-23 02:00:00  generate", "17 made", "1/2")
	d.press("u").see("Go back", "This takes back 1 run", "> restore", "kubernetes.pem")
	d.press("esc").see("History").press("down", "u").see("This takes back 2 runs", "remove").press("esc", "up", "u")
	d.press("ctrl+n").see("Went back", "✓ Went back:", "restored")
	back, err := os.ReadFile("pki/kubernetes.pem")
	if err != nil || string(back) == string(renewed) {
		t.Errorf("the renewed certificate is still there: %v", err)
	}
	if d.m.Outcome.Undone == nil || !d.m.Outcome.Done {
		t.Errorf("outcome %+v", d.m.Outcome)
	}
	d.press("esc").see("History", "undo", "1/3")
}

// TestForeignChangesAreNotUndone: what another hand has changed goes only where the
// operator says so.
func TestForeignChangesAreNotUndone(t *testing.T) {
	twoRuns(t)
	if err := os.WriteFile("pki/admin.pem", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := task(t, 80, 24, steps.ModeHistory)
	d.press("ctrl+n", "u").see("! They are not as the last run left them", "admin.pem").press("ctrl+n").see("changes of another hand would go")
	if data, _ := os.ReadFile("pki/admin.pem"); string(data) != "mine" {
		t.Error("it was undone all the same")
	}
	d.press("x").see("~ These changes of another hand go").press("ctrl+n").see("Went back")
	if data, _ := os.ReadFile("pki/admin.pem"); string(data) == "mine" {
		t.Error("it was not undone")
	}
}

// TestNoHistory: a directory without a backup says that there is nothing to go back to.
func TestNoHistory(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("pki", 0o700); err != nil {
		t.Fatal(err)
	}
	d := task(t, 60, 15, steps.ModeHistory)
	d.press("ctrl+n").see("there is nothing to go back to").press("u", "enter").see("History").press("esc").see("Start")
}

// TestAdoptOnTheScreen takes over the article's files: what no file tells is asked, the
// answers are written, and nothing else, and it goes on with the renewal.
func TestAdoptOnTheScreen(t *testing.T) {
	twoRuns(t)
	before := filesBelow(t, "pki")
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	kept := func(dir string) (*steps.SetAnswers, error) {
		file := pkigen.Dir(dir).FindAnswers()
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f, bad := steps.ParseFile(file, data)
		if len(bad) > 0 {
			return nil, bad[0]
		}
		return &steps.SetAnswers{Answers: f.Answers, Path: file, Text: data}, nil
	}
	d := drive(t, 100, 40, wizard.Options{Answers: a, Kept: kept})
	d.see("the flat folder of a guide", "(•) adopt a set that others made").press("ctrl+n")
	d.see("Adopt", "2 questions are open", "> ! serviceSubnet", "! nodes", "✓ ca").press("ctrl+n").see("answer what is open first")
	d.press("enter").see("> serviceSubnet", "take it").press("10.254.0.0/16", "enter").see("1 question is open", "> ! nodes")
	d.press("enter").paste("master1 192.168.214.88 control-plane\nmaster2 192.168.214.89 control-plane\nmaster3 192.168.214.90 control-plane\netcd1 192.168.214.200 etcd\netcd2 192.168.214.201 etcd\netcd3 192.168.214.202 etcd")
	d.press("ctrl+n").see("ctrl+n writes the answers into")
	if _, err := os.Stat("pki-answers.yaml"); err == nil {
		t.Fatal("answers were written before they were confirmed")
	}
	d.press("ctrl+n").see("Certificates", "wrote the answers into", "kubernetes")
	data, err := os.ReadFile(pkigen.Dir("pki").FindAnswers())
	if err != nil || !strings.Contains(string(data), "serviceSubnet: 10.254.0.0/16") || !strings.Contains(string(data), "etcd3 192.168.214.202") {
		t.Errorf("the answers are %s, %v", data, err)
	}
	after := filesBelow(t, "pki")
	delete(after, "pki/answers.yaml")
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something else was written: %v, before %v", after, before)
	}
}

// filesBelow are the files below a folder with their sizes.
func filesBelow(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			out[filepath.ToSlash(p)] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStartSaysWhatItIs: the first page says whose directory it is, what is wrong with
// it, and has the task that helps under the cursor; what was chosen by hand stays.
func TestStartSaysWhatItIs(t *testing.T) {
	for name, test := range map[string]struct {
		files []string
		see   []string
	}{
		"nothing":  {nil, []string{"Nothing is there yet.", "(•) make the certificates"}},
		"empty":    {[]string{"pki/"}, []string{"The directory is empty.", "(•) make the certificates"}},
		"kubeadm":  {[]string{"pki/manifests/kube-apiserver.yaml"}, []string{"This is kubeadm's folder", "(•) adopt a set"}},
		"hard way": {[]string{"pki/kube-api-server.crt"}, []string{`This is "Kubernetes the hard way".`, "(•) adopt a set"}},
		"other":    {[]string{"pki/holiday.jpg"}, []string{"It holds other files.", "(•) make the certificates"}},
		"ours":     {[]string{"pki/answers.yaml"}, []string{"certwright made it", "(•) renew or change"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, f := range test.files {
				if err := os.MkdirAll(filepath.Dir(f), 0o700); err != nil {
					t.Fatal(err)
				}
				if !strings.HasSuffix(f, "/") {
					if err := os.WriteFile(f, nil, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			a := steps.NewAnswers()
			set(t, a, steps.DirKey, "pki")
			drive(t, 80, 24, wizard.Options{Answers: a}).see(test.see...)
		})
	}
	twoRuns(t)
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	set(t, a, steps.ModeKey, steps.ModeVerify)
	drive(t, 80, 30, wizard.Options{Answers: a}).see("(•) verify an existing set", "4 certificates lie in it")
}

// TestStartSaysWhatHasExpired names what has expired, and the task that renews it.
func TestStartSaysWhatHasExpired(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-366*24*time.Hour))
	a := steps.NewAnswers()
	set(t, a, steps.DirKey, "pki")
	drive(t, 80, 30, wizard.Options{Answers: a}).see("(•) renew or change", "! 30 certificates have expired: the first")
}

// TestGoldenPast shows the pages of the history and of the adoption.
func TestGoldenPast(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			twoRuns(t)
			home, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			shoot := func(d *driver, name string) {
				goldenIn(t, goldenDir, fmt.Sprintf("%s-%dx%d.txt", name, size.w, size.h), strings.ReplaceAll(d.screen(), home, "HOME"))
			}
			d := task(t, size.w, size.h, steps.ModeHistory)
			d.press("ctrl+n").see("History")
			if size.w < 100 { // the whole path of a backup is another one each time
				d.press("u").see("Go back")
				shoot(d, "undo")
			}
			d = task(t, size.w, size.h, steps.ModeAdopt)
			d.press("ctrl+n").see("Adopt")
			shoot(d, "adopt")
			d.press("enter").see("take it")
			shoot(d, "adopt-question")
		})
	}
}

// TestHandOutIsTheLastStep packs the archives from the summary, says where they lie, and
// replaces those of an earlier time only when that is wanted.
func TestHandOutIsTheLastStep(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
	d := renewal(t, 100, 40)
	d.goal("expiring").press("ctrl+n", "ctrl+n").see("Done").press("shift+tab").see("[Hand out]", "p packs an archive for each node")
	if _, err := os.Stat("pki-handout"); err == nil {
		t.Fatal("it was packed before it was wanted")
	}
	d.press("p").see("pki-handout/master1.tar", "Install each on its own node")
	if info, err := os.Stat("pki-handout/master1.tar"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	s := d.m.page.(*summary)
	s.handing = handing{}
	d.press("p").see("!", "master1.tar", "replace those archives").press("x").see("Install each on its own node")
}

// TestVerifiedLeadsToTheRenewal: what has expired is renewed from the page that found it.
func TestVerifiedLeadsToTheRenewal(t *testing.T) {
	runningSet(t, "three-ca.yaml", testNow.Add(-366*24*time.Hour))
	d := renewal(t, 100, 40)
	set(t, d.m.Answers, steps.ModeKey, steps.ModeVerify)
	v := newJudgement(d.m)
	d.m.page, d.m.step = v, ""
	known := knownOf(t, "pki")
	j, err := pkigen.Judge(t.Context(), "pki", func() (*pkigen.Known, error) { return known, nil }, testNow)
	if err != nil {
		t.Fatal(err)
	}
	d.send(verdictMsg{judged: j})
	d.see("Verified", "would NOT run", "to the renewal that fixes it")
	d.press("?").see("ctrl+n     to the renewal that fixes it  ", "suspend").press("esc") // no other key beside it
	d.press("ctrl+n").see("Certificates", "chosen: ", "30 certificates have expired")
	d.press("ctrl+n").see("What to do").press("ctrl+n")
	for d.m.step != "" {
		d.press("ctrl+n")
	}
	d.see("Review", "[Changes]").press("ctrl+n").see("Done")
	if c := wizard.CureOf(nil); c.Mode != "" {
		t.Errorf("nothing was found, and %+v cures it", c)
	}
}

// knownOf is what the answers in a directory say of it.
func knownOf(t *testing.T, dir string) *pkigen.Known {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, plan.AnswersFile))
	if err != nil {
		t.Fatal(err)
	}
	known := wizard.KnownFrom(string(data), dir)
	known.Commands = next.Commands(filepath.Join(dir, plan.AnswersFile), dir)
	return known
}

// TestLeavingANewSet: a set that was just made has no steps that could be left out.
func TestLeavingANewSet(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	d := drive(t, 80, 24, wizard.Options{Answers: a})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	if d.press("ctrl+n").see("Done").press("ctrl+c"); !d.quit {
		t.Errorf("asked before leaving:\n%s", d.screen())
	}
}
