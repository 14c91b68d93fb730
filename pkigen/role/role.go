// Package role is the catalogue: one table entry for each certificate or key
// pair that a cluster needs, and one for each layout of files.
//
// Review, JSON files, issuing, file tree, verification and documentation all
// read these tables. A new certificate is one entry here and nothing else.
package role

import (
	"time"

	"certwright/pkigen/spec"
)

// Kind tells what a role is made of.
type Kind string

// The kinds of role.
const (
	Authority Kind = "ca"   // a self-signed CA certificate and its key
	Leaf      Kind = "leaf" // a certificate signed by a CA, and its key
)

// Purpose is what a certificate is used for in a TLS handshake.
type Purpose string

// The purposes, as extended key usages know them.
const (
	Server Purpose = "server"
	Client Purpose = "client"
)

// Role is one certificate that a cluster needs, as a rule: who it names, who
// uses it, why it exists.
type Role struct {
	Name     string // stable: "kubernetes"
	Kind     Kind
	Title    string // a few words: "API server, etcd and registry"
	Why      string // one or two sentences for a newcomer
	Subject  func(*spec.Cluster) spec.Subject
	Hosts    func(*spec.Cluster) []spec.Host // SANs in order; nil for none
	Profile  string                          // the signing profile; "" for a CA
	Purposes []Purpose                       // what its users need it for
	Uses     []Use
}

// Use is one place where a component is told about a file of the role.
type Use struct {
	Component string // "kube-apiserver"
	Flag      string // "--tls-cert-file", or the kubeconfig field
	File      Part
}

// Part names one file of a certificate.
type Part string

// The files that one certificate may have.
const (
	Cert    Part = "certificate"
	Key     Part = "private key"
	CSR     Part = "certificate request"
	Request Part = "request JSON"
)

// Layout is one way to arrange a cluster's certificates: which roles there
// are, which CA signs each, and where each file lies.
type Layout struct {
	Name   string // the answer: "article"
	Title  string // a few words
	Text   string // the trade-off in two sentences
	Risk   string // what it costs in security, one sentence
	Roles  []Placed
	Config string // path of ca-config.json in the directory
	// PerNode tells that every node has a tree of its own, which is copied to
	// the node's root folder as it is. Else all files lie flat.
	PerNode bool
	// Profiles are the signing profiles with their default answers.
	Profiles []ProfileDefault
}

// Placed is a role within a layout.
type Placed struct {
	Role
	Signer string // name of the role that signs; its own name for a root CA
	Files  Files
}

// Files are slash-separated paths below the output directory. An empty path
// means that the layout has no such file.
type Files struct {
	Cert, Key, CSR, Request string
}

// ProfileDefault is a signing profile as the wizard first offers it.
type ProfileDefault struct {
	Name   string
	Title  string // for whom it is
	Expiry string // in the answers' form: "87600h"
	Usages []string
}

// Certificate is a role as it will stand in one given cluster: everything
// that issuing, review and verification need.
type Certificate struct {
	Role    *Role
	Name    string // unique in the cluster: "kubernetes"
	Subject spec.Subject
	Hosts   []spec.Host
	Key     spec.KeyAlgorithm
	Profile string
	Usages  []string      // cfssl's words; those of the profile
	Expiry  time.Duration // from the profile, or the CA's own
	Signer  string        // Name of the signing certificate; its own for a root
	Files   Files
}

// IsCA tells whether it is a certificate authority.
func (c *Certificate) IsCA() bool { return c.Role.Kind == Authority }
