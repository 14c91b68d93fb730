// Package rehearse runs the connections of a cluster before there is one: for
// each connection a real TLS handshake of crypto/tls between the two sides, in memory,
// with exactly their files and by the rules of their programs.
//
// It does not care how the files were found: a Case holds their bytes.
package rehearse

import (
	"context"
	"crypto/x509"
	"net/netip"
	"time"

	"certwright/pkigen/cluster/connections"
)

// File is one file as a program finds it.
type File struct {
	// Path is where it lies, as the user knows it; "" where the program is told
	// of none. A certificate that a kubeconfig embeds has the kubeconfig's path.
	Path string
	Data []byte // its bytes, or what a kubeconfig embeds; nil where it is missing
	// Unseen reports whether it lies outside of what was looked at: nobody can say what it
	// holds, nor that it is not there.
	Unseen bool
	// Told is its path as the program is told of it, where that is known.
	Told string
}

// told says that the program is told of such a file.
func (f File) told() bool { return f.Path != "" }

// missing says that the program is told of a file that is not there.
func (f File) missing() bool { return f.Path != "" && f.Data == nil }

// Side is one end of a connection: a program on a machine, and its files.
type Side struct {
	Machine string // the node; "" for the operator's machine, or for no certain one
	Program string // as in connections.Connection
	// Config is the kubeconfig that tells a client everything; its Path is "" for
	// none. ConfigErr is why it cannot be used.
	Config    File
	ConfigErr error

	// Told is the file that tells the program of its files; "" where that is not known.
	Told string
	// Halt is why the program does not start whatever its files are; nil for no such reason.
	Halt *Halt

	Cert, Key File // what it shows; under tokens of pods, Key is what signs them
	CA        File // what it checks the other side by

	// Of the answering side alone.
	Asks         bool     // etcd: for certificates, without a CA to check them by too
	HeaderCA     File     // --requestheader-client-ca-file
	AllowedNames []string // --requestheader-allowed-names
	Public       File     // --service-account-key-file
	// Revoked says in which list of revoked certificates one stands that is shown; "" for
	// none, and nil where the program is told of no list.
	Revoked func(*x509.Certificate) (list string)
	Issuer  string // --service-account-issuer
	// Token is, of the dialling side, the bearer token; of the answering side the
	// tokens that it knows: --token-auth-file, or the Secret of a bootstrap token.
	Token File
}

// Halt is why a program does not start by what it is told.
type Halt struct {
	Check, File string
	Text        string // what is so
	Cause       string // in plain words
	Args        []any  // of the check
	By          string // as of a Failure

	starts string // how the program words that it does not, where its usual words are others
}

func (h *Halt) Error() string { return h.Text }

// Identity is what an answering side reads from a certificate or a token.
type Identity struct {
	User   string
	Groups []string
}

// Case is one connection to try.
type Case struct {
	Connection *connections.Connection // never nil; for a refusal the connection at whose door it is tried
	// Refusal is what must be refused; nil for a connection that must talk.
	Refusal *connections.Refusal
	Open    bool // of a refusal: the layout has no means to refuse it
	// From dials, and To answers. Cases share them: of a large cluster they are most
	// of what it takes.
	From, To *Side
	Dial     string // the host that is dialled: a name, or an address without brackets
	// Name is what is looked for in the certificate in place of Dial: tls-server-name.
	Name string
	// Unasked reports whether the dialling side does not look at the other's certificate,
	// or that this one is not here to be looked at.
	Unasked bool
	// Unsure is why nobody can tell from files what becomes of it, where nothing that
	// is in them breaks it; "" for what they tell.
	Unsure string
	Port   int        // 0 for the connection's own
	Source netip.Addr // where the connection comes from; etcd's peers look at it
	// SourceNames are the DNS names that are known to stand for Source: etcd asks
	// the resolver for them, and there is none here.
	SourceNames []string
	// Want is who To must take From for. Without a user, nothing is compared.
	Want Identity
	// Poses is, of a refusal with a pose, the user that From wants to be taken for.
	Poses string
}

// State is how a connection ended.
type State string

// The states. Their texts are for people.
const (
	Talks    State = "talks"       // as it must
	Refused  State = "refused"     // as it must be
	Broken   State = "BROKEN"      // must talk, and does not
	Opened   State = "NOT REFUSED" // as it must be
	Known    State = "open"        // must be refused, and the layout cannot
	NotTried State = "not tried"   // a file is missing on one of the sides
	Untold   State = "cannot tell" // it depends on what no file says
	// Ended is that of a token which was known until its end: a kubelet that has
	// joined does not need it any more, so that nothing is wrong.
	Ended State = "ended"
)

// States are those that a connection can have, in the order of a legend.
var States = []State{Talks, Refused, Broken, Opened, Known, Ended, NotTried, Untold}

// Means says in a few words what a state means.
func (s State) Means() string {
	return map[State]string{
		Talks:    "works, as it must",
		Refused:  "is turned away, as it must be",
		Broken:   "must work, and does not",
		Opened:   "must be turned away, and is let in",
		Known:    "is let in: one CA serves both, and nobody can tell them apart",
		Ended:    "no new kubelet can join: the bootstrap token is over",
		NotTried: "a file is missing",
		Untold:   "no file says whether it works",
	}[s]
}

// Result is what became of a case.
type Result struct {
	Case  *Case
	State State
	// Identity is what the answering side read, where it reads any.
	Identity
	// Failure says why it did not talk: of Refused, Broken, NotTried and Ended.
	Failure *Failure
}

// Expected reports whether it ended as it must, or as the layout or the time cannot help.
func (r *Result) Expected() bool {
	return r.State == Talks || r.State == Refused || r.State == Known || r.State == Ended
}

// Failure is what both sides see where a connection fails.
type Failure struct {
	At      Place  // the side with the telling text
	Text    string // what the program logs there, or prints
	Other   Place  // the other side
	OtherAs string // what it sees; "" for nothing
	// OtherQuiet reports whether it logs OtherAs with --v=5 or more only.
	OtherQuiet bool
	Error      string // the error itself, within Text
	Cause      string // in plain words
	File       string // the file at fault; "" where none can be told
	// Check is the ID of the check that finds the same in the files; "" for none. Args
	// are those of its texts.
	Check string
	Args  []any
	// Blamed is the certificate at fault, where it is not the one that was shown.
	Blamed *x509.Certificate
	// By is another file, of which an error says as much: the CAs that do not know the
	// certificate, or what a kubeconfig names; "" for none. Trust reports whether File are the CAs by which the other side is checked.
	By    string
	Trust bool
}

// Place is one side, as one says it.
type Place struct {
	Program string `json:"program"`
	Machine string `json:"machine,omitempty"`
}

// String is "etcd on master1".
func (p Place) String() string {
	if p.Machine == "" {
		return p.Program
	}
	return p.Program + " on " + p.Machine
}

func (s *Side) place() Place { return Place{s.Program, s.Machine} }

// Report is all that was rehearsed.
type Report struct {
	Results    []Result // in the order of the cases
	Handshakes int      // how many were really made; equal ones are made once
}

// Run rehearses the cases, on all processors, at the time now. A case whose two
// halves (what the dialling side checks, and what the answering side checks)
// both were in handshakes already is not made again: nothing in one half depends
// on the other. The error is that of the context.
func Run(ctx context.Context, cases []Case, now time.Time) (*Report, error) {
	s := newStage(cases, now)
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if err := s.play(ctx); err != nil {
		return nil, err
	}
	out := &Report{Results: make([]Result, len(cases)), Handshakes: s.handshakes}
	for i := range cases {
		out.Results[i] = s.result(i)
	}
	return out, nil
}
