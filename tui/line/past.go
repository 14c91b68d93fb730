package line

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/tui/text"
	"certwright/tui/wizard"
)

// history says what was done to the directory when, and goes back to before a run where
// the operator says so.
func (w *walk) history(ctx context.Context) error {
	runs, err := w.History()()
	if err != nil {
		return err
	}
	w.inspected = true
	w.blank()
	if len(runs) == 0 {
		w.say("No run has left a backup of %s: there is nothing to go back to.", text.Clean(w.Dir()))
		return nil
	}
	for i, r := range runs {
		can := "can be undone"
		if !r.CanUndo {
			can = "cannot be undone: " + text.Clean(r.Why)
		}
		w.say("%d. %s UTC, %s: %d made, %d replaced, %d removed; %s", i+1, r.Time.UTC().Format("2006-01-02 15:04:05"),
			text.Clean(r.Operation), r.Created, r.Replaced, r.Removed, can)
	}
	for {
		w.prompt("Number of the run to go back to before, or Enter to leave:")
		s, err := w.read(ctx)
		if err != nil || strings.TrimSpace(s) == "" {
			return err
		}
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || n > len(runs) {
			w.item("! ", fmt.Sprintf("%q is none of them: a number from 1 to %d is expected", text.Clean(s), len(runs)))
			continue
		}
		return w.goBack(ctx, runs[n-1].Backup)
	}
}

// goBack shows what it takes to go back to before a run, and does it when it is confirmed.
func (w *walk) goBack(ctx context.Context, backup string) error {
	u, err := w.PlanUndo(backup)()
	if err != nil {
		return err
	}
	view := text.UndoView{Dir: w.Dir(), Brief: true, Width: w.Width}
	w.keep(text.Undo(w.Out, u.Undoing, view))
	word := "yes"
	if len(u.Foreign) > 0 { // the files are named above
		word = "discard"
	}
	w.prompt("Go back? Type %s:", word)
	s, err := w.read(ctx)
	if err != nil {
		return err
	}
	if strings.ToLower(strings.TrimSpace(s)) != word {
		w.say("Not confirmed, so nothing was changed.")
		return nil
	}
	run, err := w.ConfirmUndo(u, len(u.Foreign) > 0) // they were named above
	if err != nil {
		return err
	}
	w.Finish(run(ctx, func(issue.Event) {}))
	if w.Outcome.Err != nil {
		return w.Outcome.Err
	}
	w.inspected = false
	return text.Undone(w.Out, w.Outcome.Undone, text.UndoTodo{Plan: u.Todo, Removed: u.Removed, Told: u.Told}, view)
}

// adopt says what a directory that others made tells, asks what it does not tell, and
// writes the answers when that is confirmed.
func (w *walk) adopt(ctx context.Context) error {
	given := map[string]string{}
	for {
		read, err := w.Adopt(ctx, given)()
		if err != nil {
			return err
		}
		w.inspected = true
		w.blank()
		v := &text.AdoptionView{Dir: w.Dir(), Proposal: read.Proposal, Article: read.Article, File: read.File(), Problems: read.Problems, Plan: read.Plan,
			Now: w.Now(), Width: w.Width, Brief: true}
		if read.Complete() {
			return w.adopted(ctx, read, v)
		}
		w.keep(text.Adoption(w.Out, v))
		if read.Answers == nil {
			return nil
		}
		w.complain(read.Problems, "")
		asked := false
		for _, q := range read.Proposal.Questions {
			answer, err := w.several(ctx, q.Key)
			if err != nil {
				return err
			}
			if answer != "" {
				given[q.Key], asked = answer, true
			}
		}
		if !asked {
			w.say("%s open, so nothing was written.", spec.Count(len(read.Proposal.Questions)+len(read.Problems), "question stays", "questions stay"))
			return nil
		}
	}
}

// adopted writes the answers of a directory that tells all of them.
func (w *walk) adopted(ctx context.Context, read *wizard.Adoption, v *text.AdoptionView) error {
	yes, err := w.yesNo(ctx, fmt.Sprintf("Write the answers into %s, and nothing else?", text.Clean(read.File())), true)
	if err != nil {
		return err
	}
	if yes {
		if err := read.Write(); err != nil {
			return err
		}
		v.Written = true
	}
	return text.Adoption(w.Out, v)
}

// several takes an answer of one line or more; an empty line ends it.
func (w *walk) several(ctx context.Context, key string) (string, error) {
	var lines []string
	for {
		w.prompt("%s (an empty line ends it):", key)
		s, err := w.read(ctx)
		if err != nil {
			return "", err
		}
		if s = strings.TrimSpace(s); s == "" {
			return strings.Join(lines, "\n"), nil
		}
		lines = append(lines, s)
	}
}
