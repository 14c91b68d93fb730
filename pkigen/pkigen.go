// Package pkigen is the backend's front door: one file per verb. It asks nothing and knows
// no screen; what an operator has to decide comes in as a Job, or another order.
//
//	unlock                 passphrases of CA keys, asked where a run signs by one
//	run, stage, staying    plan and make, renew, change and rotate; Plan and Run of a Job
//	undo, history, recover go back; what was done; what a stopped run has left
//	judge, verdict         whether a cluster would run with a directory
//	explain, trust         what an error means; who shows which certificate to whom
//	adopt                  what a directory that others made says of its answers
//	handout, ansible       archives for the nodes; playbooks that bring and restart
//	live                   what each program of the running cluster has really loaded
//	inspect                what lies in files, and what expires
//	lab                    directories with faults for students, and their marks
//	answers                where the answers lie with a directory
//	former                 for which of two clusters a directory was made
//
// Behind it are six wings, and each imports only those before it (making and reading
// do not know each other): cluster, making, reading, rollout, judging, lab.
//
// How an answer becomes a file. Package steps makes of the answers a spec.Cluster
// (cluster/spec). A layout of cluster/catalog says which certificates that cluster
// needs, whose CA signs each, and where its files lie; cluster/render says what the
// programs are told. making/plan holds that against what lies in the directory, and
// decides for each file to create, keep, renew, replace or refuse it. making/issue
// signs by cfssl, judging/verify proves what was made, and making/store swaps it in.
// rollout says what has to be copied and restarted where.
//
// How a directory becomes a verdict. reading/scan reads every file, reading/programs
// finds out what the programs of each machine are told, judging/connect makes of that
// the connections of the cluster, and judging/rehearse plays them. judging/check names
// the causes and what fixes them, and judging/verify.Directory puts it all together.
//
// Where to add what: a certificate is an entry of catalogue.go in cluster/catalog, a
// program one of cluster/components, a connection one of cluster/connections; a check is an
// entry of the tables of judging/check with its detector; an error text one of
// judging/explain; a question a Step in package steps, with the text behind "?" in
// steps/why.
package pkigen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
)

// Job is one run: what to make, where, and what the operator has allowed.
type Job struct {
	Dir     string        // the output directory; need not exist
	Cluster *spec.Cluster // has passed every rule
	Options plan.Options  // the operator's confirmations
	// Source is the file that the cluster was read from; nil for none. Where another
	// run has changed it by the time that Run has its lock, that is a *ChangedError.
	Source *Source
	// Before is the cluster that the directory was made for, where files that only
	// it needs are to go; nil for a run that removes nothing.
	Before   *spec.Cluster
	Now      func() time.Time  // nil for time.Now
	Keys     *issue.Keys       // keys made ahead of need; nil to make them in the run
	Progress func(issue.Event) // nil for none; calls do not overlap
	// Passphrase is asked before the first write, where the run signs by a CA whose key is
	// behind one, and where it puts one behind a new passphrase. It is asked again as long
	// as what it gives opens nothing, and its error ends the run; nil for nobody to ask.
	Passphrase func(context.Context, plan.Asking) ([]byte, error)
	// Decided is told of the plan that Run is about to carry out, and may end the run
	// there by an error; nil for none. A plan with refusals ends by itself, after it.
	Decided func(*plan.Plan) error
	// About is what the history will say of the run: its operation, its command line
	// and who made it. Without an operation no history is kept.
	About store.About
}

// Source is an answers file as it was when it was read.
type Source struct {
	Path string
	Text []byte
}

// SourceOf is the file; nil where there is none.
func SourceOf(path string, text []byte) *Source {
	if path == "" {
		return nil
	}
	return &Source{Path: path, Text: text}
}

// changed says that the file is another one now. One that cannot be read any more
// says nothing of the answers, but for one that has become much larger, or a pipe.
func (s *Source) changed() []string {
	if s == nil {
		return nil
	}
	now, err := walk.Read(s.Path, int64(len(s.Text)))
	if unfit := (*walk.UnfitError)(nil); err == nil && bytes.Equal(now, s.Text) || err != nil && !errors.As(err, &unfit) {
		return nil
	}
	return []string{s.Path + ": holds other answers, from another run or by hand: begin again with them"}
}

// Result is what a run did.
type Result struct {
	Plan      *plan.Plan // as it was carried out
	Proofs    []string   // what was proven of the set before it was swapped in
	Notes     []string   // what an earlier run had left and how it was recovered, and what the commit found
	Backup    string     // the folder with the state before; "" if nothing that existed was rewritten
	Unchanged bool       // all was right already, and no byte of the set was written
}

// ChangedError says that the directory is no longer what the operator reviewed.
type ChangedError struct {
	Dir     string
	Changes []string // "admin.pem: keep became renew"
}

// shownChanges bounds the error of a directory that was exchanged as a whole.
const shownChanges = 8

// Error lists what has changed, the first few.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s changed since the review, nothing was written; review it again:\n  %s", e.Dir, firstLines(e.Changes))
}

// firstLines are the first few of a list, each on a line.
func firstLines(list []string) string {
	if n := len(list) - shownChanges; n > 0 {
		list = append(slices.Clone(list[:shownChanges]), spec.More(n))
	}
	return strings.Join(list, "\n  ")
}

// Plan reads the directory and decides what a run would do, without a lock and
// without writing: the directory may lie where nothing can be written. A plan with
// refusals is no error; a directory that no run should have is one, as in Run.
func Plan(job Job) (*plan.Plan, error) {
	if err := store.Fit(job.Dir); err != nil {
		return nil, err
	}
	var p *plan.Plan
	err := walk.Whole(context.Background(), func() error {
		tree, err := store.Open(job.Dir)
		if err != nil {
			return err
		}
		defer tree.Close()
		p, err = job.look(tree)
		return err
	}, job.Dir)
	if err == nil {
		p.Compare() // for the review
	}
	return p, err
}

// look is Plan of an open directory.
func (j *Job) look(from *store.Tree) (*plan.Plan, error) {
	l, ok := catalog.LayoutOf(j.Cluster)
	if !ok {
		names := make([]string, len(catalog.Layouts))
		for i := range catalog.Layouts {
			names[i] = catalog.Layouts[i].Name
		}
		return nil, fmt.Errorf("layout %q is unknown: use %s", j.Cluster.Layout, strings.Join(names, ", "))
	}
	p, err := j.plan(l, from)
	if err == nil {
		err = unmanaged(j.Dir, p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// now is the job's clock, which tests set.
func (j *Job) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}
