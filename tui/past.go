package tui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/tui/text"
)

// past is the page of what was done to a directory when, from which one goes back.
type past struct {
	table
	runs []pkigen.PastRun
	err  error
}

func newPast(m *Model) *past {
	p := &past{}
	p.empty = "reading the backups of " + text.Clean(m.Dir()) + " …"
	p.about = func(i, w int) []string { return m.runLines(&p.runs[i], w) }
	return p
}

// pastMsg brings the runs.
type pastMsg struct {
	runs []pkigen.PastRun
	err  error
}

var keyUndo = bind("go back to before it", "u")

func (p *past) name(*Model) string { return "History" }

func (p *past) keys(*Model) []key.Binding {
	if p.typing {
		return p.table.keys()
	}
	var keys []key.Binding
	if p.selected() >= 0 { // where something stands in the way, the next page says what
		keys = append(keys, keyUndo)
	}
	return append(append(keys, p.table.keys()...), keyReload, keyBack, keyWhy, keyQuit)
}

func (p *past) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return p.read(m)
	case pastMsg:
		p.take(m, msg)
	case failMsg:
		p.err = msg.err
	case tea.KeyMsg:
		return p.key(m, msg)
	}
	return nil
}

func (p *past) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case p.table.handles(m, msg):
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		return p.read(m)
	case key.Matches(msg, keyUndo) && p.selected() >= 0:
		return m.show(newUndoing(m, p.runs[p.selected()].Backup))
	}
	return nil
}

// read reads the backups beside the screen.
func (p *past) read(m *Model) tea.Cmd {
	read := m.History()
	return safely(func() tea.Msg {
		runs, err := read()
		return pastMsg{runs, err}
	})
}

func (p *past) take(m *Model, msg pastMsg) {
	p.runs, p.err, p.empty = msg.runs, msg.err, "No run has left a backup of "+text.Clean(m.Dir())+": there is nothing to go back to."
	rows := make([]row, len(p.runs))
	for i := range p.runs {
		r := &p.runs[i]
		rows[i] = row{cells: []string{r.Time.UTC().Format("2006-01-02 15:04:05"), text.Clean(r.Operation), runFiles(r), strings.Join(r.Answers, "; "), "can be undone"}}
		if !r.CanUndo {
			rows[i].sign, rows[i].level, rows[i].cells[4] = "~", warn, "in doubt"
		}
	}
	p.set([]column{{title: "WHEN (UTC)"}, {title: "WHAT"}, {title: "FILES", least: 12}, {title: "ANSWERS", least: 12, drop: 2}, {title: "UNDO", drop: 1, state: true}}, rows)
}

// runFiles counts what a run did to files.
func runFiles(r *pkigen.PastRun) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{r.Created, "made"}, {r.Replaced, "replaced"}, {r.Removed, "removed"}, {r.Modes, "only another mode"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// runLines is all that is known of a run.
func (m *Model) runLines(r *pkigen.PastRun, w int) []string {
	lines := m.styled(m.theme.strong.Render, "", "Run of "+r.Time.UTC().Format("2006-01-02 15:04:05")+" UTC", w)
	return append(lines, m.facts([]fact{
		{"command", r.Command, plain}, {"files", runFiles(r), plain}, {"answers", strings.Join(r.Answers, "; "), plain},
		{"took back", spec.List(r.Undid, 3), plain}, {"backup", r.Folder, plain}, {"no undo", r.Why, warn},
		{"damaged", spec.List(r.Damaged, 3), bad},
	}, w)...)
}

func (p *past) view(m *Model, w, h int) string {
	if p.err != nil {
		return block(m.item(m.theme.bad.Render, "!", p.err.Error(), w), w, h)
	}
	return p.table.view(m, w, h)
}
