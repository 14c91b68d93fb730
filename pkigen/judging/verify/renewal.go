package verify

import (
	"strings"

	"certwright/pkigen/judging/check"
)

// Renewal is what a renewal has to make so that what was found is right, by the commands
// that the findings have: all that has expired, or some certificates by their names.
func (j *Judgement) Renewal() (expired bool, names []string) {
	again, renew := j.Site.Again.String(), j.Site.Renew.String()
	for i := range j.Findings {
		f := &j.Findings[i]
		switch command := f.Command.String(); {
		case f.Severity == check.Note:
		case command == again:
			return true, nil // which renews what has expired, too
		case renew != "" && strings.HasPrefix(command, renew) && f.Seat != nil && f.Seat.Want != nil:
			names = append(names, f.Seat.Want.Name)
		}
	}
	return false, names
}
