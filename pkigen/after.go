package pkigen

import (
	"path/filepath"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/rotate"
)

// After is what has to happen on the nodes once a plan is carried out: restarts, and by
// hand what the stage of a replacement needs. before is the cluster until then where
// its answers change; nil for not.
func After(p *plan.Plan, before *spec.Cluster, dir string) *restart.Plan {
	next := restart.OfChange(p, before, dir)
	for _, m := range p.Moves {
		if m.From != m.To {
			next.ByHand = rotate.ByHand(p.Layout, p.Cluster, m.Name, m.To)
		}
	}
	return next
}

// Commands are what works on a directory that was made by answers. Answers in the
// directory itself need not be named.
func Commands(answers, dir string) survey.Commands {
	c := survey.Commands{Again: Again(answers, dir), Renew: shell.Command("certwright renew").File(dir)}
	if inside(answers, dir) {
		c.Change = shell.Command("certwright change").File(dir)
	} else {
		c.Renew = c.Renew.Own("--answers").File(answers)
	}
	return c
}

// Again is the command that does a run again without questions.
func Again(answers, dir string) shell.Line {
	if inside(answers, dir) {
		return shell.Command("certwright generate --dir").File(dir)
	}
	return shell.Command("certwright generate --answers").File(answers).Own("--dir").File(dir)
}

// inside reports whether a file is the answers file of a directory.
func inside(answers, dir string) bool {
	return filepath.Clean(answers) == filepath.Join(dir, plan.AnswersFile)
}
