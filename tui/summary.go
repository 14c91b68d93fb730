package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/next"
	"certwright/pkigen/rollout/restart"
	"certwright/steps"
	"certwright/tui/text"
)

// summary is the page after the work: what has to happen on the nodes, what was
// made and proven, every certificate as cfssl-certinfo shows it, and who uses
// which file.
type summary struct {
	tabs
	made      *certificates
	checklist *checklist // nil where nothing has to happen on the nodes
	verdict   *verdict
	pane      scroller
	handing   handing
	uses      text.Table
	done      string // the first sentence, which counts all files
	asked     bool   // it was asked about steps that are not ticked
}

// What the tabs of a summary show.
const (
	viewChecklist = iota
	viewSummary
	viewVerified
	viewMade
	viewUses
	viewHandout
)

// newSummary is the summary of the run that was just done. Where it changed what
// programs read, what has to be restarted comes first.
func newSummary(m *Model) *summary {
	p := m.Outcome.Result.Plan
	s := &summary{done: text.Done(m.Outcome.Result, m.Dir()), uses: text.FlagTable(p), made: newCertificates(m), verdict: newVerdict(m), pane: newScroller(),
		tabs: tabs{all: []tab{{"Summary", viewSummary}, {"Verified", viewVerified}, {"Certificates", viewMade}, {"Who uses what", viewUses}}}}
	if r := m.After(p); !r.Empty() {
		s.checklist = newChecklist(m, next.Checklist(p, r, m.Dir()), r.Notes)
		s.all = slices.Insert(s.all, 0, tab{"What to restart", viewChecklist})[:4]
	}
	if p.Layout.PerNode {
		s.all = append(s.all, tab{"Hand out", viewHandout})
	}
	if first := next.FirstList(p, m.Dir()); s.checklist == nil && len(first) > 0 {
		s.checklist = newChecklist(m, first, nil)
		s.checklist.optional = true
		s.all = slices.Insert(s.all, 1, tab{"What to start", viewChecklist})
	}
	return s
}

func (s *summary) name(*Model) string { return "Done" }

func (s *summary) keys(m *Model) []key.Binding {
	list := s.list()
	if list != nil && list.typing {
		return list.keys()
	}
	keys := []key.Binding{keyView}
	if m.armed() {
		keys = []key.Binding{keyFinish, keyView}
	}
	switch {
	case s.at() == viewChecklist:
		return append(s.checklist.keys(m), append(keys, keyPages, keyWhy)...)
	case list != nil:
		return append(list.keys(), append(keys, keyWhy)...)
	case len(s.commands(m)) > 0:
		keys = append(keys, named(keyCopy, "copy the command"))
	}
	if s.at() == viewHandout {
		if s.handing.exists() {
			keys = append([]key.Binding{keyRepack}, keys...)
		} else if s.handing.packed == nil {
			keys = append([]key.Binding{keyPack}, keys...)
		}
	}
	return append(keys, keyScroll, keyWhy)
}

// list is the list that the tab shows; nil for a text.
func (s *summary) list() *table {
	switch s.at() {
	case viewChecklist:
		return &s.checklist.table
	case viewVerified:
		return &s.verdict.table
	case viewMade:
		return &s.made.table
	}
	return nil
}

func (s *summary) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return tea.Batch(m.scan(), judge(m.Verify(m.ctx)))
	case scanMsg:
		s.made.take(m, msg.seen)
	case verdictMsg:
		s.verdict.take(msg)
	case lookedMsg:
		s.checklist.take(m, msg)
	case handedMsg:
		s.handing.take(msg)
	case failMsg:
		s.made.fail(m, msg)
		s.verdict.take(verdictMsg{err: msg.err})
	case tea.KeyMsg:
		list := s.list()
		switch {
		case s.at() == viewChecklist && key.Matches(msg, keyWatch) && !s.checklist.typing:
			return s.checklist.follow(m)
		case s.at() == viewChecklist && s.checklist.update(m, msg):
		case list != nil && list.update(msg):
		case key.Matches(msg, keyWhy):
			m.overlay = newKeys(m)
		case list != nil && key.Matches(msg, keyOpen):
			list.opened(m)
		case key.Matches(msg, keyCopy):
			return m.copy(s.commands(m))
		case key.Matches(msg, keyFinish):
			return m.once(func() tea.Cmd { return s.finish(m) })
		case key.Matches(msg, keyBack) && steps.Renewing(m.Answers):
			// The new ends can be looked at; the list with its ticks stays.
			cmd := m.ask(steps.ThereKey)
			m.notice = "done; ctrl+o leads back to what to restart"
			return cmd
		case s.at() == viewHandout && key.Matches(msg, keyPack) && s.handing.packed == nil:
			return s.handing.pack(m, false)
		case s.at() == viewHandout && key.Matches(msg, keyRepack) && s.handing.exists():
			return s.handing.pack(m, true)
		case s.tabs.update(msg):
			s.pane.port.GotoTop()
		default:
			s.pane.scroll(msg)
		}
	}
	return nil
}

// finish leaves. Steps that are not ticked are asked about once.
func (s *summary) finish(m *Model) tea.Cmd {
	if s.checklist != nil && s.checklist.left() > 0 && !s.asked {
		s.asked = true
		m.notice = s.checklist.leftText() + "; the same key again leaves"
		return nil
	}
	return tea.Quit
}

// commands are those that the cursor is on, or the one that does it all again.
func (s *summary) commands(m *Model) []shell.Line {
	switch {
	case s.at() == viewChecklist:
		return s.checklist.commands()
	case s.at() == viewSummary && m.Outcome.AnswersPath != "":
		return []shell.Line{next.GenerateCommand(m.Outcome.AnswersPath, m.Dir())}
	}
	return nil
}

func (s *summary) view(m *Model, w, h int) string {
	head := m.item(m.theme.good.Render, "✓", s.done, w)
	lines := append(head, "", s.tabs.line(m, w), "")
	if len(lines) >= h/2 { // a long path, a low window
		lines = []string{cut(head[0], w), s.tabs.line(m, w)}
	}
	return block(lines, w, len(lines)) + "\n" + s.inner(m, w, h-len(lines))
}

func (s *summary) inner(m *Model, w, h int) string {
	switch s.at() {
	case viewChecklist:
		return s.checklist.view(m, w, h)
	case viewSummary:
		return s.pane.draw(m, s.outcome(m, w), w, h)
	case viewVerified:
		return s.verdict.view(m, w, h)
	case viewUses:
		return s.pane.draw(m, tableLines(m, s.uses, w), w, h)
	case viewHandout:
		return s.pane.draw(m, s.handing.lines(m, w), w, h)
	}
	return s.made.view(m, w, h)
}

// outcome is what was proven, what to keep safe, and what to do next.
func (s *summary) outcome(m *Model, w int) []string {
	var out []string
	r := m.Outcome.Result
	for _, p := range r.Proofs {
		out = append(out, m.item(m.theme.text.Render, "✓", p, w)...)
	}
	for _, n := range r.Notes {
		out = append(out, m.item(m.theme.warn.Render, "~", n, w)...)
	}
	if r.Backup != "" {
		out = append(out, m.styled(m.theme.text.Render, "  ", "The files as they were before lie in "+r.Backup+"; "+next.UndoHint(r.Plan, m.Dir())+".", w)...)
	}
	for _, s := range r.Plan.Warnings {
		out = append(out, m.item(m.theme.warn.Render, "~", s, w)...)
	}
	out = append(out, s.next(m, w)...)
	if s := text.Guard(r.Plan); s != "" {
		out = append(out, "")
		out = append(out, m.styled(m.theme.text.Render, "  ", s, w)...)
	}
	if m.Outcome.AnswersPath != "" {
		again := next.GenerateCommand(m.Outcome.AnswersPath, m.Dir())
		out = append(out, "", "  Same again without questions:", "    "+again.String())
	}
	return out
}

// next is what is left to do: where files that were in use changed, what has to
// happen on the nodes, and else how a cluster is started.
func (s *summary) next(m *Model, w int) []string {
	p := m.Outcome.Result.Plan
	var out []string
	if s.checklist != nil && !s.checklist.optional {
		out = append(out, "", "  What has to happen on the nodes stands under \"What to restart\".")
	} else if tasks := next.FirstTasks(p, m.Dir()); len(tasks) > 0 {
		out = append(append(out, ""), stepLines(m, tasks, w)...)
	}
	return out
}

// restartLines are the steps of a restart plan, what several nodes have to do in
// the same way as one.
func restartLines(m *Model, r *restart.Plan, w int) []string {
	var out []string
	for _, note := range r.Notes {
		out = append(out, m.item(m.theme.warn.Render, "~", note, w)...)
	}
	return append(out, stepLines(m, r.Tasks(m.Dir()), w)...)
}

// stepLines are steps with their numbers, and their commands below them.
func stepLines(m *Model, steps []restart.Task, w int) []string {
	var out []string
	for i, step := range steps {
		out = append(out, hanging(m, fmt.Sprintf("  %d. ", i+1), step.Text, w)...)
		for i := range step.Commands {
			out = append(out, commandLines(m, &step.Commands[i], "     ", w)...)
		}
	}
	return out
}

// commandLines is a command alone on its lines, so that it can be copied from the screen
// as it is, below what says where it is run.
func commandLines(m *Model, c *restart.Command, inset string, w int) []string {
	var out []string
	if c.Where != "" {
		out = m.styled(m.theme.faint.Render, inset, c.Where+":", w)
	}
	inset += "  "
	for _, l := range c.Line.Lines(w - len(inset) - 2) {
		if len(l) > w-len(inset) { // a word that no line has room for
			out = append(out, m.styled(m.theme.strong.Render, inset, l, w)...)
		} else {
			out = append(out, inset+m.theme.strong.Render(text.Clean(l)))
		}
	}
	return out
}

// hanging is a text whose further lines stand below the end of its first mark.
func hanging(m *Model, first, text string, w int) []string {
	lines := m.styled(m.theme.text.Render, strings.Repeat(" ", len(first)), text, w)
	if len(lines) > 0 {
		lines[0] = first + strings.TrimLeft(lines[0], " ")
	}
	return lines
}

// tableLines lays a plain table out as lines of the page.
func tableLines(m *Model, t text.Table, w int) []string {
	head, rows := t.Lay(w - 4)
	out := []string{"  " + m.theme.faint.Render(head)}
	for _, r := range rows {
		out = append(out, "  "+strings.Join(r, "\n  "))
	}
	return strings.Split(strings.Join(out, "\n"), "\n")
}

// inspect is the page that only looks at a directory.
type inspect struct{ *certificates }

func newInspect(m *Model) *inspect { return &inspect{newCertificates(m)} }

func (p *inspect) name(*Model) string { return "Certificates" }

func (p *inspect) keys(*Model) []key.Binding {
	if p.typing {
		return p.table.keys()
	}
	return append(p.table.keys(), keyReload, keyBack, keyWhy, keyQuit)
}

func (p *inspect) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return m.scan()
	case scanMsg:
		p.take(m, msg.seen)
	case failMsg:
		p.fail(m, msg)
	case tea.KeyMsg:
		switch {
		case p.table.handles(m, msg):
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyReload):
			return m.scan()
		}
	}
	return nil
}
