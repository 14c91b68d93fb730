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
	site := survey.Guess(s)
	var cases []rehearse.Case
	wrong, flags := false, false
	for _, cluster := range site.Split() {
		report, err := check.Run(ctx, cluster, now)
		if err != nil {
			return err
		}
		flags = j.TakeFlags(report) || flags
		wrong = wrong || slices.ContainsFunc(report.Findings, func(f check.Finding) bool { return f.Severity == check.Error && !j.has(&f) })
		if cluster.Apart == "" {
			cases = append(cases, foreignCases(report)...)
		}
	}
	rehearsed, err := rehearse.Run(ctx, cases, now)
	if err != nil {
		return err
	}
	told := &Judgement{Report: j.Report, Connections: tried(rehearsed.Results)}
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

// tried are the connections for which all files are there.
func tried(all []rehearse.Result) []rehearse.Result {
	return slices.DeleteFunc(all, func(r rehearse.Result) bool { return r.State == rehearse.NotTried })
}
