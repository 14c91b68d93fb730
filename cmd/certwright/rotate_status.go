package main

import (
	"context"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/rotate"
	"certwright/tui/text"
)

// reportRotation is how far the replacement of one CA or key pair has come.
type reportRotation struct {
	Name     string        `json:"name"`
	Stage    plan.Stage    `json:"stage"` // after the run, where there is one
	Next     string        `json:"next"`  // the word for --stage
	NotAfter *time.Time    `json:"notAfter,omitempty"`
	GoOn     *bool         `json:"goOn,omitempty"` // none where it was not asked
	Stops    []rotate.Stop `json:"stops,omitempty"`
	Breaks   string        `json:"breaks,omitempty"` // what a next stage too early would break
}

// standing notes the stage of one, with the answer on its next where it was asked.
func (r *report) standing(p *plan.Plan, name string, a *rotate.Answer) {
	at := p.Stage(name)
	one := reportRotation{Name: name, Stage: at, Next: rotate.ActionOf(at.Next()), Breaks: rotate.Breaks(p.Layout, name, at.Next())}
	if c := p.Find(name); c.IsCA() {
		end := c.NotAfter.UTC()
		one.NotAfter = &end
	}
	if a != nil {
		goOn := len(a.Stops) == 0
		one.GoOn, one.Stops = &goOn, a.Stops
	}
	for i := range r.Rotation {
		if r.Rotation[i].Name == name {
			r.Rotation[i] = one
			return
		}
	}
	r.Rotation = append(r.Rotation, one)
}

// status says how far each has come, and of one whether to go on.
func (n *rotation) status(ctx context.Context, now *plan.Plan, r *report) error {
	names := []string{n.name}
	if n.name == "" {
		names = plan.Rotatable(now.Layout, now.Layout.Certificates(now.Cluster))
	}
	if n.format == "json" {
		for _, name := range names {
			r.standing(now, name, nil)
		}
	} else if err := text.Stages(n.stdout, now, names, time.Now(), n.width()); err != nil {
		return err
	}
	if n.name == "" {
		return nil
	}
	a, err := n.ask(ctx, now)
	if err != nil {
		return err
	}
	if n.format == "json" {
		r.standing(now, n.name, a)
	} else if err := n.answer(a); err != nil {
		return err
	}
	if len(a.Stops) > 0 {
		return &failure{code: exitFailed} // all is said
	}
	return nil
}

// answer prints whether to go on or to stop.
func (n *rotation) answer(a *rotate.Answer) error {
	v := text.AnswerView{Dir: n.dir, Width: n.width(), Seen: len(n.seen) > 0 || n.live,
		Go: n.goOn(a.To)}
	return text.Answer(n.stdout, a, v)
}

// goOn is the command that goes to a stage.
func (n *rotation) goOn(to plan.Stage) shell.Line {
	return rotate.Command(n.dir, n.name, to)
}

// layoutOf is the layout of a cluster whose answers have passed every rule.
func layoutOf(c *spec.Cluster) *catalog.Layout {
	l, _ := catalog.LayoutOf(c)
	return l
}
