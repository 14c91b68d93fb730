package wizard

import (
	"context"
	"fmt"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/rotate"
)

// What looks at a running cluster bring.
type (
	// View is what one look has shown.
	View = live.View
	// Rollout are the steps of the last run, held against a look.
	Rollout = live.Report
	// RolloutStep is one of them.
	RolloutStep = live.Tick
)

// Looks are looks at the cluster that runs with a directory, one after another.
type Looks interface {
	// Look looks once.
	Look(ctx context.Context) (*View, error)
	// Steps holds what the last run asks for against the last look; nil where no run is
	// known. was reads the answers before it.
	Steps(was func(answers string) *spec.Cluster) (*Rollout, error)
}

// looks are those at the directory, by what its answers say now. Nothing is dialled before
// the first look.
func (w *Wizard) looks() Looks {
	known := w.known()
	by := func() (*pkigen.Known, error) { return known(), nil }
	if w.opt.Looks != nil {
		return w.opt.Looks(w.Dir(), by)
	}
	return pkigen.Dir(w.Dir()).Live(by, 0)
}

// FollowRollout gives a function that looks at the cluster, once a call, and says how far
// the last run has come on the nodes.
func (w *Wizard) FollowRollout() func(context.Context) (*Rollout, error) {
	looks, dir := w.looks(), w.Dir()
	was := func(answers string) *spec.Cluster {
		if known := KnownFrom(answers, dir); known != nil {
			return known.Cluster
		}
		return nil
	}
	return func(ctx context.Context) (*Rollout, error) {
		if _, err := looks.Look(ctx); err != nil {
			return nil, err
		}
		r, err := looks.Steps(was)
		if err == nil && r == nil {
			err = fmt.Errorf("no run on %q is known whose steps could be looked for: its answers and its backups tell them", dir)
		}
		return r, err
	}
}

// FollowStage gives a function that looks at the cluster, once a call, and says as AskStage
// whether the next stage may come.
func (w *Wizard) FollowStage() func(context.Context) (*rotate.Answer, *View, error) {
	looks, ask := w.looks(), w.askStage()
	return func(ctx context.Context) (*rotate.Answer, *View, error) {
		v, err := looks.Look(ctx)
		if err != nil {
			return nil, nil, err
		}
		a, err := ask(ctx, v)
		return a, v, err
	}
}
