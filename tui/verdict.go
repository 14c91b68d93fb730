package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/tui/text"
)

// verdict shows a judgement on a directory: whether the cluster would run, what
// to do first, a list of the findings, of the connections that went wrong, and at
// its end of who can talk to whom; and the selected one beside or below it.
type verdict struct {
	picker
	judged *verify.Judgement
	faults []verify.Fault
	failed string // why there is no judgement
}

func newVerdict() verdict { return verdict{picker: newPicker()} }

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

func (v *verdict) set(msg verdictMsg) {
	v.judged, v.failed, v.at = msg.judged, "", -1
	if msg.err != nil {
		v.failed = msg.err.Error()
		return
	}
	v.faults = msg.judged.Faults()
}

func (v *verdict) update(msg tea.KeyMsg) { v.picker.update(msg, v.lines()) }

// head are the lines that say how it stands.
func (v *verdict) head(m *Model, w int) []string {
	switch {
	case v.failed != "":
		return m.item(m.theme.bad.Render, "!", text.Clean(v.failed), w)
	case v.judged == nil:
		return []string{m.theme.faint.Render("  reading …")}
	}
	render, mark := m.theme.good.Render, "✓"
	switch {
	case v.judged.Count(check.Error) > 0:
		render, mark = m.theme.bad.Render, "✗"
	case v.judged.Count(check.Warning) > 0 || !v.judged.OfCluster() || !v.judged.Tried():
		render, mark = m.theme.warn.Render, "~"
	}
	lines := m.item(render, mark, text.VerdictLine(v.judged), w)
	if first := text.FirstStep(v.judged); first != "" {
		lines = append(lines, m.styled(m.theme.text.Render, "    ", first, w)...)
	}
	return lines
}

// lines counts the list.
func (v *verdict) lines() int {
	if v.judged == nil {
		return 0
	}
	n := len(v.judged.Findings) + len(v.faults)
	if len(v.judged.Connections) > 0 {
		n++
	}
	return n
}

// body is how it stands, and below it the list. How it stands is never cut: the
// list gives way.
func (v *verdict) body(m *Model, w, h int) string {
	head := v.head(m, w)
	if h > 2*len(head) {
		head = append(head, "")
	}
	if len(head) >= h {
		return block(head, w, h)
	}
	return block(head, w, len(head)) + "\n" + v.picker.view(m, w, h-len(head), v.lines(), v.row, v.about)
}

// row is a finding, a fault of the connections, or the last line.
func (v *verdict) row(i, w int) string {
	if i < len(v.judged.Findings) {
		f := &v.judged.Findings[i]
		mark, _, _ := text.Finding(f)
		return mark + shortPath(text.Clean(f.File), max(w-len(mark), 1))
	}
	if i -= len(v.judged.Findings); i < len(v.faults) {
		mark, title, _ := text.Fault(&v.faults[i])
		return cut(mark+title, w)
	}
	return "Who can talk to whom"
}

// about is what there is to say of a row.
func (v *verdict) about(i, w int) []string {
	var title string
	var rows [][]string
	switch faults := i - len(v.judged.Findings); {
	case faults < 0:
		_, title, rows = text.Finding(&v.judged.Findings[i])
	case faults < len(v.faults):
		_, title, rows = text.Fault(&v.faults[faults])
	default:
		return text.Matrix(v.judged.Matrix, w)
	}
	lines := append(wrap(title, w), "")
	_, laid := text.Table{Columns: []text.Column{{}, {Min: 20}}, Rows: rows}.Lay(w)
	for _, r := range laid {
		lines = append(lines, r...)
	}
	return lines
}

// judgement is the page that says whether a cluster would run with what is there.
type judgement struct{ verdict }

func newJudgement(*Model) *judgement { return &judgement{newVerdict()} }

func (p *judgement) name(*Model) string { return "Verified" }

func (p *judgement) keys(*Model) []key.Binding {
	keys := []key.Binding{keyScroll, keyReload, keyBack, named(keyQuit, "leave")}
	if p.lines() > 1 {
		keys = append([]key.Binding{named(keyUp, "choose")}, keys...)
	}
	return keys
}

func (p *judgement) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return judge(m.Verify(m.ctx))
	case verdictMsg:
		p.set(msg)
	case failMsg:
		p.set(verdictMsg{err: msg.err})
	case tea.KeyMsg:
		switch {
		case key.Matches(msg, keyBack):
			return m.back()
		case key.Matches(msg, keyReload):
			return judge(m.Verify(m.ctx))
		}
		p.verdict.update(msg)
	}
	return nil
}

func (p *judgement) view(m *Model, w, h int) string {
	return p.body(m, w, h)
}
