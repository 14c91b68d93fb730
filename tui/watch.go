package tui

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen/rollout/rotate"
	"certwright/tui/wizard"
)

// watch looks at the running cluster again and again: from when it is asked to until the
// page is left. A look ends before the next begins, and what an older watch brings is
// dropped.
type watch struct {
	turn int // counts the watches
	ctx  context.Context
	stop context.CancelFunc // nil where nobody looks
	look func(context.Context) lookedMsg
	// rest waits between two looks, and reports whether there is to be another.
	rest func(context.Context) bool
}

// lookedMsg brings what a look has shown: of a list of steps the report, of a page of
// stages its answer.
type lookedMsg struct {
	turn   int
	report *wizard.Rollout
	answer *rotate.Answer
	view   *wizard.View
	err    error
}

// lookPause is how long nobody looks between two looks.
const lookPause = 3 * time.Second

// pauseLooks waits that long.
func pauseLooks(ctx context.Context) bool {
	t := time.NewTimer(lookPause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

var keyWatch = bind("watch", "w")

// key is the one that begins to look, or ends it.
func (w *watch) key() key.Binding {
	if w.on() {
		return named(keyWatch, "stop watching")
	}
	return keyWatch
}

// on reports whether somebody looks.
func (w *watch) on() bool { return w.stop != nil }

// begin looks from now on.
func (w *watch) begin(ctx context.Context, look func(context.Context) lookedMsg) tea.Cmd {
	w.end()
	w.ctx, w.stop = context.WithCancel(ctx)
	w.look = look
	return w.next(func(context.Context) bool { return true })
}

// end ends it at once. A look that is under way gives up its connections.
func (w *watch) end() {
	if w.stop != nil {
		w.stop()
	}
	w.turn++
	w.ctx, w.stop, w.look = nil, nil, nil
}

// next looks once more after a rest; nil where nobody looks any more.
func (w *watch) next(rest func(context.Context) bool) tea.Cmd {
	if !w.on() {
		return nil
	}
	turn, ctx, look := w.turn, w.ctx, w.look
	return func() (msg tea.Msg) {
		defer caught(func(err error) { msg = lookedMsg{turn: turn, err: err} })
		if !rest(ctx) {
			return nil
		}
		m := look(ctx)
		m.turn = turn
		return m
	}
}

// looked gives the page what a look has shown, and looks again.
func (m *Model) looked(msg lookedMsg) tea.Cmd {
	if msg.turn != m.watch.turn || !m.watch.on() {
		return nil
	}
	return tea.Batch(m.page.update(m, msg), m.watch.next(m.watch.rest))
}
