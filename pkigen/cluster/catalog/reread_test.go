package catalog

import (
	"testing"
	"time"

	"certwright/pkigen/cluster/components"
)

// TestRereads holds that two entries say the same of one flag, and that a time, a version
// and a place to look belong to files that are read again.
func TestRereads(t *testing.T) {
	said := map[string]components.Reread{}
	for _, e := range wholeCatalogue {
		for _, u := range e.Uses {
			key := u.Component + " " + u.Flag
			if other, twice := said[key]; twice && other != u.Reread {
				t.Errorf("%s: %+v and %+v", key, other, u.Reread)
			}
			said[key] = u.Reread
			if u.Reread.Effect != components.Rereads && (u.Reread.Within != 0 || u.Reread.Since != "" || u.Shown != "") {
				t.Errorf("%s: is not read again, but %+v, shown at %q", key, u.Reread, u.Shown)
			}
			if u.Shown != "" && u.File != Cert {
				t.Errorf("%s: a %s is shown", key, u.File)
			}
		}
	}
	if len(said) < 30 {
		t.Fatalf("only %d flags were seen; this test looks at nothing", len(said))
	}
	for _, l := range Layouts {
		for _, e := range l.Entries {
			for _, u := range e.Uses {
				if _, known := said[u.Component+" "+u.Flag]; !known && u.Flag != ConfigCA && u.Flag != ConfigCert && u.Flag != ConfigKey {
					t.Errorf("layout %s: what %s does when %s changes is not known", l.Name, u.Component, u.Flag)
				}
			}
		}
	}
}

// TestRereadOf holds single facts, each of which an operator would pay for.
func TestRereadOf(t *testing.T) {
	for _, test := range []struct {
		component, flag string
		want            components.Reread
		shown           string
	}{
		{"etcd", "--peer-key-file", components.Reread{Effect: components.Rereads}, ""},
		{"etcd", "--trusted-ca-file", components.Reread{}, ""},
		{"etcd", "--peer-trusted-ca-file", components.Reread{}, ""},
		{"etcd", "--peer-cert-file", components.Reread{Effect: components.Rereads}, ":2380"},
		{"etcdctl", "--cacert", components.Reread{Effect: components.AtUse}, ""},
		{"kube-apiserver", "--tls-cert-file", components.Reread{Effect: components.Rereads, Within: time.Minute}, "127.0.0.1:6443"},
		{"kube-apiserver", "--kubelet-client-key", components.Reread{Effect: components.Rereads, Within: 5 * time.Minute}, ""},
		{"kube-apiserver", "--kubelet-certificate-authority", components.Reread{}, ""},
		{"kube-apiserver", "--etcd-cafile", components.Reread{}, ""},
		{"kube-apiserver", "--etcd-keyfile", components.Reread{Effect: components.Rereads}, ""},
		{"kube-apiserver", "--service-account-key-file", components.Reread{}, ""},
		{"kube-controller-manager", "--root-ca-file", components.Reread{}, ""},
		{"kube-controller-manager", "--service-account-private-key-file", components.Reread{}, ""},
		{"kube-controller-manager", "--tls-cert-file", components.Reread{Effect: components.Rereads, Within: time.Minute}, "127.0.0.1:10257"},
		{"kube-scheduler", "--kubeconfig", components.Reread{}, ""},
		{"kube-scheduler", "--tls-cert-file", components.Reread{Effect: components.Rereads, Within: time.Minute}, "127.0.0.1:10259"},
		{"kubelet", "tlsCertFile", components.Reread{Effect: components.Rereads, Within: time.Minute, Since: "1.31"}, "127.0.0.1:10250"},
		{"kubelet", "--kubeconfig", components.Reread{}, ""},
		{"kubelet", "--bootstrap-kubeconfig", components.Reread{Effect: components.AtUse}, ""},
		{"kube-proxy", ConfigCA, components.Reread{}, ""},
		{"kubelet", ConfigCert, components.Reread{Effect: components.Rereads, Within: 5 * time.Minute}, ""},
		{"kubectl", ConfigKey, components.Reread{Effect: components.AtUse}, ""},
		{"kubectl", "--kubeconfig", components.Reread{Effect: components.AtUse}, ""},
		{"etcd", "--unheard-of", components.Reread{}, ""},
	} {
		if got, shown := RereadOf(test.component, test.flag); got != test.want || shown != test.shown {
			t.Errorf("%s %s: got %+v at %q, want %+v at %q", test.component, test.flag, got, shown, test.want, test.shown)
		}
	}
}
