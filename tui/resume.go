package tui

import (
	"slices"
	"strconv"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// resume offers answers that were found for the directory: a draft, or those
// of an earlier run.
type resume struct {
	from    steps.Step // the step that was left forward
	found   []steps.Saved
	broken  []string // what was found and cannot be used, and why
	options *choice
}

// offerSaved shows the offer once for each directory, and only while nothing
// else was answered: what the operator typed or gave is never replaced.
func (m *Model) offerSaved(step steps.Step) (tea.Cmd, bool) {
	making := steps.Making(m.answers)
	if step.Key != steps.StepOf(steps.DirKey) || m.opt.Saved == nil || !making || m.saved[m.dir()] || m.answered() {
		return nil, false
	}
	m.saved[m.dir()] = true
	found := m.opt.Saved(m.dir())
	if len(found) == 0 {
		if m.keysThere == 0 {
			return nil, false
		}
		cmd := m.ask(m.steps()[1].Key)
		m.notice = "no answers were kept for " + m.dir() + ": the questions start from their defaults"
		return cmd, true
	}
	r := &resume{from: step}
	var options []steps.Option
	for _, s := range found {
		if s.Problem != "" {
			r.broken = append(r.broken, s.Label+" cannot be used: "+s.Problem)
			continue
		}
		options = append(options, steps.Option{Value: strconv.Itoa(len(r.found)), Label: "go on with " + s.Label})
		r.found = append(r.found, s)
	}
	options = append(options, steps.Option{Label: "start with empty answers", Text: "What was found stays where it is until you finish."})
	r.options = newChoice(m.theme, options, "0")
	return m.show(r), true
}

// answered reports whether anything but the first page has been answered.
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
			return m.take(r.found[r.options.row])
		}
		return m.next()
	default:
		r.options.update(k)
	}
	return nil
}

// take makes found answers the current ones, directory and task stay, and goes
// to the last page that was answered: everything before it was seen.
func (m *Model) take(found steps.Saved) tea.Cmd {
	m.answers.Merge(found.Answers)
	m.drafted = found.Draft
	m.build()
	all := m.steps()
	last := 1
	for i, s := range all {
		for _, f := range s.Fields(m.answers) {
			if _, explicit := m.answers.Explicit(f.Key); explicit {
				last, m.seen[f.Key] = max(i, last), true
			}
		}
	}
	for _, s := range all[:last+1] {
		m.reached[s.Key] = true
	}
	return m.ask(all[last].Key)
}

func (r *resume) view(m *Model, w, h int) string {
	lines := append(m.styled(m.theme.text.Render, "  ", "Answers for "+m.dir()+" were found.", w), "")
	for _, s := range r.broken {
		lines = append(lines, append(m.item(m.theme.warn.Render, "~", s, w), "")...)
	}
	return block(append(lines, indent("  ", r.options.lines(w-2, 0, true))...), w, h)
}

// prepareKeys has RSA keys made from the moment the algorithm and the counts
// are known, so that little is left to wait for when the review is confirmed.
// They stay in memory. Other keys are made in no time and not ahead.
func (m *Model) prepareKeys(n int) {
	if m.pool == nil {
		return
	}
	if !slices.Contains([]spec.KeyAlgorithm{spec.RSA2048, spec.RSA3072, spec.RSA4096}, m.cluster.Key) {
		n = 0
	}
	m.pool.Want(m.cluster.Key, min(n, aheadLimit))
}

// aheadLimit bounds the keys that are made before the review is confirmed.
const aheadLimit = 64

// newKeys is how many private keys a plan makes.
func newKeys(p *plan.Plan) int {
	n := 0
	for i := range p.Certificates {
		if k := p.Certificates[i].Key; k == plan.Create || k == plan.Replace {
			n++
		}
	}
	return n
}
