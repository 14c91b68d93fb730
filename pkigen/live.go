package pkigen

import (
	"context"
	"slices"
	"time"

	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/live"
)

// Live is for looks, one after another, at the cluster that runs with a directory: what
// has each program really loaded. Nothing is written anywhere. known gives what the answers
// say, which may be nil; it is asked at each look. limit is how long one port may take, 0
// for the usual time.
func (d Dir) Live(known func() (*Known, error), limit time.Duration) *live.Looks {
	return &live.Looks{Read: func(ctx context.Context) (*live.Options, error) {
		o := &live.Options{Dir: string(d), Limit: limit}
		err := walk.Whole(ctx, func() error {
			by, err := known()
			if err != nil {
				return err
			}
			s, err := scan.Read(ctx, string(d))
			if err != nil {
				return err
			}
			o.Model = modelOf(s, by)
			if by != nil {
				o.Layout, o.Cluster = by.Layout, by.Cluster
			}
			o.Read()
			return nil
		}, string(d))
		return o, err
	}}
}

// modelOf is which programs run where: as their files tell them, or where a layout makes
// no such files as its reader is told to tell them.
func modelOf(s *scan.Scan, known *Known) *programs.Model {
	if known == nil || known.Layout.PerNode {
		return programs.Find(s)
	}
	if m := programs.Find(s); known.Layout.AsFound && slices.ContainsFunc(m.Machines, func(mc *programs.Machine) bool { return mc.Address() != "" }) {
		return m
	}
	return programs.Planned(s, known.Layout, known.Cluster)
}
