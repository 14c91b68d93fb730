package live

import (
	"path"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/symptom"
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
	return r.report(l.last, l.well), nil
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
	if out.First {
		out.Items = restart.FirstStart(l, c, dir, all.Written).Items(dir)
	} else {
		out.Items = restart.Make(l, c, dir, all).Items(dir)
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
	// Lost is the worst of each program that was well in an earlier look and is not now.
	Lost []symptom.Finding `json:"lost"`
	View *View             `json:"view"`
}

// report holds the steps against a look. well are the programs that were well before it.
func (r *rollout) report(v *View, well map[[2]string]bool) *Report {
	out := &Report{Run: r.Run, Time: r.Time, First: r.First, View: v, Steps: r.follow(v, well), Lost: []symptom.Finding{}}
	for _, p := range v.Programs {
		if p.lost(well) && len(p.findings) > 0 {
			out.Lost = append(out.Lost, slices.MaxFunc(p.findings, func(a, b symptom.Finding) int { return a.State().Rank() - b.State().Rank() }))
		}
	}
	out.count()
	return out
}

// count counts what is left.
func (r *Report) count() {
	r.Left, r.ByHand = 0, 0
	for i := range r.Steps {
		switch s := &r.Steps[i]; {
		case s.Done:
		case s.Evidence == Unseen:
			r.ByHand++
		default:
			r.Left++
		}
	}
	r.Done = r.Left == 0 && r.View.OK()
}

// Add adds tasks that no file of the run tells of, for a person to tick, each behind the one
// before it; those that are among the steps are left out.
func (r *Report) Add(tasks []restart.Task) {
	at := 0
	for _, t := range tasks {
		if i := slices.IndexFunc(r.Steps, func(s Tick) bool { return s.Text == t.Text }); i >= 0 {
			at = i + 1
			continue
		}
		r.Steps = slices.Insert(r.Steps, at, Tick{Item: restart.Item{Task: t}, Text: t.Text, Evidence: Unseen, Waits: []Wait{}})
		at++
	}
	r.count()
}

// Tick notes whether a person has done a step. It reports false for one that evidence
// decides.
func (r *Report) Tick(i int, done bool) bool {
	if r.Steps[i].Evidence != Unseen {
		return false
	}
	r.Steps[i].Done = done
	r.count()
	return true
}

// Now is the first step that is not done; nil where all are.
func (r *Report) Now() *Tick {
	for i := range r.Steps {
		if !r.Steps[i].Done {
			return &r.Steps[i]
		}
	}
	return nil
}
