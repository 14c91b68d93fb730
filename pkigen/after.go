package pkigen

import (
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/rollout/next"
)

// After is what has to happen on the nodes once a plan is carried out. before is the
// cluster until then where its answers change; nil for not.
func After(p *plan.Plan, before *spec.Cluster, dir string) *NodeSteps {
	return next.After(p, before, dir)
}

// Commands are what works on a directory that was made by answers.
func Commands(answers, dir string) survey.Commands { return next.Commands(answers, dir) }
