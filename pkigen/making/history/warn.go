package history

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/store"
)

// warn looks into the files for what an operator has to know before going back.
func (u *Undo) warn(tree *store.Tree, now time.Time) error {
	var ended, keys, gone []string
	authorities := map[string]*x509.Certificate{} // by the file they are in now
	for i := range u.Files {
		f := &u.Files[i]
		var then, is contents
		if f.Then != nil && f.from != "" {
			data, err := f.Read()
			if err != nil {
				return err
			}
			then = read(data)
		}
		if f.Now != nil && (f.Then == nil || f.from != "") {
			data, err := tree.ReadFile(f.Path)
			if err != nil {
				return err
			}
			is = read(data)
		}
		if then.ended(now) {
			ended = append(ended, f.Path)
		}
		switch {
		case is.authority() != nil && (then.authority() == nil || !pkey.Same(is.authority().PublicKey, then.authority().PublicKey)):
			authorities[f.Path] = is.authority()
		case is.key && f.Then == nil:
			gone = append(gone, f.Path)
		case is.key && !bytes.Equal(is.keyBytes, then.keyBytes):
			keys = append(keys, f.Path)
		}
	}
	lost, err := u.lost(tree, authorities)
	if err != nil {
		return err
	}
	for _, w := range []struct {
		files []string
		text  string
	}{
		{ended, "certificates come back that have expired: %s"},
		{lost, "a newer CA goes, and what it has signed is trusted no more: %s"},
		{keys, "newer private keys go, and older ones come back: %s"},
		{gone, "private keys go: %s"},
	} {
		if len(w.files) > 0 {
			u.Warnings = append(u.Warnings, fmt.Sprintf(w.text, some(w.files)))
		}
	}
	return nil
}

// lost are those of the files whose CA is in no other file that stays or comes back:
// a node that goes takes its copies along, and the CA is there as before.
func (u *Undo) lost(tree *store.Tree, authorities map[string]*x509.Certificate) ([]string, error) {
	if len(authorities) == 0 {
		return nil, nil
	}
	changed := make(map[string]bool, len(u.Files))
	for i := range u.Files {
		changed[u.Files[i].Path] = true
	}
	err := tree.Walk(func(name string) error {
		if changed[name] {
			return nil
		}
		data, err := tree.ReadFile(name)
		if err != nil {
			return nil // larger than any CA, or gone meanwhile
		}
		there := read(data)
		if ca := there.authority(); ca != nil {
			maps.DeleteFunc(authorities, func(_ string, c *x509.Certificate) bool { return pkey.Same(c.PublicKey, ca.PublicKey) })
		}
		if len(authorities) == 0 {
			return fs.SkipAll
		}
		return nil
	})
	return slices.Sorted(maps.Keys(authorities)), err
}

// contents are the certificates and the key of a file.
type contents struct {
	certs    []*x509.Certificate
	key      bool
	keyBytes []byte
}

// read finds them in PEM text and in kubeconfigs; other files have none.
func read(data []byte) contents {
	var c contents
	if bytes.Contains(data, []byte("client-certificate-data:")) {
		if k, err := kubeconfig.Parse(data); err == nil {
			data = append(append([]byte{}, k.Cert...), k.Key...)
		}
	}
	c.certs, _ = pkey.Certificates(data)
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if strings.HasSuffix(b.Type, "PRIVATE KEY") {
			c.key, c.keyBytes = true, b.Bytes
		}
	}
	return c
}

func (c *contents) ended(now time.Time) bool {
	for _, cert := range c.certs {
		if now.After(cert.NotAfter) {
			return true
		}
	}
	return false
}

// authority is the first CA; nil for none.
func (c *contents) authority() *x509.Certificate {
	for _, cert := range c.certs {
		if cert.IsCA {
			return cert
		}
	}
	return nil
}
