package certinfo

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"certwright/pkigen/cluster/pkey"
	foreign "certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
)

// link finds, for each certificate, the CA among the scanned ones that signed
// it, and the private key that fits it.
func (s *scanner) link() {
	cas := authorities{}
	keys := make(map[string][]string) // files by public key
	for i := range s.entries {
		e := &s.entries[i]
		switch {
		case e.Kind == PrivateKey && e.pub != nil:
			keys[string(e.pub)] = append(keys[string(e.pub)], e.File)
		case e.cert != nil && e.IsCA:
			e.authority = authorityOf(e.cert)
			cas.add(e, e.cert)
		}
	}
	for i := range s.entries {
		e := &s.entries[i]
		if s.ctx.Err() != nil {
			return
		}
		if e.cert == nil {
			continue
		}
		e.SignerFile, e.signedBy = cas.signer(e, e.cert)
		e.PrivateKeyFile = keyFile(e, keys[string(e.pub)])
		e.cert = nil // it is large
	}
}

// authorities are the scanned CAs by subject. One certificate is one of them,
// however many copies lie about: a large cluster has thousands.
type authorities map[string][]*authority

type authority struct {
	cert *x509.Certificate
	id   string
	file string            // where it was found first
	near map[string]string // where it was found first in a directory
}

func (a authorities) add(e *Entry, cert *x509.Certificate) {
	dir, named := filepath.Dir(e.File), a[string(cert.RawSubject)]
	at := slices.IndexFunc(named, func(have *authority) bool { return have.cert.Equal(cert) })
	if at < 0 {
		at = len(named)
		named = append(named, &authority{cert, e.authority, e.File, map[string]string{}})
		a[string(cert.RawSubject)] = named
	}
	if named[at].near[dir] == "" {
		named[at].near[dir] = e.File
	}
}

// authorityOf tells CAs apart: by name and key, since a CA that was signed again
// with the same key is the same to whatever it has signed.
func authorityOf(cert *x509.Certificate) string {
	return string(cert.RawSubject) + string(cert.RawSubjectPublicKeyInfo)
}

// signer finds the CA by its key id where both sides have one, and in any
// case by the signature: a CA that was made again under the same name did not
// sign what the old one signed. A CA in the same directory is preferred, since
// copies of one CA lie about. It returns the CA's file, and which CA it is.
func (a authorities) signer(e *Entry, cert *x509.Certificate) (file, id string) {
	if e.SelfSigned {
		return e.File, e.authority
	}
	dir := filepath.Dir(e.File)
	for _, ca := range a[string(cert.RawIssuer)] {
		if len(cert.AuthorityKeyId) > 0 && len(ca.cert.SubjectKeyId) > 0 &&
			!bytes.Equal(cert.AuthorityKeyId, ca.cert.SubjectKeyId) {
			continue
		}
		near := ca.near[dir]
		if file != "" && near == "" {
			continue
		}
		if !pkey.Signed(cert, ca.cert) {
			continue
		}
		if near != "" {
			return near, ca.id
		}
		file, id = ca.file, ca.id
	}
	return file, id
}

// keyFile picks the key in the certificate's own directory, then any scanned
// one, then one that lies beside the certificate under a usual name but was not
// scanned, because only the certificate was named.
func keyFile(e *Entry, scanned []string) string {
	if e.Field != "" {
		return "" // a kubeconfig has its key inside, which is not looked at
	}
	dir := filepath.Dir(e.File)
	for _, f := range scanned {
		if filepath.Dir(f) == dir {
			return f
		}
	}
	if len(scanned) > 0 {
		return scanned[0]
	}
	base := strings.TrimSuffix(e.File, filepath.Ext(e.File))
	for _, name := range []string{base + "-key.pem", base + ".key"} {
		if fits(name, e.pub) {
			return name
		}
	}
	return ""
}

// fits reports whether a file holds the private key of a public one.
func fits(name string, pub []byte) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > walk.LargestFile {
		return false
	}
	data, err := walk.ReadFile(name)
	if err != nil {
		return false
	}
	blocks, _ := new(foreign.Decoder).Decode(data)
	return slices.ContainsFunc(blocks, func(b foreign.Block) bool {
		return b.Form == foreign.PrivateKey && b.Public != nil && pkey.Text(b.Public) == string(pub)
	})
}
