package pkigen

import (
	"context"
	"path"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/restart"
)

// LiveView is what one look at a running cluster has shown, and LiveTick one step of a
// rollout with the evidence for it.
type (
	LiveView = live.View
	LiveTick = live.Tick
)

// LiveJob is where to look, and how.
type LiveJob struct {
	Dir   string
	Known func() (*Known, error) // what the answers say; nil where there are none
	// Limit is how long one port may take; 0 for the default.
	Limit time.Duration
	// Tune changes how it dials; nil for nothing. It is for tests.
	Tune func(*live.Options)
}

// Live looks once at the cluster that runs with a directory. Nothing is written.
func Live(ctx context.Context, job LiveJob) (*LiveView, error) {
	var o live.Options
	err := walk.Whole(ctx, func() error {
		known, err := job.known()
		if err != nil {
			return err
		}
		s, err := scan.Read(ctx, job.Dir)
		if err != nil {
			return err
		}
		o = live.Options{Model: modelOf(s, known), Past: live.ReadPast(job.Dir), Limit: job.Limit}
		if known != nil {
			o.Signers = live.ReadSigners(job.Dir, known.Layout, known.Cluster)
			o.StaticPods = known.Cluster.StaticPods
		}
		o.Read()
		return nil
	}, job.Dir)
	if err != nil {
		return nil, err
	}
	if job.Tune != nil {
		job.Tune(&o)
	}
	return live.Look(ctx, o)
}

func (j *LiveJob) known() (*Known, error) {
	if j.Known == nil {
		return nil, nil
	}
	return j.Known()
}

// modelOf is which programs run where: as their files tell them, or where a layout makes
// no such files as its reader is told to tell them.
func modelOf(s *scan.Scan, known *Known) *programs.Model {
	if known == nil || known.Layout.PerNode {
		return programs.Find(s)
	}
	if known.Layout.AsFound {
		if m := programs.Find(s); addressed(m) {
			return m
		}
	}
	return programs.Planned(s, known.Layout, known.Cluster)
}

// addressed reports whether the files tell where any machine is.
func addressed(m *programs.Model) bool {
	for _, mc := range m.Machines {
		if mc.Address() != "" {
			return true
		}
	}
	return false
}

// Rollout is what the last run on a directory asks for on the nodes.
type Rollout struct {
	Run    string    `json:"run"` // its backup
	Time   time.Time `json:"time"`
	First  bool      `json:"first"` // the cluster starts for the first time
	Plan   *NodeSteps
	Layout *catalog.Layout
	dir    string
}

// LastRollout reads from the history what the last run has changed, and says what has to
// happen for it; nil where no run is known. was reads the answers before it.
func LastRollout(dir string, known *Known, was func(answers string) *Known) (*Rollout, error) {
	runs, err := history.List(dir)
	if err != nil || len(runs) == 0 || runs[0].Manifest == nil || known == nil {
		return nil, err
	}
	r := runs[0]
	out := &Rollout{Run: r.Name(), Time: r.Time, First: true, Layout: known.Layout, dir: dir}
	all := restart.Changes{}
	for i := range r.Manifest.Files {
		f := &r.Manifest.Files[i]
		out.First = out.First && f.Before == nil
		switch {
		case f.After == nil:
			all.Gone = append(all.Gone, f.Path)
		case f.Before == nil || f.Before.SHA256 != f.After.SHA256:
			all.Written = append(all.Written, restart.Change{Path: f.Path, New: f.Before == nil, Flags: flagsSince(dir, r, f)})
		}
	}
	if before := was(r.Manifest.AnswersBefore); before != nil && !out.First {
		all.Before = before.Cluster
	}
	out.Plan = restart.Make(known.Layout, known.Cluster, dir, all)
	if out.First {
		out.Plan.Steps = manifestsEarly(out.Plan.Steps)
	}
	return out, nil
}

// flagsSince are those of a file of flags that a run has changed.
func flagsSince(dir string, r *history.Run, f *store.Recorded) []string {
	if f.Before == nil || path.Ext(f.Path) != ".env" {
		return nil
	}
	backup, err := store.Backup(r.Folder)
	if err != nil {
		return nil
	}
	defer backup.Close()
	was, err := backup.ReadFile(f.Path)
	if err != nil {
		return nil
	}
	have, err := store.Read(dir, []string{f.Path})
	if err != nil {
		return nil
	}
	return restart.ChangedFlags(was, have[f.Path].Data)
}

// manifestsEarly puts the manifests of a new cluster where they are applied: when the API
// answers, before those who need their rights start.
func manifestsEarly(steps []restart.Step) []restart.Step {
	var apply, out []restart.Step
	// Of what is new nobody has copies.
	steps = slices.DeleteFunc(steps, func(s restart.Step) bool { return s.What == restart.Rewrite || s.What == restart.Await })
	for _, s := range steps {
		if s.What == restart.Apply {
			apply = append(apply, s)
		}
	}
	for i := range steps {
		s := &steps[i]
		c := components.Find(s.Component)
		if c != nil && c.Asked != components.AskMembers && c.Asked != components.AskReady {
			out, apply = append(out, apply...), nil
		}
		if s.What != restart.Apply {
			out = append(out, *s)
		}
	}
	return append(out, apply...)
}

// Items is the list of steps.
func (r *Rollout) Items() []restart.Item { return r.Plan.Items(r.dir) }

// LiveUnseen is the state of a program of which nothing can be seen from here.
const LiveUnseen = live.Hidden

// RolloutReport is a rollout with what a look has shown of it. Fields are only ever added
// to its JSON form.
type RolloutReport struct {
	Run    string     `json:"run"`
	Time   time.Time  `json:"time"`
	First  bool       `json:"first"` // the cluster starts for the first time
	Done   bool       `json:"done"`  // each step that can be seen is done, and nothing else is wrong
	Left   int        `json:"left"`  // steps that are not done, as far as can be seen
	ByHand int        `json:"byHand"`
	Steps  []LiveTick `json:"steps"`
	View   *LiveView  `json:"view"`
}

// Report holds the steps against a look. before is the look before; nil for none.
func (r *Rollout) Report(v, before *LiveView) *RolloutReport {
	out := &RolloutReport{Run: r.Run, Time: r.Time, First: r.First, View: v, Steps: live.Follow(v, r.Items(), r.Time, before)}
	for i := range out.Steps {
		switch s := &out.Steps[i]; {
		case s.Done:
		case s.Evidence == live.Unseen:
			out.ByHand++
		default:
			out.Left++
		}
	}
	out.Done = out.Left == 0 && v.OK()
	return out
}
