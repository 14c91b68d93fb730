package live

import (
	"cmp"
	"crypto/x509"
	"slices"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/symptom"
)

// Evidence is how something is known.
type Evidence string

// The kinds of evidence, the surest first.
const (
	Seen     Evidence = "seen"     // a process showed it
	Inferred Evidence = "inferred" // it follows from times: of a start, of a change
	Unseen   Evidence = "unseen"   // it cannot be seen, or not from here
)

// View is what one look at a running cluster has shown.
type View struct {
	Time     time.Time  `json:"time"`
	Programs []*Program `json:"programs"`
	// Findings are those of all programs, and what concerns none alone.
	Findings []symptom.Finding `json:"findings"`
}

// Program is one program of one node.
type Program struct {
	Node  string        `json:"node"`
	Name  string        `json:"program"`
	State symptom.State `json:"state"`
	Ports []*Port       `json:"ports"`
	Files []*File       `json:"files"`
	// Started is when it was started, by its own clock; zero where it does not say.
	Started   time.Time `json:"started,omitzero"`
	StartedBy string    `json:"startedBy,omitempty"` // where that was seen
	Healthy   *bool     `json:"healthy"`             // null where nobody could ask
	Leads     bool      `json:"leads,omitempty"`     // it is the one of several that works
	Here      bool      `json:"here,omitempty"`      // it runs on this machine
	// Restart is what restarts it on its node.
	Restart shell.Line `json:"restart"`

	findings []symptom.Finding
	ahead    time.Duration // by how much its clock is ahead of ours
	clocked  bool
	assumed  bool // nobody says that it runs
	static   bool // the kubelet runs it
}

// Port is one port of a program.
type Port struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
	Reached bool   `json:"reached"`
	Proved  bool   `json:"proved"` // by the CA that its clients are told, for the name that was dialled
	// Served is the certificate that it shows; nil where none was seen.
	Served *Served `json:"served,omitempty"`
	// Asks are the client CAs that it asks for, and those that it should; nil where that
	// was not seen.
	Asks []CA `json:"asks,omitempty"`
	// Accepts are the certificates of the directory and the probes that were shown to it.
	Accepts []Accepted `json:"accepts,omitempty"`
}

// Served is a certificate that a process shows.
type Served struct {
	Which     Which     `json:"which"`
	Serial    string    `json:"serial"`
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	DaysLeft  int       `json:"daysLeft"`
	SHA256    string    `json:"sha256"`
	Run       string    `json:"run,omitempty"` // the backup of the run that has replaced it
	File      string    `json:"file,omitempty"`

	cert *x509.Certificate
}

// Which certificate is served.
type Which string

// The certificates.
const (
	OfFile  Which = "file"    // that of the file that the program is told
	Earlier Which = "earlier" // one that a former run has replaced
	Older   Which = "older"   // an older one of the same CA, which no history knows
	Newer   Which = "newer"   // a newer one of the same CA: the directory is behind the node
	MadeUp  Which = "made up" // one that the process has made up at its start
	Foreign Which = "foreign" // one of another CA
	Unknown Which = "unknown" // no file says what it should be
)

// CA is one name among the client CAs that a port asks for.
type CA struct {
	Name string `json:"name"`
	Have int    `json:"have"` // how often it is in the list
	Want int    `json:"want"` // how often the program's files have it
}

// Accepted is a client certificate that was shown, and what became of it.
type Accepted struct {
	Who string `json:"who"` // its file, or the CA of a probe
	// Probe reports whether it was made for this look, in memory.
	Probe bool `json:"probe,omitempty"`
	Must  bool `json:"must"` // whether it must be accepted
	Is    bool `json:"is"`
}

// File is what a process has of one file that it is told.
type File struct {
	Flag string `json:"flag"`
	Path string `json:"path"` // below the directory
	// Loaded reports whether the process has what the file holds now; nil where nobody knows.
	Loaded   *bool    `json:"loaded"`
	Evidence Evidence `json:"evidence"`
	By       By       `json:"by"`
	// From is the node on which it can be seen, where that is another machine.
	From string `json:"from,omitempty"`
}

// By is what tells whether a file was loaded.
type By string

// What tells it.
const (
	ByServed  By = "served"  // it serves the certificate
	ByList    By = "list"    // the list of client CAs that it asks for: the count is right, the keys are unproven
	ByProbe   By = "probe"   // certificates that were made for this look
	ByStart   By = "start"   // its start, held against when the file was written
	ByItself  By = "itself"  // it reads the file again by itself, and has had the time
	ByKeys    By = "keys"    // the keys that the API server publishes
	ByToken   By = "token"   // the key under a token that it gave
	ByConfig  By = "config"  // what it has written into the cluster
	ByNothing By = "nothing" // no process shows it
)

// answer is what Loaded and Healthy point to.
func answer(is bool) *bool { return &is }

// started notes since when it runs, and where that was seen.
func (p *Program) started(at time.Time, by string) { p.Started, p.StartedBy = at, by }

// add notes a finding of a program.
func (p *Program) add(f symptom.Finding) {
	f.Node, f.Program = p.Node, p.Name
	if slices.ContainsFunc(p.findings, func(o symptom.Finding) bool { return o.Code == f.Code && o.Port == f.Port && o.What() == f.What() }) {
		return
	}
	p.findings = append(p.findings, f)
	p.State = symptom.Worse(p.State, f.State())
}

// OK reports whether all is as planned: nothing is behind, expired, unhealthy or away.
// What cannot be seen does not count.
func (v *View) OK() bool {
	return v.Count(symptom.Behind, symptom.Expired, symptom.Unwell, symptom.Away) == 0
}

// Unseen is of how many programs nothing can be seen from here.
func (v *View) Unseen() int { return v.Count(symptom.Hidden) }

// Count is how many programs are in one of these states.
func (v *View) Count(of ...symptom.State) int {
	n := 0
	for _, p := range v.Programs {
		if slices.Contains(of, p.State) {
			n++
		}
	}
	return n
}

// Find is the program of a node; nil for none.
func (v *View) Find(node, program string) *Program {
	for _, p := range v.Programs {
		if p.Node == node && p.Name == program {
			return p
		}
	}
	return nil
}

// finish gathers the findings, the worst first.
func (v *View) finish() {
	for _, p := range v.Programs {
		v.Findings = append(v.Findings, p.findings...)
		slices.SortFunc(p.Files, func(a, b *File) int { return cmp.Or(cmp.Compare(a.Flag, b.Flag), cmp.Compare(a.Path, b.Path)) })
	}
	slices.SortStableFunc(v.Findings, func(a, b symptom.Finding) int {
		return b.State().Rank() - a.State().Rank()
	})
	if v.Findings == nil {
		v.Findings = []symptom.Finding{}
	}
}
