package tui

import (
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
	"certwright/steps"
	"certwright/tui/text"
)

// transition is where the answers of a change lead, or why they must not.
type transition struct {
	*steps.Transition
	err error
}

// setCourse works out where the answers lead when the questions of a change are
// left: names that were replaced are put behind the new ones first.
func (m *Model) setCourse() {
	m.transition = nil
	if m.own == nil || !steps.Changing(m.answers) {
		return
	}
	before, problems := steps.Build(m.stock.origin.Answers, m.now())
	if spec.HasErrors(problems) {
		return // the page of what is there has said so
	}
	answers, kept := m.answers.Keep(before)
	m.answers = answers
	m.build()
	m.transition = &transition{}
	m.transition.Transition, m.transition.err = m.stock.origin.Transition(m.answers, m.cluster, kept, m.now())
}

// renewOrigin is for a set whose answers were changed by a run: these are now what
// made it.
func (m *Model) renewOrigin() {
	if m.transition == nil {
		return
	}
	if origin, err := m.kept(); err == nil {
		m.stock.origin = origin
		m.answers = origin.Resume(m.answers)
	}
}

// after is what has to happen on the nodes once a plan is carried out.
func (m *Model) after(p *plan.Plan) *restart.Plan { return text.After(p, m.before(), m.dir()) }

// before is the cluster until now, where its answers change; nil for not.
func (m *Model) before() *spec.Cluster {
	if m.transition == nil || m.transition.err != nil {
		return nil
	}
	return m.transition.Before
}

// transitionLines say which answers change, and what stays for now.
func (r *review) transitionLines(m *Model, w int) []string {
	var b strings.Builder
	// A builder takes everything.
	_ = text.Transition(&b, text.ChangeView{
		PlanView: text.PlanView{Dir: m.dir(), Now: m.now(), Width: w - 2},
		Answers:  m.transition.Changes, Kept: m.transition.Kept, Staying: r.facts.staying,
	})
	return indent("  ", strings.Split(strings.TrimRight(b.String(), "\n"), "\n"))
}
