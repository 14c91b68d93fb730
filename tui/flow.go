package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/problem"
	"certwright/steps"
)

// ask shows the form of a step. Position is kept by key: the list of steps may
// change with every answer.
func (m *Model) ask(stepKey string) tea.Cmd { return m.askField(stepKey, "") }

// askField shows the form of a step with one of its fields focused.
func (m *Model) askField(stepKey, fieldKey string) tea.Cmd {
	m.Ask(stepKey)
	step, _ := m.Find(stepKey)
	m.step = step.Key
	switch step.Key {
	case steps.ThereKey:
		return m.show(newThere(m))
	case steps.WhichKey:
		return m.show(newWhich(m))
	case steps.StagesKey:
		return m.show(newStages())
	}
	form := newForm(m, step)
	form.focusKey(m, fieldKey)
	return m.show(form)
}

// show makes a page the current one.
func (m *Model) show(p page) tea.Cmd {
	m.watch.end()
	m.page, m.overlay = p, nil
	m.guard.shut()
	entered := p.update(m, enteredMsg{})
	switch p.(type) {
	case *review, *summary, *undoing, *adopting:
		return tea.Batch(entered, m.rearm())
	}
	return entered
}

// leaveStep ends the current step, before one goes forward. It explains and stays when a
// field of the step is wrong; it saves the draft otherwise, and may show a page of its
// own before anything else.
func (m *Model) leaveStep() (cmd tea.Cmd, left bool) {
	step, _ := m.Find(m.step)
	m.Settle()
	form, _ := m.page.(*form)
	if key, wrong := m.FirstWrong(step); wrong {
		if form != nil {
			form.focusKey(m, key)
			m.notice = "this answer has to be right before the next page"
		}
		return nil, false
	}
	if form != nil && form.found != nil {
		notes, err := m.Enter()
		if form.found.Wrong = err; err != nil {
			form.focusKey(m, steps.DirKey)
			return nil, false
		}
		if len(notes) > 0 {
			m.overlay = newReading(100, func(w int) []string { return m.recoveredText(notes, w) })
			return form.found.ask(m, 0), false
		}
	}
	m.saveDraft()
	if m.step == steps.StepOf(steps.DirKey) {
		m.enterSet()
		if cmd, shown := m.offerSaved(step); shown {
			return cmd, false
		}
	}
	return nil, true
}

// next leaves the step forward.
func (m *Model) next() tea.Cmd {
	_, i := m.Find(m.step)
	if cmd, left := m.leaveStep(); !left {
		return cmd
	}
	// An answer may have made one of an earlier page wrong.
	for _, s := range m.Steps()[:i] {
		if key, wrong := m.FirstWrong(s); wrong {
			cmd := m.askField(s.Key, key)
			m.notice = "this answer does not go with the one just given"
			return cmd
		}
	}
	if _, alg := m.Find(steps.StepOf(steps.AlgorithmKey)); alg > 0 && i >= alg {
		m.PrepareKeys()
	}
	all := m.Steps()
	if i+1 < len(all) && !m.visiting {
		return m.ask(all[i+1].Key)
	}
	if to, ok := m.ahead(i + 1); ok { // an answer has brought a page
		return m.ask(to)
	}
	return m.afterSteps()
}

// toReview goes straight to the review, or to the first answer that it still needs. Pages
// in between that only have defaults count as seen; the review shows each default.
func (m *Model) toReview() tea.Cmd {
	_, i := m.Find(m.step)
	if cmd, left := m.leaveStep(); !left {
		return cmd
	}
	if to, ok := m.ahead(i + 1); ok && !steps.Making(m.Answers) {
		return m.ask(to) // what is there is looked at first
	}
	for _, s := range m.Steps() {
		if key, wrong := m.FirstWrong(s); wrong {
			cmd := m.askField(s.Key, key)
			m.notice = "the review needs this answer first"
			return cmd
		}
		m.Reached[s.Key] = true
	}
	m.PrepareKeys()
	return m.afterSteps()
}

// reviewKey is the one that goes straight to the review, in the words of the footer.
func (m *Model) reviewKey() key.Binding {
	if problem.HasErrors(m.Problems) {
		return named(keyReview, "what is missing")
	}
	return keyReview
}

// enterSet brings the answers of the set that the task is about, if it is about one;
// the page of what is there says why they cannot be used. What to restart after a run
// is of no use for another set.
func (m *Model) enterSet() bool {
	before := m.Set.Dir
	err := m.EnterSet()
	if m.Set.Dir != before {
		m.finished = nil
	}
	return err == nil
}

// ahead is the first page from the i-th on that has to be shown before the review:
// one that was not reached yet, or that says whether there may be a review at all.
func (m *Model) ahead(i int) (stepKey string, ok bool) {
	all := m.Steps()
	for _, s := range all[min(i, len(all)):] {
		if !m.Reached[s.Key] || s.Key == steps.StagesKey {
			return s.Key, true
		}
	}
	return "", false
}

// afterSteps is where the last question leads to.
func (m *Model) afterSteps() tea.Cmd {
	m.step, m.visiting = "", false
	switch m.Answers.Get(steps.ModeKey) {
	case steps.ModeInspect:
		return m.show(newInspect(m))
	case steps.ModeVerify:
		return m.show(newJudgement(m))
	case steps.ModeHistory:
		return m.show(newPast(m))
	case steps.ModeAdopt:
		return m.show(newAdopting(m))
	}
	// A rule across pages may speak of a question that was asked long ago.
	for _, s := range m.Steps() {
		if key, wrong := m.FirstWrong(s); wrong {
			cmd := m.askField(s.Key, key)
			m.notice = "one answer has to change before the review"
			return cmd
		}
	}
	m.Review()
	return m.show(newReview(m))
}

// back never refuses and never loses text: answers are kept as they are typed.
func (m *Model) back() tea.Cmd {
	m.saveDraft()
	all := m.Steps()
	if m.step == "" {
		return m.ask(all[len(all)-1].Key)
	}
	if _, i := m.Find(m.step); i > 0 {
		return m.ask(all[i-1].Key)
	}
	m.notice = "this is the first page; ctrl+c leaves"
	return nil
}

// jump goes to the n-th entry of the rail, from 0, if it was reached before.
func (m *Model) jump(n int) tea.Cmd {
	entries := m.rail()
	if n < 0 || n >= len(entries) || !entries[n].open {
		return nil
	}
	m.saveDraft()
	if m.step == steps.StepOf(steps.DirKey) && !m.enterSet() {
		return m.ask(steps.ThereKey) // which says why
	}
	switch {
	case entries[n].done:
		m.step = ""
		return m.show(m.finished)
	case entries[n].step == "":
		return m.afterSteps()
	}
	return m.ask(entries[n].step)
}

// pageNumber reads alt+1 to alt+9 as a place on the rail.
func pageNumber(msg tea.KeyMsg) (int, bool) {
	if msg.Type != tea.KeyRunes || !msg.Alt || len(msg.Runes) != 1 {
		return 0, false
	}
	n := int(msg.Runes[0] - '1')
	return n, n >= 0 && n < 9
}
