// Package quiet keeps bubbletea v1 from questioning the terminal at start-up.
//
// bubbletea v1 asks for the background colour in an init function: it writes
// OSC 11 ("\x1b]11;?") and a cursor position report, and waits up to five
// seconds for the answers, even for --help. A serial console, a CI pty or a
// relayed ssh session never answers, so certwright would seem to hang there.
// When the colour has been set by hand, lipgloss does not ask.
//
// It has to be set before bubbletea's init runs. Since Go 1.21 packages that are ready are
// initialised in the order of their import paths, so a package that imports
// nothing but lipgloss and whose path sorts before github.com/charmbracelet/bubbletea
// comes first. "certwright/tui/quiet" does; it has to stay a package of its own,
// because every package that imports bubbletea is initialised after it. A main
// program imports it for its effect alone:
//
//	import _ "certwright/tui/quiet"
//
// "Dark" is an arbitrary answer: certwright draws with the terminal's own
// sixteen colours and never asks lipgloss which background it has.
package quiet

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
