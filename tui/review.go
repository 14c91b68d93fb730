package tui

import (
	"errors"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// review shows everything that will exist before anything is written. It is
// the only page that leads to the work.
type review struct {
	tabs
	lists [viewJSON]table // one for each, so that each keeps its place
	scroller
	*wizard.Review // with neither plan nor error while it is read
	facts          reviewFacts
	answers        []steps.Field // of all visible steps
	titles         []string      // of the step of each
	word           *textField    // the confirmation that is being typed; nil for none
	secret         *secretField  // the passphrase that is being typed; nil for none
}

// reviewFacts are what the review says about its plan, worked out once.
type reviewFacts struct {
	counts     string // the one sentence of what will happen
	warnings   []string
	certs      []int // places in the plan of the certificates, by their rows
	changed    []int // of those that change
	files      []int // of the files
	transition laid  // what a change leads to
	restart    laid  // what has to happen on the nodes then
	trust      laid  // who shows what to whom
	json       []string
	commands   []shell.Line
	byHand     laid // the commands as a page
}

// What the tabs of a review show: lists first, then texts.
const (
	viewChanges = iota
	viewCertificates
	viewFiles
	viewAnswers
	viewJSON // from here on texts
	viewCommands
	viewTrust
	viewRestart
	viewCourse
	views // their number
)

// The tabs of a review, for a set that is made and for one that is renewed.
var (
	madeTabs  = []tab{{"Certificates", viewCertificates}, {"Files", viewFiles}, {"Answers", viewAnswers}, {"JSON", viewJSON}, {"cfssl", viewCommands}, {"Trust", viewTrust}}
	renewTabs = []tab{{"Changes", viewChanges}, {"Files", viewFiles}, {"Restart", viewRestart}}
	// A change of the answers begins with what they lead to.
	changeTabs = append([]tab{{"Answers", viewCourse}}, renewTabs...)
)

// planMsg brings the plan that the directory and the answers lead to.
type planMsg struct{ *wizard.Review }

func newReview(m *Model) *review {
	r := &review{scroller: newScroller(), Review: &wizard.Review{}, tabs: tabs{all: madeTabs}}
	for view := range r.lists {
		r.lists[view].about = func(i, w int) []string { return r.about(m, view, i, w) }
	}
	r.lists[viewChanges].empty = "No certificate changes."
	switch {
	case m.Changes():
		r.all = changeTabs
	case steps.Renewing(m.Answers):
		r.all = renewTabs
	}
	for _, s := range m.Steps() {
		for _, f := range s.Fields(m.Answers) {
			if !f.Local {
				r.answers, r.titles = append(r.answers, f), append(r.titles, s.Title)
			}
		}
	}
	r.takeAnswers(m)
	return r
}

// keyQuestion leads to the question that makes a line what it is.
var keyQuestion = bind("its question", "e")

func (r *review) name(*Model) string { return "Review" }

func (r *review) keys(m *Model) []key.Binding {
	if r.secret != nil {
		return []key.Binding{keyEnter, named(keyBack, "do not")}
	}
	if r.word != nil {
		return []key.Binding{named(keyEnter, "allow it"), named(keyBack, "do not")}
	}
	var keys []key.Binding
	if r.Plan != nil {
		switch {
		case !m.armed():
		case len(r.Refused) > 0:
			if r.wanted() != "" {
				keys = append(keys, keyAllow)
			}
		case r.Plan.Changes():
			keys = append(keys, r.makeKey())
		case r.renews():
		default:
			keys = append(keys, named(keyMake, "check them"))
		}
	}
	if l := r.list(); l != nil {
		if l.typing {
			return l.keys()
		}
		keys = append(keys, l.keys()...)
		if r.at() == viewAnswers {
			keys = append(keys[:len(keys)-len(l.keys())], named(keyUp, "choose"), keyGo, keyFilter)
		} else {
			keys = append(keys, keyQuestion)
		}
	}
	if len(r.copies(m)) > 0 {
		keys = append(keys, named(keyCopy, "copy them"))
	}
	return append(keys, keyView, named(keyWhy, "all of it"), keyBack, keyPages, keyQuit)
}

func (r *review) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return r.makePlan(m)
	case planMsg:
		r.take(m, msg)
	case failMsg:
		r.Err = msg.err
	case tea.KeyMsg:
		if r.secret != nil {
			return r.typeSecret(m, msg)
		}
		if r.word != nil {
			return r.typeWord(m, msg)
		}
		return r.key(m, msg)
	}
	return nil
}

// copies are the commands of the tab.
func (r *review) copies(m *Model) []shell.Line {
	switch {
	case r.Plan == nil:
	case r.at() == viewCommands:
		return r.facts.commands
	case r.at() == viewRestart:
		var out []shell.Line
		for _, task := range m.After(r.Plan).Tasks(m.Dir()) {
			for _, c := range task.Commands {
				out = append(out, c.Commented())
			}
		}
		return out
	}
	return nil
}

// makePlan reads the directory beside the screen.
func (r *review) makePlan(m *Model) tea.Cmd {
	r.Review = &wizard.Review{}
	read := m.Plan()
	return safely(func() tea.Msg { return planMsg{read()} })
}

// take shows a plan, and has the keys made that it will need.
func (r *review) take(m *Model, msg planMsg) {
	m.guard.shut() // from here on one can see what is confirmed
	if r.Review = msg.Review; r.Plan == nil {
		return
	}
	r.facts = reviewFacts{counts: text.Counts(r.Plan, m.Dir()), warnings: r.warnings(m)}
	r.takeFiles(m)
	if r.renews() {
		r.takeRenewal(m)
	} else {
		r.takeCertificates(m)
		r.facts.json, r.facts.commands = r.json(m), catalog.Commands(r.Plan.Layout, r.Plan.Cluster)
	}
	m.PrepareFor(r.Review)
}

// list is the list that the tab shows; nil for a text.
func (r *review) list() *table {
	if r.at() >= viewJSON {
		return nil
	}
	return &r.lists[r.at()]
}

func (r *review) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	list := r.list()
	switch {
	case list != nil && list.update(msg):
	case key.Matches(msg, keyMake):
		return m.once(func() tea.Cmd { return r.confirm(m) })
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		return r.makePlan(m)
	case key.Matches(msg, keyCopy) && r.list() == nil:
		return m.copy(r.copies(m))
	case key.Matches(msg, keyAllow) && r.Plan != nil && r.wanted() != "":
		r.word = newText(m.theme, steps.Field{}, "")
		r.word.focus()
	case key.Matches(msg, keyWhy):
		m.overlay = newDetails(m, r)
	case list != nil && (key.Matches(msg, keyQuestion) || r.at() == viewAnswers && key.Matches(msg, keyGo)):
		m.visiting = true
		return r.visit(m)
	case list != nil && key.Matches(msg, keyOpen):
		list.opened(m)
	case r.tabs.update(msg):
		r.port.GotoTop()
	default:
		r.scroll(msg)
	}
	return nil
}

// confirm starts the work, if nothing stands in its way.
func (r *review) confirm(m *Model) tea.Cmd {
	if r.Plan == nil && r.Err == nil {
		m.notice = "the directory is still being read"
		return nil
	}
	if what, asks := m.Locked(r.Review); asks {
		r.secret = newSecret(m, what)
		return nil
	}
	run, err := m.Confirm(r.Review)
	switch {
	case err == nil:
		return m.show(newWorking(run, r.Plan))
	case r.Err != nil:
		m.notice = "this cannot be made: see above; esc goes back, ctrl+l reads again"
	case errors.Is(err, wizard.ErrRefused) && r.wanted() != "":
		m.notice = err.Error() + "; r allows it"
	default:
		m.notice = err.Error() + "; esc goes back"
	}
	return nil
}

// visit goes to the question behind the selected line.
func (r *review) visit(m *Model) tea.Cmd {
	if r.renews() {
		return m.ask(steps.GoalKey)
	}
	at := r.list().selected()
	switch r.at() {
	case viewAnswers:
		if at >= 0 {
			return m.askField(steps.StepOf(r.answers[at].Key), r.answers[at].Key)
		}
	case viewCertificates:
		if c := r.selected(); c != nil {
			return m.ask(m.stepBehind(c.Entry.Name))
		}
	case viewFiles:
		if a := r.file(); a != nil {
			return m.ask(m.stepBehindFile(r.Plan, *a))
		}
	}
	return nil
}

// stepBehind is the step whose answers make a role what it is: the first that
// shows it.
func (m *Model) stepBehind(roleName string) string {
	for _, s := range m.Steps() {
		if slices.Contains(s.Shows, roleName) {
			return s.Key
		}
	}
	return steps.StepOf(steps.DirKey)
}

func (m *Model) stepBehindFile(p *plan.Plan, a plan.Action) string {
	if c := p.Find(a.Certificate); c != nil {
		return m.stepBehind(c.Entry.Name)
	}
	return m.stepBehind("config")
}

// warnings are those of the answers and those of the directory. That of a layout comes
// last: it is known since its page, and must not take the room of a slip.
func (r *review) warnings(m *Model) []string {
	var out, known []string
	for _, p := range m.Problems {
		switch s := steps.Place(p) + ": " + steps.Sentence(p, ""); {
		case p.Code == problem.OneCAForAll:
			known = append(known, s)
		case p.Severity() == problem.Warning:
			out = append(out, s)
		}
	}
	out = append(out, known...)
	if r.Plan != nil {
		out = append(out, r.Plan.Warnings...)
	}
	return out
}
