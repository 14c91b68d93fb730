package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	tea "github.com/charmbracelet/bubbletea"

	_ "certwright/tui/quiet" // before bubbletea: no query is sent to the terminal
	"certwright/tui/wizard"
)

// Screen is the terminal, and what ends the wizard from outside.
type Screen struct {
	NoColor bool
	ASCII   bool             // the terminal does not understand UTF-8
	Stop    <-chan os.Signal // brings the signals that end the wizard
	In      io.Reader        // nil for standard input
	Out     io.Writer        // nil for standard output
}

// Outcome is how the wizard ended.
type Outcome struct {
	wizard.Outcome
	Interrupted bool      // left with ctrl+c before it was done
	Signal      os.Signal // a signal ended it
}

// stopMsg is a signal.
type stopMsg struct{ signal os.Signal }

// Run shows the wizard until it is left. While files are written it waits for
// a consistent state, also when the terminal goes away. Errors are those of
// the terminal; how a run of the backend ended stands in the Outcome.
func Run(ctx context.Context, opt wizard.Options, screen Screen) (Outcome, error) {
	m := New(ctx, opt, screen.NoColor)
	m.ascii, m.screen, m.out = screen.ASCII, os.Getenv("STY") != "", os.Stdout
	args := []tea.ProgramOption{tea.WithAltScreen(), tea.WithoutSignalHandler()}
	if screen.In != nil {
		args = append(args, tea.WithInput(screen.In))
	}
	if screen.Out != nil {
		m.out = screen.Out
		args = append(args, tea.WithOutput(screen.Out))
	}
	p := tea.NewProgram(m, args...)
	ended := make(chan struct{})
	go func() {
		select {
		case s := <-screen.Stop:
			m.work.cancel()
			p.Send(stopMsg{s})
		case <-ended:
		}
	}()
	_, err := p.Run()
	m.watch.end()
	close(ended)
	m.work.finish()
	if end := m.work.last; end != nil {
		m.Finish(*end) // its message may have found no screen any more
	}
	out := Outcome{Outcome: m.End(), Interrupted: m.interrupted, Signal: m.signal}
	switch m.page.(type) {
	case *inspect, *judgement, *past, *adopting:
		out.Inspected = true
	}
	return out, err
}

// failMsg is a panic in a command, which bubbletea would hide on the alternate
// screen.
type failMsg struct{ err error }

// safely makes a command that turns a panic into a message.
func safely(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer caught(func(err error) { msg = failMsg{err} })
		return f()
	}
}

// caught, deferred, turns a panic into an error: bubbletea would write it onto
// the alternate screen, and it would be lost.
func caught(tell func(error)) {
	if r := recover(); r != nil {
		tell(fmt.Errorf("internal error: %v\n%s", r, debug.Stack()))
	}
}
