package wizard

import (
	"strings"

	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/steps"
)

// Cure is what sets right what was found, as a task of the wizard.
type Cure struct {
	Mode, Goal string
	Names      []string // of the certificates that are renewed; none where the goal says it
}

// CureOf is the renewal that fixes what was found, by the commands that the findings have;
// without answers the directory has to be adopted first. The mode is "" where nothing is
// to be done, or nothing of it can be done here.
func CureOf(j *verify.Judgement) Cure {
	if j == nil || !j.OfCluster() {
		return Cure{}
	}
	again, renew := j.Site.Again.String(), j.Site.Renew.String()
	if again == "" {
		return Cure{Mode: steps.ModeAdopt}
	}
	out := Cure{Mode: steps.ModeRenew}
	for i := range j.Findings {
		f := &j.Findings[i]
		switch command := f.Command.String(); {
		case f.Severity == check.Note:
		case command == again:
			out.Goal, out.Names = steps.GoalExpired, nil
			return out // which renews what has expired, too
		case renew != "" && strings.HasPrefix(command, renew) && f.Seat != nil && f.Seat.Want != nil:
			out.Names = append(out.Names, f.Seat.Want.Name)
		}
	}
	if len(out.Names) == 0 {
		return Cure{}
	}
	out.Goal = steps.GoalSome
	return out
}

// Choose answers what the cure says, once the set is entered.
func (w *Wizard) Choose(c Cure) {
	w.Give(steps.GoalKey, c.Goal)
	if len(c.Names) > 0 {
		w.Give(steps.NamesKey, strings.Join(c.Names, "\n"))
	}
}
