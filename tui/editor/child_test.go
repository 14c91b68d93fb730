package editor

import (
	"fmt"
	"os"

	tea "github.com/charmbracelet/bubbletea"
)

// childFile names the variable that makes this test program a small editor,
// which writes its text to that file when ctrl+n ends it.
const childFile = "CERTWRIGHT_EDITOR_CHILD"

type program struct{ *Model }

func (p program) Init() tea.Cmd { return nil }

func (p program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.SetSize(msg.Width, msg.Height-1)
	case tea.KeyMsg:
		if msg.Type == tea.KeyCtrlN {
			return p, tea.Quit
		}
	}
	p.Model.Update(msg)
	return p, nil
}

func (p program) View() string {
	return fmt.Sprintf("%s\nline %d of %d", p.Model.View(), p.Line(), p.LineCount())
}

func runChild(file string) error {
	m := New()
	m.Focus()
	if _, err := tea.NewProgram(program{m}, tea.WithAltScreen()).Run(); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(m.Value()), 0o600)
}
