// Package catalog is the catalogue: one table entry for each certificate or key
// pair that a cluster needs, and one for each layout of files. The programs that are told
// of them are the table components, and what they dial the table connections.
//
// Review, JSON files, issuing, file tree, verification and documentation all
// read these tables. A new certificate is one entry here and nothing else.
package catalog

import (
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/leak"
	"certwright/pkigen/cluster/spec"
)

// Kind tells what an entry is made of.
type Kind string

// The kinds of entry.
const (
	Authority Kind = "ca"       // a self-signed CA certificate and its key
	Leaf      Kind = "leaf"     // a certificate signed by a CA, and its key
	KeyPair   Kind = "key pair" // a private key and its public key: nobody signs it, and it does not end
	Token     Kind = "token"    // a secret text
)

// Purpose is what a certificate is used for in a TLS handshake.
type Purpose string

// The purposes, as extended key usages know them.
const (
	Server Purpose = "server"
	Client Purpose = "client"
)

// Entry is one certificate, key pair or token that a cluster needs, as a rule:
// who it names, who uses it, why it exists.
type Entry struct {
	Name  string // stable: "etcd-server"
	Kind  Kind
	Title string // a few words: "API server, etcd and registry"
	Why   string // one or two sentences for a newcomer
	// On says which nodes hold it: those with any of these roles. None means that
	// it stays with the operator.
	On spec.NodeRoles
	// Each makes one for each of these nodes, because it names the node. Else
	// there is one, and every node that holds it has the same.
	Each bool
	// When says whether the cluster needs it; nil for always.
	When func(*spec.Cluster) bool
	// Subject and Hosts get the node where Each is set, and nil else. Hosts are
	// the SANs in order; a nil function means none.
	Subject  func(*spec.Cluster, *spec.Node) spec.Subject
	Hosts    func(*spec.Cluster, *spec.Node) []spec.Host
	Profile  string    // the signing profile; "" for all but leaves
	Domain   Domain    // of a leaf: whose CA signs it
	Purposes []Purpose // what its users need it for
	Uses     []Use
	// Kubeconfig says that its user is told by a kubeconfig; nil for by files.
	Kubeconfig *Kubeconfig
	// Dialled says of a server who looks at it, where no program of the cluster does: no
	// connection has it then.
	Dialled string
	// Opens is what whoever has a copy of its key may still do when its node is gone,
	// NODE standing for that one, and Shuts what ends that besides a new CA.
	Opens, Shuts string
	// Leak is what shuts out whoever has its key, and what he may have left.
	Leak leak.Facts
	// Kubeadm is how kubeadm makes it; empty where it does not.
	Kubeadm Kubeadm
	// Known are further common names by which it is recognised, and KnownGroup a group:
	// those of "Kubernetes the hard way" and of the guides that follow it
	// (https://github.com/kelseyhightower/kubernetes-the-hard-way/blob/master/ca.conf).
	Known      []string
	KnownGroup string
	// AnyCN reports whether nothing in Kubernetes knows its common name by heart: the
	// installer chooses it, and a binding or a flag has it.
	AnyCN bool
	// Shares is the entry whose certificate it is too, where an installer has made one for
	// both; "" where nobody does.
	Shares string
	// Words are, of a CA, parts of common names by which it is told from the Kubernetes CA,
	// in lower case and without hyphens.
	Words []string
}

// Kubeadm is what kubeadm calls a certificate (kubeadm certs renew --help, kubeadm init
// phase --help, v1.37).
type Kubeadm struct {
	Renew string // behind "kubeadm certs renew"; "" where it renews none
	Phase string // behind "kubeadm init phase": "certs apiserver"
}

// Domain is a trust domain: those that trust each other: what one of its CA's
// certificates opens. A layout says which CA serves which domain.
type Domain string

// The domains. kubeadm has a CA for each
// (https://kubernetes.io/docs/setup/best-practices/certificates/#single-root-ca).
const (
	Kubernetes Domain = "kubernetes"  // the API server, its clients and the kubelets
	Etcd       Domain = "etcd"        // etcd's members and clients
	FrontProxy Domain = "front-proxy" // the API server as it asks extension servers in a user's name
)

// Use is one place where a component is told about a file of the entry.
type Use struct {
	Component string // "kube-apiserver"
	Flag      string // "--tls-cert-file", or the configuration field
	File      Part
	When      func(*spec.Cluster) bool // nil for always
	Reread    components.Reread        // what the component does when the file changes
	// Shown is where the certificate in the file is shown to every client, so that one
	// can see on the node whether it was read: "127.0.0.1:6443", or ":2380" where only
	// the node's own address is served; "" for a file that is not shown.
	Shown string
}

// Kubeconfig is the kubeconfig by which the user of a client certificate or of a
// token reaches kube-apiserver.
type Kubeconfig struct {
	File  string // "scheduler.conf"
	Local bool   // dials the API server of its own node, and not the endpoint of all
}

// Part names one file of a certificate.
type Part string

// The files that one certificate may have.
const (
	Cert    Part = "certificate"
	Key     Part = "private key"
	Public  Part = "public key"
	CSR     Part = "certificate request"
	Request Part = "request JSON"
	Config  Part = "kubeconfig"
	// Trust is what verifiers are told to check by: the certificate of a CA, or the
	// public key of a pair, and while that is replaced both the old and the new one.
	Trust Part = "trusted certificates"
)

// Layout is one way to arrange a cluster's certificates: which entries there
// are, which CA signs each, and where each file lies.
type Layout struct {
	Name    string // the answer: "article"
	Title   string // a few words
	Text    string // the trade-off in two sentences
	Risk    string // what it costs in security, one sentence
	Entries []Placed
	Config  string // path of ca-config.json in the directory
	// PerNode reports whether every node has a tree of its own, which is copied to
	// the node's root folder as it is. Else all files lie flat.
	PerNode bool
	// Answers reports whether the answers lie in the directory, as answers.yaml.
	Answers bool
	// AsFound reports whether the directory was made elsewhere: what nobody has changed
	// stays as it was found, however it is written.
	AsFound bool
	// AllUsages reports whether leaves have each usage of their profile, also one that
	// their key cannot do.
	AllUsages bool
	// CAs are the names of the CA entries by what they serve.
	CAs map[Domain]string
	// Profiles are the signing profiles with their default answers.
	Profiles []ProfileDefault
}

// Placed is an entry within a layout.
type Placed struct {
	Entry
	Signer string // name of the entry that signs; its own name for a root CA
	// Files says where the files lie; the node is nil unless Each is set.
	Files func(*spec.Cluster, *spec.Node) Files
	// Found is the line of the answers for it; nil but in an adopted directory.
	Found *spec.Adopted
}

// Files are slash-separated paths below the output directory. An empty path
// means that the layout has no such file.
type Files struct {
	Cert, Key, CSR, Request string
	Public                  string // of a key pair
	// Configs are the kubeconfigs through which it is used. Where they embed it,
	// Cert and Key are empty, and each of them holds both.
	Configs []ConfigFile
	Copies  []Copy // further files with the same bytes
}

// Copy is a further file with the bytes of a part.
type Copy struct {
	Part Part
	Path string
}

// ConfigFile is one kubeconfig of a certificate or a token.
type ConfigFile struct {
	Path   string
	Server string // URL of the API server: "https://192.168.214.88:6443"
	Node   string // whose tree it lies in; "" for the operator's
	// AsFound reports whether it holds certificate and key as text and is else left as
	// it is: names, context and server are its own.
	AsFound bool
}

// ProfileDefault is a signing profile as the wizard first offers it.
type ProfileDefault struct {
	Name   string
	Title  string // for whom it is
	Expiry string // in the answers' form: "87600h"
	Usages []string
}

// Certificate is an entry as it will stand in one given cluster: everything
// that issuing, review and verification need. A key pair or a token is one too,
// without what only certificates have.
type Certificate struct {
	Entry   *Entry
	Name    string // unique in the cluster: "kubernetes", "master1/etcd-server"
	Node    string // the node that it names; "" for none
	Subject spec.Subject
	Hosts   []spec.Host
	Key     spec.KeyAlgorithm
	Profile string
	Usages  []string      // cfssl's words; those of the profile
	Unable  []string      // those of the profile that are left out, since the key cannot do them
	Expiry  time.Duration // from the profile, or the CA's own
	Signer  string        // Name of the signing certificate; its own for a root; "" where nobody signs
	Files   Files
	AsFound bool // as Layout has it
}

// IsCA reports whether it is a certificate authority.
func (c *Certificate) IsCA() bool { return c.Entry.Kind == Authority }

// IsCertificate tells it from a bare key pair and a token.
func (c *Certificate) IsCertificate() bool {
	return c.Entry.Kind == Authority || c.Entry.Kind == Leaf
}

// Embedded reports whether its certificate and key have no files of their own, but
// stand in its kubeconfigs.
func (c *Certificate) Embedded() bool {
	return c.Entry.Kind == Leaf && c.Files.Key == "" && len(c.Files.Configs) > 0
}

// Place is where one reads a part: its first file, or the first kubeconfig
// that embeds it; "" where there is none.
func (c *Certificate) Place(p Part) string {
	if p == Trust {
		if places := c.Places(p); len(places) > 0 {
			return places[0]
		}
		return ""
	}
	if p == Config || c.Embedded() && (p == Cert || p == Key) {
		if len(c.Files.Configs) == 0 {
			return ""
		}
		return c.Files.Configs[0].Path
	}
	return c.Files.Part(p)
}

// Program is the program that shows it, or is told of it first; "" for none.
func (r *Entry) Program() string {
	if len(r.Uses) == 0 {
		return ""
	}
	return r.Uses[0].Component
}

// UsedBy reports whether a program is told about a file of the entry.
func (r *Entry) UsedBy(component string) bool {
	return slices.ContainsFunc(r.Uses, func(u Use) bool { return u.Component == component })
}

// NamesNode reports whether its common name has that of its node in it.
func (r *Entry) NamesNode() bool {
	const stand = "node"
	return r.Each && r.Subject != nil && strings.HasSuffix(r.Subject(&spec.Cluster{}, &spec.Node{Name: stand}).CN, stand)
}

// Marks are the roles of a node that holds something of this role: what every node
// has says no more than that it is a worker.
func (r *Entry) Marks() spec.NodeRoles {
	if r.On.Has(spec.Worker) {
		return spec.Worker
	}
	return r.On
}

// Places are all files that hold a part, the first one first. Where a layout has
// no files for verifiers, they are told of the CA's own.
func (c *Certificate) Places(p Part) []string {
	if p == Trust && !c.Trusted() {
		p = c.Own()
	}
	var out []string
	if c.Embedded() && (p == Cert || p == Key) || p == Config {
		for _, f := range c.Files.Configs {
			out = append(out, f.Path)
		}
		return out
	}
	if first := c.Files.Part(p); first != "" {
		out = append(out, first)
	}
	for _, f := range c.Files.Copies {
		if f.Part == p {
			out = append(out, f.Path)
		}
	}
	return out
}

// Own is the part of it that verifiers trust: a CA's certificate, a pair's
// public key. It is "" of what nobody is checked by.
func (c *Certificate) Own() Part {
	switch c.Entry.Kind {
	case Authority:
		return Cert
	case KeyPair:
		return Public
	}
	return ""
}

// Trusted reports whether its layout has files of their own for verifiers.
func (c *Certificate) Trusted() bool {
	return slices.ContainsFunc(c.Files.Copies, func(f Copy) bool { return f.Part == Trust })
}

// Part is the path of one part of a certificate; "" where the layout has none.
func (f *Files) Part(p Part) string {
	switch p {
	case Cert:
		return f.Cert
	case Key:
		return f.Key
	case Public:
		return f.Public
	case CSR:
		return f.CSR
	case Request:
		return f.Request
	}
	return ""
}
