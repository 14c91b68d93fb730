package catalog

import (
	"testing"
	"time"
)

// TestRereads holds that the catalogue tells no component about a file of which
// nothing is known, and that the table has no row that nobody is told by.
func TestRereads(t *testing.T) {
	used := map[string]bool{}
	for _, l := range Layouts {
		for _, r := range l.Entries {
			for _, u := range r.Uses {
				used[u.Component+" "+u.Flag] = true
				if _, known := RereadOf(u.Component, u.Flag); !known {
					t.Errorf("layout %s: what %s does when %s changes is not known", l.Name, u.Component, u.Flag)
				}
			}
		}
	}
	if len(used) < 30 {
		t.Fatalf("only %d flags were seen; this test looks at nothing", len(used))
	}
	seen := map[string]bool{}
	for _, r := range rereads {
		key := r.Component + " " + r.Flag
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		// The token file is no file of the catalogue, but of a setting.
		if !used[key] && r.Flag != "--token-auth-file" {
			t.Errorf("nobody is told by %s", key)
		}
		if r.Effect != Rereads && (r.Within != 0 || r.Since != "" || r.Shown != "") {
			t.Errorf("%s: is not read again, but within %v since %q", key, r.Within, r.Since)
		}
	}
}

// TestRereadOf holds single facts, each of which an operator would pay for.
func TestRereadOf(t *testing.T) {
	for _, want := range []Reread{
		{"etcd", "--peer-key-file", Rereads, 0, "", ""},
		{"etcd", "--trusted-ca-file", Restarts, 0, "", ""},
		{"etcd", "--peer-cert-file", Rereads, 0, "", ":2380"},
		{"kube-apiserver", "--tls-cert-file", Rereads, time.Minute, "", "127.0.0.1:6443"},
		{"kube-apiserver", "--kubelet-client-key", Rereads, 5 * time.Minute, "", ""},
		{"kube-apiserver", "--kubelet-certificate-authority", Restarts, 0, "", ""},
		{"kube-apiserver", "--etcd-cafile", Restarts, 0, "", ""},
		{"kube-controller-manager", "--root-ca-file", Restarts, 0, "", ""},
		{"kube-scheduler", "--kubeconfig", Restarts, 0, "", ""},
		{"kubelet", "tlsCertFile", Rereads, time.Minute, "1.31", "127.0.0.1:10250"},
		{"kube-proxy", ConfigCA, Restarts, 0, "", ""},
		{"kubelet", ConfigCert, Rereads, 5 * time.Minute, "", ""},
		{"kubectl", ConfigKey, AtUse, 0, "", ""},
	} {
		if got, known := RereadOf(want.Component, want.Flag); !known || got != want {
			t.Errorf("got %+v, %t, want %+v", got, known, want)
		}
	}
	if got, known := RereadOf("etcd", "--unheard-of"); known || got.Effect != Restarts {
		t.Errorf("an unknown flag: %+v, %t", got, known)
	}
}
