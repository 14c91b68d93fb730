package wizard

import (
	"strings"

	"certwright/pkigen/judging/verify"
	"certwright/steps"
)

// Cure is what sets right what was found, as a task of the wizard.
type Cure struct {
	Mode, Goal string
	Names      []string // of the certificates that are renewed; none where the goal says it
}

// CureOf is the renewal that fixes what was found; without answers the directory has to
// be adopted first. The mode is "" where nothing is to be done, or nothing of it can be
// done here.
func CureOf(j *verify.Judgement) Cure {
	switch {
	case j == nil || !j.OfCluster():
		return Cure{}
	case j.Site.Again == "":
		return Cure{Mode: steps.ModeAdopt}
	}
	switch expired, names := j.Renewal(); {
	case expired:
		return Cure{Mode: steps.ModeRenew, Goal: steps.GoalExpired}
	case len(names) > 0:
		return Cure{Mode: steps.ModeRenew, Goal: steps.GoalSome, Names: names}
	}
	return Cure{}
}

// Choose answers what the cure says, once the set is entered.
func (w *Wizard) Choose(c Cure) {
	w.Give(steps.GoalKey, c.Goal)
	if len(c.Names) > 0 {
		w.Give(steps.NamesKey, strings.Join(c.Names, "\n"))
	}
}
