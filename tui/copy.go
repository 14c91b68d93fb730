package tui

import (
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"certwright/pkigen/cluster/secret"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

var keyCopy = bind("copy", "y")

// copy puts commands into the clipboard of the terminal, by an escape sequence (OSC 52)
// that reaches the operator's own machine also through ssh. A secret goes nowhere.
func (m *Model) copy(commands []shell.Line) tea.Cmd {
	var lines []string
	for _, c := range commands {
		lines = append(lines, c.String())
	}
	all := strings.Join(lines, "\n")
	switch {
	case len(lines) == 0:
		m.notice = "there is no command here to copy"
		return nil
	case secret.Hide(all) != all:
		m.notice = "this command has a secret in it, which no clipboard gets"
		return nil
	}
	m.notice = "copied " + spec.Count(len(lines), "command", "commands") + " to the terminal's clipboard (OSC 52), where it allows that"
	out, sequence := m.out, ansi.SetSystemClipboard(all)
	if m.screen {
		sequence = ansi.ScreenPassthrough(sequence, 0)
	}
	return func() tea.Msg {
		_, _ = io.WriteString(out, sequence) // whether it was taken, no terminal says
		return nil
	}
}
