package live

import (
	"path"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
	"certwright/pkigen/rollout/restart"
)

// rollout is what the last run on a directory asks for on the nodes.
type rollout struct {
	Run   string    // its backup
	Time  time.Time // when the files were written
	First bool      // the cluster starts for the first time
	Items []restart.Item
}

// Steps holds what the last run on the directory asks for on the nodes against the last
// look; nil where no run is known, or no answers. was reads the answers before the run; nil
// where they say nothing.
func (l *Looks) Steps(was func(answers string) *spec.Cluster) (*Report, error) {
	if l.by == nil || l.by.Cluster == nil {
		return nil, nil
	}
	r, err := lastRollout(l.by.Dir, l.by.Layout, l.by.Cluster, was)
	if err != nil || r == nil {
		return nil, err
	}
	return r.report(l.last, l.before), nil
}

// lastRollout reads from the history what the last run has changed, and says what has to
// happen for it; nil where no run is known. was reads the answers before it, which may
// say nothing.
func lastRollout(dir string, l *catalog.Layout, c *spec.Cluster, was func(answers string) *spec.Cluster) (*rollout, error) {
	runs, err := history.List(dir)
	if err != nil || len(runs) == 0 || runs[0].Manifest == nil {
		return nil, err
	}
	r := runs[0]
	out := &rollout{Run: r.Name(), Time: r.Time, First: true}
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
	if !out.First {
		all.Before = was(r.Manifest.AnswersBefore)
	}
	plan := restart.Make(l, c, dir, all)
	if out.First {
		plan.Steps = firstStart(plan.Steps)
	}
	out.Items = plan.Items(dir)
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

// firstStart puts the manifests of a new cluster where they are applied: when the API
// answers, before those who need their rights start. Of what is new nobody has copies.
func firstStart(steps []restart.Step) []restart.Step {
	var apply, out []restart.Step
	for _, s := range steps {
		if s.What == restart.Apply {
			apply = append(apply, s)
		}
	}
	for _, s := range steps {
		if s.What == restart.Apply || s.What == restart.Rewrite || s.What == restart.Await {
			continue
		}
		if c := components.Find(s.Component); c != nil && !slices.Contains([]components.Asked{components.AskMembers, components.AskReady}, c.Asked) {
			out, apply = append(out, apply...), nil
		}
		out = append(out, s)
	}
	return append(out, apply...)
}

// Report is a rollout with what a look has shown of it. Fields are only ever added to its
// JSON form.
type Report struct {
	Run    string    `json:"run"`
	Time   time.Time `json:"time"`
	First  bool      `json:"first"` // the cluster starts for the first time
	Done   bool      `json:"done"`  // each step that can be seen is done, and nothing else is wrong
	Left   int       `json:"left"`  // steps that are not done, as far as can be seen
	ByHand int       `json:"byHand"`
	Steps  []Tick    `json:"steps"`
	View   *View     `json:"view"`
}

// report holds the steps against a look. before is the look before; nil for none.
func (r *rollout) report(v, before *View) *Report {
	out := &Report{Run: r.Run, Time: r.Time, First: r.First, View: v, Steps: r.follow(v, before)}
	for i := range out.Steps {
		switch s := &out.Steps[i]; {
		case s.Done:
		case s.Evidence == Unseen:
			out.ByHand++
		default:
			out.Left++
		}
	}
	out.Done = out.Left == 0 && v.OK()
	return out
}
