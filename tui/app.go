// Package tui is the full-screen door: a bubbletea state machine that asks the
// questions of package steps, shows what will be made, makes it through
// package pkigen, and shows what was made.
//
// States: asking (one form per step), review, working, done or failed. Only
// review leads to working, and only working writes into the output directory.
// The package decides nothing about certificates: rules and sentences come
// from steps and pkigen.
package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/steps"
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

// Model is the whole wizard. The answers are its memory; pages are made anew
// from them when one goes back and forth, so nothing typed can be lost.
type Model struct {
	opt   Options
	theme theme
	help  help.Model
	w, h  int

	answers *steps.Answers
	// cluster and problems are what the answers build to; build refreshes them.
	// While a long list is typed in, they may be those of a moment ago.
	cluster      *spec.Cluster
	problems     []spec.Problem
	certificates int // that the answers lead to
	pairs        int // of keys for them, with those that have no certificate
	byKey        map[string][]spec.Problem
	edits        int       // counts the changes of answers; a late settleMsg is dropped
	settling     bool      // a long answer is being typed and was not judged yet
	drawn        time.Time // when frame was drawn
	frame        string
	texts        textCache

	page     page
	step     string          // key of the step asked for; "" on other pages
	reached  map[string]bool // steps that were asked; their rail entries can be jumped to
	seen     map[string]bool // field keys whose problems are shown
	reviewed bool            // the review was reached once: everything can be jumped to
	overlay  overlay         // why text or page list over the page; nil for none
	notice   string          // one line above the footer, until the next key
	// recovered says what a run that was stopped had left beside the directory, and
	// how it was ended.
	recovered []string

	saved   map[string]bool // directories whose saved answers were offered
	edited  bool            // an answer was changed since the last save
	leaving bool            // ctrl+c was pressed once
	armed   bool            // the page has been seen for armTime
	armTime time.Duration
	// visiting says that the page was come to from a line of the review, and
	// that forward leads back there.
	visiting bool
	drafted  bool // the answers so far are kept as a draft
	loose    bool // something was answered for a set that is there: no draft keeps it

	transition *transition // of a change, as it was when its questions were left
	own        *ownAnswers // put aside while the wizard is about a set that is there
	stock      stock       // what lies in that set
	finished   *summary    // of the last run that was done

	keysThere int // private keys that lie in the directory already
	pool      *issue.Keys
	work      *worker

	out Outcome
}

// New makes the wizard at its first page.
func New(opt Options) *Model {
	opt = opt.withDefaults()
	m := &Model{
		opt:     opt,
		theme:   newTheme(opt.NoColor),
		help:    help.New(),
		answers: opt.Answers,
		reached: map[string]bool{},
		seen:    map[string]bool{},
		saved:   map[string]bool{},
		pool:    opt.Keys,
		work:    &worker{},
		armTime: armTime,
		w:       80, h: 24,
	}
	m.help.Styles = m.theme.help()
	m.help.ShortSeparator = "  "
	m.build()
	m.ask(m.steps()[0].Key)
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
		m.armed = m.armed || msg.page == m.page
		return m, nil
	case settleMsg:
		if msg.edit == m.edits {
			m.build()
		}
		m.settling = m.settling && msg.edit != m.edits
		return m, nil
	case stockMsg:
		m.stock.set(msg)
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
	m.out.Interrupted = !m.out.Done
	return tea.Quit
}

// unfinished reports whether leaving now would break something off.
func (m *Model) unfinished() bool {
	switch m.page.(type) {
	case *inspect, *judgement, *summary:
		return false
	}
	return true
}

// stop is a signal: as leave, without asking.
func (m *Model) stop(msg stopMsg) tea.Cmd {
	m.out.Signal = msg.signal
	if !m.work.idle() {
		m.work.cancel()
		return nil // workDone quits
	}
	m.saveDraft()
	return tea.Quit
}

// build makes cluster and problems anew from the answers.
func (m *Model) build() {
	m.cluster, m.problems = steps.Build(m.answers, m.now())
	m.byKey = steps.ByKey(m.problems)
	m.certificates, m.pairs = 0, 0
	if layout, ok := catalog.LayoutOf(m.cluster); ok {
		all := layout.Certificates(m.cluster)
		m.pairs = len(all)
		for i := range all {
			if all[i].IsCertificate() {
				m.certificates++
			}
		}
	}
	m.texts.preview = nil
}

func (m *Model) now() time.Time { return m.opt.Now() }

// An answer longer than longAnswer is judged when the keys rest for settleTime,
// not at each of them: a list of thousands of lines, typed or pasted as single
// keys, must not lag behind.
const (
	longAnswer = 16 << 10
	settleTime = 30 * time.Millisecond
)

// settleMsg says that the keys have rested since the given edit.
type settleMsg struct{ edit int }

// set keeps one answer and judges everything again, now or soon.
func (m *Model) set(key, value string) tea.Cmd {
	// The key comes from the table of steps: it cannot be unknown.
	_ = m.answers.Set(key, value)
	if m.own != nil && key == steps.GoalKey {
		m.answers = m.stock.origin.Resume(m.answers)
	}
	m.edited = m.edited || m.own == nil && !m.answers.Empty()
	m.loose = m.own != nil && (m.loose || key != steps.GoalKey)
	m.edits++
	if len(value) <= longAnswer {
		m.build()
		return nil
	}
	edit := m.edits
	m.settling = true
	return tea.Tick(settleTime, func(time.Time) tea.Msg { return settleMsg{edit} })
}

// saveDraft writes the answers so far; a failure is told and stops nothing.
func (m *Model) saveDraft() {
	if !m.edited || m.opt.SaveDraft == nil || m.own != nil {
		return // what is wanted of a set that is there is no answer that makes one
	}
	if err := m.opt.SaveDraft(m.dir(), m.answers); err != nil {
		m.notice, m.drafted = "the draft could not be saved: "+err.Error(), false
		return
	}
	m.edited, m.drafted = false, true
}

// dir is the output directory as it was answered.
func (m *Model) dir() string { return m.answers.Get(steps.DirKey) }

// steps are the questions that the answers so far lead to.
func (m *Model) steps() []steps.Step { return steps.Visible(m.answers) }

// find gives the visible step of a key and its index.
func (m *Model) find(stepKey string) (steps.Step, int) {
	all := m.steps()
	i := slices.IndexFunc(all, func(s steps.Step) bool { return s.Key == stepKey })
	if i < 0 {
		return all[0], 0
	}
	return all[i], i
}
