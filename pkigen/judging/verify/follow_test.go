package verify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// doubtfulOnes are those of which no file says whether they run.
var doubtfulOnes = []reality{
	{name: "administrator in no group", make: changed(func(w *world, f files) {
		f["admin.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("kubernetes-admin", "c", ""), w.ca))
	}), want: verify.CannotBeTold, warn: "rights-unknown"},
	{name: "kubelet of another node than the other files name", make: changed(func(w *world, f files) {
		f["kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("system:node:cp9/system:nodes", "c", ""), w.ca))
	}), want: verify.CannotBeTold, warn: "node-unsure"},
	{name: "kubelet by its name with the domain", make: changed(func(w *world, f files) {
		f["kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("system:node:cp1.example.com/system:nodes", "c", ""), w.ca))
	}), want: verify.WouldRun, warn: "quiet"},
	{name: "worker whose own certificate names another node", make: guided(func(g *guide) {
		g.files["w"+lets+"kubeconfig"] = config("https://203.0.113.3:6443", g.ca.pem, issue(leaf("system:node:w-9/system:nodes", "c", ""), g.ca))
	}), want: verify.WouldNot, wrong: "kube-apiserver any0 > kubelet w-9", warn: "node-unsure"}, // whichever is right
	{name: "administrator in no group, expired", make: changed(func(w *world, f files) {
		c := leaf("kubernetes-admin", "c", "")
		c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 0, -1)
		f["admin.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(c, w.ca))
	}), want: verify.WouldNot, blame: "admin.conf"},
}

// TestWithoutEtcd holds that nobody talks to an API server that reaches no member
// of etcd, and that everybody does to one that reaches a single one.
func TestWithoutEtcd(t *testing.T) {
	expired := func(w *world, f files, stem, name, ip string) {
		c := leaf(name, "sc", name+" localhost 127.0.0.1 "+ip)
		c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 0, -1)
		f.pair(stem, issue(c, w.etcd))
	}
	for _, r := range []struct {
		name  string
		make  func() files
		talks []string // what kube-apiserver does all the same
	}{
		{"etcd's certificate expired", changed(func(w *world, f files) { expired(w, f, "pki/etcd/server", "cp1", "172.20.0.5") }), nil},
		{"etcd does not start", changed(func(_ *world, f files) { delete(f, "pki/etcd/peer.key") }), nil},
		{"one of two members", func() files {
			w := newWorld()
			f := two(w, w)
			expired(w, f, "m/a/etc/kubernetes/pki/etcd/server", "cp1", "172.20.0.5")
			for _, at := range []string{"m/a", "m/b"} {
				f.flag(at+"/etc/kubernetes/"+api, "--etcd-servers", "https://172.20.0.5:2379,https://172.20.0.6:2379")
			}
			return f
		}, []string{"admin-to-apiserver", "apiserver-to-etcd", "apiserver-to-extension", "controller-manager-to-apiserver", "kubelet-to-apiserver", "pods-to-apiserver", "scheduler-to-apiserver", "super-admin-to-apiserver"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			j, err := verify.Directory(t.Context(), r.make().put(t), nil, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			var talks []string
			for i := range j.Connections {
				c := &j.Connections[i]
				id := c.Case.Connection.ID
				if c.Case.Refusal != nil || c.Case.From.Program != "kube-apiserver" && c.Case.To.Program != "kube-apiserver" {
					continue
				}
				switch {
				case c.State == rehearse.Talks && !slices.Contains(talks, id) && id != "apiserver-to-kubelet":
					talks = append(talks, id)
				case c.State == rehearse.Broken && id == "admin-to-apiserver" && (!strings.Contains(c.Failure.Cause, "reaches no etcd") || c.Failure.At.Program != "kube-apiserver"):
					t.Errorf("%s: %s says %s", id, c.Failure.At, c.Failure.Cause)
				}
			}
			slices.Sort(talks)
			if !slices.Equal(talks, r.talks) {
				t.Errorf("%q talk, want %q", talks, r.talks)
			}
		})
	}
}

// TestStoppedServer holds that pods of a node whose API server does not start talk to
// the others.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	w := newWorld()
	f := two(w, w)
	delete(f, "m/a/etc/kubernetes/pki/apiserver.key")
	j, err := verify.Directory(t.Context(), f.put(t), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range j.Wrong() {
		if r.Failure.At != (rehearse.Place{Program: "kube-apiserver", Machine: "cp1"}) {
			t.Errorf("%s says of %s to %s: %s", r.Failure.At, r.Case.From.Program, r.Case.To.Machine, r.Failure.Text)
		}
	}
}
