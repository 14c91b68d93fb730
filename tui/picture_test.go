package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/judging/verify"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
	"certwright/tui/internal/svg"
	"certwright/tui/wizard"
)

// TestPictures keeps the README's pictures what the wizard shows: each is a
// frame of a real walk through the article's cluster.
func TestPictures(t *testing.T) {
	a := articleAnswers(t)
	nodes := a.Get("nodes")
	t.Chdir(t.TempDir())
	set(t, a, steps.DirKey, "pki")
	set(t, a, "encryptionAlgorithm", "ECDSA-P256")
	set(t, a, "nodes", nodes+"\n192.168.214.1/24 worker")
	d := drive(t, 104, 32, wizard.Options{Answers: a})
	d.m.theme = newTheme(false)
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	shoot := func(name string) {
		frame := strings.ReplaceAll(d.m.draw(), " ("+filepath.Join(home, "pki")+")", "")
		goldenIn(t, filepath.Join(goldenDir, "pictures"), name+".svg", string(svg.Render(frame, "certwright")))
	}
	d.press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("is a network,")
	shoot("nodes")
	d.m.Give("nodes", nodes)
	d.press("alt+4").press("ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n", "ctrl+n").see("Review")
	d.press("down")
	shoot("review")
	d.press("ctrl+n").see("Done")
	if _, err := os.Stat(filepath.Join("pki", "ca.pem")); err != nil {
		t.Fatal(err)
	}
	d.see("certificates chain to")
	shoot("done")

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
	d = drive(t, 104, 32, wizard.Options{Answers: look, Known: func(string) *verify.Known { return made }})
	d.m.theme = newTheme(false)
	d.press("ctrl+n").see("This cluster would NOT run").press("down", "down")
	shoot("verdict")
}
