// Package tui is the full-screen door: a bubbletea state machine that asks the
// questions of package steps, shows what will be made, makes it through
// package pkigen, and shows what was made.
//
// States: asking (one form per step), review, working, done or failed. Only
// review leads to working, and only working writes into the output directory.
// The package decides nothing: what can be done when stands in package wizard, rules
// and sentences come from steps and pkigen.
package tui

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/tui/wizard"
)

// page is one screen between header and footer.
type page interface {
	// update handles a message that the frame did not take.
	update(m *Model, msg tea.Msg) tea.Cmd
	// view draws exactly h lines of exactly w cells.
	view(m *Model, w, h int) string
	// keys are those that do something now, for the footer.
	keys(m *Model) []key.Binding
	// name is the page's title, and where it stands on the rail.
	name(m *Model) string
}

// Model draws the wizard and forwards what is typed. Pages are made again from the
// answers when one goes back and forth, so nothing typed can be lost.
type Model struct {
	*wizard.Wizard
	ctx   context.Context
	theme theme
	help  help.Model
	w, h  int
	// out is the terminal, for what is no part of a frame; screen says that GNU screen
	// stands before it, ascii that it does not understand UTF-8.
	out           io.Writer
	screen, ascii bool

	edits    int       // counts the changes of answers; a late settleMsg is dropped
	settling bool      // a long answer is being typed and was not judged yet
	drawn    time.Time // when frame was drawn
	frame    string
	texts    textCache
	entries  entries

	page    page
	step    string  // key of the step asked for; "" on other pages
	overlay overlay // why text or page list over the page; nil for none
	notice  string  // one line above the footer, until the next key

	leaving bool // ctrl+c was pressed once
	guard   guard
	// visiting says that the page was come to from a line of the review, and
	// that forward leads back there.
	visiting bool

	finished *summary // of the last run that was done on the set
	work     *worker
	watch    watch

	interrupted bool      // left with ctrl+c before it was done
	signal      os.Signal // that ends it
}

// New makes the wizard at its first page.
func New(ctx context.Context, opt wizard.Options, noColor bool) *Model {
	m := &Model{
		Wizard: wizard.New(opt),
		ctx:    ctx,
		theme:  newTheme(noColor),
		help:   help.New(),
		work:   &worker{},
		watch:  watch{rest: pauseLooks},
		out:    io.Discard,
		guard:  guard{pause: guardTime},
		w:      80, h: 24,
	}
	m.help.Styles = m.theme.help()
	m.help.ShortSeparator = "  "
	m.ask(m.Steps()[0].Key)
	if i := m.Imported(); i != nil {
		m.overlay = newImported(m, i)
	}
	return m
}

// Init asks for what lies in the directory, so that the first page can show it.
func (m *Model) Init() tea.Cmd { return m.page.update(m, enteredMsg{}) }

// enteredMsg tells a page that it is shown now.
type enteredMsg struct{}

// Update routes a message: the frame's own keys first, then the page.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h, m.drawn = msg.Width, msg.Height, time.Time{}
		return m, nil
	case stopMsg:
		return m, m.stop(msg)
	case armMsg:
		return m, m.arm(msg)
	case pressedMsg:
		return m, m.pressed(msg)
	case settleMsg:
		return m, m.judge(msg)
	case lookedMsg:
		return m, m.looked(msg)
	case judgedMsg:
		m.TakeJudged(msg.judged)
		m.settling = m.settling && msg.edit != m.edits
		return m, nil
	case wizard.SetRead:
		m.TakeSet(msg)
	case failMsg:
		m.notice, _, _ = strings.Cut(msg.err.Error(), "\n")
	case tea.KeyMsg:
		if cmd, taken := m.frameKey(msg); taken {
			return m, cmd
		}
	}
	return m, m.page.update(m, msg)
}

// frameKey handles the keys that mean the same on every page.
func (m *Model) frameKey(msg tea.KeyMsg) (tea.Cmd, bool) {
	if key.Matches(msg, keyQuit) {
		return m.leave(), true
	}
	if m.small() {
		return nil, true // nobody sees what another key does
	}
	wasLeaving := m.leaving
	m.leaving, m.notice = false, ""
	if wasLeaving && key.Matches(msg, keyBack) {
		return nil, true // esc takes the question back, and nothing else
	}
	if m.overlay != nil {
		return m.overlay.update(m, msg), true
	}
	switch {
	case key.Matches(msg, keySuspend):
		return tea.Suspend, true
	case key.Matches(msg, keyPages) && m.work.idle():
		m.overlay = newPageList(m)
		return nil, true
	}
	if n, ok := pageNumber(msg); ok && m.work.idle() {
		return m.jump(n), true
	}
	return nil, false
}

// leave asks once, then quits; while files are written it waits for a
// consistent state.
func (m *Model) leave() tea.Cmd {
	if !m.work.idle() {
		m.work.cancel()
		m.notice = "stopping: waiting until the files are as before, or all new"
		return nil
	}
	m.saveDraft()
	if !m.leaving && m.unfinished() {
		m.leaving = true
		return nil
	}
	m.interrupted = !m.Outcome.Done
	return tea.Quit
}

// unfinished reports whether leaving now would break something off.
func (m *Model) unfinished() bool {
	switch p := m.page.(type) {
	case *inspect, *judgement, *past, *adopting:
		return false
	case *summary:
		return p.checklist.left() > 0
	}
	return true
}

// stop is a signal: as leave, without asking.
func (m *Model) stop(msg stopMsg) tea.Cmd {
	m.signal = msg.signal
	if !m.work.idle() {
		m.work.cancel()
		return nil // workDone quits
	}
	m.saveDraft()
	return tea.Quit
}

// An answer longer than longAnswer, and each one of a cluster with more than largeCluster
// nodes, is judged when the keys rest for settleTime, and beside the screen: to judge
// thousands of nodes takes longer than a key press may.
const (
	longAnswer   = 16 << 10
	largeCluster = 300
	settleTime   = 30 * time.Millisecond
)

// settleMsg says that the keys have rested since the given edit.
type settleMsg struct{ edit int }

// judgedMsg brings what the answers of an edit build to.
type judgedMsg struct {
	edit   int
	judged wizard.Judged
}

// judge has the answers judged beside the screen, if they are still those of the edit.
func (m *Model) judge(msg settleMsg) tea.Cmd {
	if msg.edit != m.edits {
		return nil
	}
	judge := m.Judge()
	return safely(func() tea.Msg { return judgedMsg{msg.edit, judge()} })
}

// set keeps one answer and judges everything again, now or soon.
func (m *Model) set(key, value string) tea.Cmd {
	m.edits++
	if len(value) <= longAnswer && len(m.Cluster.Nodes) <= largeCluster {
		m.Give(key, value)
		return nil
	}
	m.Put(key, value)
	edit := m.edits
	m.settling = true
	return tea.Tick(settleTime, func(time.Time) tea.Msg { return settleMsg{edit} })
}

// saveDraft keeps the answers so far; a failure is told and stops nothing.
func (m *Model) saveDraft() {
	if err := m.SaveDraft(); err != nil {
		m.notice = err.Error()
	}
}
