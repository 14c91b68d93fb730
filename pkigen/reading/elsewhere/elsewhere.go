// Package elsewhere reads certificates that a set did not issue, from what a cluster or its
// nodes have of them: PEM files such as kubelet-client-current.pem, certificate signing
// requests as kubectl prints them, and the audit log of kube-apiserver.
package elsewhere

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/walk"
)

// Certificate is one that was found. An audit log tells who used it, and its SHA-256 alone.
type Certificate struct {
	File   string
	User   string            // the CN
	SHA256 string            // hexadecimal, where there is no Cert
	Cert   *x509.Certificate // nil from an audit log
}

// Largest is how much is read of one file: an audit log is cut at 100 MB by default.
const Largest = 256 << 20

// Read finds the certificates in a file. One without any is an error.
func Read(file string) ([]Certificate, error) {
	data, err := walk.ReadGiven(file, Largest)
	if err != nil {
		return nil, err
	}
	found := Parse(data)
	for i := range found {
		found[i].File = file
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%q holds no certificate: give a PEM file such as kubelet-client-current.pem, "+
			"certificate signing requests as kubectl get csr -o yaml prints them, or an audit log", file)
	}
	return found, nil
}

// Parse finds the certificates in a text.
func Parse(data []byte) []Certificate {
	var out []Certificate
	add := func(more ...Certificate) {
		for _, c := range more {
			if !slices.ContainsFunc(out, func(o Certificate) bool { return o.same(&c) }) {
				out = append(out, c)
			}
		}
	}
	certs, _ := pkey.Certificates(data)
	add(leaves(certs)...)
	if len(out) > 0 {
		return out
	}
	for line := range bytes.Lines(data) { // an audit log has an event on each line
		if c, is := event(line); is {
			add(c)
		}
	}
	if len(out) > 0 {
		return out
	}
	for doc := range bytes.SplitSeq(data, []byte("\n---")) {
		var o object
		if yaml.Unmarshal(doc, &o) == nil {
			add(o.certificates()...)
		}
	}
	return out
}

func (c *Certificate) same(o *Certificate) bool {
	if c.Cert != nil && o.Cert != nil {
		return c.Cert.Equal(o.Cert)
	}
	return c.Cert == nil && o.Cert == nil && c.SHA256 == o.SHA256
}

func leaves(certs []*x509.Certificate) []Certificate {
	var out []Certificate
	for _, c := range certs {
		if !pkey.IsCA(c) {
			out = append(out, Certificate{User: c.Subject.CommonName, Cert: c})
		}
	}
	return out
}

// object is a CertificateSigningRequest, or a list of them.
type object struct {
	Status struct {
		Certificate []byte `json:"certificate"` // PEM, in base64
	} `json:"status"`
	Items []object `json:"items"`
}

func (o *object) certificates() []Certificate {
	certs, _ := pkey.Certificates(o.Status.Certificate)
	out := leaves(certs)
	for i := range o.Items {
		out = append(out, o.Items[i].certificates()...)
	}
	return out
}

// credential is what kube-apiserver calls the certificate that a user showed.
const credential, bySHA256 = "authentication.kubernetes.io/credential-id", "X509SHA256="

// event reads one line of an audit log.
func event(line []byte) (Certificate, bool) {
	if !bytes.Contains(line, []byte(bySHA256)) {
		return Certificate{}, false
	}
	var e struct {
		User struct {
			Username string              `json:"username"`
			Extra    map[string][]string `json:"extra"`
		} `json:"user"`
	}
	if json.Unmarshal(line, &e) != nil {
		return Certificate{}, false
	}
	for _, id := range e.User.Extra[credential] {
		if sum, is := strings.CutPrefix(id, bySHA256); is && len(sum) == 64 && strings.Trim(sum, "0123456789abcdef") == "" {
			return Certificate{User: e.User.Username, SHA256: sum}, true
		}
	}
	return Certificate{}, false
}
