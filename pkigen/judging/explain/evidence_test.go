package explain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/findings"
)

// A text tells its certificate from others by what it quotes of it.
func TestDescribes(t *testing.T) {
	ca := newCA(t, "ca")
	server, other := issue(t, ca, "kube-apiserver", serves("kubernetes", "cp1", "10.96.0.1", "172.20.0.5")), issue(t, ca, "etcd", serves("cp1", "172.20.0.5"))
	expiredOne := issue(t, ca, "old", dials, ended)
	for _, tt := range []struct {
		text  string
		of    *pair
		cause CheckID
	}{
		{"x509: certificate is valid for 172.20.0.5, 10.96.0.1, not 203.0.113.9", server, findings.SANMissing}, // Go keeps the order of the certificate, others may not
		{"x509: certificate is valid for kubernetes, cp1, not api.example.com", server, findings.SANMissing},
		{`rejected connection from "10.0.0.9:1" (error "tls: \"10.0.0.9\" does not match any of DNSNames [\"cp1\"]", ServerName "")`, other, findings.SANMissing},
		{"x509: certificate has expired or is not yet valid: current time 2030-01-01T00:00:00Z is after " + expiredOne.cert.NotAfter.Format(time.RFC3339), expiredOne, findings.Expired},
		{fmt.Sprintf(`"Unable to authenticate the request" err="verifying certificate SN=%s, SKID=, AKID=AB:CD failed: x509: certificate signed by unknown authority"`, other.cert.SerialNumber), other, findings.UnknownSigner},
		{"x509: certificate is valid for 172.20.0.5, not 203.0.113.9", other, findings.SANMissing},
		{"x509: certificate signed by unknown authority", nil, ""},
	} {
		m := Explain(tt.text)[0]
		for _, p := range []*pair{ca, server, other, expiredOne} {
			what, cause := m.Describes(p.cert)
			if is := what != ""; is != (p == tt.of) || is && cause != tt.cause {
				t.Errorf("%s\nof %s: %q, %q", tt.text, p.cert.Subject, what, cause)
			}
		}
	}
}

// A path of the machine, and kubeadm's word for a certificate, name a file below a
// directory.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		text, file string
		want       bool
	}{
		{"open /etc/kubernetes/pki/ca.key: permission denied", "pki/ca.key", true},
		{"open /etc/kubernetes/pki/ca.key: permission denied", "pki/etcd/ca.key", false},
		{"open /etc/kubernetes/pki/etcd/ca.key: permission denied", "a.key", false},
		{"certificate apiserver-kubelet-client is not signed by corresponding CA", "pki/apiserver-kubelet-client.crt", true},
		{"certificate apiserver is not signed by corresponding CA", "pki/not-apiserver.crt", false},
		{"could not validate bounds for certificate etcd/ca: the certificate has expired", "pki/etcd/ca.crt", true},
	} {
		if m := Explain(tt.text)[0]; m.Names(tt.file) != tt.want {
			t.Errorf("%q names %s: %t", tt.text, tt.file, !tt.want)
		}
	}
}

// What was found in a directory comes first among the causes, and nothing is lost.
func TestWeigh(t *testing.T) {
	m := Explain("http: TLS handshake error from 10.0.0.9:4: remote error: tls: bad certificate")[0]
	x := m.Explanation()
	n, first := len(x.Causes), x.Causes[0].Check
	x.Weigh([]Finding{{Check: findings.Expired, File: "pki/apiserver.crt"}})
	if first == findings.Expired || x.Causes[0].Check != findings.Expired || x.Causes[1].Check != first || len(x.Causes) != n {
		t.Errorf("the causes are %+v", x.Causes)
	}
}

// The connection says whose certificates can be behind an error.
func TestInDomain(t *testing.T) {
	for text, want := range map[string]string{
		`{"caller":"embed/config_logging.go:1","msg":"rejected connection on peer endpoint","error":"remote error: tls: bad certificate"}`: "etcd",
		"Unable to connect to the server: x509: certificate signed by unknown authority":                                                   "kubernetes",
		`failed calling webhook "a.b": x509: certificate signed by unknown authority`:                                                      "",
		"x509: certificate signed by unknown authority":                                                                                    "kubernetes etcd front-proxy",
	} {
		m := Explain(text)[0]
		var in []string
		for _, domain := range []string{"kubernetes", "etcd", "front-proxy"} {
			if m.InDomain(domain) {
				in = append(in, domain)
			}
		}
		if got := strings.Join(in, " "); got != want {
			t.Errorf("%q can be in %q, want %q", text, got, want)
		}
	}
}

// Of two certificates with the same names the connection tells which was shown.
func TestShows(t *testing.T) {
	const text = `failed to connect to {Addr: "10.0.0.9:PORT"}. Err: connection error: desc = "transport: authentication handshake failed: x509: certificate is valid for 10.0.0.5, not 10.0.0.9"`
	for port, flag := range map[string]string{"2379": "--cert-file", "2380": "--peer-cert-file", "6443": "--tls-cert-file", "1": ""} {
		m := Explain(strings.Replace(text, "PORT", port, 1))[0]
		for _, f := range []string{"--cert-file", "--peer-cert-file", "--tls-cert-file"} {
			if m.Shows(f) != (f == flag) {
				t.Errorf("at port %s the certificate of %s is shown: %t", port, f, m.Shows(f))
			}
		}
	}
}
