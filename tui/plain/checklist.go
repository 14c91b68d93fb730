package plain

import (
	"strings"

	"certwright/pkigen/restart"
)

// Turn is one line of a checklist: what has to happen to one program of one node,
// or to one node's files.
type Turn struct {
	Text     string
	Commands []TurnCommand
	About    []string // what to know meanwhile, and the files for which it has to happen
}

// TurnCommand is a command to be copied, and what it is for and where it is run:
// "check, on master1".
type TurnCommand struct{ Where, Line string }

// Checklist is a restart plan turn by turn, in order. What needs nothing is left
// out.
func Checklist(r *restart.Plan, dir string) []Turn {
	var out []Turn
	for i := range r.Copies {
		c := &r.Copies[i]
		t := Turn{Text: copyStep(r.Copies[i:i+1], dir).Text, About: []string{"files: " + Clean(strings.Join(c.Files, ", "))}}
		t.add(c.Command, "on this machine")
		out = append(out, t)
	}
	for i := range r.Steps {
		if r.Steps[i].What != restart.Nothing {
			out = append(out, turn(&r.Steps[i]))
		}
	}
	return out
}

func (t *Turn) add(command, where string) {
	if command != "" {
		t.Commands = append(t.Commands, TurnCommand{where, Clean(command)})
	}
}

// turn is one step of one node.
func turn(s *restart.Step) Turn {
	t := Turn{Text: groupStep([]restart.Step{*s}).Text}
	const here = "on this machine"
	on := func(stays bool) string {
		if stays || s.Node == "" {
			return here
		}
		return "on " + Clean(s.Node)
	}
	t.add(s.Command, on(false))
	t.add(s.Health, "check, "+on(s.HealthHere))
	if s.Alone && s.Health != "" {
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
	if s.Node != "" {
		t.About = append(t.About, "because of "+strings.Join(files, ", "))
	}
	return t
}
