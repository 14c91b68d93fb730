package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// worker runs the one job that writes. It lives longer than the screen: when
// the terminal goes away, Run still waits for it.
type worker struct {
	mu     sync.Mutex
	stop   context.CancelFunc
	done   sync.WaitGroup
	events chan issue.Event
	last   *workDoneMsg // how the last run ended
}

func (w *worker) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stop == nil
}

func (w *worker) cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
}

// finish waits for a running job, after asking it to stop.
func (w *worker) finish() {
	w.cancel()
	w.done.Wait()
}

// eventsMsg is the progress since the last one: all that had come by then, so
// that a run of thousands of certificates costs as many frames as it needs.
type eventsMsg []issue.Event

type workDoneMsg struct {
	result  *pkigen.Result
	answers string // path of the saved answers, if they were saved
	before  *spec.Cluster
	err     error
}

// start runs the job in the background and returns the commands that bring its
// progress and its end. The job runs by itself: a screen that is gone by then
// stops neither it nor those who wait for it.
func (w *worker) start(ctx context.Context, job func(context.Context, func(issue.Event)) workDoneMsg) tea.Cmd {
	ctx, stop := context.WithCancel(ctx)
	events := make(chan issue.Event, 64)
	ended := make(chan workDoneMsg, 1)
	w.mu.Lock()
	w.stop, w.last, w.events = stop, nil, events
	w.mu.Unlock()
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		var end workDoneMsg
		func() {
			defer caught(func(err error) { end = workDoneMsg{err: err} })
			end = job(ctx, func(e issue.Event) { send(ctx, events, e) })
		}()
		stop()
		close(events)
		w.mu.Lock()
		w.stop, w.last = nil, &end
		w.mu.Unlock()
		ended <- end
	}()
	return tea.Batch(func() tea.Msg { return <-ended }, listen(events))
}

// send gives up on an event when the run is stopped: nobody may be listening
// any more.
func send(ctx context.Context, events chan<- issue.Event, e issue.Event) {
	select {
	case events <- e:
	case <-ctx.Done():
	}
}

// listen waits for progress and brings all that has come by then.
func listen(events <-chan issue.Event) tea.Cmd {
	return func() tea.Msg {
		e, open := <-events
		if !open {
			return nil
		}
		all := eventsMsg{e}
		for {
			select {
			case e, open := <-events:
				if !open {
					return all
				}
				all = append(all, e)
			default:
				return all
			}
		}
	}
}

// working is the page while files are made.
type working struct {
	job    pkigen.Job // as it was reviewed
	plan   *plan.Plan
	states map[string]issue.State
	done   int
	err    error // what ended the run; the page then shows it
}

func newWorking(job pkigen.Job, p *plan.Plan) *working {
	return &working{job: job, plan: p, states: map[string]issue.State{}}
}

func (p *working) name(*Model) string {
	if p.err != nil {
		return "Not made"
	}
	return "Making"
}

func (p *working) keys(*Model) []key.Binding {
	if p.err != nil {
		return []key.Binding{named(keyBack, "back to the review"), keyQuit}
	}
	return []key.Binding{named(keyQuit, "stop")}
}

func (p *working) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case enteredMsg:
		return p.begin(m)
	case eventsMsg:
		for _, e := range msg {
			p.note(e)
		}
		return listen(m.work.events)
	case workDoneMsg:
		return p.ended(m, msg)
	case tea.KeyMsg:
		if p.err != nil && key.Matches(msg, keyBack) {
			return m.show(newReview(m))
		}
	}
	return nil
}

// begin starts the run that the review has confirmed.
func (p *working) begin(m *Model) tea.Cmd {
	job := p.job
	p.plan.Forget() // the run reads for itself, and compares what is left
	answers, dir, before := m.answers.Clone(), m.dir(), m.before()
	save := m.opt.SaveAnswers
	if m.own != nil && m.transition == nil {
		save = nil // they are those that lie there
	}
	return m.work.start(m.opt.Context, func(ctx context.Context, progress func(issue.Event)) workDoneMsg {
		job.Progress = progress
		result, err := pkigen.Run(ctx, job, p.plan)
		if err != nil {
			return workDoneMsg{err: err}
		}
		msg := workDoneMsg{result: result, before: before}
		if save != nil {
			path, err := save(dir, answers)
			if err != nil {
				result.Notes = append(result.Notes, "the answers could not be saved: "+err.Error())
			}
			msg.answers = path
		}
		return msg
	})
}

// ran notes how a run ended, for the program that shows the wizard.
func (o *Outcome) ran(end workDoneMsg) {
	o.Err = end.err
	if end.err == nil {
		o.Done, o.Result, o.Before, o.AnswersPath = true, end.result, end.before, end.answers
	}
}

func (p *working) ended(m *Model, msg workDoneMsg) tea.Cmd {
	m.out = Outcome{Signal: m.out.Signal}
	m.out.ran(msg)
	m.notice = ""
	if msg.err == nil {
		m.edited, m.loose = false, false // these answers are the directory's now
		m.renewOrigin()
		for _, key := range []string{steps.SaidKey, steps.StageKey} {
			m.answers.Unset(key) // a word holds for one stage
		}
	}
	if m.out.Signal != nil {
		return tea.Quit
	}
	if msg.err != nil {
		p.err = msg.err
		return nil
	}
	m.finished = newSummary(m)
	return m.show(m.finished)
}

// note keeps the newest state of a certificate.
func (p *working) note(e issue.Event) {
	if finished(e.State) && !finished(p.states[e.Name]) {
		p.done++
	}
	p.states[e.Name] = e.State
}

func finished(s issue.State) bool { return s == issue.Done || s == issue.Kept }

func (p *working) view(m *Model, w, h int) string {
	total := len(p.plan.Certificates)
	lines := []string{" " + m.bar(p.done, total, min(w-16, 60)) + fmt.Sprintf("  %d of %d", p.done, total), ""}
	if p.done == total && p.err == nil {
		lines = append(lines, m.item(m.theme.text.Render, ">", "all are made; the files are written, read back and proven before they count", w)...)
		lines = append(lines, "")
	}
	lines = append(lines, p.outcome(m, w)...)
	// The rows that are worked on stand where the work is.
	room := max(h-len(lines), 0)
	from := max(min(p.done-room/2, total-room), 0)
	for _, c := range p.plan.Certificates[from:min(from+room, total)] {
		lines = append(lines, p.row(m, c.Name))
	}
	return block(lines, w, h)
}

// bar is a progress bar of w cells.
func (m *Model) bar(done, total, w int) string {
	n := w * done / max(total, 1)
	return m.theme.accent.Render(strings.Repeat("█", n)) + m.theme.faint.Render(strings.Repeat("░", w-n))
}

// row is one certificate with its state, as a mark and as a word.
func (p *working) row(m *Model, name string) string {
	state, ok := p.states[name]
	if !ok {
		state = issue.Waiting
	}
	mark, style := "·", m.theme.faint
	switch state {
	case issue.Done, issue.Kept:
		mark, style = "✓", m.theme.good
	case issue.Failed:
		mark, style = "!", m.theme.bad
	case issue.MakingKey, issue.Signing:
		mark, style = ">", m.theme.text
	}
	return " " + style.Render(mark+" "+pad(name, 24)+"  "+string(state))
}

// outcome says what ended the run. What is on the disk now is said by the
// error itself, which knows.
func (p *working) outcome(m *Model, w int) []string {
	if p.err == nil {
		return nil
	}
	text := p.err.Error()
	if errors.Is(p.err, context.Canceled) {
		text = "stopped as you asked; nothing was changed"
	}
	return append(m.item(m.theme.bad.Render, "!", text, w), "")
}
