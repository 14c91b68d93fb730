package catalog

import (
	"testing"
	"time"
)

// TestRereads holds that two entries say the same of one flag, and that a time, a version
// and a place to look belong to files that are read again.
func TestRereads(t *testing.T) {
	said := map[string]Reread{}
	for _, e := range wholeCatalogue {
		for _, u := range e.Uses {
			key := u.Component + " " + u.Flag
			if other, twice := said[key]; twice && other != u.Reread {
				t.Errorf("%s: %+v and %+v", key, other, u.Reread)
			}
			said[key] = u.Reread
			if u.Reread.Effect != Rereads && (u.Reread.Within != 0 || u.Reread.Since != "" || u.Shown != "") {
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
		want            Reread
		shown           string
	}{
		{"etcd", "--peer-key-file", Reread{Rereads, 0, ""}, ""},
		{"etcd", "--trusted-ca-file", Reread{}, ""},
		{"etcd", "--peer-trusted-ca-file", Reread{}, ""},
		{"etcd", "--peer-cert-file", Reread{Rereads, 0, ""}, ":2380"},
		{"etcdctl", "--cacert", Reread{AtUse, 0, ""}, ""},
		{"kube-apiserver", "--tls-cert-file", Reread{Rereads, time.Minute, ""}, "127.0.0.1:6443"},
		{"kube-apiserver", "--kubelet-client-key", Reread{Rereads, 5 * time.Minute, ""}, ""},
		{"kube-apiserver", "--kubelet-certificate-authority", Reread{}, ""},
		{"kube-apiserver", "--etcd-cafile", Reread{}, ""},
		{"kube-apiserver", "--etcd-keyfile", Reread{Rereads, 0, ""}, ""},
		{"kube-apiserver", "--service-account-key-file", Reread{}, ""},
		{"kube-controller-manager", "--root-ca-file", Reread{}, ""},
		{"kube-controller-manager", "--service-account-private-key-file", Reread{}, ""},
		{"kube-controller-manager", "--tls-cert-file", Reread{Rereads, time.Minute, ""}, "127.0.0.1:10257"},
		{"kube-scheduler", "--kubeconfig", Reread{}, ""},
		{"kube-scheduler", "--tls-cert-file", Reread{Rereads, time.Minute, ""}, "127.0.0.1:10259"},
		{"kubelet", "tlsCertFile", Reread{Rereads, time.Minute, "1.31"}, "127.0.0.1:10250"},
		{"kubelet", "--kubeconfig", Reread{}, ""},
		{"kubelet", "--bootstrap-kubeconfig", Reread{AtUse, 0, ""}, ""},
		{"kube-proxy", ConfigCA, Reread{}, ""},
		{"kubelet", ConfigCert, Reread{Rereads, 5 * time.Minute, ""}, ""},
		{"kubectl", ConfigKey, Reread{AtUse, 0, ""}, ""},
		{"kubectl", "--kubeconfig", Reread{AtUse, 0, ""}, ""},
		{"etcd", "--unheard-of", Reread{}, ""},
	} {
		if got, shown := RereadOf(test.component, test.flag); got != test.want || shown != test.shown {
			t.Errorf("%s %s: got %+v at %q, want %+v at %q", test.component, test.flag, got, shown, test.want, test.shown)
		}
	}
}
