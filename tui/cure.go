package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/judging/check"
	"certwright/steps"
)

// cure is what sets right what was found, as a task of the wizard.
type cure struct {
	mode, goal string
	names      []string // of the certificates that are renewed; none where the goal says it
}

// cure is the renewal that fixes what was found, by the commands that the findings have;
// without answers the directory has to be adopted first. The mode is "" where nothing is
// to be done, or nothing of it can be done here.
func (v *verdict) cure() cure {
	j := v.judged
	if j == nil || !j.OfCluster() {
		return cure{}
	}
	again, renew := j.Site.Again.String(), j.Site.Renew.String()
	if again == "" {
		return cure{mode: steps.ModeAdopt}
	}
	out := cure{mode: steps.ModeRenew}
	for i := range j.Findings {
		f := &j.Findings[i]
		switch command := f.Command.String(); {
		case f.Severity == check.Note:
		case command == again:
			out.goal, out.names = steps.GoalExpired, nil
			return out // which renews what has expired, too
		case renew != "" && strings.HasPrefix(command, renew) && f.Seat != nil && f.Seat.Want != nil:
			out.names = append(out.names, f.Seat.Want.Name)
		}
	}
	if len(out.names) == 0 {
		return cure{}
	}
	out.goal = steps.GoalSome
	return out
}

// setRight leads to the task that cures what was found.
func (m *Model) setRight(c cure) tea.Cmd {
	switch c.mode {
	case "":
		m.notice = "nothing of this can be set right here: each finding says what to do"
		return nil
	case steps.ModeAdopt:
		m.Give(steps.ModeKey, c.mode)
		cmd := m.show(newAdopting(m))
		m.notice = "it has no answers yet: they are read first, and then it can be renewed"
		return cmd
	}
	m.Give(steps.ModeKey, c.mode)
	m.step = steps.StepOf(steps.DirKey)
	m.enterSet()
	m.Give(steps.GoalKey, c.goal)
	if len(c.names) > 0 {
		m.Give(steps.NamesKey, strings.Join(c.names, "\n"))
	}
	cmd := m.ask(steps.ThereKey)
	m.notice = "chosen: " + steps.GoalLabel(c.goal) + "; ctrl+n goes on, and the review shows it before anything is done"
	return cmd
}
