package verify

import (
	"context"
	"time"

	"certwright/pkigen/check"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
	"certwright/pkigen/survey"
)

// Known is what the answers say of a directory.
type Known struct {
	Layout  *role.Layout
	Cluster *spec.Cluster
	Again   string // the command that makes it again: what mends most findings
}

// Judgement is what was found in a directory, ours or anybody's.
type Judgement struct {
	*check.Report
}

// Directory judges a directory as it lies there: by its answers where they are
// known, and else by what the files are. The error is for a directory that cannot
// be read at all, and for a ctx that ended.
func Directory(ctx context.Context, dir string, known *Known, now time.Time) (*Judgement, error) {
	s, err := survey.Read(ctx, dir)
	if err != nil {
		return nil, err
	}
	site := survey.Guess(s)
	if known != nil {
		site = survey.NewSite(s, known.Layout, known.Cluster)
		site.Again = known.Again
	}
	report, err := check.Run(ctx, site, now)
	if err != nil {
		return nil, err
	}
	return &Judgement{Report: report}, nil
}
