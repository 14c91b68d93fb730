package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/spec"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// undoing is the page that shows what going back to before a run would do, and does it
// once it is confirmed. It leads to the list of what has to happen on the nodes then.
type undoing struct {
	table
	backup  string
	undo    *wizard.Undo
	err     error
	discard bool // the operator allows that changes of another hand go
	working bool
	todo    *checklist // when it is done; nil where nothing has to happen
	done    bool
}

func newUndoing(m *Model, backup string) *undoing {
	p := &undoing{backup: backup}
	p.empty = "reading the backups of " + text.Clean(m.Dir()) + " …"
	return p
}

// undoMsg brings what going back would do.
type undoMsg struct {
	undo *wizard.Undo
	err  error
}

var keyDiscard = bind("let them go", "x")

func (p *undoing) name(*Model) string {
	if p.done {
		return "Went back"
	}
	return "Go back"
}

func (p *undoing) keys(m *Model) []key.Binding {
	switch {
	case p.working:
		return []key.Binding{named(keyQuit, "stop")}
	case p.typing:
		return p.table.keys()
	case p.done && p.todo != nil:
		return append(p.todo.keys(m), keyFinish, keyWhy)
	case p.done:
		return []key.Binding{keyFinish, named(keyBack, "history"), keyWhy}
	}
	var keys []key.Binding
	switch {
	case p.undo == nil:
	case len(p.undo.Foreign) > 0 && !p.discard:
		keys = append(keys, keyDiscard)
	case m.armed():
		keys = append(keys, named(keyMake, "go back"))
	}
	return append(append(keys, named(keyUp, "look"), keyFilter), named(keyBack, "history"), keyWhy, keyQuit)
}

func (p *undoing) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		read := m.PlanUndo(p.backup)
		return safely(func() tea.Msg {
			undo, err := read()
			return undoMsg{undo, err}
		})
	case undoMsg:
		p.take(m, msg)
	case lookedMsg:
		p.todo.take(m, msg)
	case failMsg:
		p.err = msg.err
	case workDoneMsg:
		return p.ended(m, wizard.Ended(msg))
	case tea.KeyMsg:
		if !p.working {
			return p.key(m, msg)
		}
	}
	return nil
}

func (p *undoing) take(m *Model, msg undoMsg) {
	m.guard.shut() // from here on one can see what is confirmed
	if p.undo, p.err = msg.undo, msg.err; p.err != nil {
		return
	}
	rows := make([]row, len(p.undo.Files))
	for i := range p.undo.Files {
		f, mode := &p.undo.Files[i], ""
		if f.Then != nil {
			mode = f.Then.Mode
		}
		group, name := placeOf(m, f.Path)
		rows[i] = row{group: group, level: warn, cells: []string{string(f.Verb()), mode, name}}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.group, b.group) }) // each heading once
	p.set([]column{{title: "WILL", state: true}, {title: "MODE", drop: 1}, {title: "FILE", name: true}}, rows)
}

func (p *undoing) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.done && p.todo != nil && key.Matches(msg, keyWatch) && !p.todo.typing:
		return p.todo.follow(m)
	case p.done && p.todo != nil && p.todo.update(m, msg):
	case !p.done && p.table.update(msg):
	case p.done && key.Matches(msg, keyFinish):
		return tea.Quit
	case key.Matches(msg, keyWhy):
		m.overlay = newKeys(m)
	case key.Matches(msg, keyBack):
		return m.show(newPast(m))
	case !p.done && key.Matches(msg, keyDiscard) && p.undo != nil && len(p.undo.Foreign) > 0:
		p.discard = !p.discard
	case !p.done && key.Matches(msg, keyMake):
		return p.confirm(m)
	}
	return nil
}

// confirm goes back, if nothing stands in the way.
func (p *undoing) confirm(m *Model) tea.Cmd {
	switch {
	case p.err != nil || p.undo == nil:
		m.notice = "there is nothing that can be done here; esc leads to the history"
		return nil
	}
	if len(p.undo.Foreign) > 0 && !p.discard {
		m.notice = "changes of another hand would go: see above; x lets them go, and the backup keeps them"
		return nil
	}
	return m.once(func() tea.Cmd { return p.start(m) })
}

// start goes back.
func (p *undoing) start(m *Model) tea.Cmd {
	run, err := m.ConfirmUndo(p.undo, p.discard)
	if err != nil {
		p.err = err
		return nil
	}
	p.working = true
	return m.work.start(m.ctx, run)
}

func (p *undoing) ended(m *Model, end wizard.Ended) tea.Cmd {
	m.Finish(end)
	p.working, m.notice = false, ""
	switch {
	case m.signal != nil:
		return tea.Quit
	case m.Outcome.Err != nil:
		p.err = m.Outcome.Err
		return nil
	}
	p.done = true
	if todo := p.undo.Todo; todo != nil && !todo.Empty() {
		p.todo = newChecklist(m, todo.Checklist(m.Dir()), todo.Notes)
	}
	return nil
}

// head is what going back means, or what it did.
func (p *undoing) head(m *Model, w int) []string {
	switch {
	case p.err != nil:
		return m.item(m.theme.bad.Render, "!", p.err.Error(), w)
	case p.undo == nil:
		return nil
	case p.done:
		lines := m.item(m.theme.good.Render, "✓", fmt.Sprintf("Went back: %s. Each file is proven against its checksum in the backup.", text.UndoCounts(p.undo.Undoing)), w)
		return append(lines, m.styled(m.theme.text.Render, "    ", "What was there before lies in "+m.Outcome.Undone.Backup+"; another undo brings it back.", w)...)
	}
	lines := m.styled(m.theme.strong.Render, "  ", fmt.Sprintf("This takes back %s, the last one first. %s. All others stay as they are.",
		spec.Count(len(p.undo.Runs), "run", "runs"), text.UndoCounts(p.undo.Undoing)), w)
	for _, s := range p.undo.Warnings {
		lines = append(lines, m.item(m.theme.warn.Render, "~", s, w)...)
	}
	if n := len(p.undo.Foreign); n > 0 {
		sign, l, words := "!", bad, "They are not as the last run left them; x lets these changes go, and the backup keeps them: "
		if p.discard {
			sign, l, words = "~", warn, "These changes of another hand go, and the backup keeps them: "
		}
		lines = append(lines, m.item(m.theme.at(l).Render, sign, words+spec.List(p.undo.Foreign, 4), w)...)
	}
	if p.working {
		lines = append(lines, m.item(m.theme.text.Render, ">", "going back …", w)...)
	}
	return lines
}

func (p *undoing) view(m *Model, w, h int) string {
	head := append(p.head(m, w), "")
	head = head[:min(len(head), max(h-3, 1))]
	rest := h - len(head)
	top := block(head, w, len(head)) + "\n"
	switch {
	case p.err != nil:
		return top + block(nil, w, rest)
	case p.done && p.todo == nil:
		return top + block(m.item(m.theme.text.Render, " ", "Nothing has to happen on the nodes, as far as the answers tell.", w), w, rest)
	case p.done:
		return top + p.todo.view(m, w, rest)
	}
	return top + p.table.view(m, w, rest)
}
