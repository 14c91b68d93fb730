package steps

import (
	"slices"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/change"
)

// SetAnswers are the answers that made a set, and what the operator makes of them.
type SetAnswers struct {
	Answers *Answers // as they lie with the set
	Path    string   // their file; "" for answers that lie in none
	Text    []byte   // of that file
	Given   *Answers // those of the command line, which win; nil for none

	changing bool
	changed  *Answers // where a change was left
}

// Now are the answers as they lie there, with those of the command line.
func (o *SetAnswers) Now() *Answers {
	a := o.Answers.Clone()
	if o.Given != nil {
		a.Merge(o.Given)
	}
	return a
}

// Resume gives the answers to go on with once it is known what is wanted: a change
// goes on where it was left, and everything else is about the set as it is.
func (o *SetAnswers) Resume(a *Answers) *Answers {
	if Changing(a) == o.changing {
		return a
	}
	o.changing = !o.changing
	out := o.Now()
	switch {
	case !o.changing:
		o.changed = a
	case o.changed != nil:
		out = o.changed
	default:
		out = out.WrittenOut() // what is changed is read as it is now
	}
	out.MergeLocal(a)
	return out
}

// Transition is the way of a set from the answers that made it to others.
type Transition struct {
	Before, After *spec.Cluster
	// Answers are the new ones as their file will have them: notes of the old one
	// stay.
	Answers plan.Answers
	Changes []Difference
	Kept    []Kept // names that stay in certificates for now
}

// Transition is that to other answers, whose cluster is after, and which leave the
// names of kept in certificates. Both have passed every rule by themselves; the
// error is a *change.RefusedError.
func (o *SetAnswers) Transition(to *Answers, after *spec.Cluster, kept []Kept, now time.Time) (*Transition, error) {
	c := &Transition{After: after, Answers: to.Replay(), Changes: to.Since(o.Answers), Kept: kept}
	c.Before, _ = Build(o.Answers, now)
	if o.Text != nil {
		c.Answers.Text = to.Rewrite(o.Text)
	}
	return c, change.Check(c.Before, c.After)
}

// Gone is the cluster before, where files of nodes are to go that only it needs;
// nil for none.
func (c *Transition) Gone() *spec.Cluster {
	if change.Shrinks(c.Before, c.After) {
		return c.Before
	}
	return nil
}

// Keep gives answers that were changed by hand with the names that a change leaves
// in certificates for now, which Apply does for an Edit, and tells them. A name
// that is taken out while nothing new comes in its place is gone.
func (a *Answers) Keep(before *spec.Cluster) (*Answers, []Kept) {
	ed := &editor{answers: a.Clone(), before: before}
	ed.keepAddresses()
	now := ed.answers
	_ = ed.endpoint(Edit{Endpoint: now.Get(endpointKey)})
	_ = ed.services(Edit{ServiceSubnet: now.Get(servicesKey)})
	return ed.answers, ed.kept
}

// keepAddresses leaves a node that has moved its old addresses, behind the new.
func (ed *editor) keepAddresses() {
	for i := range ed.before.Nodes {
		old := &ed.before.Nodes[i]
		n, err := ed.node("node address", old.Name)
		if err != nil || len(n.Addresses) == 0 || slices.Contains(old.Addresses, n.Addresses[0]) {
			continue
		}
		added := false
		for _, addr := range old.Addresses {
			if !slices.Contains(n.Addresses, addr) {
				n.Addresses, added = append(slices.Clip(n.Addresses), addr), true
			}
			ed.kept = append(ed.kept, Kept{addr.String(), "an address of " + n.Name})
		}
		if added {
			ed.replaceNode(n, n.String())
		}
	}
}
