package tui

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/store"
	"certwright/steps"
	_ "certwright/tui/quiet" // before bubbletea: no query is sent to the terminal
)

// Options are what the wizard needs from the program around it. Only Answers
// must be given.
type Options struct {
	Context context.Context
	Answers *steps.Answers
	Now     func() time.Time
	NoColor bool
	// Keys makes private keys ahead of need; nil for none.
	Keys *issue.Keys
	// ReplaceKeys are explicit words given on the command line.
	ReplaceKeys []string
	// Saved finds earlier answers for a directory.
	Saved func(dir string) []steps.Saved
	// Known says what the answers kept with a directory ask for; nil for nothing.
	Known func(dir string) *verify.Known
	// Kept are the answers that made a directory; the error says why there are none.
	Kept func(dir string) (*steps.SetAnswers, error)
	// About is what the history will say of a run; without an operation none is kept.
	About store.About
	// SaveDraft keeps the answers so far; it is called after each page.
	SaveDraft func(dir string, a *steps.Answers) error
	// SaveAnswers keeps the answers of a finished run and gives their path.
	SaveAnswers func(dir string, a *steps.Answers) (string, error)
	// Stop brings the signals that end the wizard.
	Stop <-chan os.Signal
	// In and Out are the terminal; nil for standard input and output.
	In  io.Reader
	Out io.Writer
}

func (o Options) withDefaults() Options {
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Answers == nil {
		o.Answers = steps.NewAnswers()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Outcome is how the wizard ended.
type Outcome struct {
	Done        bool           // the set was made, or found to be right already
	Result      *pkigen.Result // of a run that was done
	Before      *spec.Cluster  // until then, where its answers were changed; nil for not
	Answers     *steps.Answers
	AnswersPath string // where the answers of a finished run lie; "" if nowhere
	Dir         string
	Interrupted bool      // left with ctrl+c before it was done
	Drafted     bool      // the answers are kept as a draft
	Inspected   bool      // left from a page that only looks
	Signal      os.Signal // a signal ended it
	Err         error     // what the last run ended with, if it failed
}

// stopMsg is a signal.
type stopMsg struct{ signal os.Signal }

// Run shows the wizard until it is left. While files are written it waits for
// a consistent state, also when the terminal goes away. Errors are those of
// the terminal; how a run of the backend ended stands in the Outcome.
func Run(opt Options) (Outcome, error) {
	opt = opt.withDefaults()
	m := New(opt)
	args := []tea.ProgramOption{tea.WithAltScreen(), tea.WithoutSignalHandler()}
	if opt.In != nil {
		args = append(args, tea.WithInput(opt.In))
	}
	if opt.Out != nil {
		args = append(args, tea.WithOutput(opt.Out))
	}
	p := tea.NewProgram(m, args...)
	ended := make(chan struct{})
	go func() {
		select {
		case s := <-opt.Stop:
			m.work.cancel()
			p.Send(stopMsg{s})
		case <-ended:
		}
	}()
	_, err := p.Run()
	close(ended)
	m.work.finish()
	if end := m.work.last; end != nil {
		m.out.ran(*end) // its message may have found no screen any more
		m.edited = m.edited && end.err != nil
	}
	m.saveDraft()
	out := m.out
	switch m.page.(type) {
	case *inspect, *judgement:
		out.Inspected = true
	}
	out.Drafted = m.drafted && !m.edited
	out.Answers, out.Dir = m.answers, m.dir()
	return out, err
}

// job is what the backend is asked for with the answers as they are; allowed
// are the replacements for which the word was given on the review.
func (m *Model) job(allowed []string) pkigen.Job {
	words := steps.Words(m.answers, m.cluster)
	words.ReplaceKeys = slices.Concat(m.opt.ReplaceKeys, allowed)
	job := pkigen.Job{Dir: m.dir(), Cluster: m.cluster, Now: m.opt.Now, Keys: m.pool,
		About: m.opt.About, Options: words}
	if c := m.transition; c != nil && c.err == nil {
		job.Before, job.Options.Answers = c.Gone(), c.Answers
	}
	if o := m.stock.origin; m.own != nil && o != nil {
		job.Source = pkigen.SourceOf(o.Path, o.Text)
	}
	return job
}

// failMsg is a panic in a command, which bubbletea would hide on the alternate
// screen.
type failMsg struct{ err error }

// safely makes a command that turns a panic into a message.
func safely(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer caught(func(err error) { msg = failMsg{err} })
		return f()
	}
}

// caught, deferred, turns a panic into an error: bubbletea would write it onto
// the alternate screen, and it would be lost.
func caught(tell func(error)) {
	if r := recover(); r != nil {
		tell(fmt.Errorf("internal error: %v\n%s", r, debug.Stack()))
	}
}
