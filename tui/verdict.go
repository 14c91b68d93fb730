package tui

import (
	"slices"
	"strings"

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
	judged *verify.Judgement
	faults []verify.Fault
	failed string // why there is no judgement
	list   rows
	scroller
	shown int // index of the line whose text is in the pane
	wide  int // width for which the text was laid out
	text  []string
	page  int
}

func newVerdict() verdict { return verdict{scroller: scroller{newScroller()}, shown: -1} }

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
	v.judged, v.failed, v.shown = msg.judged, "", -1
	if msg.err != nil {
		v.failed = msg.err.Error()
		return
	}
	v.faults = msg.judged.Faults()
}

func (v *verdict) update(msg tea.KeyMsg) {
	switch {
	case v.judged == nil:
	case key.Matches(msg, keyUp, keyDown), msg.Type == tea.KeyHome, msg.Type == tea.KeyEnd:
		v.list.update(msg, v.lines(), max(v.page, 1))
	default:
		v.scroll(msg)
	}
}

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
	return block(head, w, len(head)) + "\n" + v.findings(m, w, h-len(head))
}

// findings draws the list and what is selected.
func (v *verdict) findings(m *Model, w, h int) string {
	n := v.lines()
	if n == 0 {
		return block(nil, w, h)
	}
	const wide, list = 110, 46
	if w >= wide && n > 1 {
		v.load(w - list - 3)
		return beside(block(v.rows(m, list, h), list, h), m.theme.faint.Render(" │ "), v.draw(m, slices.Clone(v.text), w-list-3, h))
	}
	if h < 4 { // no room for a list and what is selected
		return block(v.rows(m, w, h), w, h)
	}
	v.load(w - 4)
	top := min(n, max(h/3, 2))
	lines := append(v.rows(m, w, top), m.theme.faint.Render("  "+strings.Repeat("┄", max(w-4, 0))))
	return block(lines, w, len(lines)) + "\n" + v.draw(m, indent("  ", v.text), w, h-len(lines))
}

func (v *verdict) rows(m *Model, w, h int) []string {
	v.page = h
	return v.list.lines(m, v.lines(), w, h, func(i, w int) string {
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
	})
}

// load lays out what is selected.
func (v *verdict) load(w int) {
	if v.shown == v.list.at && v.wide == w {
		return
	}
	v.shown, v.wide = v.list.at, w
	v.port.GotoTop()
	i := v.shown
	switch {
	case i < len(v.judged.Findings):
		_, title, rows := text.Finding(&v.judged.Findings[i])
		v.text = about(title, rows, w)
	case i-len(v.judged.Findings) < len(v.faults):
		_, title, rows := text.Fault(&v.faults[i-len(v.judged.Findings)])
		v.text = about(title, rows, w)
	default:
		v.text = text.Matrix(v.judged.Matrix, w)
	}
}

// about is a sentence, and below it what there is to say of it.
func about(title string, rows [][]string, w int) []string {
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
