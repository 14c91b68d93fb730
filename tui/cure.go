package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"certwright/steps"
	"certwright/tui/wizard"
)

// setRight leads to the task that cures what was found.
func (m *Model) setRight(c wizard.Cure) tea.Cmd {
	switch c.Mode {
	case "":
		m.notice = "nothing of this can be set right here: each finding says what to do"
		return nil
	case steps.ModeAdopt:
		m.Give(steps.ModeKey, c.Mode)
		cmd := m.show(newAdopting(m))
		m.notice = "it has no answers yet: they are read first, and then it can be renewed"
		return cmd
	}
	m.Give(steps.ModeKey, c.Mode)
	m.step = steps.StepOf(steps.DirKey)
	m.enterSet()
	m.Choose(c)
	cmd := m.ask(steps.ThereKey)
	m.notice = "chosen: " + steps.GoalLabel(c.Goal) + "; ctrl+n goes on, and the review shows it before anything is done"
	return cmd
}
