package pkigen

import (
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/survey"
)

// Verdict is a judgement for programs. Fields are only ever added to it.
type Verdict struct {
	Dir      string           `json:"dir"`
	Layout   string           `json:"layout,omitempty"` // of the answers; absent without
	Runs     *bool            `json:"runs"`             // null where these files do not tell
	Errors   int              `json:"errors"`
	Warnings int              `json:"warnings"`
	Files    int              `json:"files"`
	Proven   int              `json:"signaturesProven"`
	Ends     *time.Time       `json:"firstEnd,omitempty"` // of the certificates in use
	Findings []verdictFinding `json:"findings"`
	Roles    []verdictRole    `json:"roles"`
	// Connections counts what was rehearsed by how it ended; Wrong are those that
	// did not end as they must.
	Connections map[rehearse.State]int `json:"connections"`
	Wrong       []verdictConnection    `json:"wrongConnections"`
	Matrix      *rehearse.Matrix       `json:"matrix"`
	Untold      []string               `json:"untold"` // what could not be judged, since what would tell it is not here
}

type verdictConnection struct {
	Connection string         `json:"arrow"`
	Refusal    string         `json:"refusal,omitempty"` // what should have been refused
	State      rehearse.State `json:"state"`
	From       rehearse.Place `json:"from"`
	To         rehearse.Place `json:"to"`
	Dial       string         `json:"dial"`
	At         rehearse.Place `json:"at"`   // the side that tells why
	Text       string         `json:"text"` // what it logs
	Other      string         `json:"other,omitempty"`
	Quiet      bool           `json:"otherQuiet,omitempty"` // the other side logs that with --v=5 only
	Cause      string         `json:"cause"`
	File       string         `json:"file,omitempty"`
	Check      string         `json:"check,omitempty"`
}

type verdictFinding struct {
	Check    string         `json:"check"`
	Severity check.Severity `json:"severity"`
	File     string         `json:"file"`
	Also     []string       `json:"also,omitempty"`
	Entry    string         `json:"role,omitempty"`
	What     string         `json:"what"`
	Why      string         `json:"why"`
	Says     []verdictSays  `json:"says,omitempty"`
	Fix      string         `json:"mend"`
	Command  shell.Line     `json:"command,omitempty"`
}

type verdictSays struct {
	At   string `json:"at"`
	Text string `json:"text"`
}

// verdictRole is what a file was taken for, and by what it was recognised.
type verdictRole struct {
	Entry       string `json:"role"`
	Machine     string `json:"machine"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	PublicKey   string `json:"publicKey,omitempty"`
	Kubeconfig  string `json:"kubeconfig,omitempty"`
	By          string `json:"recognisedBy"`
	Basis       string `json:"basis"` // told by a file or the answers, or assumed
}

// VerdictOf is a judgement in that form.
func VerdictOf(j *Judgement) *Verdict {
	v := &Verdict{
		Dir: j.Site.Root, Errors: j.Count(check.Error), Warnings: j.Count(check.Warning),
		Files: len(j.Site.Files), Proven: j.Proven, Findings: []verdictFinding{}, Roles: []verdictRole{},
		Connections: map[rehearse.State]int{}, Wrong: []verdictConnection{}, Matrix: j.Matrix, Untold: []string{},
	}
	if runs := j.Verdict(); runs != verify.CannotBeTold {
		would := runs == verify.WouldRun
		v.Runs = &would
	}
	v.Untold = append(v.Untold, j.Untold...)
	if j.Site.Layout != nil {
		v.Layout = j.Site.Layout.Name
	}
	if !j.Ends.IsZero() {
		v.Ends = &j.Ends
	}
	for i := range j.Findings {
		v.Findings = append(v.Findings, newVerdictFinding(&j.Findings[i]))
	}
	for _, s := range j.Site.Seats {
		v.Roles = append(v.Roles, verdictRole{Entry: s.Name(), Machine: s.Machine, Certificate: s.Cert.Path,
			Key: s.Key.Path, PublicKey: s.Public.Path, Kubeconfig: s.Config.Path, By: string(s.By), Basis: basisOf(s)})
	}
	for i := range j.Connections {
		v.Connections[j.Connections[i].State]++
	}
	for _, r := range j.Wrong() {
		v.Wrong = append(v.Wrong, newVerdictConnection(r))
	}
	return v
}

// basisOf is how it is known what a file is for.
func basisOf(s *survey.Seat) string {
	if s.By == survey.ByFlag || s.By == survey.ByAnswers {
		return string(programs.Told)
	}
	return string(programs.Assumed)
}

func newVerdictConnection(r *rehearse.Result) verdictConnection {
	c, f := r.Case, r.Failure
	out := verdictConnection{Connection: c.Connection.ID, State: r.State, Dial: c.Dial,
		From: rehearse.Place{Program: c.From.Program, Machine: c.From.Machine}, To: rehearse.Place{Program: c.To.Program, Machine: c.To.Machine},
		At: f.At, Text: f.Text, Other: f.OtherAs, Quiet: f.OtherQuiet, Cause: f.Cause, File: f.File, Check: f.Check}
	if c.Refusal != nil {
		out.Refusal = c.Refusal.ID
	}
	return out
}

func newVerdictFinding(f *check.Finding) verdictFinding {
	out := verdictFinding{Check: f.Check.ID, Severity: f.Severity, File: f.File, Also: f.Also,
		What: f.What(), Why: f.Why(), Fix: f.Fix(), Command: f.Command}
	if f.Seat != nil {
		out.Entry = f.Seat.Name()
	}
	for _, s := range f.Says() {
		out.Says = append(out.Says, verdictSays(s))
	}
	return out
}
