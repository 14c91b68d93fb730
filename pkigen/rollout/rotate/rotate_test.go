package rotate_test

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/rotate"
)

func cluster(way func(*spec.Cluster)) *spec.Cluster {
	c := &spec.Cluster{
		Layout: "three-ca", Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki",
		CA:             spec.Authority{Subject: spec.Subject{CN: "kubernetes-ca", O: "k8s"}, Expiry: 87600 * time.Hour},
		Endpoint:       spec.Endpoint{Host: spec.Host{Name: "api.example.com"}, Port: 6443},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:    spec.Embedded, Bootstrap: spec.BootstrapOff,
		Nodes: []spec.Node{
			{Name: "m1", Addresses: []netip.Addr{netip.MustParseAddr("10.1.0.1")}, Roles: spec.ControlPlane | spec.Etcd},
			{Name: "w1", Addresses: []netip.Addr{netip.MustParseAddr("10.1.0.2")}, Roles: spec.Worker},
		},
	}
	if way != nil {
		way(c)
	}
	l, _ := catalog.FindLayout(c.Layout)
	for _, p := range l.Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 8760 * time.Hour, Usages: p.Usages})
	}
	return c
}

// set is a directory on its way through the stages, and a copy of it as it was
// before the last.
type set struct {
	t       *testing.T
	c       *spec.Cluster
	dir     string
	before  string
	changes *plan.Plan // of the last stage
}

func newSet(t *testing.T, way func(*spec.Cluster)) *set {
	t.Helper()
	s := &set{t: t, c: cluster(way), dir: filepath.Join(t.TempDir(), "pki")}
	s.run(plan.Options{})
	return s
}

func (s *set) run(opt plan.Options) {
	s.t.Helper()
	r, err := pkigen.Run(s.t.Context(), pkigen.Job{Dir: s.dir, Cluster: s.c, Options: opt}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.changes = r.Plan
}

// to goes through the stages up to one.
func (s *set) to(name string, last plan.Stage) {
	s.t.Helper()
	for at := plan.Steady.Next(); ; at = at.Next() {
		s.before = filepath.Join(s.t.TempDir(), "before")
		if err := os.CopyFS(s.before, os.DirFS(s.dir)); err != nil {
			s.t.Fatal(err)
		}
		s.run(plan.Options{Rotation: &plan.Rotation{Name: name, To: at}})
		if at == last {
			return
		}
	}
}

// ask is the answer on the next stage, as lines.
func (s *set) ask(name string, seen, said []string) []string {
	s.t.Helper()
	p, err := pkigen.Plan(pkigen.Job{Dir: s.dir, Cluster: s.c, Options: plan.Options{Rotation: &plan.Rotation{Name: name}}})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := rotate.Ask(s.t.Context(), rotate.Question{Plan: p, Name: name, Dir: s.dir, Seen: seen, Said: said})
	if err != nil {
		s.t.Fatal(err)
	}
	if a.At != plan.Steady && a.Breaks == "" {
		s.t.Errorf("%s at %s: nobody says what breaks", name, a.At)
	}
	var out []string
	for _, st := range a.Stops {
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(st.File, s.before), s.dir)+": "+st.What)
	}
	return out
}

func (s *set) node(dir, name string) []string { return []string{filepath.Join(dir, "nodes", name)} }

// stops looks for exactly these in the answers, each by a part of it.
func stops(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	ok := len(got) == len(want)
	for _, w := range want {
		ok = ok && slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, w) })
	}
	if !ok {
		t.Errorf("%s: got\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestSeen holds that a node which is a stage behind stops the next one, and one
// that is not does not.
func TestSeen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		widened, behind []string // what stops, of m1 that is behind
	}{
		{"etcd-ca", []string{"/etcd/ca.crt: trusts the old one only"},
			[]string{"apiserver-etcd-client.crt: kube-apiserver-etcd-client is signed by the old CA", "etcd/healthcheck-client.crt: ", "etcd/peer.crt: ", "etcd/server.crt: "}},
		{"front-proxy-ca", []string{"/front-proxy-ca.crt: trusts the old one only"}, []string{"front-proxy-client.crt: front-proxy-client is signed by the old CA"}},
		{"sa", []string{"/sa.pub: trusts the old one only"}, []string{"/sa.key: is the old private key"}},
	} {
		s := newSet(t, nil)
		stops(t, test.name+" steady", s.ask(test.name, s.node(s.dir, "m1"), nil))
		s.to(test.name, plan.Widened)
		stops(t, test.name+" widened", s.ask(test.name, s.node(s.dir, "m1"), nil))
		stops(t, test.name+" widened, behind", s.ask(test.name, s.node(s.before, "m1"), nil), test.widened...)
		stops(t, test.name+" widened, a copy of nothing", s.ask(test.name, []string{t.TempDir()}, nil), "holds no certificate, key or kubeconfig")
		stops(t, test.name+" widened, a worker", s.ask(test.name, s.node(s.before, "w1"), nil))
		s = newSet(t, nil)
		s.to(test.name, plan.Switched)
		said := []string{rotate.Tokens}
		stops(t, test.name+" switched", s.ask(test.name, s.node(s.dir, "m1"), said))
		stops(t, test.name+" switched, behind", s.ask(test.name, s.node(s.before, "m1"), said), test.behind...)
	}
}

// TestSeenKubernetes holds the same of the CA that stands in kubeconfigs, and of
// the file that a controller-manager signs with.
func TestSeenKubernetes(t *testing.T) {
	t.Parallel()
	s := newSet(t, func(c *spec.Cluster) { c.SignCSRs = true })
	s.to("ca", plan.Widened)
	got := s.ask("ca", s.node(s.before, "w1"), nil)
	stops(t, "a worker behind", got, "pki/ca.crt: trusts the old one only", "kubelet.conf (", "kube-proxy.conf (")
	stops(t, "a control plane that is not", s.ask("ca", s.node(s.dir, "m1"), nil))
	s = newSet(t, func(c *spec.Cluster) { c.SignCSRs = true })
	s.to("ca", plan.Switched)
	stops(t, "a worker behind the switch", s.ask("ca", s.node(s.before, "w1"), nil),
		"kubelet.conf (user system:node:w1): system:node:w1, system:nodes is signed by the old CA", "kube-proxy.conf (", "kubelet.crt: ")
	got = s.ask("ca", s.node(s.before, "m1"), nil)
	for _, want := range []string{"ca.key: is the old private key", "ca-signing.crt: is what kube-controller-manager signs with, and is the old one"} {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, want) }) {
			t.Errorf("nothing says %q: %q", want, got)
		}
	}
	// What the operator has signed by hand, beside what the set has.
	extra := filepath.Join(s.dir, "mine", "old.crt")
	data, err := os.ReadFile(filepath.Join(s.before, "nodes/m1/etc/kubernetes/pki/apiserver.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(extra), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(extra, data, 0o644); err != nil {
		t.Fatal(err)
	}
	stops(t, "a file of the operator", s.ask("ca", nil, nil), "/mine/old.crt: kube-apiserver is signed by the old CA")
}

// TestUnknown holds that what no file tells needs a word, or copies of all nodes.
func TestUnknown(t *testing.T) {
	t.Parallel()
	s := newSet(t, func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true })
	s.to("ca", plan.Switched)
	stops(t, "nothing seen", s.ask("ca", nil, nil), "none of the new CA was seen of m1, w1")
	stops(t, "another word", s.ask("ca", nil, []string{rotate.Tokens}), "none of the new CA was seen of m1, w1")
	stops(t, "the word", s.ask("ca", nil, []string{rotate.Kubelets}))
	// A set of the same CA that hands out shows what the kubelets would have got.
	folder := filepath.Join(t.TempDir(), "copies")
	other := *s.c
	other.Bootstrap = spec.BootstrapOff
	handed := filepath.Join(t.TempDir(), "pki")
	if err := os.CopyFS(filepath.Join(handed, "authority"), os.DirFS(filepath.Join(s.dir, "authority"))); err != nil {
		t.Fatal(err)
	}
	if _, err := pkigen.Run(t.Context(), pkigen.Job{Dir: handed, Cluster: &other}, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(handed, "nodes", "m1"))); err != nil {
		t.Fatal(err)
	}
	stops(t, "one seen", s.ask("ca", []string{folder}, nil), "none of the new CA was seen of w1")
	stops(t, "both seen", s.ask("ca", []string{folder, filepath.Join(handed, "nodes", "w1")}, nil))
	stops(t, "the other CAs", s.ask("etcd-ca", nil, nil))

	s = newSet(t, nil)
	s.to("sa", plan.Switched)
	stops(t, "tokens", s.ask("sa", nil, nil), "whether tokens of the old key are in use lies in no file")
	stops(t, "tokens, another word", s.ask("sa", nil, []string{rotate.Kubelets}), "whether tokens of the old key are in use")
	stops(t, "tokens, the word", s.ask("sa", nil, []string{rotate.Tokens}))
}

// TestCheck holds that package check names the stage, and finds a node that trusts
// one only.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ca", "sa"} {
		s := newSet(t, nil)
		s.to(name, plan.Widened)
		file := map[string]string{"ca": "ca.crt", "sa": "sa.pub"}[name]
		if got := s.found(); got != "rotation authority/"+strings.Replace(file, ".", "-next.", 1) {
			t.Errorf("%s widened: %q", name, got)
		}
		behind := filepath.FromSlash("nodes/m1/etc/kubernetes/pki/" + file)
		data, err := os.ReadFile(filepath.Join(s.before, behind))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, behind), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := s.found(); !strings.Contains(got, "trust-narrow "+filepath.ToSlash(behind)) {
			t.Errorf("%s, one behind: %q", name, got)
		}
	}
}

// found are the findings of package check.
func (s *set) found() string {
	s.t.Helper()
	sv, err := scan.Read(s.t.Context(), s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	l, _ := catalog.FindLayout(s.c.Layout)
	r, err := check.Run(s.t.Context(), survey.NewSite(sv, l, s.c), nil, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Check.ID+" "+f.File)
	}
	return strings.Join(out, "; ")
}

// TestRestarts holds what each stage does to whom.
func TestRestarts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		want []string // of each stage, on m1 but for the last word
	}{
		{"etcd-ca", []string{
			"etcd restart, kube-apiserver restart, etcdctl nothing",
			"etcd reload, kube-apiserver reload, etcdctl nothing",
			"etcd restart, kube-apiserver restart, etcdctl nothing",
		}},
		{"front-proxy-ca", []string{
			"kube-apiserver reload, kube-controller-manager reload, kube-scheduler reload",
			"kube-apiserver reload",
			"kube-apiserver reload, kube-controller-manager reload, kube-scheduler reload",
		}},
		{"sa", []string{"kube-apiserver restart", "kube-apiserver restart, kube-controller-manager restart", "kube-apiserver restart"}},
		{"ca", []string{
			"kube-apiserver restart, kube-controller-manager restart, kube-scheduler restart, kubelet restart, kube-proxy restart",
			"kube-apiserver reload, kube-controller-manager restart, kube-scheduler restart, kubelet restart, kube-proxy restart",
			"kube-apiserver restart, kube-controller-manager restart, kube-scheduler restart, kubelet restart, kube-proxy restart",
		}},
	} {
		s := newSet(t, nil)
		for i, to := range []plan.Stage{plan.Widened, plan.Switched, plan.Steady} {
			s.run(plan.Options{Rotation: &plan.Rotation{Name: test.name, To: to}})
			var got []string
			for _, step := range restart.Of(s.changes, "pki").Steps {
				if step.Node == "m1" {
					got = append(got, step.Component+" "+string(step.What))
				}
				if step.What == restart.Restart && step.Health == "" {
					t.Errorf("%s %s: nothing tells whether %s is back", test.name, to, step.Component)
				}
			}
			if text := strings.Join(got, ", "); text != test.want[i] {
				t.Errorf("%s %s:\n got %s\nwant %s", test.name, to, text, test.want[i])
			}
			if by := rotate.ByHand(s.changes.Layout, s.c, test.name, to); len(by) == 0 && test.name != "sa" && !(test.name == "front-proxy-ca" && to == plan.Switched) {
				t.Errorf("%s %s: nothing by hand", test.name, to)
			}
		}
	}
}

// TestUnreadable holds that what cannot be judged stops.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := newSet(t, nil)
	s.to("ca", plan.Widened)
	broken := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(broken, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), fs.FileMode(0o600)); err != nil {
		t.Fatal(err)
	}
	stops(t, "broken", s.ask("ca", []string{broken}, nil), "cannot be read, so nobody knows")
	stops(t, "missing", s.ask("ca", []string{broken + ".not"}, nil), "cannot be read, so nobody knows")
}

// TestOnlyAdded: API servers add CAs to the ConfigMap that extension servers read, and
// take none out. So that it shows both, or the new one alone, is no sign of anything,
// and the old one goes by hand.
func TestOnlyAdded(t *testing.T) {
	l, _ := catalog.FindLayout("three-ca")
	c := &spec.Cluster{Layout: "three-ca"}
	for ca, field := range map[string]string{"front-proxy-ca": "requestheader-client-ca-file", "ca": "client-ca-file"} {
		text := strings.Join(rotate.ByHand(l, c, ca, plan.Steady), "\n")
		if !strings.Contains(text, "take the old CA out of "+field+" in the ConfigMap extension-apiserver-authentication") {
			t.Errorf("%s, narrowed:\n%s", ca, text)
		}
		for _, at := range []plan.Stage{plan.Widened, plan.Steady} {
			if text := strings.Join(rotate.ByHand(l, c, ca, at), "\n"); strings.Contains(text, "see that") {
				t.Errorf("%s:\n%s", ca, text)
			}
		}
	}
}
