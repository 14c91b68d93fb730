package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
	"certwright/tui/editor"
)

// form is the page of one step: its fields, one of them focused.
type form struct {
	step   steps.Step
	fields []steps.Field
	inputs []input
	at     int // index of the focused field
	top    int // first line shown, where the fields are higher than the page
	// typed are the fields that were edited on this visit: they are judged
	// from their second key press on.
	typed map[string]int
	// reading says that the page was scrolled by pgup or pgdn, and stays there until the
	// next key; over that it is higher than the window, height what is seen of it.
	reading, over bool
	height        int

	found *findings // what lies in the directory, on the page that asks for it; else nil
}

func newForm(m *Model, step steps.Step) *form {
	f := &form{step: step, typed: map[string]int{}}
	f.fill(m)
	if step.Key == steps.StepOf(steps.DirKey) {
		f.found = &findings{}
	}
	return f
}

// fill makes the inputs for the fields that the answers lead to now.
func (f *form) fill(m *Model) {
	f.fields = f.step.Fields(m.Answers)
	f.inputs = make([]input, len(f.fields))
	for i, field := range f.fields {
		f.inputs[i] = newInput(m, field)
	}
	f.focusAt(min(f.at, len(f.fields)-1))
}

func (f *form) focusAt(i int) {
	f.inputs[f.at].blur()
	f.at = i
	f.inputs[i].focus()
}

// focusKey focuses a field by its answer's key, and the line of its first
// problem where it has lines.
func (f *form) focusKey(m *Model, answerKey string) {
	for i, field := range f.fields {
		if field.Key != answerKey {
			continue
		}
		f.focusAt(i)
		if l, ok := f.inputs[i].(*list); ok {
			for _, p := range m.ByKey[answerKey] {
				if p.Severity() == problem.Error && p.Line > 0 {
					l.ed.GotoLine(p.Line)
					break
				}
			}
		}
	}
}

func (f *form) name(*Model) string { return f.step.Title }

func (f *form) field() steps.Field { return f.fields[f.at] }

func (f *form) keys(m *Model) []key.Binding {
	_, i := m.Find(m.step)
	forward := keyNext
	if i == len(m.Steps())-1 || m.visiting {
		forward = named(keyNext, "review")
		switch m.Answers.Get(steps.ModeKey) {
		case steps.ModeInspect:
			forward = named(keyNext, "look")
		case steps.ModeVerify:
			forward = named(keyNext, "verify")
		case steps.ModeHistory:
			forward = named(keyNext, "history")
		case steps.ModeAdopt:
			forward = named(keyNext, "read it")
		}
	}
	var keys []key.Binding
	switch f.field().Kind {
	case steps.Lines:
		keys = append(keys, keyNewline)
		if len(f.fields) > 1 {
			keys = append(keys, keyTab)
		}
	default:
		enter := keyEnter
		if f.at == len(f.fields)-1 {
			enter = named(keyEnter, forward.Help().Desc)
		}
		if c, ok := f.inputs[f.at].(*choice); ok {
			keys = append(keys, keyLook, keyChoose)
			enter = named(enter, c.enters(enter.Help().Desc))
		}
		keys = append(keys, enter)
		if f.at == len(f.fields)-1 {
			forward = key.Binding{}
		} else {
			keys = append(keys, keyTab)
		}
	}
	if f.field().Key == steps.DirKey {
		keys = append(keys, named(keyTab, "complete"))
	}
	if len(forward.Keys()) > 0 {
		keys = append(keys, forward)
	}
	if len(m.Steps()) > i+2 && !m.visiting && (steps.Making(m.Answers) || steps.Renewing(m.Answers)) {
		keys = append(keys, m.reviewKey())
	}
	if f.over {
		keys = append(keys, keyScroll)
	}
	if i > 0 {
		keys = append(keys, keyBack)
	}
	why := keyWhy
	if l, ok := f.inputs[f.at].(*list); ok && l.inComment() {
		why.SetHelp("f1", why.Help().Desc)
	}
	return append(keys, why, keyPages, keyQuit)
}

func (f *form) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		if f.found != nil {
			return f.found.ask(m, 0)
		}
	case lookMsg:
		if f.found != nil {
			return f.found.look(m, msg)
		}
	case foundMsg:
		if f.found != nil {
			if f.found.take(m, msg) {
				f.refill(m)
			}
		}
	case tea.KeyMsg:
		return f.key(m, msg)
	}
	return nil
}

// key moves between fields and pages, or edits the focused field.
func (f *form) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	kind := f.field().Kind
	if f.reading = kind != steps.Lines && key.Matches(msg, keyScroll); f.reading {
		f.scroll(msg)
		return nil
	}
	if msg.Paste && kind == steps.Text { // a line that was copied whole brings its end along
		msg.Runes = []rune(strings.TrimRight(string(msg.Runes), "\r\n"))
	}
	if msg.Paste && kind == steps.Text && strings.ContainsAny(string(msg.Runes), "\r\n") {
		m.notice = "this field takes one line: what was pasted has several, and was left out"
		return nil
	}
	switch {
	case msg.Paste && f.paste(m, msg):
		return nil
	case msg.Paste:
	case key.Matches(msg, keyNext):
		f.leave(m)
		return m.next()
	case key.Matches(msg, keyReview):
		f.leave(m)
		return m.toReview()
	case key.Matches(msg, keyBack):
		return m.back()
	case f.asksWhy(msg):
		m.overlay = newWhy(m)
		return nil
	case key.Matches(msg, keyTab) && kind == steps.Lines && len(f.fields) == 1:
		// A paste that is not bracketed brings the tabs of /etc/hosts as keys.
		msg = tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	case key.Matches(msg, keyTab):
		if f.field().Key == steps.DirKey {
			if cmd, done := f.complete(m); done {
				return cmd
			}
		}
		return f.move(m, +1)
	case key.Matches(msg, keyTabBack):
		return f.move(m, -1)
	case kind != steps.Lines && key.Matches(msg, keyEnter):
		settle := f.edit(m, msg) // a choice takes what its cursor is on
		if f.at == len(f.fields)-1 {
			return tea.Batch(settle, m.next())
		}
		return tea.Batch(settle, f.move(m, +1))
	}
	return f.edit(m, msg)
}

// scroll moves the page under the window by nearly its height.
func (f *form) scroll(msg tea.KeyMsg) {
	by := max(f.height-1, 1)
	if msg.Type == tea.KeyPgUp {
		by = -by
	}
	f.top = max(f.top+by, 0)
}

// asksWhy reports whether the key asks for the why text. No answer has a "?",
// except a comment in a list.
func (f *form) asksWhy(msg tea.KeyMsg) bool {
	if !key.Matches(msg, keyWhy) {
		return false
	}
	l, ok := f.inputs[f.at].(*list)
	return !ok || msg.Type != tea.KeyRunes || !l.inComment()
}

// move focuses the next or previous field, and stays at the ends.
func (f *form) move(m *Model, by int) tea.Cmd {
	f.leave(m)
	f.focusAt(min(max(f.at+by, 0), len(f.fields)-1))
	return nil
}

// leave shows the problems of a field that was edited, and says so where an option was
// only looked at.
func (f *form) leave(m *Model) {
	if k := f.field().Key; f.typed[k] > 0 {
		m.Seen[k] = true
	}
	if c, ok := f.inputs[f.at].(*choice); ok && c.chosen >= 0 && c.undecided() {
		m.notice = fmt.Sprintf("%s stays %q: space or enter chooses another", f.field().Label, c.options[c.chosen].Label)
	}
}

// edit gives a key to the focused input and keeps what it makes of it.
func (f *form) edit(m *Model, msg tea.KeyMsg) tea.Cmd {
	if !f.inputs[f.at].update(msg) {
		return nil
	}
	return f.changed(m, msg)
}

// changed keeps what the focused input has become by a key.
func (f *form) changed(m *Model, msg tea.KeyMsg) tea.Cmd {
	in, field := f.inputs[f.at], f.field()
	settle := m.set(field.Key, in.value())
	f.typed[field.Key]++
	if f.typed[field.Key] > 1 || msg.Paste {
		m.Seen[field.Key] = true
	}
	if field.Kind == steps.Choice {
		f.refill(m)
	}
	switch {
	case f.found == nil:
	case field.Key == steps.DirKey:
		return f.found.ask(m, restTime)
	default:
		f.found.Wrong = nil // it was about another task
	}
	return settle
}

// refill follows a choice on which other fields or defaults depend.
func (f *form) refill(m *Model) {
	at := f.field().Key
	f.step, _ = m.Find(f.step.Key)
	f.fields = f.step.Fields(m.Answers)
	f.at = 0
	f.fill(m)
	f.focusKey(m, at)
}

// marks are the gutter marks of a list's problems.
func marks(ps []problem.Problem) map[int]editor.Mark {
	out := map[int]editor.Mark{}
	for _, p := range ps {
		if p.Line == 0 {
			continue
		}
		if p.Severity() == problem.Error {
			out[p.Line] = editor.MarkError
		} else if _, taken := out[p.Line]; !taken {
			out[p.Line] = editor.MarkWarning
		}
	}
	return out
}
