// Package rotate guards the replacement of a CA, or of the service account keys,
// in three stages: widen trust, switch, narrow. It says whether the next stage
// may come, what would break if it came too early, and what has to be done by
// hand in each that no file of the set can do.
//
// What a stage changes is decided in package plan, which reads the stage off the
// files. Here is what a plan cannot know: how far the nodes have come.
package rotate

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
)

// The operator's words for what no file tells.
const (
	// Kubelets: every kubelet has a certificate of the new CA.
	Kubelets = "kubelets"
	// Tokens: no token that the old service account key has signed is in use.
	Tokens = "tokens"
)

// Confirmations are all of them, with what they say.
var Confirmations = map[string]string{
	Kubelets: "every kubelet has a certificate of the new CA",
	Tokens:   "no token that the old key has signed is in use any more",
}

// Question is what is asked before a stage.
type Question struct {
	Plan *plan.Plan // of the directory as it is, in which nothing is to be changed
	Name string     // of the CA or the key pair
	Dir  string
	// Seen are files and folders with copies of what lies on nodes.
	Seen []string
	// Live is what a look at the running cluster has shown; nil where nobody looked. It has
	// to agree with Seen.
	Live *live.View
	// Said are the operator's words.
	Said []string
}

// Stop is one thing that stands in the way.
type Stop struct {
	File string `json:"file,omitempty"` // "" for what no file tells
	What string `json:"what"`
	Word string `json:"word,omitempty"` // the operator's that takes it away; "" for none
}

// Answer says whether the next stage may come.
type Answer struct {
	Name   string
	At, To plan.Stage
	Stops  []Stop   // none: go on
	Breaks string   // what would be seen if To came too early
	Looked int      // certificates and keys in what was seen
	ByHand []string // what the stage of now needs that no file of the set does
	Word   string   // the operator's that counts before this stage, said or not; "" for none
}

// Ask looks at everything that is seen. The error is for a path that cannot be
// read, and for a ctx that ended.
func Ask(ctx context.Context, q Question) (*Answer, error) {
	at := q.Plan.Stage(q.Name)
	a := &Answer{Name: q.Name, At: at, To: at.Next(), Breaks: Breaks(q.Plan.Layout, q.Name, at.Next())}
	if at == plan.Steady {
		return a, nil // trusting one more refuses nobody
	}
	a.ByHand = ByHand(q.Plan.Layout, q.Plan.Cluster, q.Name, at)
	p := newParties(q.Plan, q.Name)
	s := &evidence{parties: p, to: a.To, nodes: map[string]bool{}}
	for _, of := range []struct {
		paths []string
		own   bool
	}{{[]string{q.Dir}, true}, {q.Seen, false}} {
		if err := s.look(ctx, q, of.paths, of.own); err != nil {
			return nil, err
		}
	}
	a.Stops, a.Looked = append(s.stops, running(q.Live)...), s.looked
	if a.To == plan.Steady {
		if stop := unknown(q, s); stop != nil {
			a.Word = stop.Word
			if !slices.Contains(q.Said, stop.Word) {
				a.Stops = append(a.Stops, *stop)
			}
		}
	}
	return a, nil
}

// running are the programs that stand in the way: those that show the stage before, and
// those that should run and of which nobody knows. One that is stopped has loaded nothing.
func running(v *live.View) []Stop {
	if v == nil {
		return nil
	}
	var out []Stop
	for i := range v.Findings {
		f := &v.Findings[i]
		unknown := f.Code == symptom.Silent || f.Code == symptom.Unreachable
		if f.State() != symptom.Behind && !unknown {
			continue
		}
		what := f.What()
		if unknown {
			what += ", so nobody knows what it has loaded"
		}
		out = append(out, Stop{File: f.Program + " on " + f.Node, What: what})
	}
	return out
}

// unknown is what neither the set nor what was seen tells before the old one goes;
// nil for nothing.
func unknown(q Question, s *evidence) *Stop {
	p, isPair := q.Plan, s.old == nil
	switch {
	case isPair:
		return &Stop{Word: Tokens, What: "whether tokens of the old key are in use lies in no file: wait, see that pods have new ones, and say so"}
	case !p.Cluster.Bootstraps() || q.Name != p.Layout.CA(catalog.Kubernetes):
		return nil
	}
	var missing []string
	for i := range p.Cluster.Nodes {
		n := &p.Cluster.Nodes[i]
		if n.Roles&(spec.ControlPlane|spec.Worker) != 0 && !s.nodes[n.Name] {
			missing = append(missing, n.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &Stop{Word: Kubelets, What: fmt.Sprintf("kubelets got their certificates from the cluster, and none of the new CA was seen of %s: "+
		"name copies of /var/lib/kubelet/pki of these nodes, or see that all have one, and say so", spec.List(missing, 8))}
}

// parties are the old and the new one.
type parties struct {
	old, new       *x509.Certificate // nil for a key pair
	oldKey, newKey string            // public keys, DER
	apart          map[string]bool   // names of files that hold one by right
}

func newParties(p *plan.Plan, name string) *parties {
	main := p.Find(name)
	before, after := main, main
	for _, m := range p.Moves {
		if m.Name == name && m.Comes != "" {
			after = p.Find(m.Comes)
		}
		if m.Name == name && m.Goes != "" {
			before = p.Find(m.Goes)
		}
	}
	out := &parties{apart: signers(main)}
	if main.IsCA() {
		out.old, out.new = before.OldCert, after.OldCert
	}
	out.oldKey, out.newKey = publicKey(before), publicKey(after)
	return out
}
