package text

import (
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/shell/shelltest"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/rotate"
)

// TestHostileNames: whatever directories, answers and nodes are called, each command
// that is printed is made of words of its own, and stands in one line.
func TestHostileNames(t *testing.T) {
	for i, w := range shelltest.Hostile {
		other := shelltest.Hostile[(i+3)%len(shelltest.Hostile)]
		lines := []shell.Line{next.GenerateCommand(other, w), next.Commands(other, w).Renew, next.VerifyCommand(w), rotate.Command(w, other, plan.Widened), next.Commands(filepath.Join(w, plan.AnswersFile), w).Change}
		var p restart.Plan
		for range 3 {
			p.Copies = append(p.Copies, restart.Copy{Node: w, Files: []string{"/a"}, Command: "ls"})
			p.Steps = append(p.Steps, restart.Step{Node: w, On: other, What: restart.Leave, Component: "etcd", Command: "ls", Health: "ls"},
				restart.Step{Node: w, What: restart.Restart, Component: "etcd", Command: "ls", Health: "ls"})
		}
		for _, s := range p.Tasks(other) {
			for _, c := range s.Commands {
				lines = append(lines, c.Commented())
			}
		}
		if len(lines) < 10 {
			t.Fatalf("%d commands", len(lines))
		}
		for _, line := range lines {
			if line == "" {
				continue
			}
			if err := shelltest.Check(line); err != nil {
				t.Error(err)
			}
			if !strings.HasSuffix(w, "\n") && !strings.HasSuffix(other, "\n") && Clean(line.String()) != line.String() {
				t.Errorf("%q acts on a terminal", line)
			}
		}
	}
}
