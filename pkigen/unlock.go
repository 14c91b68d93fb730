package pkigen

import (
	"context"
	"errors"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/plan"
)

// unlock opens what a plan needs of private keys behind a passphrase, and asks until that
// opens them.
func (j *Job) unlock(ctx context.Context, p *plan.Plan) error {
	if needed, _ := p.Passphrase(); !needed {
		return nil
	}
	what := plan.Asking{}
	for _, c := range p.Opens() {
		what.Files = append(what.Files, c.Files.Key)
	}
	if j.Passphrase == nil {
		return what.Nobody(errors.New("nobody can be asked here"))
	}
	for {
		passphrase, err := j.Passphrase(ctx, what)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if err = p.Open(passphrase); !errors.Is(err, pkey.ErrPassphrase) {
			return err
		}
		what.Wrong = err
	}
}
