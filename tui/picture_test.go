package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/verify"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
	"certwright/tui/internal/svg"
	"certwright/tui/wizard"
)

// The size of the pictures, as of a terminal that somebody has made a bit larger.
const pictureWidth, pictureHeight = 100, 30

// shootPicture keeps a picture of README or topics what the wizard shows: a frame of a
// real walk. The whole path of the directory, another one each time, is left out.
func shootPicture(d *driver, name string) {
	d.t.Helper()
	home, err := os.Getwd()
	if err != nil {
		d.t.Fatal(err)
	}
	d.m.theme = newTheme(false)
	if s, ok := d.m.page.(*summary); ok {
		s.done = strings.Replace(s.done, " ("+filepath.Join(home, "pki")+")", "", 1)
	}
	goldenIn(d.t, filepath.Join(goldenDir, "pictures"), name+".svg", string(svg.Render(d.m.draw(), "certwright")))
}

// TestPictures walks through the article's cluster.
func TestPictures(t *testing.T) {
	a := articleAnswers(t)
	nodes := a.Get("nodes")
	t.Chdir(t.TempDir())
	set(t, a, steps.DirKey, "pki")
	set(t, a, steps.AlgorithmKey, "ECDSA-P256")
	set(t, a, "nodes", nodes+"\n192.168.214.1/24 worker")
	d := drive(t, pictureWidth, pictureHeight, wizard.Options{Answers: a})
	shootPicture(d.see("Start"), "start")
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("is a network,")
	shootPicture(d, "nodes")
	d.m.Give("nodes", nodes)
	d.press("alt+4").press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Review")
	shootPicture(d.press("down"), "review")
	d.press("ctrl+n").see("Done", "certificates chain to").press("tab", "tab").see("[Certificates]")
	shootPicture(d.press("down"), "done")

	// The same directory on the day when somebody has copied a wrong file into it.
	p := d.m.Outcome.Result.Plan
	made := &verify.Known{Layout: p.Layout, Cluster: p.Cluster, Commands: next.Commands("pki-answers.yaml", "pki")}
	admin, err := os.ReadFile("pki/admin-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("pki/kubernetes-key.pem", admin, 0o600); err != nil {
		t.Fatal(err)
	}
	look := steps.NewAnswers()
	set(t, look, steps.DirKey, "pki")
	set(t, look, steps.ModeKey, steps.ModeVerify)
	d = drive(t, pictureWidth, pictureHeight, wizard.Options{Answers: look, Known: func(string) *verify.Known { return made }})
	d.press("ctrl+n").see("This cluster would NOT run").press("down", "down")
	shootPicture(d, "verdict")
}

// TestPicturesOfASet walks through what is done with a directory that is there.
func TestPicturesOfASet(t *testing.T) {
	t.Run("adopt", func(t *testing.T) {
		twoRuns(t)
		shootPicture(task(t, pictureWidth, pictureHeight, steps.ModeAdopt).press("ctrl+n").see("Adopt"), "adopt")
	})
	t.Run("renewal", func(t *testing.T) {
		runningSet(t, "three-ca.yaml", testNow.Add(10*24*time.Hour-year))
		d := renewal(t, pictureWidth, pictureHeight)
		shootPicture(d.press("ctrl+n", "down").see("Certificates"), "renewal")
		d.goal("expiring").press("ctrl+n", "ctrl+n").see("[What to restart]")
		shootPicture(d.press(" ", " ").see("2 of "), "restart")
	})
	t.Run("change", func(t *testing.T) {
		runningSet(t, "three-ca.yaml", testNow.Add(-24*time.Hour))
		d := renewal(t, pictureWidth, pictureHeight)
		d.goal("change").press("ctrl+n")
		d.m.set("nodes", strings.Replace(d.m.Answers.Get("nodes"), "worker3 192.168.214.93", "worker4 192.168.214.94", 1))
		d.press("ctrl+n", "ctrl+u", "192.168.214.110:6443", "ctrl+n", "ctrl+n").see("[Answers]", "was the endpoint and stays")
		shootPicture(d, "change")
	})
}
