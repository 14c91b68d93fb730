// Package next says what comes after a run on a directory: what has to happen on the
// nodes, as tasks for a person, and the commands that go on with it.
package next

import (
	"fmt"
	"path/filepath"
	"strings"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/revoke"
	"certwright/pkigen/rollout/rotate"
)

// After is what has to happen on the nodes once a plan is carried out: restarts, and by
// hand what the stage of a replacement needs. before is the cluster until then where
// its answers change; nil for not.
func After(p *plan.Plan, before *spec.Cluster, dir string) *restart.Plan {
	then := restart.OfChange(p, before, dir)
	if p.Issued() != nil {
		then.ByHand = revoke.ByHand(p)
	}
	for _, m := range p.Moves {
		if m.From != m.To {
			then.ByHand = rotate.ByHand(p.Layout, p.Cluster, m.Name, m.To)
		}
	}
	return then
}

// Commands are what works on a directory that was made by answers. Answers in the
// directory itself need not be named.
func Commands(answers, dir string) survey.Commands {
	c := survey.Commands{Again: GenerateCommand(answers, dir), Renew: shell.Command("certwright renew").File(dir)}
	if inside(answers, dir) {
		c.Change = shell.Command("certwright change").File(dir)
	} else {
		c.Renew = c.Renew.Own("--answers").File(answers)
	}
	return c
}

// GenerateCommand is the one that does a run again without questions.
func GenerateCommand(answers, dir string) shell.Line {
	if inside(answers, dir) {
		return shell.Command("certwright generate --dir").File(dir)
	}
	return shell.Command("certwright generate --answers").File(answers).Own("--dir").File(dir)
}

// inside reports whether a file is the answers file of a directory.
func inside(answers, dir string) bool {
	return filepath.Clean(answers) == filepath.Join(dir, plan.AnswersFile)
}

// Checklist is what has to happen after a plan was carried out, task by task. then is
// that of After.
func Checklist(p *plan.Plan, then *restart.Plan, dir string) []restart.Task {
	out := then.Checklist(dir)
	for _, m := range p.Moves {
		if m.From != m.To {
			out = append(out, Stage(p, m.Name, dir))
		}
	}
	return out
}

// Stage is what comes behind everything that a stage of a replacement needs.
func Stage(p *plan.Plan, name, dir string) restart.Task {
	at := p.Stage(name)
	if at == plan.Steady {
		return task(fmt.Sprintf("The replacement is finished. Backups still hold the old key: delete them in %s when you need to go back no more.",
			visible.Text(strings.TrimRight(dir, "/")+store.BackupSuffix)))
	}
	t := task("When all of that is done on every node, go on with:")
	t.Commands = []restart.Command{{Line: rotate.Command(dir, name, at.Next()), Where: "on this machine"}}
	t.About = []string{"Too early: " + rotate.Breaks(p.Layout, name, at.Next()) + "."}
	return t
}

// VerifyCommand is the one that says whether a cluster would run with a directory.
func VerifyCommand(dir string) shell.Line { return shell.Command("certwright verify").File(dir) }

// UndoHint says what takes the last run on a directory back, which no undo does of a
// passphrase. The plan is nil for an undo.
func UndoHint(p *plan.Plan, dir string) string {
	if p != nil && p.Protects() {
		return "the keys of the CAs are behind the passphrase there too, and plain again by " + shell.Command("certwright protect").File(dir).Own("--undo").String()
	}
	return shell.Command("certwright undo").File(dir).String() + " brings them back"
}
