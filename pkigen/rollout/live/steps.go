package live

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/symptom"
)

// Tick is one step of a rollout, and whether it is done.
type Tick struct {
	restart.Item `json:"-"`
	Text         string `json:"text"`
	Node         string `json:"node,omitempty"`
	Program      string `json:"program,omitempty"`
	Done         bool   `json:"done"`
	// Evidence is how that is known; Unseen is for a person to tick.
	Evidence Evidence `json:"evidence"`
	// Waits are what stands between it and being done.
	Waits []Wait `json:"waits"`
	// Lost reports whether its program was well in an earlier look, and is not now.
	Lost bool `json:"lost,omitempty"`
}

// ByHand reports whether a step is not done, and only a person can say that it is.
func (t *Tick) ByHand() bool { return !t.Done && t.Evidence == Unseen }

// Wait is one thing that a step waits for: a file that a process has not, or a finding.
type Wait struct {
	File    string           `json:"file,omitempty"`
	Flag    string           `json:"flag,omitempty"`
	Finding *symptom.Finding `json:"finding,omitempty"`
}

// follow holds the steps of a rollout against a look. well are the programs that were well
// before it.
func (r *rollout) follow(v *View, well map[[2]string]bool) []Tick {
	f := &follower{view: v, since: r.Time}
	out := make([]Tick, len(r.Items))
	for i, item := range r.Items {
		out[i] = Tick{Item: item, Text: item.Text, Evidence: Unseen, Waits: []Wait{}}
		if s := item.Step; s != nil {
			out[i].Node, out[i].Program = s.Node, s.Component
			f.step(&out[i], s)
		}
	}
	for i := range out {
		if c := out[i].Copy; c != nil {
			out[i].Node = c.Node
			f.copied(&out[i], c, out)
		}
		if p := v.Find(out[i].Node, out[i].Program); p != nil {
			out[i].Lost = p.lost(well)
		}
	}
	return out
}

// lost reports whether a program was well before, and is not any more.
func (p *Program) lost(well map[[2]string]bool) bool {
	return well[[2]string{p.Node, p.Name}] && (p.State == symptom.Away || p.Healthy != nil && !*p.Healthy)
}

// waitFor notes a file that a program has not loaded, once.
func (t *Tick) waitFor(file, flag string) {
	if !slices.ContainsFunc(t.Waits, func(w Wait) bool { return w.File == file }) {
		t.Waits = append(t.Waits, Wait{File: file, Flag: flag})
	}
}

type follower struct {
	view  *View
	since time.Time
}

// step decides one step.
func (f *follower) step(t *Tick, s *restart.Step) {
	p := f.view.Find(s.Node, s.Component)
	switch s.What {
	case restart.Start, restart.Restart, restart.Reload:
		if p != nil {
			f.program(t, s, p)
		}
	case restart.Await:
		for _, p := range f.view.Programs {
			for _, file := range p.Files {
				if file.By == ByConfig && file.Loaded != nil {
					t.Done, t.Evidence = *file.Loaded, Seen
				}
			}
		}
	}
}

// program decides a step of a program: it has all files, and it is well.
func (f *follower) program(t *Tick, s *restart.Step, p *Program) {
	t.Evidence, t.Done = Seen, true
	known, unknown := 0, 0
	for _, file := range s.Files {
		have := p.has(file)
		switch {
		case have == nil && !isKey(s.Component, file.Flag):
			unknown++
		case have == nil:
		case have.Loaded == nil:
			unknown++
		default:
			known++
			t.Evidence = weaker(t.Evidence, have.Evidence)
			if !*have.Loaded {
				t.Done = false
				t.waitFor(file.Path, file.Flag)
			}
		}
	}
	f.rest(t, s, p, known, unknown)
	switch {
	case p.State == symptom.Away, p.Healthy != nil && !*p.Healthy:
		t.Done, t.Evidence = false, Seen
	case p.State == symptom.Hidden && known == 0 && unknown > 0:
		t.Done, t.Evidence = false, Unseen
	}
	if !t.Done {
		for i := range p.findings {
			t.Waits = append(t.Waits, Wait{Finding: &p.findings[i]})
		}
	}
}

// rest decides by the files that no process shows: a start behind the run has read all,
// and where one file of a run was read again by itself, the node has the others too.
func (f *follower) rest(t *Tick, s *restart.Step, p *Program, known, unknown int) {
	started := p.Started.Add(-p.ahead)
	switch {
	case s.What == restart.Start:
		t.Evidence = Seen
		if p.Healthy == nil && known == 0 {
			t.Done, t.Evidence = false, Unseen
		}
	case unknown == 0:
	case !t.Done:
	case s.What == restart.Restart && !p.Started.IsZero():
		t.Evidence = Inferred
		if !f.since.IsZero() && started.Before(f.since) {
			t.Done = false
		}
	case s.What == restart.Reload && known > 0:
		t.Evidence = Inferred
	default:
		t.Done, t.Evidence = false, Unseen
	}
}

// weaker is the weaker of two kinds of evidence.
func weaker(a, b Evidence) Evidence {
	order := []Evidence{Seen, Inferred, Unseen}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// has is what is known of a file of a step, by its flag or its place.
func (p *Program) has(file restart.File) *File {
	for _, f := range p.Files {
		if f.Flag == file.Flag && f.Flag != "" {
			return f
		}
	}
	for _, f := range p.Files {
		if file.Flag != "" && strings.HasSuffix("/"+f.Path, file.Path) {
			return f
		}
	}
	return nil
}

// isKey reports whether a flag names a private key, which is loaded with its certificate.
func isKey(component, flag string) bool {
	if flag == catalog.ConfigKey {
		return true
	}
	for i := range catalog.Layouts {
		for j := range catalog.Layouts[i].Entries {
			for _, u := range catalog.Layouts[i].Entries[j].Uses {
				if u.Component == component && u.Flag == flag {
					return u.File == catalog.Key && catalog.Layouts[i].Entries[j].Kind != catalog.KeyPair
				}
			}
		}
	}
	return false
}

// copied decides whether a node has its files: a program there that reads one again by
// itself has it, or all steps of the node are done.
func (f *follower) copied(t *Tick, c *restart.Copy, all []Tick) {
	steps, done := 0, 0
	for i := range all {
		if s := all[i].Step; s != nil && s.Node == c.Node {
			steps++
			if all[i].Done {
				done++
			}
		}
	}
	seen := false
	for _, p := range f.view.Programs {
		if p.Node != c.Node {
			continue
		}
		for _, file := range p.Files {
			r, _ := catalog.RereadOf(p.Name, file.Flag)
			if file.Loaded == nil || file.Evidence != Seen || r.Effect != components.Rereads || p.static ||
				!slices.ContainsFunc(c.Files, func(name string) bool { return strings.HasSuffix("/"+file.Path, name) }) {
				continue
			}
			if !*file.Loaded {
				t.Done, t.Evidence = false, Seen
				t.waitFor(file.Path, file.Flag)
				return
			}
			seen = true
		}
	}
	switch {
	case seen:
		t.Done, t.Evidence = true, Seen
	case steps > 0 && done == steps:
		t.Done, t.Evidence = true, Inferred
	}
}
