package survey

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// TestKnown tells a role by names only, and says nothing where they do not.
func TestKnown(t *testing.T) {
	ca, _ := newCA(t, "my-ca")
	leaf := func(subject, usages string, names ...string) *x509.Certificate {
		text, _ := ca.leaf(subject, usages, names...)
		b, _ := pem.Decode([]byte(text))
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	b, _ := pem.Decode([]byte(ca.pem))
	authority, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	web := leaf("www.example.com", "server client", "localhost")
	kubelet := leaf("system:node:n1/system:nodes", "client")
	for _, tt := range []struct {
		path   string
		config bool
		cert   *x509.Certificate
		want   string
	}{
		{"/etc/kubernetes/pki/apiserver.crt", false, web, "apiserver"},
		{"pki/apiserver.crt", false, web, "apiserver"},
		{"/etc/kubernetes/pki/apiserver.crt", false, authority, ""}, // is not what its name says
		{"/etc/kubernetes/pki/apiserver.key", false, web, ""},
		{"/etc/kubernetes/pki/ca.crt", false, authority, "ca"},
		{"/etc/kubernetes/pki/etcd/ca.crt", false, authority, "etcd-ca"},
		{"backup/etcd/server.crt", false, web, "etcd-server"},
		{"set/authority/front-proxy-ca.crt", false, authority, "front-proxy-ca"},
		{"/etc/nginx/ca.crt", false, authority, ""},
		{"ca.crt", false, authority, ""},
		{"/etc/nginx/server.crt", false, web, ""},
		{"/etc/kubernetes/scheduler.conf", true, authority, "scheduler"},
		{"scheduler.conf", true, authority, "scheduler"},
		{"/root/.kube/config", true, authority, ""},
		{"/root/.kube/config", true, kubelet, "kubelet-client"},
		{"/var/lib/kubelet/pki/kubelet-client-current.pem", false, kubelet, "kubelet-client"},
		{"x/n1.pem", false, leaf("system:node:n1/system:nodes", "server", "n1"), "kubelet-server"},
		{"kubernetes.pem", false, leaf("kubernetes", "server client", "kubernetes"), "apiserver"},
	} {
		got := ""
		if r := Known(tt.path, tt.config, tt.cert); r != nil {
			got = r.Name
		}
		if got != tt.want {
			t.Errorf("%s (%s): %q, want %q", tt.path, tt.cert.Subject, got, tt.want)
		}
	}
}
