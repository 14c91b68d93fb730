// Package restart says what has to happen on the nodes of a running cluster
// after files of its directory changed: what each program reads again by itself,
// what has to be restarted, in which order, and what to look at in between.
//
// It is a pure function of the layout, the cluster and the paths that changed.
// What a program does with a changed file is a fact of the catalogue
// (catalog.RereadOf); nothing here looks into a file or at a cluster.
package restart

import (
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// What is what has to happen to a program.
type What string

// What can happen, in the order in which it is written of one program.
const (
	Start   What = "start"   // it is new on its node
	Reload  What = "reload"  // it reads the files again by itself
	Restart What = "restart" // it has read a file when it started, and never again
	Apply   What = "apply"   // a manifest, from the operator's machine
	Await   What = "await"   // the cluster itself passes something on, which takes its time
	Rewrite What = "rewrite" // a file of the operator, of which there may be copies elsewhere
	Nothing What = "nothing" // it reads the files each time it needs them

	// What happens to a node, or to a member of etcd.
	Drain  What = "drain"        // its pods go elsewhere
	Leave  What = "leave etcd"   // it is no member any more
	Join   What = "join etcd"    // it becomes a member that only learns, before it starts
	Vote   What = "promote etcd" // it has caught up, and counts from now on
	Move   What = "move etcd"    // the members learn its new address
	Stop   What = "stop"         // programs that do not belong on the node any more
	Delete What = "delete"       // files that do not belong on the node any more
	Forget What = "delete node"  // the API forgets it
)

// Change is a file of the directory that was written.
type Change struct {
	Path  string // slash-separated, below the directory
	New   bool   // it was not there before
	Ended bool   // it is of a CA that had expired: whoever checks by it has refused everybody since
	// Flags are, of a file of flags, those that have other values; nil where that is
	// not known.
	Flags []string
}

// Changes are all that a run did to a directory.
type Changes struct {
	Before  *spec.Cluster // where nodes or members may have come, gone or moved; nil for not
	Written []Change
	Gone    []string // files that were taken out, slash-separated, below the directory
}

// Plan is all that has to happen, in order: what has to be done before, then the
// files go to their nodes, then the steps follow one after another.
type Plan struct {
	First  []Step   `json:"first,omitempty"`
	Copies []Copy   `json:"copies"`
	Steps  []Step   `json:"steps"`
	Notes  []string `json:"notes,omitempty"` // what to know before one begins
	// ByHand is what has to be done behind the steps that no file of the set does.
	ByHand []string `json:"byHand,omitempty"`

	starts bool // nothing runs yet, and all files are new
}

// Copy is what one node needs first.
type Copy struct {
	Node string `json:"node"`
	// Files are the changed ones: as they lie on the node, or where all files lie
	// flat in the directory, or in trees that others have made, by their names there.
	Files []string `json:"files"`
	// Command brings the node all its files, run on the operator's machine; "" where
	// the layout does not say where they belong.
	Command shell.Line `json:"command,omitempty"`
}

// Step is what has to happen to one program of one node.
type Step struct {
	Node      string `json:"node,omitempty"` // "" for the operator's machine
	Component string `json:"component"`
	What      What   `json:"what"`
	Files     []File `json:"files"` // why
	// WithinSeconds is how long a program takes at most that reads again by itself;
	// 0 for its next connection.
	WithinSeconds int `json:"withinSeconds,omitempty"`
	// Since is the first minor version of Kubernetes for which What is true; older
	// ones need Older. "" for all.
	Since string `json:"since,omitempty"`
	// Alone reports whether no other node's program of this name may be away meanwhile:
	// the next one's turn comes when Health says that this one is back.
	Alone bool `json:"alone,omitempty"`
	// Together reports whether those of all nodes have to be restarted before any is well:
	// what they know each other by has expired. Only the last one has a Health.
	Together bool       `json:"together,omitempty"`
	Command  shell.Line `json:"command,omitempty"` // on the node, or where there is none on the operator's machine
	On       string     `json:"on,omitempty"`      // the node on which Command is run, if it is another one
	Here     bool       `json:"here,omitempty"`    // Command is run on the operator's machine
	Older    shell.Line `json:"older,omitempty"`   // on the node, with a version before Since
	Health   shell.Line `json:"health,omitempty"`  // fails until all is well again
	// HealthHere reports whether Health is run on the operator's machine, not on the node.
	HealthHere bool `json:"healthHere,omitempty"`
}

// File is a changed file as a program knows it.
type File struct {
	Path string `json:"path"`           // on the node; of the operator below the directory
	Flag string `json:"flag,omitempty"` // by which the program is told; "" for the file of flags itself
	// Effect is what its change does to the program, Since the first minor version of
	// Kubernetes for which that is true, and Shown where the certificate in it is shown.
	Effect components.Effect `json:"-"`
	Since  string            `json:"-"`
	Shown  string            `json:"-"`
}

// Within is how long a program takes at most that reads again by itself.
func (s *Step) Within() time.Duration { return time.Duration(s.WithinSeconds) * time.Second }

// Empty reports whether nothing has to happen anywhere.
func (p *Plan) Empty() bool { return len(p.First) == 0 && len(p.Copies) == 0 && len(p.Steps) == 0 }

// Of is what has to happen after a plan was carried out in dir. It is empty for
// a directory in which nothing was before: nothing can run with it yet.
func Of(p *plan.Plan, dir string) *Plan { return OfChange(p, nil, dir) }

// OfChange is Of where nodes and members may have come, gone or moved since the
// cluster before; nil for not.
func OfChange(p *plan.Plan, before *spec.Cluster, dir string) *Plan {
	all := Changes{Before: before}
	was := false
	for i := range p.Files {
		a := &p.Files[i]
		if a.IsFolder() {
			continue
		}
		was = was || a.Verb != plan.Create
		switch {
		case a.Verb.Writes():
			all.Written = append(all.Written, Change{a.Path, a.Verb == plan.Create, p.EndedCA(a.Certificate), ChangedFlags(p.Have(a.Path), a.Data)})
		case a.Verb == plan.Remove:
			all.Gone = append(all.Gone, a.Path)
		}
	}
	if !was {
		return &Plan{}
	}
	return Make(p.Layout, p.Cluster, dir, all)
}

// Make is what has to happen after these changes to the cluster c. dir is the
// directory as the operator writes it, for the commands.
func Make(l *catalog.Layout, c *spec.Cluster, dir string, all Changes) *Plan {
	m := newMaker(l, c, dir)
	m.remember(all.Before)
	for i := range all.Written {
		m.change(all.Written[i])
	}
	for _, p := range all.Gone {
		m.goes(p)
	}
	return m.finish()
}

// FirstStart is what has to happen on the nodes of a cluster whose files were all just
// written: its manifests are applied when the API answers, before those start that need
// their rights. Of what is new nobody has copies.
func FirstStart(l *catalog.Layout, c *spec.Cluster, dir string, written []Change) *Plan {
	p := Make(l, c, dir, Changes{Written: written})
	var apply, out []Step
	for _, s := range p.Steps {
		if s.What == Apply {
			apply = append(apply, s)
		}
	}
	for _, s := range p.Steps {
		if s.What == Apply || s.What == Rewrite || s.What == Await {
			continue
		}
		if c := components.Find(s.Component); c != nil && !slices.Contains([]components.Asked{components.AskMembers, components.AskReady}, c.Asked) {
			out, apply = append(out, apply...), nil
		}
		out = append(out, s)
	}
	p.Steps, p.starts = append(out, apply...), true
	return p
}
