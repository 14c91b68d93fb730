package main

import (
	"encoding/json"
	"fmt"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/steps/imports"
)

// report is what generate --format json prints, also for a run that failed.
// Fields are only ever added to it.
type report struct {
	Dir        string             `json:"dir"`
	Imports    *imports.Result    `json:"imports,omitempty"`
	Plan       *reportPlan        `json:"plan,omitempty"`
	Result     *reportResult      `json:"result,omitempty"`
	Renewal    []reportRenewal    `json:"renewal,omitempty"`
	Rotation   []reportRotation   `json:"rotation,omitempty"`
	Change     *reportChange      `json:"change,omitempty"`
	Revocation *pkigen.Revocation `json:"revocation,omitempty"`
	Restart    *pkigen.NodeSteps  `json:"restart,omitempty"` // what has to happen on the nodes
	Problems   []any              `json:"problems"`
	Error      *reportError       `json:"error,omitempty"`
}

type reportError struct {
	Exit    int      `json:"exit"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`
	Notes   []string `json:"notes,omitempty"` // what was recovered before it failed
}

type reportPlan struct {
	Layout       string              `json:"layout"`
	Files        []reportFile        `json:"files"`
	Certificates []reportCertificate `json:"certificates"`
	Warnings     []string            `json:"warnings,omitempty"`
}

// reportRenewal is one certificate that a renewal makes again, against the old one.
type reportRenewal struct {
	Name        string             `json:"name"`
	OldNotAfter *time.Time         `json:"oldNotAfter,omitempty"` // none where the old one is lost
	NotAfter    time.Time          `json:"notAfter"`
	Key         plan.Verb          `json:"key"`
	Differences []reportDifference `json:"differences,omitempty"`
}

// reportChange is what a change of the answers does besides the files.
type reportChange struct {
	Answers []steps.Difference `json:"answers"`
	// Certificates are those that are made again over an old one.
	Certificates []reportRenewal     `json:"certificates"`
	KeptNames    []steps.Kept        `json:"keptNames"`  // that stay in certificates for now
	StillValid   []pkigen.StillValid `json:"stillValid"` // what machines that are gone still have
}

type reportDifference struct {
	Field string   `json:"field"` // as plan.Difference has it: subject, names, usages, signature, extensions and more
	Gone  []string `json:"gone,omitempty"`
	New   []string `json:"new,omitempty"`
	Note  string   `json:"note,omitempty"` // "in another order"
}

type reportFile struct {
	Path        string    `json:"path"` // "." is the directory itself
	Folder      bool      `json:"folder,omitempty"`
	Verb        plan.Verb `json:"verb"`
	Mode        string    `json:"mode"` // octal: "0600"
	FixMode     bool      `json:"fixMode,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Certificate string    `json:"certificate,omitempty"`
}

type reportCertificate struct {
	Name      string    `json:"name"`
	CN        string    `json:"cn"`
	O         string    `json:"o,omitempty"`
	SANs      []string  `json:"sans"`
	Usages    []string  `json:"usages,omitempty"`
	Algorithm string    `json:"algorithm"`
	Signer    string    `json:"signer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	Key       plan.Verb `json:"key"`
	Cert      plan.Verb `json:"cert"`
	CSR       plan.Verb `json:"csr"`
	Reason    string    `json:"reason,omitempty"`
}

type reportResult struct {
	Unchanged bool     `json:"unchanged"`
	Proofs    []string `json:"proofs,omitempty"`
	Notes     []string `json:"notes,omitempty"`
	Backup    string   `json:"backup,omitempty"`
}

// reportArgument is a finding on the command line.
type reportArgument struct {
	Severity problem.Severity `json:"severity"`
	What     string           `json:"what"`
}

// placed is a finding on an answer, with the place where its value stands.
type placed struct {
	problem.Problem
	place string
}

// MarshalJSON is the problem's own form with the place beside it.
func (p placed) MarshalJSON() ([]byte, error) {
	b, err := p.Problem.MarshalJSON()
	if err != nil || p.place == "" {
		return b, err
	}
	place, err := json.Marshal(p.place)
	if err != nil {
		return nil, err
	}
	return append(append(append(b[:len(b)-1:len(b)-1], `,"place":`...), place...), '}'), nil
}

func (r *report) judged(g *given, ps []problem.Problem) {
	for _, b := range g.bad {
		r.Problems = append(r.Problems, b)
	}
	for _, s := range g.args {
		r.Problems = append(r.Problems, reportArgument{problem.Error, s})
	}
	for _, p := range g.told(ps) {
		r.Problems = append(r.Problems, placed{p, g.position(p)})
	}
}

func (r *report) planned(p *plan.Plan) {
	out := &reportPlan{Layout: p.Layout.Name, Warnings: p.Warnings, Certificates: []reportCertificate{}, Files: []reportFile{}}
	for _, a := range p.Files {
		out.Files = append(out.Files, newReportFile(&a))
	}
	for i := range p.Certificates {
		c := &p.Certificates[i]
		rc := reportCertificate{
			Name: c.Name, CN: c.Subject.CN, O: c.Subject.O, SANs: []string{}, Usages: c.Usages,
			Algorithm: string(c.Certificate.Key), Signer: c.Signer,
			NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
			Key: c.Key, Cert: c.Cert, CSR: c.CSR, Reason: c.Reason,
		}
		for _, h := range c.Hosts {
			rc.SANs = append(rc.SANs, h.String())
		}
		out.Certificates = append(out.Certificates, rc)
	}
	r.Plan = out
	r.Renewal = nil
	for _, c := range p.Asked() {
		r.Renewal = append(r.Renewal, renewalOf(c))
	}
}

func newReportFile(a *plan.Action) reportFile {
	return reportFile{a.Path, a.IsFolder(), a.Verb, fmt.Sprintf("%04o", a.Mode.Perm()), a.FixMode, a.Reason, a.Certificate}
}

// changed notes what a change does.
func (r *report) changed(p *plan.Plan, to *changing) {
	r.Change = &reportChange{Answers: to.Changes, Certificates: []reportRenewal{}, KeptNames: []steps.Kept{}, StillValid: []pkigen.StillValid{}}
	r.Change.KeptNames = append(r.Change.KeptNames, to.Kept...)
	r.Change.StillValid = append(r.Change.StillValid, to.staying...)
	for i := range p.Certificates {
		if c := &p.Certificates[i]; c.Cert.Writes() && c.OldCert != nil {
			r.Change.Certificates = append(r.Change.Certificates, renewalOf(c))
		}
	}
}

// renewalOf is a certificate against the old one.
func renewalOf(c *plan.Certificate) reportRenewal {
	one := reportRenewal{Name: c.Name, NotAfter: c.NotAfter.UTC(), Key: c.Key}
	if c.OldCert != nil {
		end := c.OldCert.NotAfter.UTC()
		one.OldNotAfter = &end
	}
	for _, d := range c.Differences() {
		one.Differences = append(one.Differences, reportDifference(d))
	}
	return one
}

// next notes what has to happen on the nodes. before is the cluster until now, where
// nodes may come, go or move.
func (r *report) next(p *plan.Plan, before *spec.Cluster) {
	if next := pkigen.After(p, before, r.Dir); !next.Empty() || len(next.ByHand) > 0 {
		r.Restart = next
	}
}
