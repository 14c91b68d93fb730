// Package plan decides, without writing, what a run will do to each file:
// a pure function of the cluster, of what lies in the directory, and of the time.
package plan

import (
	"crypto"
	"crypto/x509"
	"io/fs"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
)

// Verb is what will happen to a file.
type Verb string

// The verbs. Replace and Remove take something away that the operator may still
// need: Replace a private key or the CA that everything trusts, Remove a file that
// the answers have no place for any more. Both need the confirmation. Refuse
// stops the run.
const (
	Create  Verb = "create"  // nothing is there yet
	Keep    Verb = "keep"    // right as it is: not a byte changes
	Renew   Verb = "renew"   // rewritten; no private key goes: the one that is there stays, or there is none
	Replace Verb = "replace" // a private key goes, a new one comes; a backup stays
	Remove  Verb = "remove"  // the file goes; a backup stays
	Refuse  Verb = "refuse"  // must not be touched without the confirmation, or cannot be read
)

// Writes reports whether the verb writes a file's bytes. Remove does not: it leaves
// no file behind.
func (v Verb) Writes() bool { return v == Create || v == Renew || v == Replace }

// Action is what will happen to one file, with the reason. A folder has one only
// where its mode is to be set: its verb is Keep then, and FixMode is set.
type Action struct {
	Path          string // slash-separated, below the directory; "." is the directory itself
	Verb          Verb
	Reason        string       // lower case: "names changed: +10.0.0.9 -10.0.0.8"
	Mode          fs.FileMode  // as it will be: 0600 for keys, 0644 for the rest; fs.ModeDir and 0700 for a folder
	FixMode       bool         // the file is looser (or other) than Mode today; its bytes may be kept
	Part          catalog.Part // "" for ca-config.json
	Certificate   string       // name of the certificate it belongs to; "" for ca-config.json
	CA            bool         // it belongs to a certificate authority
	Rotates       bool         // what it belongs to can be replaced in stages
	Irreplaceable bool         // no word lets another take its place: a CA of an adopted directory
	Moving        bool         // a replacement in stages is under way of what it belongs to
	Away          bool         // refused because a private key is needed, and not here
	Data          []byte       // the bytes, where they are known before issuing (JSON files); never a key
	Text          *render.Text // how the bytes are made once all certificates are there; nil for those of a certificate
	Sums          string       // the node's tree whose checksums it lists; "" for any other file
}

// IsFolder tells an action on a folder from one on a file.
func (a *Action) IsFolder() bool { return a.Mode.IsDir() }

// Secret reports whether nobody else may read the file: it holds a private key, or
// a token or a kubeconfig, which are worth as much.
func (a *Action) Secret() bool {
	switch {
	case a.IsFolder(), a.Part == catalog.Cert, a.Part == catalog.Public, a.Part == catalog.CSR, a.Part == catalog.Request:
		return false
	}
	perm := a.Mode.Perm()
	return a.Part == catalog.Key || perm == keyMode || perm == keyMode&0o400
}

// Certificate is what will happen to one certificate and its key.
type Certificate struct {
	catalog.Certificate
	Key    Verb   // Create, Keep, Replace or Refuse
	Cert   Verb   // Create, Keep, Renew, Replace (with the key) or Refuse
	CSR    Verb   // Create, Keep or Renew
	Reason string // why it is not kept; "" where it is kept, or key and certificate are new
	// OldKey is the private key found on disk where Key is Keep, and OldCert
	// the certificate found there, if it could be read (also where it is to be
	// renewed: review shows the difference).
	OldKey  crypto.Signer
	OldCert *x509.Certificate
	// KeyPEM and CertPEM are the texts found on disk, for the copies of what is
	// kept. A token is a KeyPEM too.
	KeyPEM, CertPEM []byte
	// Sealed reports whether its private key lies behind a passphrase with the operator
	// after the run, and Opens whether the run needs the one that lies there opened.
	Sealed, Opens bool
	plainPEM      []byte // of a key behind a passphrase, the text of a copy for programs
	// Away is where the private key would lie, of a CA whose owner keeps it
	// elsewhere, or of a pair that is refused without it; "" where it is here. Of
	// what is kept nothing is signed by it, and Files.Key is "".
	Away string
	// PublicPEM is the public key of a pair whose private key is gone.
	PublicPEM []byte
	// NotBefore and NotAfter are the dates that the certificate has (kept) or will have.
	NotBefore, NotAfter time.Time
	// Cut reports whether NotAfter is the CA's end, earlier than the profile says.
	Cut      bool
	moved    string // why its files change although it is kept
	by       issuer // what signs it
	compared *[]Difference
	// KeepSerial tells of a CA that is renewed with its serial number, by which
	// certificates of OpenSSL name it.
	KeepSerial bool
	// Asked reports whether the operator wants it anew (Options.Renewal).
	Asked bool
}

// Plan is the whole: certificates in the order in which they can be issued
// (signers first), and files in the order in which they are shown.
type Plan struct {
	Cluster      *spec.Cluster
	Layout       *catalog.Layout
	Made         time.Time // the time by which it was decided, UTC
	Certificates []Certificate
	Files        []Action
	Moves        []Move   // what is being replaced in stages, also where this plan leaves it in its stage
	Warnings     []string // about the directory: "the CA ends before the profile's expiry"

	byName map[string]int // places in Certificates
	have   store.Directory
	issued *issued.Record // until this run; nil where the set keeps none

	revokes bool
	opener  *pkey.Opener // of the passphrase that was given; nil for none
	lock    *pkey.Lock

	backups bool // Options.Backups
}

// Options are the operator's confirmations, and the answers behind the cluster.
type Options struct {
	// ReplaceKeys names the certificates whose private key may be replaced where
	// it stands in the way. It is a permission and no order: a key that fits is
	// kept all the same. For a CA it allows another CA.
	ReplaceKeys []string
	// Rotation takes the replacement of a CA or a key pair to its next stage; nil
	// leaves all of them in theirs.
	Rotation *Rotation
	// Renewal asks for leaves to be made again; nil for a run that keeps what fits.
	Renewal *Renewal
	// Revoke shuts certificates out before they expire; nil for none.
	Revoke *Revocation
	// Issued are certificates that the set is known to have issued, and that its record
	// may lack.
	Issued []issued.Certificate
	// PlainKeys is the operator's confirmation that keys of CAs are written without the
	// passphrase that they lie behind. Nothing else does so.
	PlainKeys bool
	// Backups puts keys of CAs in the backups behind the passphrase as well.
	Backups bool
	// Answers is the file that replays the run; none by default.
	Answers Answers
	// Gone are files that an earlier state of the answers had, by their paths: those
	// that nothing needs any more are removed where they lie.
	Gone []string
	// UnknownNodes are nodes that have a tree in the directory and are none of the
	// cluster: what lies there stays, and the plan warns of it.
	UnknownNodes []string
}
