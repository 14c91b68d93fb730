package livetext

import (
	"fmt"
	"io"
	"path"
	"slices"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
	"certwright/tui/text"
)

// Rollout prints the steps of a rollout, each ticked where the evidence is there.
func Rollout(w io.Writer, r *live.Report, width int) error {
	p := &printer{w: w, width: width}
	p.text("", RolloutLine(r))
	for _, s := range LostLines(r) {
		p.text("  ! ", s)
	}
	p.blank()
	next := true
	for i := range r.Steps {
		s := &r.Steps[i]
		p.text(tickMark(s), s.Text+tickNote(s))
		if s.Done {
			continue
		}
		for _, wait := range s.Waits[:min(len(s.Waits), shownWaits)] {
			p.text("      ", "waits for "+Wait(&wait))
		}
		if next && s.Evidence != live.Unseen {
			for _, c := range s.Commands {
				p.command("      $ ", c.Commented())
			}
			next = false
		}
	}
	p.rolloutRest(r)
	return p.err
}

const shownWaits = 2

// rolloutRest prints what is wrong and belongs to no step.
func (p *printer) rolloutRest(r *live.Report) {
	var rest []symptom.Finding
	for i := range r.View.Findings {
		f := r.View.Findings[i]
		if f.State() != symptom.Hidden && !slices.ContainsFunc(r.Steps, func(s live.Tick) bool { return !s.Done && s.Node == f.Node && s.Program == f.Program }) {
			rest = append(rest, f)
		}
	}
	if len(rest) == 0 {
		return
	}
	p.blank()
	p.line("Besides:")
	for i := range rest[:min(len(rest), shownFindings)] {
		p.text("  ", Sentence(&rest[i]))
	}
}

// RolloutLine says in one line how far a rollout is.
func RolloutLine(r *live.Report) string {
	what := "The rollout of " + r.Time.UTC().Format("2006-01-02 15:04:05")
	if r.First {
		what = "The first start"
	}
	done := len(r.Steps) - r.Left - r.ByHand
	line := fmt.Sprintf("%s: %d of %s done", what, done, spec.Count(len(r.Steps), "step", "steps"))
	if r.ByHand > 0 {
		line += fmt.Sprintf(", %d to tick by hand", r.ByHand)
	}
	switch {
	case r.Done:
		return line + ". All that can be seen is as planned."
	case r.Left == 0:
		return line + ". " + Line(r.View)
	}
	return line + "."
}

// tickMark is before a step: done, to be done, or for a person to tick.
func tickMark(s *live.Tick) string {
	switch {
	case s.Lost:
		return "  [!] "
	case s.Done:
		return "  [x] "
	case s.Evidence == live.Unseen:
		return "  [?] "
	}
	return "  [ ] "
}

func tickNote(s *live.Tick) string {
	switch {
	case s.Lost:
		return " - it was well before, and is not any more"
	case s.Done && s.Evidence == live.Inferred:
		return " (inferred)"
	case !s.Done && s.Evidence == live.Unseen:
		return " (by hand: it cannot be seen from here)"
	}
	return ""
}

// Wait is what a step waits for: a file that is not loaded, or a program that is not well.
func Wait(w *live.Wait) string {
	if w.Finding != nil {
		return text.Clean(w.Finding.Program + ", which " + w.Finding.What())
	}
	return text.Clean(w.File)
}

// LostLines say which programs were well in an earlier look and are not now.
func LostLines(r *live.Report) []string {
	var out []string
	for i := range r.Lost {
		if i == shownWaits {
			return append(out, spec.More(len(r.Lost)-i))
		}
		out = append(out, "It was well before: "+Sentence(&r.Lost[i]))
	}
	return out
}

// NowLine says what to do now: the first step that is not done, or what is wrong besides the
// steps; "" for nothing.
func NowLine(r *live.Report) string {
	if s := r.Now(); s != nil {
		return "Now: " + text.Clean(s.Text)
	}
	for i := range r.View.Findings {
		if f := &r.View.Findings[i]; f.State() != symptom.Hidden {
			return Sentence(f)
		}
	}
	return ""
}

// doneWords say how a step is known to be done.
var doneWords = map[live.Evidence]string{live.Seen: "seen", live.Inferred: "inferred", live.Unseen: "by hand"}

// Beside is in a few words how a step is known to be done, or what it waits for.
func Beside(s *live.Tick) string {
	switch {
	case s.Lost:
		return "was well before"
	case s.Done:
		return doneWords[s.Evidence]
	case s.Evidence == live.Unseen:
		return doneWords[live.Unseen]
	case len(s.Waits) == 0:
		return "not yet"
	}
	if w := &s.Waits[0]; w.Finding != nil {
		return string(w.Finding.State())
	}
	return "not yet: " + text.Clean(path.Base(s.Waits[0].File))
}

// Standing is the first thing to be said of a rollout that is watched: whether all is as
// planned, and how far it is.
func Standing(r *live.Report) string {
	done := len(r.Steps) - r.Left - r.ByHand
	return fmt.Sprintf("%s %d of %s done.", Clocked(r.View), done, spec.Count(len(r.Steps), "step", "steps"))
}

// Clocked is Line behind the time of the look.
func Clocked(v *live.View) string { return clock(v) + "  " + Line(v) }

func clock(v *live.View) string { return v.Time.Format("15:04:05") }
