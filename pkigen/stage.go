package pkigen

import (
	"context"

	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/rotate"
)

// AskStage says how far the replacement that a question names has come in the job's
// directory, and whether its next stage may come. Plan and directory of the question
// are those of the job. An error is that of a plan which changes nothing: where other
// things have to be set right first, a *plan.OtherChangesError or a *plan.RefusedError.
func (j Job) AskStage(ctx context.Context, q rotate.Question) (*rotate.Answer, error) {
	j.Options.Rotation = &plan.Rotation{Name: q.Name}
	p, err := Plan(j)
	if err != nil {
		return nil, err
	}
	if refused := p.Refused(); len(refused) > 0 {
		return nil, &plan.RefusedError{Actions: refused}
	}
	q.Plan, q.Dir = p, j.Dir
	return rotate.Ask(ctx, q)
}
