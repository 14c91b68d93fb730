package text

import (
	"strings"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// ChecklistStep is one line of a checklist: what has to happen to one program of one node,
// or to one node's files.
type ChecklistStep struct {
	Text     string
	Commands []ChecklistCommand
	About    []string // what to know meanwhile, and the files for which it has to happen
}

// ChecklistCommand is a command to be copied, and what it is for and where it is run:
// "check, on master1".
type ChecklistCommand struct {
	Where string
	Line  shell.Line
}

// Checklist is what has to happen after a plan was carried out step by step, in
// order. What needs nothing is left out. r is that of After.
func Checklist(pl *plan.Plan, r *restart.Plan, dir string) []ChecklistStep {
	out := stepsOf(r.First)
	for i := range r.Copies {
		c := &r.Copies[i]
		t := ChecklistStep{Text: copyStep(r.Copies[i:i+1], dir).Text, About: []string{"files: " + Clean(strings.Join(c.Files, ", "))}}
		t.add(c.Command, "on this machine")
		out = append(out, t)
	}
	out = append(out, stepsOf(r.Steps)...)
	for _, s := range r.ByHand {
		out = append(out, ChecklistStep{Text: Clean(s), About: []string{"By hand: no file of the set does it."}})
	}
	for _, m := range pl.Moves {
		if m.From != m.To {
			out = append(out, nextStage(pl, m.Name, dir))
		}
	}
	return out
}

// stepsOf is one step of each step that needs something.
func stepsOf(steps []restart.Step) []ChecklistStep {
	var out []ChecklistStep
	for i := range steps {
		if steps[i].What != restart.Nothing {
			out = append(out, stepOf(&steps[i]))
		}
	}
	return out
}

func (t *ChecklistStep) add(command shell.Line, where string) {
	if command != "" {
		t.Commands = append(t.Commands, ChecklistCommand{where, command})
	}
}

// stepOf is one step of one node.
func stepOf(s *restart.Step) ChecklistStep {
	one := []restart.Step{*s}
	t := ChecklistStep{Text: groupStep(one).Text}
	if nodeTexts[s.What] != "" {
		t.Text = nodeStep(one).Text
	}
	on := func(here bool) string {
		switch {
		case here, s.Node == "":
			return "on this machine"
		case s.On != "":
			return "on " + Clean(s.On)
		}
		return "on " + Clean(s.Node)
	}
	t.add(s.Command, on(s.Here))
	t.add(s.Health, "check, "+on(s.HealthHere))
	switch {
	case s.Together:
		t.About = append(t.About, "On all nodes at once: what they know each other by had ended, and none is well before the others are.")
	case s.Alone && s.Health != "":
		t.About = append(t.About, "One node at a time: go on when the check says that all is well.")
	}
	var files []string
	for _, f := range s.Files {
		text := f.Path
		if f.Flag != "" {
			text += " (" + f.Flag + ")"
		}
		files = append(files, Clean(text))
	}
	if s.Node != "" && len(files) > 0 {
		t.About = append(t.About, "because of "+strings.Join(files, ", "))
	}
	return t
}
