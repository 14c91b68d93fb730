package secret

import "testing"

// secrets are made up.
var secrets = []string{
	"abcdef.0123456789abcdef",
	"token: abcdef.0123456789abcdef",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl",
	"-----BEGIN EC PRIVATE KEY-----",
	"MHcCAQEEIBy3sJ0Zb5v2m8n1f4uZt0Qw7cD9xkq2o5r6y8p3a1s4oAoGCCqGSM49",
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUM=",
	"02b50b05283e98dd0fd71db496ef01e8,kubelet-bootstrap,10001,\"system:bootstrappers\"",
	"q83vEjRWeJCrze8SNFZ4kA==",
	"ghp_16C7e42F292c6912E7710c838347Ae178B4a",
}

func TestLike(t *testing.T) {
	for _, s := range secrets {
		if !Like(s) || Hide(s) == s {
			t.Errorf("%q is said", s)
		}
	}
	for _, s := range []string{
		"", "kubernetes-ca", "kube-api.wangk8s-master.com:6443", "master1 192.168.214.88 control-plane,etcd", "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
		"2001:db8:0000:0000:0000:ff00:0042:8329", "system:bootstrappers:kubeadm:default-node-token", "10.254.0.0/16", "nodes/master1/etc/kubernetes/pki/etcd/healthcheck-client.key",
		"ip-172-20-1-5.eu-central-1.compute.internal", "bootstrapToken", "master.example.com", "worker.internaldomain01.example.com", "the-quick-brown-fox-jumps-over-2-lazy-dogs",
		"KubernetesCertificateAuthority",
	} {
		if Like(s) {
			t.Errorf("%q is kept back", s)
		}
	}
}

func TestHideAll(t *testing.T) {
	values := []any{"abcdef.0123456789abcdef", "abcdef", 7, "ABCDEF.0123456789ABCDEF", "kubernetes"}
	HideAll(values)
	for i, v := range values {
		if s, ok := v.(string); i < 4 && ok && s[0] != '<' || i == 4 && v != "kubernetes" {
			t.Errorf("%d: %v", i, v)
		}
	}
}
