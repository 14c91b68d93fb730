package verify

import (
	"context"
	"slices"
	"time"

	"certwright/pkigen/check"
	"certwright/pkigen/rehearse"
	"certwright/pkigen/survey"
)

// asTold judges a set in which programs are told something else than its answers
// say: by what they are told, as if there were no answers. Where that is wrong and
// the rest is not, what differs is why, unless a flag was found that is, and the
// connections are those.
func (j *Judgement) asTold(ctx context.Context, s *survey.Survey, now time.Time) error {
	differs := func(f check.Finding) bool { return f.Check.ID == check.TextDiffers }
	if j.Site.Layout == nil || !slices.ContainsFunc(j.Findings, differs) {
		return nil
	}
	told, err := foreign(ctx, survey.Guess(s), nil, now)
	if err != nil {
		return err
	}
	for i := range told.Connections { // what a set of ours refuses to nobody is open by what was changed
		if r := &told.Connections[i]; r.Case.Refusal != nil && r.Case.Refusal.Shows == "" && r.State == rehearse.Known {
			r.State = rehearse.Opened
		}
	}
	flags := j.TakeFlags(told.Report)
	wrong := slices.ContainsFunc(told.Findings, func(f check.Finding) bool { return f.Severity == check.Error && !j.has(&f) })
	if len(told.Wrong()) > len(j.Wrong()) {
		wrong, j.Connections = true, told.Connections
	}
	if wrong && !flags {
		j.Raise(check.TextDiffers)
	}
	return nil
}

// has tells that a finding is one of these too.
func (j *Judgement) has(f *check.Finding) bool {
	return slices.ContainsFunc(j.Findings, func(own check.Finding) bool {
		return own.Check == f.Check && (own.File == f.File || slices.Contains(own.Also, f.File))
	})
}
