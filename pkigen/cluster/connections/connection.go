// Package connections is the table of the connections of a running cluster: who dials whom,
// what each side shows and by what the other checks it; and those that must be refused.
package connections

import (
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// Connection is one connection of a running cluster: who dials whom, what each side
// shows, and by what the other side checks it.
type Connection struct {
	ID       string // stable: "apiserver-to-etcd"
	From, To string // programs: "kube-apiserver", "etcd"
	Port     int    // where To answers
	// Shows and Answers are the entries that the dialling and the answering side
	// show; "" for what is not made here.
	Shows, Answers string
	// ShowsText and AnswersText tell what is shown where there is no entry.
	ShowsText, AnswersText string
	Server                 Proof // how From checks what To shows
	Client                 Proof // how To checks what From shows
	// Peers says that both sides are members of one etcd, and Itself that a program
	// dials itself, which it does not check; without it all else runs.
	Peers, Itself bool
	Why           string
	Failures      []Failure
	When          func(*spec.Cluster) bool // nil for always
}

// Proof is how one side is checked by the other.
type Proof struct {
	// Domain is whose CA it must be signed by; "" where no CA is asked.
	Domain catalog.Domain
	// Entry is the entry whose file the flag names: a kubeconfig, which holds the CA
	// to check by, or the key pair under tokens. "" means the domain's CA itself.
	Entry string
	// Component is told the flag; "" for the checking side itself.
	Component string
	Flag      string // "--etcd-cafile"; "" where nothing is told
	What      string // "the address that was dialled is among its names"
}

// Failure is what one sees where a check fails. The texts are those of Go's
// crypto/tls and of the programs.
type Failure struct {
	At    string // the side that sees it: "etcd"
	Cause string
	Text  string
}

// What is checked, in words.
const (
	checksNames  = "signed by this CA, for server auth, with the dialled name or address among its names"
	checksClient = "signed by this CA, for client auth; no name is asked, and everything is allowed"
	checksUser   = "signed by this CA, for client auth; the CN is the user, each O a group"
)

// missingName is what a client says of a server's certificate.
func missingName(at string) Failure {
	return Failure{at, "the address that was dialled is missing among the names", "x509: certificate is valid for A, not B"}
}

// otherServerCA is what a client says of a server that another CA signed.
func otherServerCA(at string) Failure {
	return Failure{at, "the answering certificate is of another CA, or this side trusts an old one", "x509: certificate signed by unknown authority"}
}

// refusedByEtcd is what etcd's clients see: etcd asks for a certificate during
// the handshake, and only its own log says more.
func refusedByEtcd(at string) []Failure {
	return []Failure{
		{at, "the certificate shown is of a CA that etcd does not trust", "remote error: tls: unknown certificate authority"},
		{at, "no certificate is shown", "remote error: tls: certificate required"},
		{at, "the certificate shown has expired, or is not yet valid", "remote error: tls: expired certificate"},
	}
}

// refusedByAPI is what a client of the API sees: kube-apiserver ends the
// handshake well and answers with 401.
func refusedByAPI(at string) []Failure {
	return []Failure{
		missingName(at), otherServerCA(at),
		{at, "the certificate shown is of another CA, has expired, or is not for client auth", "the server has asked for the client to provide credentials (Unauthorized)"},
		{id.KubeAPIServer, "the same is so, in its log", "Unable to authenticate the request"},
	}
}
