// Package kubeconfig writes and reads the kubeconfigs of a cluster's components:
// one cluster, one user, one context. The form is the Kubernetes client
// library's own, by its types (k8s.io/client-go/tools/clientcmd/api/v1).
package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"certwright/pkigen/cluster/secret"
)

// Nowhere is the server of a webhook that is to be asked in vain: nobody listens there.
const Nowhere = "https://127.0.0.1:1"

// Config is one kubeconfig with one cluster, one user and one context. The user
// shows either a certificate with its key or a token, never both.
type Config struct {
	// Cluster is the cluster's name, a local label: "kubernetes".
	Cluster string
	// Server is the address of the API server: https://HOST:PORT, an IPv6 host
	// in brackets.
	Server string
	// User is the user's name, a local label too: the API server goes by the
	// certificate or the token. kubeadm takes the certificate's common name.
	User string

	// CA holds the PEM certificates that the server is checked with.
	CA []byte
	// CAFile is the path to them, instead of CA. As with all paths here, a
	// relative one counts from the kubeconfig's folder.
	CAFile string

	// Cert and Key are the user's certificate and private key, in PEM.
	Cert, Key []byte
	// CertFile and KeyFile are the paths to them, instead of Cert and Key.
	CertFile, KeyFile string

	// Token is the bearer token, a bootstrap token for example.
	Token string
}

// longestShown is the most bytes of a name or an address that an error quotes:
// enough for nearly every name, too few for one line of a key (64) that was
// pasted in the wrong place.
const longestShown = 60

// check tells the first thing that Encode does not write and Parse does not
// return. Its errors never quote a certificate, a key, a token or a path: a key
// may have been pasted where a path belongs.
func (c Config) check() error {
	if err := checkName("cluster", c.Cluster); err != nil {
		return err
	}
	if err := checkName("user", c.User); err != nil {
		return err
	}
	if err := checkServer(c.Server); err != nil {
		return fmt.Errorf("server of cluster %s: %w", shown(c.Cluster), err)
	}
	if err := checkSource("certificate-authority", c.CA, c.CAFile, checkCertificates); err != nil {
		return fmt.Errorf("cluster %s: %w", shown(c.Cluster), err)
	}
	if err := c.checkUser(); err != nil {
		return fmt.Errorf("user %s: %w", shown(c.User), err)
	}
	return nil
}

func (c Config) checkUser() error {
	withPair := len(c.Cert) > 0 || len(c.Key) > 0 || c.CertFile != "" || c.KeyFile != ""
	switch {
	case c.Token != "" && withPair:
		return errors.New("has a token and a certificate or key; give one of the two")
	case c.Token != "":
		return checkToken(c.Token)
	case !withPair:
		return errors.New("has neither a client certificate with its key nor a token; the server would take it for anonymous")
	}
	if err := checkSource("client-certificate", c.Cert, c.CertFile, checkCertificates); err != nil {
		return err
	}
	return checkSource("client-key", c.Key, c.KeyFile, checkKey)
}

func checkName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s has no name", what)
	case !printable(name):
		return fmt.Errorf("name of the %s has characters that cannot be printed", what)
	case secret.PEM(name):
		return fmt.Errorf("name of the %s looks like a certificate or a key; a short label is expected", what)
	}
	return nil
}

// checkServer wants what a client can reach and check: without https a client
// shows no certificate, and a password in the address would be a secret here.
func checkServer(server string) error {
	if server == "" {
		return errors.New("is empty; https://HOST:PORT is expected")
	}
	u, err := url.Parse(server)
	switch {
	case err != nil || !printable(server) || strings.Contains(server, " "):
		return errors.New("is not an address; https://HOST:PORT is expected")
	case u.User != nil:
		return errors.New("has a user in the address; https://HOST:PORT is expected")
	case u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s: https://HOST:PORT is expected", shown(server))
	}
	return nil
}

// checkSource wants the data or the path of a field, and not both: clientcmd
// calls both a mistake and lets the data win.
func checkSource(field string, data []byte, file string, holds func([]byte) error) error {
	switch {
	case len(data) > 0 && file != "":
		return fmt.Errorf("has both %s and %s-data; give one of the two", field, field)
	case len(data) > 0:
		if err := holds(data); err != nil {
			return fmt.Errorf("%s-data %w", field, err)
		}
	case file == "":
		return fmt.Errorf("has neither %s nor %s-data; give one of the two", field, field)
	case secret.PEM(file):
		return fmt.Errorf("%s holds data where a path is expected; data belong in %s-data", field, field)
	case !printable(file):
		return fmt.Errorf("%s is a path with characters that cannot be printed", field)
	}
	return nil
}

func checkCertificates(data []byte) error {
	switch {
	case !bytes.Contains(data, []byte("-----BEGIN CERTIFICATE-----")):
		return errors.New("holds no PEM certificate (-----BEGIN CERTIFICATE-----)")
	case bytes.Contains(data, []byte(" PRIVATE KEY-----")):
		return errors.New("holds a private key beside the certificates; it belongs in client-key-data")
	}
	return nil
}

func checkKey(data []byte) error {
	if !bytes.Contains(data, []byte("-----BEGIN ")) || !bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return errors.New("holds no PEM private key")
	}
	return nil
}

// checkToken holds a token to what an HTTP header carries.
func checkToken(token string) error {
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return errors.New("token has a space or a character outside ASCII; letters, digits and signs are expected")
		}
	}
	return nil
}

// printable reports whether YAML carries the text as it stands.
func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// shown quotes a name or an address for an error, unless it may be a key or a token.
func shown(s string) string {
	if len(s) > longestShown || secret.Like(s) {
		return fmt.Sprintf("(a text of %d bytes)", len(s))
	}
	return fmt.Sprintf("%q", s)
}
