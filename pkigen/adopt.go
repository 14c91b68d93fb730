package pkigen

import (
	"context"
	"time"

	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
)

// Proposal is what a directory that others made says of its answers.
type Proposal = adopt.Proposal

// SeveralError says that a directory holds more than one cluster.
type SeveralError = adopt.SeveralError

// Adopt reads a directory that others made. given are answers that win over what is
// read. answered makes of the proposal the job whose plan says what the next run would
// change, or nil where answers are missing; it is asked again where the directory was
// exchanged meanwhile, and not where nothing can be gone on with.
func Adopt(ctx context.Context, dir string, given map[string]string, answered func(*Proposal) (*Job, error)) (p *Proposal, next *plan.Plan, err error) {
	err = walk.Whole(ctx, func() error {
		next = nil
		s, err := scan.Read(ctx, dir)
		if err != nil {
			return err
		}
		if p, err = adopt.Look(s, given); err != nil || len(p.Taken) == 0 {
			return err
		}
		job, err := answered(p)
		if err == nil && job != nil {
			next, err = Plan(*job)
		}
		return err
	}, dir)
	return p, next, err
}

// LeftFile is a file of an adopted directory that every run leaves as it is.
type LeftFile struct {
	Path, Why string
	Ends      time.Time // of the certificate in it; zero where there is none but of a CA
}

// LeftAsFound are those of the directory; none where it cannot be read, which a run tells.
func (d Dir) LeftAsFound(ctx context.Context) []LeftFile {
	s, err := scan.Read(ctx, string(d))
	if err != nil {
		return nil
	}
	p, err := adopt.Look(s, nil)
	if err != nil {
		return nil
	}
	var out []LeftFile
	for _, l := range p.Left {
		one := LeftFile{Path: l.Path, Why: l.Why}
		f := s.File(l.Path)
		if certs := append(f.Certs(""), f.Certs(scan.FieldUser)...); len(certs) > 0 && !certs[0].IsCA {
			one.Ends = certs[0].NotAfter
		}
		out = append(out, one)
	}
	return out
}
