package verify

import (
	"context"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/connect"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

// Known is what the answers say of a directory.
type Known struct {
	Layout  *catalog.Layout
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
	// Untold are what could not be judged, since what would tell it is not here.
	Untold []string
}

// Runs is a verdict: a cluster runs, or would not, or these files do not tell.
type Runs int

// The verdicts.
const (
	CannotBeTold Runs = iota
	WouldRun
	WouldNot
)

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
		if f := &j.Findings[i]; f.Check.ID == scan.Unreadable && f.Severity == check.Error {
			n += 1 + len(f.Also)
		}
	}
	return n
}

// Tried reports whether what is there was enough to try a connection: a CA and a few
// files are not yet a cluster.
func (j *Judgement) Tried() bool {
	return slices.ContainsFunc(j.Connections, func(r rehearse.Result) bool { return r.Case.Refusal == nil && r.State != rehearse.NotTried })
}

// Doubts are why it cannot be told what becomes of connections that could be tried.
func (j *Judgement) Doubts() []string {
	var out []string
	for _, r := range j.in(rehearse.Untold) {
		out = append(out, r.Case.Unsure)
	}
	return out
}

// Verdict says whether a cluster would run: it would not where something was found
// that keeps it from running, and it cannot be told where nothing could be tried, or
// where it depends on what no file says.
func (j *Judgement) Verdict() Runs {
	switch {
	case j.Count(check.Error) > 0 || len(j.Wrong()) > 0:
		return WouldNot
	case j.OfCluster() && j.Tried() && len(j.Doubts()) == 0:
		return WouldRun
	}
	return CannotBeTold
}

// Runs reports whether a cluster would run.
func (j *Judgement) Runs() bool { return j.Verdict() == WouldRun }

// OfCluster reports whether something of a cluster is there: not only CAs, and
// certificates of other things.
func (j *Judgement) OfCluster() bool {
	return slices.ContainsFunc(j.Site.Seats, func(s *survey.Seat) bool {
		return s.Entry != programs.Other && s.Entry.Kind != catalog.Authority
	}) || j.Site.Model != nil && slices.ContainsFunc(j.Site.Model.Programs, func(p *programs.Program) bool { return p.Basis == programs.Told })
}

// Directory judges a directory as it lies there: by its answers where they are
// known, and else by what the programs are told. Then it rehearses the connections
// between them. The error is for a directory that cannot be read at all, and for
// a ctx that ended.
func Directory(ctx context.Context, dir string, known *Known, now time.Time) (*Judgement, error) {
	s, err := scan.Read(ctx, dir)
	if err != nil {
		return nil, err
	}
	var j *Judgement
	switch {
	case known == nil:
		j, err = foreign(ctx, survey.Guess(s), nil, now)
	case known.Layout.AsFound:
		j, err = foreign(ctx, survey.Adopted(s, known.Layout, known.Cluster), known, now)
	default:
		j, err = own(ctx, survey.NewSite(s, known.Layout, known.Cluster), known, now)
	}
	if err != nil {
		return nil, err
	}
	j.Matrix = rehearse.NewMatrix(j.Connections)
	if !j.OfCluster() && j.Unread() == 0 {
		// Public CAs that have expired, or a key of a web server: nothing that keeps a
		// cluster from running.
		for i := range j.Findings {
			j.Findings[i].Severity = check.Note
		}
	}
	return j, nil
}

// own judges a set of ours, where the answers say which file is whose: its programs
// are told by the files of settings that it has, or, where its layout has none, by
// its reader.
func own(ctx context.Context, site *survey.Site, known *Known, now time.Time) (*Judgement, error) {
	site.Commands = known.Commands
	model := site.Model
	if !known.Layout.PerNode {
		model = programs.Planned(site.Scan, known.Layout, known.Cluster)
	}
	seen, err := look(ctx, connect.Of(model, &connect.Set{Layout: known.Layout, Cluster: known.Cluster}), now)
	if err != nil {
		return nil, err
	}
	report, err := check.Run(ctx, site, &check.Evidence{Results: seen.Results}, now)
	if err != nil {
		return nil, err
	}
	report.TakeFlags(seen.Evidence)
	j, err := seen.judgement(ctx, report, now)
	if err == nil && len(j.Wrong()) > 0 && j.Count(check.Error) == 0 {
		j.Raise(check.TextDiffers) // nothing else is wrong
	}
	return j, err
}

// foreign judges a directory by what its programs are told.
func foreign(ctx context.Context, site *survey.Site, known *Known, now time.Time) (*Judgement, error) {
	if known != nil {
		site.Commands = known.Commands
	}
	stage := &connect.Stage{}
	if site.Apart == "" {
		stage = connect.Of(site.Model, nil)
	}
	seen, err := look(ctx, stage, now)
	if err != nil {
		return nil, err
	}
	seen.spare()
	if err := seen.other(ctx, now); err != nil {
		return nil, err
	}
	report, err := check.Run(ctx, site, seen.Evidence, now)
	if err != nil {
		return nil, err
	}
	return seen.judgement(ctx, report, now)
}

// evidence is what was seen, on its way.
type evidence struct{ *check.Evidence }

// look rehearses the connections of a stage.
func look(ctx context.Context, stage *connect.Stage, now time.Time) (*evidence, error) {
	rehearsed, err := rehearse.Run(ctx, stage.Cases, now)
	if err != nil {
		return nil, err
	}
	seen := &evidence{&check.Evidence{Stage: stage}}
	broken := slices.ContainsFunc(rehearsed.Results, func(r rehearse.Result) bool { return r.State == rehearse.Broken && r.Case.To.Program == "etcd" })
	for i := range rehearsed.Results {
		r := &rehearsed.Results[i]
		seen.open(r, !broken)
		if !untried(r) {
			seen.Results = append(seen.Results, *r)
		}
	}
	return seen, nil
}

// untried reports whether it is no connection of a running cluster, or was not tried: with
// a member of etcd of which nothing is here too.
func untried(r *rehearse.Result) bool {
	return r.State == rehearse.NotTried || r.Case.Connection.Peers && r.Case.Unasked && r.State == rehearse.Talks
}

// open notes an etcd that lets in whom it need not, where it talks to everybody.
func (e *evidence) open(r *rehearse.Result, talks bool) {
	c := r.Case
	if !talks || c.Refusal == nil || r.State != rehearse.Known || c.Connection.To != "etcd" {
		return
	}
	file := c.To.CA.Path
	if file == "" {
		file = c.To.Told
	}
	l := connect.Lack{Check: findings.EtcdOpen, File: file, Args: []any{c.Refusal.Who}, Warning: true}
	if !slices.ContainsFunc(e.Lacks, func(o connect.Lack) bool { return o.Check == l.Check }) {
		e.Lacks = append(e.Lacks, l)
	}
}

// spare takes out what a program runs without, where no answers ask for it, and notes
// what is worth a warning all the same.
func (e *evidence) spare() {
	e.Results = slices.DeleteFunc(e.Results, func(r rehearse.Result) bool {
		if !r.Case.Connection.Itself || r.State != rehearse.Broken || r.Case.From.Halt != nil {
			return false
		}
		if strings.Contains(r.Failure.Error, "incompatible key usage") {
			e.Lacks = append(e.Lacks, connect.Lack{Check: findings.EtcdGateway, File: r.Failure.File})
		}
		return true
	})
}

// judgement is what a report and what was seen come to.
func (e *evidence) judgement(ctx context.Context, report *check.Report, now time.Time) (*Judgement, error) {
	connections, err := e.Follow(ctx, e.Results, now)
	if err != nil {
		return nil, err
	}
	return &Judgement{Report: report, Connections: connections, Untold: e.Untold}, nil
}

// other tries the other half of connections that end where the answering side shows
// its certificate: who dials may be wrong too, and would only be found when that is
// fixed.
func (e *evidence) other(ctx context.Context, now time.Time) error {
	var again []rehearse.Case
	for i := range e.Results {
		r := &e.Results[i]
		if r.State != rehearse.Broken || r.Case.Unasked || r.Case.From.Halt != nil || r.Case.To.Halt != nil || r.Failure.At.Program != r.Case.From.Program {
			continue
		}
		c := *r.Case
		c.Unasked = true
		again = append(again, c)
	}
	if len(again) == 0 {
		return nil
	}
	rehearsed, err := rehearse.Run(ctx, again, now)
	if err != nil {
		return err
	}
	for _, r := range rehearsed.Results {
		if r.State == rehearse.Broken && !r.Case.Connection.Itself {
			e.Further = append(e.Further, r)
		}
	}
	return nil
}
