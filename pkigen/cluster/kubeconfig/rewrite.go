package kubeconfig

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"certwright/pkigen/cluster/pkey"
)

// Rewrite puts another certificate with its key into a kubeconfig that holds them
// as text, and another certificate of its CA where it holds this CA. Not a byte of the
// rest changes: names, contexts, further users and comments are its owner's, and so are
// the chain behind the certificate and other CAs that are trusted. The error tells what is in the way; it never quotes a secret.
func Rewrite(data, ca, cert, key []byte) ([]byte, error) {
	old, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if len(old.Cert) == 0 || len(old.Key) == 0 {
		return nil, errNamesFiles
	}
	want := old
	want.Cert = pkey.Exchange(old.Cert, cert, func(*x509.Certificate) bool { return true })
	if !samePEM(old.Key, key) {
		want.Key = key
	}
	if signs, _ := pkey.Certificates(ca); len(signs) > 0 {
		if anew := pkey.Exchange(old.CA, ca, func(c *x509.Certificate) bool { return sameAuthority(c, signs[0]) }); anew != nil {
			want.CA = anew
		}
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

// sameAuthority reports whether two certificates are of one CA: with its name and its key.
func sameAuthority(a, b *x509.Certificate) bool {
	return bytes.Equal(a.RawSubject, b.RawSubject) && bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo)
}

// samePEM reports whether two texts have one block each, with the same bytes in it:
// blank lines and remarks around it are nothing new.
func samePEM(a, b []byte) bool {
	first, rest := pem.Decode(a)
	second, more := pem.Decode(b)
	return first != nil && second != nil && bytes.Equal(first.Bytes, second.Bytes) &&
		len(bytes.TrimSpace(rest)) == 0 && len(bytes.TrimSpace(more)) == 0
}

func (c *Config) equal(o *Config) bool {
	return c.Cluster == o.Cluster && c.Server == o.Server && c.User == o.User && c.Token == o.Token &&
		c.CAFile == o.CAFile && c.CertFile == o.CertFile && c.KeyFile == o.KeyFile &&
		bytes.Equal(c.CA, o.CA) && bytes.Equal(c.Cert, o.Cert) && bytes.Equal(c.Key, o.Key)
}
