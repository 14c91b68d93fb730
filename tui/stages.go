package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/rotate"
	"certwright/steps"
	"certwright/tui/text"
	"certwright/tui/text/livetext"
	"certwright/tui/wizard"
)

// stages is the page that says how far a replacement has come, and whether its next
// stage may come. The operator's confirmation for what no file tells is given here.
type stages struct {
	scroller
	asked  int // counts the questions; what an older one brings is dropped
	answer *rotate.Answer
	err    error
	seen   *wizard.View // what the cluster shows, by the last look; nil before one
	failed error        // why a look brought nothing
	laid   laid
}

// stagesMsg brings what was found.
type stagesMsg struct {
	asked  int
	answer *rotate.Answer
	err    error
}

func newStages() *stages { return &stages{scroller: newScroller()} }

func (p *stages) name(*Model) string { return "Stages" }

var keyWord = bind("confirm", " ")

func (p *stages) keys(m *Model) []key.Binding {
	var keys []key.Binding
	if p.answer != nil && len(p.answer.Stops) == 0 {
		keys = append(keys, named(keyEnter, "review the next stage"))
	}
	if p.answer != nil && p.answer.Word != "" {
		keys = append(keys, keyWord)
	}
	return append(keys, m.watch.key(), keyBack, keyWhy, named(keyReload, "look again"), keyPages, keyQuit)
}

func (p *stages) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return p.ask(m)
	case stagesMsg:
		if msg.asked == p.asked {
			p.answer, p.err, p.laid = msg.answer, msg.err, laid{}
		}
	case lookedMsg:
		if p.laid, p.failed = (laid{}), msg.err; msg.err == nil {
			p.answer, p.seen, p.err = msg.answer, msg.view, nil
		}
	case failMsg:
		p.answer, p.err = nil, msg.err
	case tea.KeyMsg:
		return p.key(m, msg)
	}
	return nil
}

// follow begins to watch the cluster, whose programs then stand in the way of the next stage
// while they show the one before, or ends it.
func (p *stages) follow(m *Model) tea.Cmd {
	p.asked++ // what was asked without a look says less
	p.laid = laid{}
	if m.watch.on() {
		return p.ask(m)
	}
	look := m.FollowStage()
	return m.watch.begin(m.ctx, func(ctx context.Context) (msg lookedMsg) {
		msg.answer, msg.view, msg.err = look(ctx)
		return msg
	})
}

// ask looks at the directory, and at what was named of the nodes, beside the screen.
func (p *stages) ask(m *Model) tea.Cmd {
	m.watch.end()
	p.asked++
	p.answer, p.err, p.laid = nil, nil, laid{}
	p.seen, p.failed = nil, nil
	msg, ask := stagesMsg{asked: p.asked}, m.AskStage(m.ctx)
	return safely(func() tea.Msg {
		msg.answer, msg.err = ask()
		return msg
	})
}

func (p *stages) key(m *Model, msg tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyNext, keyEnter):
		return p.forward(m)
	case key.Matches(msg, keyBack):
		return m.back()
	case key.Matches(msg, keyReload):
		return p.ask(m)
	case key.Matches(msg, keyWatch):
		return p.follow(m)
	case key.Matches(msg, keyWhy):
		m.overlay = newWhy(m)
	case key.Matches(msg, keyWord) && p.answer != nil && p.answer.Word != "":
		return p.word(m)
	default:
		p.scroll(msg)
	}
	return nil
}

// forward goes to the review of the next stage, if it may come.
func (p *stages) forward(m *Model) tea.Cmd {
	switch {
	case p.err != nil:
		m.notice = "this cannot be told: see above; esc goes back, ctrl+l looks again"
	case p.answer == nil:
		m.notice = "the directory is still being read"
	case len(p.answer.Stops) > 0:
		m.notice = "the next stage may not come yet: see above; ctrl+l looks again"
	default:
		return tea.Batch(m.set(steps.StageKey, string(p.answer.To)), m.next())
	}
	return nil
}

// word gives the operator's confirmation, or takes it back.
func (p *stages) word(m *Model) tea.Cmd {
	said := m.Answers.Listed(steps.SaidKey)
	if i := slices.Index(said, p.answer.Word); i >= 0 {
		said = slices.Delete(said, i, i+1)
	} else {
		said = append(said, p.answer.Word)
	}
	return tea.Batch(m.set(steps.SaidKey, strings.Join(said, "\n")), p.ask(m))
}

func (p *stages) view(m *Model, w, h int) string {
	switch {
	case p.err != nil:
		return block(m.item(m.theme.bad.Render, "!", p.err.Error(), w), w, h)
	case p.answer == nil:
		return block([]string{m.theme.faint.Render("  reading " + text.Clean(m.Dir()) + " …")}, w, h)
	}
	return p.draw(m, p.laid.of(w, func() []string { return p.lines(m, w) }), w, h)
}

// looked is what the running cluster shows, where it is watched.
func (p *stages) looked(m *Model, w int) []string {
	var lines []string
	switch {
	case !m.watch.on():
		return nil
	case p.failed != nil:
		first, _, _ := strings.Cut(p.failed.Error(), "\n")
		lines = m.item(m.theme.bad.Render, "!", first, w)
	case p.seen == nil:
		lines = []string{m.theme.faint.Render("  looking at the cluster …")}
	case p.seen.OK():
		lines = m.item(m.theme.good.Render, "✓", livetext.Clocked(p.seen), w)
	default:
		lines = m.item(m.theme.bad.Render, "!", livetext.Clocked(p.seen), w)
	}
	return append(lines, "")
}

// lines are the three stages with the one of now, and what is in the way of the next.
func (p *stages) lines(m *Model, w int) []string {
	a := p.answer
	lines := p.looked(m, w)
	lines = append(lines, m.styled(m.theme.strong.Render, "  ", fmt.Sprintf("%s is %s: %s.", a.Name, a.At, a.At.Meaning()), w)...)
	lines = append(lines, "")
	for i, action := range rotate.Actions() {
		to, _ := rotate.StageOf(action)
		mark, style := " ", m.theme.text
		switch {
		case to == a.To:
			mark, style = ">", m.theme.accent
		case a.At != plan.Steady && i < slices.Index(rotate.Actions(), rotate.ActionOf(a.To)):
			mark, style = "✓", m.theme.good
		}
		first := fmt.Sprintf("  %s %d %-7s ", mark, i+1, action)
		row := hanging(m, first, to.Meaning(), w)
		row[0] = style.Render(row[0])
		lines = append(lines, row...)
	}
	lines = append(lines, "")
	switch {
	case len(a.Stops) > 0:
		lines = append(lines, m.item(m.theme.bad.Render, "!", "Stop: "+spec.Count(len(a.Stops), "thing is", "things are")+" not ready for the next stage.", w)...)
		for _, s := range text.StopLines(a.Stops, false) {
			lines = append(lines, hanging(m, "    - ", s, w)...)
		}
	case a.At == plan.Steady:
		lines = append(lines, m.item(m.theme.good.Render, "✓", "Go on: the first stage breaks nothing.", w)...)
	case p.seen != nil && p.seen.OK() && p.seen.Unseen() == 0:
		lines = append(lines, m.item(m.theme.good.Render, "✓", "Go on: every program shows this stage.", w)...)
	default:
		lines = append(lines, m.item(m.theme.good.Render, "✓", "Go on, if the files of this stage are on every node and the programs there were restarted.", w)...)
	}
	if len(a.Stops) == 0 {
		for _, s := range a.ByHand {
			lines = append(lines, hanging(m, "    - ", "by hand: "+s, w)...)
		}
	}
	if a.Word != "" {
		tick := "[ ] "
		if slices.Contains(m.Answers.Listed(steps.SaidKey), a.Word) {
			tick = "[x] "
		}
		lines = append(lines, "")
		lines = append(lines, hanging(m, "  "+tick, "I confirm: "+rotate.Confirmations[a.Word]+".", w)...)
	}
	if a.Breaks != "" {
		lines = append(lines, "")
		lines = append(lines, m.styled(m.theme.faint.Render, "  ", "Too early: "+a.Breaks+".", w)...)
	}
	return lines
}
