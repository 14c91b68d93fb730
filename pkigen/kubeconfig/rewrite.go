package kubeconfig

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"certwright/pkigen/pkey"
)

// Rewrite puts another certificate with its key into a kubeconfig that holds them
// as text, and another certificate of its CA where it holds this CA and no other.
// Not a byte of the rest changes: names, contexts, further users and comments are
// its owner's. The error tells what is in the way; it never quotes a secret.
func Rewrite(data, ca, cert, key []byte) ([]byte, error) {
	old, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if len(old.Cert) == 0 || len(old.Key) == 0 {
		return nil, errNamesFiles
	}
	want := old
	if !samePEM(old.Cert, cert) || !samePEM(old.Key, key) {
		want.Cert, want.Key = cert, key
	}
	if sameAuthority(old.CA, ca) && !samePEM(old.CA, ca) {
		want.CA = ca
	}
	out := data
	for _, field := range []struct {
		name      string
		have, new []byte
	}{
		{"certificate-authority-data", old.CA, want.CA},
		{"client-certificate-data", old.Cert, want.Cert},
		{"client-key-data", old.Key, want.Key},
	} {
		if bytes.Equal(field.have, field.new) {
			continue
		}
		have, made := []byte(base64.StdEncoding.EncodeToString(field.have)), []byte(base64.StdEncoding.EncodeToString(field.new))
		if !bytes.Contains(out, have) {
			return nil, notOneLine(field.name)
		}
		out = bytes.ReplaceAll(out, have, made)
	}
	again, err := Parse(out)
	switch {
	case err != nil:
		return nil, fmt.Errorf("with the new certificate: %w", err)
	case !again.equal(&want):
		return nil, errors.New("kubeconfig: the certificate stands where it cannot be exchanged")
	}
	return out, nil
}

// Rewritable says why Rewrite could not put another certificate into a kubeconfig;
// nil where it can.
func Rewritable(data []byte) error {
	c, err := Parse(data)
	if err != nil {
		return err
	}
	if len(c.Cert) == 0 || len(c.Key) == 0 {
		return errNamesFiles
	}
	for name, text := range map[string][]byte{"client-certificate-data": c.Cert, "client-key-data": c.Key} {
		if !bytes.Contains(data, []byte(base64.StdEncoding.EncodeToString(text))) {
			return notOneLine(name)
		}
	}
	return nil
}

var errNamesFiles = errors.New("kubeconfig: the user names files; a certificate and a key as text are expected")

func notOneLine(field string) error {
	return fmt.Errorf("kubeconfig: %s is not written on one line as kubectl writes it, and cannot be exchanged there", field)
}

// sameAuthority tells whether a text holds one certificate, of the same CA as
// another: with its name and its key.
func sameAuthority(have, ca []byte) bool {
	a, rest := firstCert(have)
	b, _ := firstCert(ca)
	more, _ := firstCert(rest)
	return a != nil && b != nil && more == nil &&
		bytes.Equal(a.RawSubject, b.RawSubject) && bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo)
}

// samePEM tells whether two texts have one block each, with the same bytes in it:
// blank lines and remarks around it are nothing new.
func samePEM(a, b []byte) bool {
	first, rest := pem.Decode(a)
	second, more := pem.Decode(b)
	return first != nil && second != nil && bytes.Equal(first.Bytes, second.Bytes) &&
		len(bytes.TrimSpace(rest)) == 0 && len(bytes.TrimSpace(more)) == 0
}

// firstCert is the first certificate of a PEM text, and what is behind it.
func firstCert(text []byte) (*x509.Certificate, []byte) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, nil
	}
	cert, err := pkey.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil
	}
	return cert, rest
}

func (c *Config) equal(o *Config) bool {
	return c.Cluster == o.Cluster && c.Server == o.Server && c.User == o.User && c.Token == o.Token &&
		c.CAFile == o.CAFile && c.CertFile == o.CertFile && c.KeyFile == o.KeyFile &&
		bytes.Equal(c.CA, o.CA) && bytes.Equal(c.Cert, o.Cert) && bytes.Equal(c.Key, o.Key)
}
