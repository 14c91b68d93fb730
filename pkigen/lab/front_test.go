package lab_test

import (
	"context"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/lab"
	"certwright/pkigen/making/plan"
)

func init() {
	lab.RunSet = func(ctx context.Context, dir string, c *spec.Cluster, now time.Time, o plan.Options) error {
		_, err := pkigen.Run(ctx, pkigen.Job{Dir: dir, Cluster: c, Now: func() time.Time { return now }, Options: o}, nil)
		return err
	}
}
