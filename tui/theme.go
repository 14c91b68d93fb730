package tui

import (
	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"certwright/tui/editor"
)

// theme is every style of the wizard. It uses the terminal's own sixteen
// colours, bold, faint and reverse, so that it follows the user's palette on
// light and dark; nothing is said by colour alone.
type theme struct {
	text     lipgloss.Style
	strong   lipgloss.Style // titles, the selected row
	faint    lipgloss.Style // rules, hints, what is not active
	accent   lipgloss.Style // where one is
	good     lipgloss.Style
	warn     lipgloss.Style
	bad      lipgloss.Style
	cursor   lipgloss.Style
	selected lipgloss.Style
}

// newTheme makes the styles. Under NO_COLOR the colours go and bold, faint and
// reverse stay: the cursor of a text field is drawn in reverse, and termenv
// would otherwise drop it together with the colours.
func newTheme(noColor bool) theme {
	lipgloss.SetColorProfile(termenv.ANSI)
	style := lipgloss.NewStyle
	t := theme{
		text:     style(),
		strong:   style().Bold(true),
		faint:    style().Faint(true),
		accent:   style().Bold(true),
		good:     style(),
		warn:     style(),
		bad:      style().Bold(true),
		cursor:   style().Reverse(true),
		selected: style().Bold(true),
	}
	if noColor {
		return t
	}
	t.accent = t.accent.Foreground(lipgloss.Color("6"))
	t.selected = t.selected.Foreground(lipgloss.Color("6"))
	t.good = t.good.Foreground(lipgloss.Color("2"))
	t.warn = t.warn.Foreground(lipgloss.Color("3"))
	t.bad = style().Foreground(lipgloss.Color("1"))
	return t
}

func (t theme) editor() editor.Styles {
	return editor.Styles{
		Text: t.text, Cursor: t.cursor, Gutter: t.faint, GutterCurrent: t.accent,
		Placeholder: t.faint, Error: t.bad, Warning: t.warn,
	}
}

func (t theme) help() help.Styles {
	return help.Styles{
		Ellipsis: t.faint, ShortKey: t.strong, ShortDesc: t.faint, ShortSeparator: t.faint,
		FullKey: t.strong, FullDesc: t.faint, FullSeparator: t.faint,
	}
}
