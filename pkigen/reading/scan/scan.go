// Package scan reads a directory that somebody else made, and says of each file
// what it is: PEM blocks, a kubeconfig, a file that tells programs something. It
// judges nothing.
//
// Every file is taken as it comes. A broken, huge, empty, binary, encrypted or
// unreadable one is described, never a failure.
package scan

import (
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
)

// Scan is what lies below one directory.
type Scan struct {
	Root  string  // the directory, as it was given
	Files []*File // all that was found, by path
	// Cut is the first path that was left out because there were too many; "" for
	// none.
	Cut string
	// Folders are the modes of those that hold a key, a certificate or a kubeconfig.
	Folders map[string]fs.FileMode

	byPath map[string]*File
}

// File is what is known of one file. Of private keys only the public halves are
// kept.
type File struct {
	Path string      // slash-separated, below the directory
	Mode fs.FileMode // 0 where nothing is known of it
	Link bool        // reached over a symbolic link
	Dir  bool        // a folder that could not be looked into
	Sum  [sha256.Size]byte
	Size int

	at string // where its bytes lie, if not at Path

	Blocks []Block            // PEM blocks, in order
	Config *kubeconfig.Config // of a kubeconfig that can be read
	Tokens []Token            // of a token file or a token Secret
	Text   []byte             // of a list of sums, and of a file that may tell programs something
	// Kubeconfig reports whether it is one, also where Config cannot hold what it says.
	Kubeconfig bool
	Within     bool     // PEM blocks stand within another text: a script, values in YAML, notes
	Oddities   []Oddity // what is odd about its bytes
}

// Form is what a PEM block, or a field of a kubeconfig, is.
type Form string

// The forms.
const (
	Certificate Form = "certificate"
	PrivateKey  Form = "private key"
	PublicKey   Form = "public key"
	Request     Form = "certificate request"
	Unknown     Form = "unknown"
)

// Block is one PEM block.
type Block struct {
	Form Form
	// Label is what stands after BEGIN: "RSA PRIVATE KEY".
	Label  string
	Field  string            // the field of the kubeconfig that holds it; "" for a block of the file itself
	Cert   *x509.Certificate // of a certificate
	CSR    *x509.CertificateRequest
	Public crypto.PublicKey // of a key
	// Encrypted tells of a private key that it is behind a passphrase, and Err why a
	// block could not be taken apart.
	Encrypted bool
	Err       error
}

// Token is a token with which kubelets ask for certificates, or users log in.
// Its secret is kept only as a sum, to compare it.
type Token struct {
	ID    string // "abcdef"; "" for one of no such form
	Sum   [sha256.Size]byte
	Where string // "line 2", "Secret bootstrap-token-abcdef"
	// Ends is when the API server takes it no longer: of a Secret with an expiration;
	// zero for none.
	Ends time.Time
}

// HasFolder reports whether a folder is there, though nothing may be in it.
func (s *Scan) HasFolder(dir string) bool {
	info, err := os.Stat(filepath.Join(s.Root, filepath.FromSlash(dir)))
	return err == nil && info.IsDir()
}

// File is the file of a path; nil where there is none.
func (s *Scan) File(path string) *File { return s.byPath[path] }

// Below is where the file's bytes lie, in the scan's root.
func (f *File) Below(root string) string {
	return filepath.Join(root, filepath.FromSlash(cmp.Or(f.at, f.Path)))
}

// odd notes something.
func (f *File) odd(code, detail string) { f.Oddities = append(f.Oddities, Oddity{code, detail}) }

// unreadable notes why a key or a certificate of it was not parsed.
func (f *File) unreadable(err error, otherwise string) {
	if size := (*pkey.SizeError)(nil); errors.As(err, &size) {
		f.odd(HugeKey, size.Error())
		return
	}
	f.odd(PEMBroken, otherwise)
}

// Odd reports whether a code was noted.
func (f *File) Odd(code string) bool {
	for _, o := range f.Oddities {
		if o.Code == code {
			return true
		}
	}
	return false
}

// Certs are the certificates of the file itself, in order; those embedded in a
// kubeconfig have a field.
func (f *File) Certs(field string) []*x509.Certificate {
	var out []*x509.Certificate
	for i := range f.Blocks {
		if b := &f.Blocks[i]; b.Cert != nil && b.Field == field {
			out = append(out, b.Cert)
		}
	}
	return out
}

// Key is the public half of the first private key; nil where there is none that
// can be read.
func (f *File) Key(field string) crypto.PublicKey {
	for i := range f.Blocks {
		if b := &f.Blocks[i]; b.Form == PrivateKey && b.Field == field && b.Public != nil {
			return b.Public
		}
	}
	return nil
}

// Holds reports whether a block of a form is in the file itself.
func (f *File) Holds(form Form) bool {
	for i := range f.Blocks {
		if f.Blocks[i].Form == form && f.Blocks[i].Field == "" {
			return true
		}
	}
	return false
}

// Secret reports whether whoever reads the file can pose as somebody.
func (f *File) Secret() bool {
	for i := range f.Blocks {
		if f.Blocks[i].Form == PrivateKey {
			return true
		}
	}
	return len(f.Tokens) > 0 || f.Config != nil && f.Config.Token != ""
}
