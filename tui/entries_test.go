package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/wizard"
)

const shortLines = "master1-3 10.0.0.11-13\nworker1 10.0.0.21\n10.0.0.31,fd00::31 node4.lab etcd"

// What each line means stands beside it, and where there is no room below the list.
func TestNodesBesideTheirLines(t *testing.T) {
	for _, size := range []struct {
		w, h         int
		shown, gone  []string
		whyBesideToo bool
	}{
		{60, 15, []string{"line 3: node4.lab · 10.0.0.31,fd00::31 · etcd"}, []string{"ADDRESSES"}, false},
		{80, 24, []string{"line 3: node4.lab · 10.0.0.31,fd00::31 · etcd"}, []string{"ADDRESSES"}, false},
		{100, 30, []string{"NODE       ROLES", "  master3    ~ control-plane", "  worker1    ~ worker", "> node4.lab  etcd", "line 3: node4.lab"}, []string{"ADDRESSES"}, false},
		{120, 40, []string{"NODE       ADDRESSES           ROLES", "  master2    10.0.0.12           ~ control-plane", "  worker1    10.0.0.21           ~ worker",
			"> node4.lab  10.0.0.31,fd00::31  etcd"}, []string{"line 3: node4"}, false},
		{200, 50, []string{"  master1    10.0.0.11           ~ control-plane", "> node4.lab  10.0.0.31,fd00::31  etcd"}, []string{"line 3: node4"}, true},
	} {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			d := drive(t, size.w, size.h, wizard.Options{})
			d.m.ask("nodes")
			d.paste(shortLines).see(size.shown...).see("5 nodes · 3 control-plane · 1 etcd · 1 worker").seeNot(size.gone...)
			if why := strings.Contains(d.screen(), "│ Write one node a line"); why != size.whyBesideToo {
				t.Errorf("the side panel is shown: %v\n%s", why, d.screen())
			}
			d.press("up", "up")
			if size.w < 100 {
				d.see("line 1: master1 to master3 · 10.0.0.11 to 10.0.0.13 · ~", "control-plane")
			} else {
				d.see("> master1 ", "> master2 ", "> master3 ", "  worker1 ")
			}
		})
	}
}

// A table of thousands follows the cursor.
func TestEntriesFollowTheCursor(t *testing.T) {
	a := steps.NewAnswers()
	set(t, a, "nodes", manyNodes(5000))
	d := drive(t, 120, 40, wizard.Options{Answers: a})
	d.m.ask("nodes")
	d.see("5000 nodes", "worker4998  ", "↑").seeNot("> worker4998").press("up").see("> worker4998  ").seeNot("  worker0 ")
	d.send(tea.KeyMsg{Type: tea.KeyCtrlHome})
	d.see("> master1 ", "  worker0 ", "↓").seeNot("worker4998  ")
}

// What was assumed is warned of on the review, and told by the answer's own page.
func TestAssumedRolesAreWarnedOf(t *testing.T) {
	a := articleAnswers(t)
	set(t, a, "nodes", "master1 10.0.0.11\nworker1 10.0.0.21")
	set(t, a, steps.DirKey, t.TempDir()+"/pki")
	d := drive(t, 120, 40, wizard.Options{Answers: a, Now: time.Now})
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.see("Review", "no role is written for 2 nodes; certwright assumes")
}
