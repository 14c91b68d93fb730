package plan

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/bootstrap"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/store"
)

// found is what lies on disk for one certificate. A value is nil both when its
// file is not there and when the file cannot be read; the error tells the two apart.
type found struct {
	hasKey, hasCert bool

	key     crypto.Signer
	keyPEM  []byte // as it lies there; of a token its text
	keyPath string // where it was found
	keyErr  error  // "is empty": follows the file's name
	locked  bool   // of a CA: the operator's is behind a passphrase
	plain   []byte // of a key that is behind one, the text of a copy that is not

	cert    *x509.Certificate
	certPEM []byte
	more    bool // the file holds more than this certificate: a bundle, or a text
	certErr error

	strayKey string // a file other than the key's that holds a private key
	otherKey string // a place of the key that holds another one
	otherErr error  // why that one cannot be read; nil where it can
}

// look reads the key and the certificate of c from the directory.
func look(have store.Directory, c *catalog.Certificate) found {
	var f found
	f.lookForKey(have, c)
	if c.IsCertificate() {
		f.lookForCert(have, c)
		f.lookAmongTrusted(have, c)
	}
	f.lock(have, c)
	for _, path := range strayPlaces(c) {
		if bytes.Contains(have[path].Data, []byte("PRIVATE KEY-----")) {
			f.strayKey = path
		}
	}
	return f
}

// strayPlaces are the files in which no private key belongs.
func strayPlaces(c *catalog.Certificate) []string {
	if c.Embedded() {
		return c.Places(catalog.CSR)
	}
	return append(c.Places(catalog.Cert), c.Places(catalog.CSR)...)
}

// lookForKey reads the key from the first of its places that has one, and
// compares the others with it.
func (f *found) lookForKey(have store.Directory, c *catalog.Certificate) {
	for _, path := range c.Places(catalog.Key) {
		file, there := have[path]
		if !there || f.hasKey && bytes.Equal(file.Data, have[f.keyPath].Data) {
			continue
		}
		var key crypto.Signer
		text, err := holding(c, file.Data, catalog.Key)
		if err == nil {
			key, err = parseSecret(c, text)
		}
		switch {
		case c.IsCA() && path == c.Files.Key && errors.Is(err, ErrEncrypted):
			f.locked = true
		case !f.hasKey || f.keyErr != nil && err == nil:
			if f.hasKey {
				f.otherKey, f.otherErr = f.keyPath, f.keyErr // what cannot be read may be a key as well
			}
			f.hasKey, f.key, f.keyPEM, f.keyPath, f.keyErr = true, key, text, path, err
		case err != nil || !sameSecret(f, key, text):
			f.otherKey, f.otherErr = path, err
		}
	}
}

// lookForCert reads the certificate from where the key lies, or else from the
// first of its places that has one; that of an adopted CA from where it ends last, since
// its owner may have put the next one there.
func (f *found) lookForCert(have store.Directory, c *catalog.Certificate) {
	editions := c.AsFound && c.IsCA()
	for _, path := range c.Places(catalog.Cert) {
		file, there := have[path]
		if !there || f.hasCert && (f.paired() || !c.Embedded()) && !editions {
			continue
		}
		text, err := holding(c, file.Data, catalog.Cert)
		var cert *x509.Certificate
		var more bool
		if err == nil {
			cert, more, err = parseCert(text)
		}
		if err == nil && c.AsFound {
			cert, text = f.among(c, text)
			more = false // what stands beside it is its owner's, and stays
		}
		later := editions && f.cert != nil && err == nil && pkey.Same(cert.PublicKey, f.cert.PublicKey) && cert.NotAfter.After(f.cert.NotAfter)
		if !f.hasCert || later || !f.paired() && err == nil && f.key != nil && pkey.Same(cert.PublicKey, f.key.Public()) {
			f.hasCert, f.cert, f.certPEM, f.more, f.certErr = true, cert, text, more, err
		}
	}
}

// lookAmongTrusted finds the certificate of a CA whose own file is lost in what
// verifiers have, by its key.
func (f *found) lookAmongTrusted(have store.Directory, c *catalog.Certificate) {
	if f.hasCert || f.key == nil || !c.IsCA() || !c.Trusted() {
		return
	}
	for _, path := range c.Places(catalog.Trust) {
		certs, _ := pkey.Certificates(have[path].Data)
		own := func(o *x509.Certificate) bool { return pkey.Same(o.PublicKey, f.key.Public()) }
		if at := slices.IndexFunc(certs, own); at >= 0 {
			f.hasCert, f.cert, f.certPEM = true, certs[at], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certs[at].Raw})
			return
		}
	}
}

// holding is the text of a part in the file that holds it: the whole file, or
// what a kubeconfig embeds.
func holding(c *catalog.Certificate, data []byte, part catalog.Part) ([]byte, error) {
	if !c.Embedded() {
		return data, nil
	}
	k, err := kubeconfig.Parse(data)
	switch {
	case err != nil:
		return nil, errors.New("is no kubeconfig that a component can use")
	case part == catalog.Key && len(k.Key) == 0:
		return nil, errors.New("is a kubeconfig without a private key in it")
	case part == catalog.Key:
		return k.Key, nil
	}
	return k.Cert, nil
}

// parseSecret reads a private key; a token has a form, and no key.
func parseSecret(c *catalog.Certificate, text []byte) (crypto.Signer, error) {
	if c.Entry.Kind == catalog.Token {
		_, err := bootstrap.Parse(text)
		return nil, err
	}
	return ParsePrivateKey(text)
}

// sameSecret reports whether a second place holds the same secret, in whatever form.
func sameSecret(f *found, key crypto.Signer, text []byte) bool {
	if key == nil || f.key == nil {
		return bytes.Equal(f.keyPEM, text)
	}
	return pkey.Same(f.key.Public(), key.Public())
}

// parseCert reads the first certificate of a PEM text. more reports whether the text
// has other blocks, or goes on after it: some programs read on, others stop.
func parseCert(data []byte) (cert *x509.Certificate, more bool, err error) {
	block, rest := pem.Decode(data)
	for ; block != nil; block, rest = pem.Decode(rest) {
		data = rest
		if block.Type != "CERTIFICATE" || cert != nil {
			more = true
			continue
		}
		if cert, err = pkey.ParseCertificate(block.Bytes); err != nil {
			if size := (*pkey.SizeError)(nil); errors.As(err, &size) {
				return nil, more, size
			}
			return nil, more, errors.New("is a damaged certificate")
		}
	}
	if cert == nil {
		return nil, more, errors.New("holds no certificate")
	}
	return cert, more || len(bytes.TrimSpace(data)) > 0, nil
}

// paired reports whether key and certificate are there and belong together.
func (f *found) paired() bool {
	return f.key != nil && f.cert != nil && pkey.Same(f.cert.PublicKey, f.key.Public())
}

// keyObstacle says why the private key must not be used or overwritten without
// the confirmation; "" if it may stay, or if there is none.
func (f *found) keyObstacle(c *catalog.Certificate) string {
	if f.strayKey != "" {
		// Writing that file anew would take a key away.
		return fmt.Sprintf("%s holds a private key, which does not belong there: move it to a file of its own", f.strayKey)
	}
	if f.keyErr != nil && c.Embedded() {
		return fmt.Sprintf("%s %v: put the right one there, or move this one away", f.keyPath, f.keyErr)
	}
	if f.keyErr != nil && c.IsCA() {
		return fmt.Sprintf("%s %v: put the right private key there, without a passphrase, or move the file away until something is to be signed", f.keyPath, f.keyErr)
	}
	if f.keyErr != nil {
		return fmt.Sprintf("%s %v: put the right private key there, without a passphrase", f.keyPath, f.keyErr)
	}
	if f.otherErr != nil {
		return fmt.Sprintf("%s %v: put there what %s holds, or move it away", f.otherKey, f.otherErr, f.keyPath)
	}
	if f.otherKey != "" {
		return fmt.Sprintf("%s holds another private key than %s: put the right one into both, or move the wrong one away", f.otherKey, f.keyPath)
	}
	if f.key == nil {
		return ""
	}
	if alg := pkey.Algorithm(f.key.Public()); alg != string(c.Key) && !c.AsFound {
		return fmt.Sprintf("the private key is %s, the answers say %s", alg, c.Key)
	}
	return ""
}

// authorityObstacle says why a CA cannot go on without becoming another CA,
// which everything that trusts the old one would have to learn; "" if it can.
// orphan names a certificate here that an absent CA has signed.
func (f *found) authorityObstacle(c *catalog.Certificate, orphan string) string {
	switch {
	case f.cert != nil && f.more:
		return fmt.Sprintf("%s holds more than one certificate, as in a change of CA: leave only the one that signs", c.Place(catalog.Cert))
	case !f.hasKey && f.hasCert:
		return fmt.Sprintf("%s is not here: put it back, since a new key makes a new CA", c.Place(catalog.Key))
	case !f.hasKey && orphan != "":
		return fmt.Sprintf("%s and %s are not here, but %s is signed by a CA: put them back, since what runs does not trust a new one",
			c.Place(catalog.Key), c.Place(catalog.Cert), orphan)
	case c.AsFound && f.cert == nil && f.key != nil:
		// Another tool may have written the subject in another form, so that what
		// it signed, and kubeconfigs that hold it, would know no CA of ours.
		return fmt.Sprintf("%s is not here or cannot be read: put it back, from a node or out of a kubeconfig", c.Place(catalog.Cert))
	case f.cert == nil || f.key == nil:
		return ""
	case !f.paired():
		return fmt.Sprintf("%s belongs to another private key than %s: put the right one back, or move a wrong key away", c.Place(catalog.Cert), c.Place(catalog.Key))
	case f.renewable() && f.intermediate() && !c.AsFound:
		return fmt.Sprintf("%s is signed by %q, it is no root: this layout needs a CA that is signed by itself", c.Place(catalog.Cert), f.cert.Issuer.CommonName)
	}
	if parts := changedFields(f.cert.Subject, c.Subject); len(parts) > 0 {
		return "subject changed: " + strings.Join(parts, ", ")
	}
	return ""
}

// renewable reports whether there is a CA with its key, which can get new dates and
// nothing else: its subject's bytes, its key id and its extensions stay, so
// that what it signed stays valid.
func (f *found) renewable() bool {
	return f.paired() && pkey.IsCA(f.cert) && CanSign(f.cert)
}

// CanSign reports whether the key usage allows to sign certificates. No key usage at
// all allows everything (RFC 5280, 4.2.1.3).
func CanSign(c *x509.Certificate) bool {
	return c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0
}
