package verify

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/check"
	"certwright/pkigen/rehearse"
	"certwright/pkigen/role"
	"certwright/pkigen/spec"
	"certwright/pkigen/survey"
	"certwright/pkigen/walk"
)

// Known is what the answers say of a directory.
type Known struct {
	Layout  *role.Layout
	Cluster *spec.Cluster
	survey.Commands
}

// Judgement is what was found in a directory, ours or anybody's.
type Judgement struct {
	*check.Report
	// Connections are those of the cluster, as they were rehearsed. In a directory
	// that was not made here, those for which a file is missing are left out.
	Connections []rehearse.Result
	Matrix      *rehearse.Matrix
}

// Wrong are the connections that did not end as they must.
func (j *Judgement) Wrong() []*rehearse.Result {
	return j.in(rehearse.Broken, rehearse.Opened)
}

// Over are the connections that talked until the end of a token: nothing is wrong
// with them, and whoever tries one all the same sees an error.
func (j *Judgement) Over() []*rehearse.Result { return j.in(rehearse.Ended) }

func (j *Judgement) in(states ...rehearse.State) []*rehearse.Result {
	var out []*rehearse.Result
	for i := range j.Connections {
		if r := &j.Connections[i]; slices.Contains(states, r.State) {
			out = append(out, r)
		}
	}
	return out
}

// Unread is how many files and folders nobody could look into, and would have had
// to for a judgement.
func (j *Judgement) Unread() int {
	n := 0
	for i := range j.Findings {
		if f := &j.Findings[i]; f.Check.ID == survey.Unreadable && f.Severity == check.Error {
			n += 1 + len(f.Also)
		}
	}
	return n
}

// Tried tells that what is there was enough to try a connection: a CA and a few
// files are not yet a cluster.
func (j *Judgement) Tried() bool { return len(j.Connections) > 0 }

// Runs tells that no error was found and all connections end as they must.
func (j *Judgement) Runs() bool { return j.Count(check.Error) == 0 && len(j.Wrong()) == 0 }

// OfCluster tells that something of a cluster is there: not only CAs, and
// certificates of other things.
func (j *Judgement) OfCluster() bool {
	return slices.ContainsFunc(j.Site.Seats, func(s *survey.Seat) bool {
		return s.Role != survey.Other && s.Role.Kind != role.Authority
	})
}

// Directory judges a directory as it lies there: by its answers where they are
// known, and else by what the files are. Then it rehearses the connections
// between them. The error is for a directory that cannot be read at all, and for
// a ctx that ended.
func Directory(ctx context.Context, dir string, known *Known, now time.Time) (*Judgement, error) {
	s, err := survey.Read(ctx, dir)
	if err != nil {
		return nil, err
	}
	var site *survey.Site
	switch {
	case known == nil:
		site = survey.Guess(s)
	case known.Layout.AsFound:
		site = survey.Adopted(s, known.Layout, known.Cluster)
	default:
		site = survey.NewSite(s, known.Layout, known.Cluster)
	}
	if known != nil {
		site.Commands = known.Commands
	}
	var reports []*check.Report
	var all []rehearse.Case
	for _, cluster := range site.Split() {
		report, err := check.Run(ctx, cluster, now)
		if err != nil {
			return nil, err
		}
		reports, all = append(reports, report), append(all, cases(report)...)
	}
	rehearsed, err := rehearse.Run(ctx, all, now)
	if err != nil {
		return nil, err
	}
	j := &Judgement{Report: check.Join(site, reports), Connections: rehearsed.Results}
	if site.Layout == nil {
		j.Connections = tried(j.Connections)
	}
	if err := j.asTold(ctx, s, now); err != nil {
		return nil, err
	}
	j.Matrix = rehearse.NewMatrix(j.Connections)
	if !j.OfCluster() && j.Unread() == 0 {
		// Public CAs that have ended, or a key of a web server: nothing that keeps a
		// cluster from running.
		for i := range j.Findings {
			j.Findings[i].Severity = check.Note
		}
	}
	return j, nil
}

// cases are the connections to rehearse.
func cases(r *check.Report) []rehearse.Case {
	site := r.Site
	if site.Apart != "" {
		return nil
	}
	if site.Layout == nil {
		return foreignCases(r)
	}
	return slices.DeleteFunc(rehearse.Cases(site.Layout, site.Cluster, func(p string) ([]byte, error) {
		return walk.ReadFile(filepath.Join(site.Root, filepath.FromSlash(p)))
	}), unasked)
}
