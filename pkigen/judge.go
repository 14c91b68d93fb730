package pkigen

import (
	"context"
	"time"

	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/walk"
)

// Known is what the answers of a directory say of it.
type Known = verify.Known

// Judgement says whether a cluster would run with a directory.
type Judgement = verify.Judgement

// Judge judges a directory. known gives what its answers say, which may be nil; it is
// asked again where the directory was exchanged meanwhile, so that both are of one
// state of it.
func Judge(ctx context.Context, dir string, known func() (*Known, error), now time.Time) (*Judgement, error) {
	var j *Judgement
	err := walk.Whole(ctx, func() error {
		by, err := known()
		if err != nil {
			return err
		}
		j, err = verify.Directory(ctx, dir, by, now)
		return err
	}, dir)
	return j, err
}
