package tui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/role"
	"certwright/pkigen/spec"
	"certwright/steps"
)

// resume offers answers that were found for the directory: a draft, or those
// of an earlier run.
type resume struct {
	from    steps.Step // the step that was left forward
	found   []Saved
	options *choice
}

// offerSaved shows the offer once for each directory, and only while nothing
// else was answered: what the operator typed or gave is never replaced.
func (m *Model) offerSaved(step steps.Step) (tea.Cmd, bool) {
	making := m.answers.Get(steps.ModeKey) == steps.ModeNew
	if step.Key != steps.StepOf(steps.DirKey) || m.opt.Saved == nil || !making || m.saved[m.dir()] || m.answered() {
		return nil, false
	}
	m.saved[m.dir()] = true
	found := m.opt.Saved(m.dir())
	if len(found) == 0 {
		return nil, false
	}
	r := &resume{from: step, found: found}
	var options []steps.Option
	for i, s := range found {
		options = append(options, steps.Option{Value: itoa(i), Label: "go on with " + s.Label})
	}
	options = append(options, steps.Option{Label: "start with empty answers", Text: "What was found stays where it is until you finish."})
	r.options = newChoice(m.theme, options, "0")
	return m.show(r), true
}

// answered tells whether anything but the first page has been answered.
func (m *Model) answered() bool {
	for _, k := range steps.Keys() {
		if _, explicit := m.answers.Explicit(k.Key); explicit {
			return true
		}
	}
	return false
}

func (r *resume) name(*Model) string { return "Earlier answers" }

func (r *resume) keys(*Model) []key.Binding {
	return []key.Binding{named(keyUp, "choose"), named(keyEnter, "next"), keyBack, keyQuit}
}

func (r *resume) update(m *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	switch {
	case key.Matches(k, keyBack):
		m.saved[m.dir()] = false
		return m.ask(r.from.Key)
	case key.Matches(k, keyEnter, keyNext):
		if r.options.row < len(r.found) {
			m.take(r.found[r.options.row].Answers)
		}
		return m.next()
	default:
		r.options.update(k)
	}
	return nil
}

// take makes found answers the current ones; directory and task stay.
func (m *Model) take(found *steps.Answers) {
	m.answers.Merge(found)
	m.build()
	for _, s := range m.steps() {
		m.reached[s.Key] = true
	}
}

func (r *resume) view(m *Model, w, h int) string {
	lines := wrap("Answers for "+m.dir()+" were found.", w-2)
	lines = append(lines, "")
	return block(indent("  ", append(lines, r.options.lines(w-2, 0, true)...)), w, h)
}

// prepareKeys has RSA keys made from the moment the algorithm and the counts
// are known, so that little is left to wait for when the review is confirmed.
// They stay in memory; keys that lie in the directory already are kept.
func (m *Model) prepareKeys(step steps.Step) {
	rsa := []spec.KeyAlgorithm{spec.RSA2048, spec.RSA3072, spec.RSA4096}
	layout, ok := role.FindLayout(m.cluster.Layout)
	past := slices.IndexFunc(m.steps(), func(s steps.Step) bool { return s.Key == steps.StepOf(steps.AlgorithmKey) })
	if _, at := m.find(step.Key); m.pool == nil || !ok || at < past || !slices.Contains(rsa, m.cluster.Key) {
		return
	}
	m.pool.Want(m.cluster.Key, min(len(layout.Certificates(m.cluster))-m.keysThere, aheadLimit))
}

// aheadLimit bounds the keys that are made before the review is confirmed.
const aheadLimit = 64
