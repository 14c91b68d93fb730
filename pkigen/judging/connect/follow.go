package connect

import (
	"context"
	"time"

	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
)

// withoutEtcd is what kube-apiserver says as it ends where no member of etcd answers it
// (kubernetes pkg/controlplane/reconcilers/lease.go and apiserver
// pkg/storage/storagebackend/factory/etcd3.go, blockUntilReady).
const withoutEtcd = "error creating storage factory: etcd grpc connection not ready: context deadline exceeded"

// Follow takes what was rehearsed further: kube-apiserver ends where it reaches no
// member of etcd, so that nobody talks to it, whatever their certificates are.
func (s *Stage) Follow(ctx context.Context, results []rehearse.Result, now time.Time) ([]rehearse.Result, error) {
	if s.by == nil {
		return results, nil
	}
	ended := s.by.ended(results)
	if len(ended) == 0 {
		return results, nil
	}
	var again []rehearse.Case
	var at []int // where the result of each stands
	sides := map[*rehearse.Side]*rehearse.Side{}
	stopped := func(side *rehearse.Side, by *rehearse.Halt) *rehearse.Side {
		if by == nil {
			return side
		}
		if sides[side] == nil {
			out := *side
			out.Halt = by
			sides[side] = &out
		}
		return sides[side]
	}
	kept := results[:0]
	for _, r := range results {
		from, to := ended[s.by.sides[r.Case.From]], ended[s.by.sides[r.Case.To]]
		if (from != nil || to != nil) && r.State != rehearse.Broken {
			if r.Case.Refusal != nil {
				continue // nobody is there to refuse it
			}
			c := *r.Case
			c.From, c.To = stopped(c.From, from), stopped(c.To, to)
			again, at = append(again, c), append(at, len(kept))
		}
		kept = append(kept, r)
	}
	rehearsed, err := rehearse.Run(ctx, again, now)
	if err != nil {
		return nil, err
	}
	for i, r := range rehearsed.Results {
		kept[at[i]] = r
	}
	return kept, nil
}

// ended are the API servers that reach no member of etcd, and why.
func (b *builder) ended(results []rehearse.Result) map[*programs.Program]*rehearse.Halt {
	reached, refused := map[*programs.Program]bool{}, map[*programs.Program]*rehearse.Failure{}
	for i := range results {
		r := &results[i]
		p := b.sides[r.Case.From]
		switch {
		case r.Case.Connection.From != apiserver || r.Case.Connection.To != "etcd" || r.Case.Refusal != nil:
		case r.State != rehearse.Broken:
			reached[p] = true
		case refused[p] == nil:
			refused[p] = r.Failure
		}
	}
	out := map[*programs.Program]*rehearse.Halt{}
	for p, why := range refused {
		if b.halts[p] == nil && !reached[p] && !b.spared[p] {
			out[p] = &rehearse.Halt{Check: why.Check, File: why.File, Args: why.Args, Text: withoutEtcd, Cause: "kube-apiserver does not become ready, since it reaches no etcd: " + why.Cause}
		}
	}
	return out
}
