package tui

import (
	"fmt"
	"maps"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/steps"
	"certwright/tui/text"
)

// ownAnswers are what was answered for a new set, while the wizard is about one
// that is there: its own answers are the current ones then.
type ownAnswers struct {
	answers  *steps.Answers
	reached  map[string]bool
	seen     map[string]bool
	reviewed bool
	edited   bool
}

// enterSet, when the first page is left, makes the answers that are kept with the
// directory the current ones, if it is them that the task is about. It tells
// whether they can be used; the page of what is there says why not.
func (m *Model) enterSet() bool {
	if !steps.Renewing(m.answers) || m.own != nil {
		return true
	}
	origin, err := m.kept()
	if m.stock.dir != m.dir() {
		m.stock, m.finished = stock{dir: m.dir(), asked: m.stock.asked, reached: map[string]bool{}}, nil
	}
	if m.stock.err = err; err != nil {
		return false
	}
	m.own = &ownAnswers{m.answers, m.reached, m.seen, m.reviewed, m.edited}
	if left := m.stock.left; left != nil && origin.Answers.Equal(m.stock.origin.Answers) {
		m.answers, m.stock.left = left, nil // what was answered before the first page was gone back to
		m.answers.MergeLocal(m.own.answers)
		m.edited = false
	} else {
		m.stock.origin, m.answers = origin, origin.Now()
		m.answers.MergeLocal(m.own.answers)
		m.answers = origin.Resume(m.answers)
		m.edited, m.loose = false, false
	}
	m.reached, m.seen = maps.Clone(m.stock.reached), map[string]bool{}
	m.reached[steps.StepOf(steps.DirKey)] = true
	m.reviewed = m.stock.reviewed
	m.build()
	return true
}

// leaveSet, when the first page is come to, brings the other answers back.
func (m *Model) leaveSet() {
	if m.own == nil {
		return
	}
	m.stock.reached, m.stock.reviewed, m.stock.left = m.reached, m.reviewed, m.answers.Clone()
	m.own.answers.MergeLocal(m.answers)
	m.answers, m.reached, m.seen = m.own.answers, m.own.reached, m.own.seen
	m.reviewed, m.edited, m.own = m.own.reviewed, m.own.edited, nil
	m.build()
}

// kept are the answers that made the directory, if they can be used.
func (m *Model) kept() (*steps.SetAnswers, error) {
	if m.opt.Kept == nil {
		return nil, fmt.Errorf("no answers are kept with %s", m.dir())
	}
	return m.opt.Kept(m.dir())
}

// stock is what lies in the set that the wizard is about.
type stock struct {
	dir    string
	origin *steps.SetAnswers
	list   []text.There
	worst  string
	way    []string // the replacements that are not finished
	ready  bool
	err    error // why it cannot be renewed
	asked  int   // counts the readings; what an older one brings is dropped

	said    string // below the goal, for the answers and the reading of these numbers
	saidFor [2]int

	left     *steps.Answers  // what was answered about it, while the first page is shown
	reached  map[string]bool // of its pages, likewise
	reviewed bool
}

// stockMsg brings what was read.
type stockMsg struct {
	asked int
	list  []text.There
	worst string
	way   []string
	err   error
}

// read looks at the set beside the screen. What was read before stays meanwhile.
func (s *stock) read(m *Model) tea.Cmd {
	if m.own == nil {
		return nil // the answers are missing: there is nothing to compare with
	}
	s.asked++
	asked, now := s.asked, m.opt.Now
	dir, answers := m.dir(), s.origin.Now()
	return func() (msg tea.Msg) {
		defer caught(func(err error) { msg = stockMsg{asked: asked, err: err} })
		cluster, problems := steps.Build(answers, now())
		for _, p := range problems {
			if p.Severity() == spec.Error && !steps.IsLocal(p.Key) {
				return stockMsg{asked: asked, err: fmt.Errorf("the answers that made %s cannot be used: %w", dir, p)}
			}
		}
		job := pkigen.Job{Dir: dir, Cluster: cluster, Now: now}
		job.Options.Answers = answers.Replay()
		p, err := pkigen.Plan(job)
		if err != nil {
			return stockMsg{asked: asked, err: err}
		}
		if p.NothingThere() {
			return stockMsg{asked: asked, err: text.ErrNothingThere(job.Dir)}
		}
		list := text.Stock(p)
		return stockMsg{asked: asked, list: list, worst: text.Worst(list, now()), way: text.UnderWay(p)}
	}
}

func (s *stock) set(msg stockMsg) {
	if msg.asked != s.asked {
		return
	}
	s.list, s.worst, s.way, s.err, s.ready = msg.list, msg.worst, msg.way, msg.err, true
}

// goal are the certificates that the goal is about as the answers are now, by
// their place in the list.
func (s *stock) goal(m *Model) []int {
	if steps.Changing(m.answers) || steps.Staged(m.answers) {
		return nil
	}
	r := steps.Words(m.answers, m.cluster).Renewal
	named := map[string]bool{}
	if r != nil {
		for _, name := range r.Names {
			named[name] = true
		}
	}
	var out []int
	now := m.now()
	for i := range s.list {
		t := &s.list[i]
		switch {
		case r == nil && t.Wrong == "", r != nil && (len(named) == 0 && t.CA || len(named) > 0 && !named[t.Name]):
		case r != nil && r.Within > 0 && (t.Ends.IsZero() || !r.Due(t.Ends, now)):
		default:
			out = append(out, i)
		}
	}
	return out
}

// goals says below the goal what it leads to; "" while nothing can be said.
func (s *stock) goals(m *Model) string {
	if !s.ready || s.err != nil {
		return ""
	}
	if now := [2]int{m.edits, s.asked}; s.saidFor != now {
		s.saidFor, s.said = now, s.say(m)
	}
	return s.said
}

func (s *stock) say(m *Model) string {
	for key, ps := range m.byKey {
		if steps.StepOf(key) == steps.GoalKey && spec.HasErrors(ps) {
			return ""
		}
	}
	if spec.HasErrors(m.byKey[steps.NamesKey]) {
		return "none is chosen yet"
	}
	if ca := text.EndedCA(s.list, m.now()); ca != "" && m.answers.Get(steps.GoalKey) != steps.GoalMend {
		return fmt.Sprintf("! the CA %s has ended: first %s", ca, steps.GoalLabel(steps.GoalMend))
	}
	if steps.Changing(m.answers) {
		return "= the questions come next, answered as this set was made"
	}
	if steps.Staged(m.answers) {
		return "= the next page says how far it is, and whether to go on"
	}
	which, from := s.goal(m), "none of them"
	if len(which) > 0 {
		from = fmt.Sprintf("%d of %s", len(which), text.Count(len(s.list), "certificate", "certificates"))
	}
	first := &s.list[0]
	if len(which) > 0 {
		first = &s.list[which[0]]
	}
	return fmt.Sprintf("= %s; first %s, %s", from, first.Name, first.Left(m.now()))
}
