// Package explain knows the error texts that the programs of a cluster print
// about certificates: how each is recognised in a log, what it means, which side
// prints it and which side has the fault, and what fixes it.
//
// The sentences stand in one table (the files x509.go, alerts.go and so on, one
// for each family); nothing else of certwright says them. The package reads text
// and nothing else: it opens no file, and does not know what a directory holds.
// What was read is foreign text, and is given out as it stands: whoever shows it
// on a terminal has to make it harmless.
package explain

import "certwright/pkigen/cluster/shell"

// Family is the kind of error, and the part of the table that it stands in.
type Family string

// The families.
const (
	X509       Family = "x509"       // a certificate was checked and refused
	Alert      Family = "tls"        // the handshake ended with an alert, or before one
	File       Family = "file"       // a certificate, key or CA file could not be loaded
	Kubeconfig Family = "kubeconfig" // a kubeconfig could not be loaded
	Authn      Family = "authn"      // kube-apiserver does not know who is asking
	Authz      Family = "authz"      // it knows, and says no
	Token      Family = "token"      // service-account tokens
	Bootstrap  Family = "bootstrap"  // a kubelet on its way to certificates, and the signing of requests
	Etcd       Family = "etcd"
	Proxy      Family = "proxy" // aggregated APIs, webhooks and the front proxy
	Other      Family = "other" // programs that are not written in Go
)

// Side is the end of a connection that printed a text.
type Side string

// The sides. Where neither the text nor its line tells, it is Unknown.
const (
	Unknown Side = ""
	Client  Side = "client" // it dialled
	Server  Side = "server" // it was dialled
	Alone   Side = "alone"  // it read its own files; no connection takes part
)

// Rank says how much a text tells about the fault.
type Rank int

// The ranks, from the least telling on: a log line often holds several texts,
// one within the other, and the one that tells most comes first.
const (
	Around  Rank = iota // only where it happened; the cause is what stands within or behind it
	Refusal             // the other side refused, and only its own log says why
	Fault               // names the fault
)

// String is the rank in JSON.
func (r Rank) String() string { return [...]string{"context", "refusal", "fault"}[r] }

// Entry is one known error.
type Entry struct {
	ID     string `json:"id"` // stable: "san-mismatch"
	Family Family `json:"family"`
	// Texts are the forms of the error as programs print them, with <group> where
	// a value stands. See pattern.go for how they are recognised.
	Texts []string `json:"-"`
	Rank  Rank     `json:"-"`
	// Side is who prints it, where that is always the same side.
	Side Side `json:"-"`
	// Means says in a sentence or two what has happened. Like the texts of the
	// causes it may hold {group}, which stands for the value found, and the words
	// of both ends of the connection: {self} and {peer}, {own} and {shown} for what
	// each shows, {trust} and {judge} for what each checks by, {set} and {look} for
	// how {trust} is corrected and looked at.
	Means string `json:"-"`
	// Where tells who prints it, who has the fault, and where to look next.
	Where places `json:"-"`
	// Fault is where the fault lies, where the family's own sentence is too wide.
	Fault  string  `json:"-"`
	Causes []Cause `json:"-"` // the likeliest first
}

// Cause is one thing that leads to the error.
type Cause struct {
	// Check finds it in files; "" where no file shows it: a missing binding, a
	// request that nobody approved, a flag.
	Check   CheckID    `json:"check,omitempty"`
	Text    string     `json:"text"`
	Fix     string     `json:"mend"`
	Command shell.Line `json:"command,omitempty"` // for a shell; words in capitals are for the reader to replace
	// Side is the side that must have printed the text for this to be the cause;
	// Unknown for both.
	Side Side `json:"-"`
	// On are the ids of the connections on which it can be one; "" for all.
	On string `json:"-"`
	// Needs is the value without which a line does not speak for it.
	Needs string `json:"-"`
	// First puts it before the others where the connection is known.
	First bool `json:"-"`
}

// CheckID names the check that finds a cause in files.
type CheckID string

// Match is one known error that was found in a text.
type Match struct {
	*Entry
	Text   string            // as it stood there, without line breaks and escapes
	Values map[string]string // the groups of the text, and what its line says besides: see Source
	Source Source
	Line   int  // of the text that was read, from 1
	Beside bool // another match of its line tells more, so that its own causes are not looked for
	Count  int  // how often it stood there, other times and ports not counted as other errors
}

// Reading is what was found in a text.
type Reading struct {
	Matches []Match
	Lines   int // that were read
	Dropped int // bytes behind Limit that were not read
	More    int // matches behind the first MostMatches
}

// The bounds of what is read. A journal of one MiB has some ten thousand lines.
const (
	Limit       = 1 << 20 // bytes
	MostMatches = 100     // different ones
)

// table is every known error. Where two texts fit one place equally well, the
// earlier wins.
var table = join(proxyTexts, x509Texts, certificateTexts, alertTexts, fileTexts, kubeconfigTexts, authzTexts, authnTexts,
	tokenTexts, bootstrapTexts, etcdTexts, kubeadmTexts, toolTexts, otherTexts)

func join(parts ...[]Entry) []Entry {
	var all []Entry
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Entries are the known errors, as a copy.
func Entries() []Entry { return append([]Entry(nil), table...) }

// Known says in one sentence what is recognised, for a text that was not.
func Known() string {
	return knownText
}

const knownText = `known are texts of Go's checks ("x509: ..."), of handshakes ("tls: ...", "remote error: tls: ..."), ` +
	`of files and kubeconfigs that do not load, of logins ("Unauthorized", "Unable to authenticate the request", "Forbidden (user=...)"), ` +
	`of tokens, OIDC, bootstrap, kubeadm, etcd, webhooks, aggregated APIs and registries, and of cfssl, curl, openssl and nginx. ` +
	`Paste the whole line: who speaks to whom decides what it means; ` +
	`where it says no more than "EOF" or "connection refused", the log of the other side says more`
