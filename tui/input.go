package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"certwright/steps"
	"certwright/tui/editor"
)

// input is the widget of one field. It holds only how the answer is being
// edited; the answer itself goes to Model.set at every change.
type input interface {
	focus()
	blur()
	// update handles a key and reports whether the value changed.
	update(msg tea.KeyMsg) (changed bool)
	value() string
	// lines draws the widget w cells wide and, where it can grow, h lines high.
	lines(w, h int, focused bool) []string
}

// newInput makes the widget for a field with its current answer.
func newInput(m *Model, f steps.Field) input {
	value := m.Answers.Get(f.Key)
	switch f.Kind {
	case steps.Choice:
		return newChoice(m.theme, f.Options(m.Answers), value)
	case steps.Lines:
		return newList(m.theme, f, value)
	default:
		return newText(m.theme, f, value)
	}
}

// textField is a one-line field.
type textField struct{ in textinput.Model }

func newText(t theme, f steps.Field, value string) *textField {
	in := textinput.New()
	in.Prompt = ""
	if f.Example != "" {
		in.Placeholder = "e.g. " + f.Example // words, since faint alone may not be seen
	}
	in.TextStyle, in.PlaceholderStyle, in.Cursor.TextStyle = t.text, t.faint, t.text
	in.Cursor.Style = lipgloss.NewStyle()
	in.Cursor.SetMode(cursor.CursorStatic)
	// The terminal's own paste is enough; this one would run xclip.
	in.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	in.KeyMap.AcceptSuggestion = key.NewBinding(key.WithDisabled())
	in.SetValue(value)
	in.CursorEnd()
	return &textField{in: in}
}

func (i *textField) focus()        { i.in.Focus() }
func (i *textField) blur()         { i.in.Blur() }
func (i *textField) value() string { return i.in.Value() }

func (i *textField) update(msg tea.KeyMsg) bool {
	before := i.in.Value()
	i.in, _ = i.in.Update(msg)
	return i.in.Value() != before
}

func (i *textField) lines(w, _ int, focused bool) []string {
	i.in.Width = max(w-2, 1)
	value := i.in.Value()
	if ansi.StringWidth(value) <= i.in.Width {
		return []string{i.in.View()}
	}
	if !focused {
		return []string{cut(value, w)}
	}
	// The view scrolls with the cursor; what is cut at its left is marked.
	view := i.in.View()
	if head := ansi.Truncate(value, min(i.in.Width, 4), ""); !strings.HasPrefix(ansi.Strip(view), head) {
		view = "…" + ansi.TruncateLeft(view, 1, "")
	}
	return []string{view}
}

// list is a field of many lines.
type list struct{ ed *editor.Model }

func newList(t theme, f steps.Field, value string) *list {
	ed := editor.New()
	ed.SetStyles(t.editor())
	if f.Example != "" {
		ed.SetPlaceholder("e.g. " + f.Example)
	}
	ed.SetValue(value)
	return &list{ed: ed}
}

func (i *list) focus()        { i.ed.Focus() }
func (i *list) blur()         { i.ed.Blur() }
func (i *list) value() string { return i.ed.Value() }

// inComment reports whether the cursor stands in a comment, where every key is text.
func (i *list) inComment() bool { return strings.Contains(i.ed.BeforeCursor(), "#") }

func (i *list) update(msg tea.KeyMsg) bool {
	before := i.ed.Version()
	i.ed, _ = i.ed.Update(msg)
	return i.ed.Version() != before
}

func (i *list) lines(w, h int, _ bool) []string {
	i.ed.SetSize(w, h)
	return strings.Split(i.ed.View(), "\n")
}
