package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/tui/wizard"
)

// worker runs the one job that writes. It lives longer than the screen: when
// the terminal goes away, Run still waits for it.
type worker struct {
	mu     sync.Mutex
	stop   context.CancelFunc
	done   sync.WaitGroup
	events chan issue.Event
	last   *wizard.Ended // how the last run ended
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

type workDoneMsg wizard.Ended

// start runs the job in the background and returns the commands that bring its
// progress and its end. The job runs by itself: a screen that is gone by then
// stops neither it nor those who wait for it.
func (w *worker) start(ctx context.Context, job func(context.Context, func(issue.Event)) wizard.Ended) tea.Cmd {
	ctx, stop := context.WithCancel(ctx)
	events := make(chan issue.Event, 64)
	ended := make(chan wizard.Ended, 1)
	w.mu.Lock()
	w.stop, w.last, w.events = stop, nil, events
	w.mu.Unlock()
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		var end wizard.Ended
		func() {
			defer caught(func(err error) { end = wizard.Broken(err) })
			end = job(ctx, func(e issue.Event) { send(ctx, events, e) })
		}()
		stop()
		close(events)
		w.mu.Lock()
		w.stop, w.last = nil, &end
		w.mu.Unlock()
		ended <- end
	}()
	return tea.Batch(func() tea.Msg { return workDoneMsg(<-ended) }, listen(events))
}

// send gives up on an event when the run is stopped: nobody may be listening
// any more.
func send(ctx context.Context, events chan<- issue.Event, e issue.Event) {
	select {
	case events <- e:
	case <-ctx.Done():
	}
}

// beat is how often the page shows that time goes by, where nothing else happens.
const beat = 100 * time.Millisecond

// listen waits for progress, for a beat at most, and brings all that has come by then.
func listen(events <-chan issue.Event) tea.Cmd {
	return func() tea.Msg {
		var all eventsMsg
		select {
		case e, open := <-events:
			if !open {
				return nil
			}
			all = append(all, e)
		case <-time.After(beat):
		}
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
	run    func(context.Context, func(issue.Event)) wizard.Ended
	plan   *plan.Plan
	states map[string]issue.State
	done   int
	began  time.Time
	err    error // what ended the run; the page then shows it
}

func newWorking(run func(context.Context, func(issue.Event)) wizard.Ended, p *plan.Plan) *working {
	return &working{run: run, plan: p, states: map[string]issue.State{}}
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
		p.began = time.Now()
		return m.work.start(m.ctx, p.run)
	case eventsMsg:
		for _, e := range msg {
			p.note(e)
		}
		return listen(m.work.events)
	case workDoneMsg:
		return p.ended(m, wizard.Ended(msg))
	case tea.KeyMsg:
		if p.err != nil && key.Matches(msg, keyBack) {
			return m.show(newReview(m))
		}
	}
	return nil
}

func (p *working) ended(m *Model, end wizard.Ended) tea.Cmd {
	m.Finish(end)
	m.notice, m.interrupted = "", false
	switch {
	case m.signal != nil:
		return tea.Quit
	case m.Outcome.Err != nil:
		p.err = m.Outcome.Err
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
	if p.err != nil {
		return block(append(p.outcome(m, w), p.failed(m)...), w, h)
	}
	total := len(p.plan.Certificates)
	lines := []string{" " + m.bar(p.done, total, max(min(w-30, 60), 0)) + fmt.Sprintf("  %d of %d", p.done, total) + p.elapsed(), ""}
	if p.done == total {
		lines = append(lines, m.item(m.theme.text.Render, ">", "all are made; the files are written, read back and proven before they count", w)...)
		lines = append(lines, "")
	}
	// The rows that are worked on stand where the work is.
	room := max(h-len(lines), 0)
	from := max(min(p.done-room/2, total-room), 0)
	for _, c := range p.plan.Certificates[from:min(from+room, total)] {
		lines = append(lines, p.row(m, c.Name))
	}
	return block(lines, w, h)
}

// elapsed is how long it takes by now, from the first second on.
func (p *working) elapsed() string {
	if took := time.Since(p.began).Truncate(time.Second); !p.began.IsZero() && took > 0 {
		return "  " + took.String()
	}
	return ""
}

// spinner turns while something is worked on.
func (p *working) spinner() string {
	const turns = `|/-\`
	at := int(time.Since(p.began)/beat) % len(turns)
	return turns[at : at+1]
}

// failed are the certificates at which it ended. What was made before them counts for
// nothing, and is not shown as done.
func (p *working) failed(m *Model) []string {
	var lines []string
	for i := range p.plan.Certificates {
		if name := p.plan.Certificates[i].Name; p.states[name] == issue.Failed {
			lines = append(lines, p.row(m, name))
		}
	}
	return lines
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
		mark, style = p.spinner(), m.theme.text
	}
	return " " + style.Render(mark+" "+pad(name, 24)+"  "+string(state))
}

// outcome says what ended the run. What is on the disk now is said by the
// error itself, which knows.
func (p *working) outcome(m *Model, w int) []string {
	text := p.err.Error()
	if errors.Is(p.err, context.Canceled) {
		text = "stopped as you asked; nothing was changed"
	}
	return append(m.item(m.theme.bad.Render, "!", text, w), "")
}
