package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/change"
	"certwright/steps"
	"certwright/tui/text"
)

// review shows everything that will exist before anything is written. It is
// the only page that leads to the work.
type review struct {
	tabs  tabs
	views []int       // what the tabs show
	rows  [views]rows // one for each, so that each keeps its place
	scroller
	job     pkigen.Job // what the plan was made for, and what is confirmed
	plan    *plan.Plan
	err     error
	facts   reviewFacts
	trust   trustMap
	answers []steps.Field // of all visible steps
	// allowed are the replacements for which the word was given. They are
	// forgotten with the page: a word is for what was seen when it was given.
	allowed []string
	word    *textField // the explicit word that is being typed; nil for none
	page    int        // rows seen at the last view, for page up and down
}

// reviewFacts are what the review says about its plan, worked out once.
type reviewFacts struct {
	certs      certList
	refused    []plan.Action
	counts     string // the one sentence of what will happen
	warnings   []string
	changed    []int // places of the certificates that change
	files      []int // places of the files, of a renewal those first that change
	staying    []change.Staying
	transition laid // what a change leads to
	restart    laid // what has to happen on the nodes then
	json       []string
	commands   []shell.Line
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
	madeTabs  = reviewTabs{{"Certificates", viewCertificates}, {"Files", viewFiles}, {"Answers", viewAnswers}, {"JSON", viewJSON}, {"cfssl", viewCommands}, {"Trust", viewTrust}}
	renewTabs = reviewTabs{{"Changes", viewChanges}, {"Files", viewFiles}, {"Restart", viewRestart}}
	// A change of the answers begins with what they lead to.
	changeTabs = append(reviewTabs{{"Answers", viewCourse}}, renewTabs...)
)

type reviewTabs []struct {
	name string
	view int
}

// planMsg brings the plan that the directory and the answers lead to.
type planMsg struct {
	job     pkigen.Job
	plan    *plan.Plan
	staying []change.Staying
	err     error
}

func newReview(m *Model) *review {
	r := &review{scroller: scroller{newScroller()}}
	of := madeTabs
	switch {
	case m.transition != nil:
		of = changeTabs
	case steps.Renewing(m.answers):
		of = renewTabs
	}
	for _, t := range of {
		r.tabs.names, r.views = append(r.tabs.names, t.name), append(r.views, t.view)
	}
	for _, s := range m.steps() {
		for _, f := range s.Fields(m.answers) {
			if !f.Local {
				r.answers = append(r.answers, f)
			}
		}
	}
	return r
}

// at is what the open tab shows.
func (r *review) at() int { return r.views[r.tabs.at] }

func (r *review) name(*Model) string { return "Review" }

func (r *review) keys(m *Model) []key.Binding {
	if r.word != nil {
		return []key.Binding{named(keyEnter, "allow it"), named(keyBack, "do not")}
	}
	var keys []key.Binding
	if r.plan != nil {
		switch {
		case !m.armed:
		case len(r.facts.refused) > 0:
			if r.wanted() != "" {
				keys = append(keys, keyAllow)
			}
		case r.plan.Changes():
			keys = append(keys, r.makeKey())
		case r.renews():
		default:
			keys = append(keys, named(keyMake, "check them"))
		}
	}
	if r.at() <= viewAnswers {
		keys = append(keys, keyGo)
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
		r.err = msg.err
	case tea.KeyMsg:
		if r.word != nil {
			return r.typeWord(m, msg)
		}
		return r.key(m, msg)
	}
	return nil
}

// makePlan reads the directory beside the screen.
func (r *review) makePlan(m *Model) tea.Cmd {
	r.plan, r.err = nil, nil
	for _, p := range m.problems {
		if p.Severity() == spec.Error { // of an answer that no page asks for: from a file
			r.err = p
			return nil
		}
	}
	if m.transition != nil && m.transition.err != nil {
		r.err = m.transition.err
		return nil
	}
	job, renews := m.job(r.allowed), r.renews()
	return safely(func() tea.Msg {
		p, err := pkigen.Plan(job)
		if err == nil && renews && p.NothingThere() {
			p, err = nil, text.ErrNothingThere(job.Dir)
		}
		if err != nil {
			return planMsg{job: job, err: err}
		}
		staying, err := pkigen.Staying(job)
		return planMsg{job, p, staying, err}
	})
}

// take shows a plan, and has the keys made that it will need.
func (r *review) take(m *Model, msg planMsg) {
	r.job, r.plan, r.err = msg.job, msg.plan, msg.err
	if r.plan == nil {
		r.err = text.RenewalError(r.err, steps.GoalLabel(steps.GoalMend))
		return
	}
	r.facts = reviewFacts{refused: r.plan.Refused(), counts: text.Counts(r.plan, m.dir()), warnings: r.warnings(m), certs: newCertList(r.plan)}
	r.facts.staying = msg.staying
	if r.renews() {
		r.takeRenewal(m)
	} else {
		r.facts.json, r.facts.commands = r.json(m), catalog.Commands(r.plan.Layout, r.plan.Cluster)
	}
	r.trust = trustMap{}
	m.prepareKeys(newKeys(r.plan))
	r.rows[viewCertificates].at = r.facts.certs.first()
}

func (r *review) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyMake):
		return r.confirm(m)
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		return r.makePlan(m)
	case key.Matches(msg, keyAllow) && r.plan != nil && r.wanted() != "":
		r.word = newText(m.theme, steps.Field{}, "")
		r.word.focus()
	case key.Matches(msg, keyWhy):
		m.overlay = newDetails(r)
	case key.Matches(msg, keyGo):
		m.visiting = true
		return r.visit(m)
	case r.tabs.update(msg):
		r.port.GotoTop()
	case r.at() >= viewJSON:
		r.scroll(msg)
	default:
		r.rows[r.at()].update(msg, r.count(), max(r.page, 1))
	}
	return nil
}

// confirm starts the work, if nothing stands in its way.
func (r *review) confirm(m *Model) tea.Cmd {
	switch {
	case !m.armed: // the key that led here is still down
	case r.plan == nil && r.err == nil:
		m.notice = "the directory is still being read"
	case r.err != nil:
		m.notice = "this cannot be made: see above; esc goes back, ctrl+l reads again"
	case r.renews() && len(r.facts.refused) == 0 && !r.plan.Changes():
		m.notice = "nothing of what you want changes anything; esc goes back"
	case len(r.facts.refused) > 0:
		m.notice = "a private key would be replaced: r allows it, or change the answer"
	default:
		return m.show(newWorking(r.job, r.plan))
	}
	return nil
}

// visit goes to the question behind the selected line.
func (r *review) visit(m *Model) tea.Cmd {
	if r.renews() {
		return m.ask(steps.GoalKey)
	}
	at := r.rows[r.at()].at
	switch r.at() {
	case viewAnswers:
		if at < len(r.answers) {
			return m.askField(steps.StepOf(r.answers[at].Key), r.answers[at].Key)
		}
	case viewCertificates:
		if c := r.selected(); c != nil {
			return m.ask(m.stepBehind(c.Entry.Name))
		}
	case viewFiles:
		if a := r.file(at); a != nil {
			return m.ask(m.stepBehindFile(r.plan, *a))
		}
	}
	return nil
}

// stepBehind is the step whose answers make a role what it is: the first that
// shows it.
func (m *Model) stepBehind(roleName string) string {
	for _, s := range m.steps() {
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

// warnings are those of the answers and those of the directory.
func (r *review) warnings(m *Model) []string {
	var out []string
	for _, p := range m.problems {
		if p.Severity() == spec.Warning {
			out = append(out, steps.Place(p)+": "+steps.Sentence(p, ""))
		}
	}
	if r.plan != nil {
		out = append(out, r.plan.Warnings...)
	}
	return out
}

// count is the number of rows of the view shown.
func (r *review) count() int {
	switch {
	case r.at() == viewAnswers:
		return len(r.answers)
	case r.plan == nil:
		return 0
	case r.at() == viewFiles:
		return len(r.plan.Files)
	case r.at() == viewChanges:
		return len(r.facts.changed)
	}
	return len(r.plan.Certificates)
}
