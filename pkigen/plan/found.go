package plan

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"certwright/pkigen/role"
)

// found is what lies on disk for one certificate. A value is nil both when its
// file is not there and when the file cannot be read; the error tells the two apart.
type found struct {
	hasKey, hasCert bool

	key    crypto.Signer
	keyErr error // "is empty": follows the file's name

	cert    *x509.Certificate
	more    bool // the file holds more than this certificate: a bundle, or a text
	certErr error

	strayKey string // a file other than the key's that holds a private key
}

// look reads the key and the certificate of c from the directory.
func look(have Directory, c *role.Certificate) found {
	var f found
	var file File
	if file, f.hasKey = have[c.Files.Key]; f.hasKey {
		f.key, f.keyErr = ParsePrivateKey(file.Data)
	}
	if file, f.hasCert = have[c.Files.Cert]; f.hasCert {
		f.cert, f.more, f.certErr = parseCert(file.Data)
	}
	for _, path := range []string{c.Files.Cert, c.Files.CSR} {
		if bytes.Contains(have[path].Data, []byte("PRIVATE KEY-----")) {
			f.strayKey = path
		}
	}
	return f
}

// parseCert reads the first certificate of a PEM text. more tells that the text
// has other blocks, or goes on after it: some programs read on, others stop.
func parseCert(data []byte) (cert *x509.Certificate, more bool, err error) {
	block, rest := pem.Decode(data)
	for ; block != nil; block, rest = pem.Decode(rest) {
		data = rest
		if block.Type != "CERTIFICATE" || cert != nil {
			more = true
			continue
		}
		if cert, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, more, errors.New("is a damaged certificate")
		}
	}
	if cert == nil {
		return nil, more, errors.New("holds no certificate")
	}
	return cert, more || len(bytes.TrimSpace(data)) > 0, nil
}

// paired tells that key and certificate are there and belong together.
func (f *found) paired() bool {
	return f.key != nil && f.cert != nil && SamePublic(f.cert.PublicKey, f.key.Public())
}

// keyObstacle says why the private key must not be used or overwritten without
// the explicit word; "" if it may stay, or if there is none.
func (f *found) keyObstacle(c *role.Certificate) string {
	if f.strayKey != "" {
		// Writing that file anew would take a key away.
		return fmt.Sprintf("%s holds a private key, which does not belong there: move it to a file of its own", f.strayKey)
	}
	if f.keyErr != nil {
		return fmt.Sprintf("%s %v: put the right private key there, without a passphrase", c.Files.Key, f.keyErr)
	}
	if f.key == nil {
		return ""
	}
	if alg := Algorithm(f.key.Public()); alg != string(c.Key) {
		return fmt.Sprintf("the private key is %s, the answers say %s", alg, c.Key)
	}
	return ""
}

// authorityObstacle says why a CA cannot go on without becoming another CA,
// which everything that trusts the old one would have to learn; "" if it can.
// orphan names a certificate here that an absent CA has signed.
func (f *found) authorityObstacle(c *role.Certificate, orphan string) string {
	switch {
	case f.cert != nil && f.more:
		return fmt.Sprintf("%s holds more than one certificate, as in a change of CA: leave only the one that signs", c.Files.Cert)
	case !f.hasKey && f.hasCert:
		return fmt.Sprintf("%s is not here: put it back, since a new key makes a new CA", c.Files.Key)
	case !f.hasKey && orphan != "":
		return fmt.Sprintf("%s and %s are not here, but %s is signed by a CA: put them back, since what runs does not trust a new one",
			c.Files.Key, c.Files.Cert, orphan)
	case f.cert == nil || f.key == nil:
		return ""
	case !f.paired():
		return fmt.Sprintf("%s belongs to another private key than %s: put the right one back", c.Files.Cert, c.Files.Key)
	case f.renewable() && !bytes.Equal(f.cert.RawIssuer, f.cert.RawSubject):
		return fmt.Sprintf("%s is signed by %q, it is no root: this layout needs a CA that is signed by itself", c.Files.Cert, f.cert.Issuer.CommonName)
	}
	if parts := changedFields(f.cert.Subject, c.Subject); len(parts) > 0 {
		return "subject changed: " + strings.Join(parts, ", ")
	}
	return ""
}

// renewable tells that there is a CA with its key, which can get new dates and
// nothing else: its subject's bytes, its key id and its extensions stay, so
// that what it signed stays valid.
func (f *found) renewable() bool {
	return f.paired() && f.cert.BasicConstraintsValid && f.cert.IsCA && CanSign(f.cert)
}

// CanSign tells that the key usage allows to sign certificates. No key usage at
// all allows everything (RFC 5280, 4.2.1.3).
func CanSign(c *x509.Certificate) bool {
	return c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0
}
