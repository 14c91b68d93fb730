package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// verdict shows a judgement on a directory: whether the cluster would run, what
// to do first, and a list of the findings, of the connections that went wrong, and at
// its end of who can talk to whom.
type verdict struct {
	table
	judged *verify.Judgement
	faults []verify.Fault
	pairs  []verify.Pair
	failed string // why there is no judgement
}

func newVerdict(m *Model) *verdict {
	v := &verdict{}
	v.about = func(i, w int) []string { return v.lines(m, i, w) }
	return v
}

// verdictMsg brings a judgement.
type verdictMsg struct {
	judged *verify.Judgement
	err    error
}

// judge has a directory judged beside the screen.
func judge(verify func() (*verify.Judgement, error)) tea.Cmd {
	return safely(func() tea.Msg {
		j, err := verify()
		return verdictMsg{j, err}
	})
}

// take shows a judgement.
func (v *verdict) take(msg verdictMsg) {
	v.judged, v.faults, v.pairs, v.failed = msg.judged, nil, nil, ""
	if msg.err != nil {
		v.failed = msg.err.Error()
		v.set(nil, nil)
		return
	}
	v.faults, v.pairs = msg.judged.Faults(), msg.judged.Pairs()
	var rows []row
	for i := range v.judged.Findings {
		rows = append(rows, findingRow(&v.judged.Findings[i]))
	}
	for i := range v.faults {
		rows = append(rows, faultRow(&v.faults[i]))
	}
	for _, p := range v.pairs {
		r := row{"who can talk to whom", "", good, []string{string(p.State), text.Clean(p.Who + " → " + p.Whom), p.State.Means()}}
		switch {
		case p.Wrong():
			r.sign, r.level = "!", bad
		case p.Doubtful():
			r.sign, r.level = "~", warn
		}
		rows = append(rows, r)
	}
	v.set([]column{{title: "IS", state: true}, {title: "WHERE", name: true}, {title: "WHAT IS FOUND", least: 28}}, rows)
}

// findingRow is a finding with its sentence.
func findingRow(f *check.Finding) row {
	r := row{"what is found", "·", quiet, []string{string(f.Severity), text.Clean(f.File), text.Clean(f.What())}}
	switch f.Severity {
	case check.Error:
		r.sign, r.level = "!", bad
	case check.Warning:
		r.sign, r.level = "~", warn
	}
	return r
}

// faultRow is a connection that went wrong, or a program that does not run.
func faultRow(f *verify.Fault) row {
	_, _, told := text.Fault(f)
	where, found := text.Clean(f.Between()), told[0][1]
	if f.Halted && f.Of > 1 {
		where, found = text.Clean(f.First.Failure.At.String()), "does not run: "+found
	}
	return row{"connections that do not end as they must", "!", bad, []string{string(f.First.State), where, found}}
}

// head are the lines that say how it stands.
func (v *verdict) head(m *Model, w int) []string {
	switch {
	case v.failed != "":
		return m.item(m.theme.bad.Render, "!", text.Clean(v.failed), w)
	case v.judged == nil:
		return []string{m.theme.faint.Render("  reading …")}
	}
	l, mark := good, "✓"
	switch {
	case v.judged.Count(check.Error) > 0:
		l, mark = bad, "!"
	case v.judged.Count(check.Warning) > 0 || !v.judged.OfCluster() || !v.judged.Tried():
		l, mark = warn, "~"
	}
	lines := m.item(m.theme.at(l).Render, mark, text.VerdictLine(v.judged), w)
	if first := text.FirstStep(v.judged); first != "" {
		lines = append(lines, m.styled(m.theme.text.Render, "    ", first, w)...)
	}
	return lines
}

// view is how it stands, and below it the list. How it stands is never cut: the
// list gives way.
func (v *verdict) view(m *Model, w, h int) string {
	head := v.head(m, w)
	if h > 2*len(head) {
		head = append(head, "")
	}
	if len(head) >= h || len(v.rows) == 0 {
		return block(head, w, h)
	}
	return block(head, w, len(head)) + "\n" + v.table.view(m, w, h-len(head))
}

// lines is what there is to say of a row.
func (v *verdict) lines(m *Model, i, w int) []string {
	var title string
	var rows [][]string
	switch faults := i - len(v.judged.Findings); {
	case faults < 0:
		_, title, rows = text.Finding(&v.judged.Findings[i])
	case faults < len(v.faults):
		_, title, rows = text.Fault(&v.faults[faults])
	default:
		p := v.pairs[faults-len(v.faults)]
		title, rows = p.Who+" dials "+p.Whom, [][]string{{"this", string(p.State)}, {"means", p.State.Means()}}
	}
	facts := make([]fact, len(rows))
	for i, r := range rows {
		facts[i] = fact{label: r[0], text: r[1]}
	}
	return append(m.styled(m.theme.strong.Render, "", title, w), m.facts(facts, w)...)
}

// judgement is the page that says whether a cluster would run with what is there.
type judgement struct{ *verdict }

func newJudgement(m *Model) *judgement { return &judgement{newVerdict(m)} }

func (p *judgement) name(*Model) string { return "Verified" }

func (p *judgement) keys(*Model) []key.Binding {
	if p.typing {
		return p.table.keys()
	}
	keys := p.table.keys()
	if c := wizard.CureOf(p.judged); c.Mode != "" {
		words := "to the renewal that fixes it"
		if c.Mode == steps.ModeAdopt {
			words = "adopt it"
		}
		keys = append([]key.Binding{named(keyNext, words)}, keys...)
	}
	return append(keys, keyReload, keyBack, keyWhy, keyQuit)
}

func (p *judgement) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return judge(m.Verify(m.ctx))
	case verdictMsg:
		p.take(msg)
	case failMsg:
		p.take(verdictMsg{err: msg.err})
	case tea.KeyMsg:
		switch {
		case p.table.handles(m, msg):
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyNext):
			return m.setRight(wizard.CureOf(p.judged))
		case key.Matches(msg, keyReload):
			return judge(m.Verify(m.ctx))
		}
	}
	return nil
}
