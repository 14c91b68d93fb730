package steps

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

// treeAnswers are right answers for a layout with trees.
func treeAnswers(t *testing.T, pairs ...string) *Answers {
	t.Helper()
	return answersOf(t, append([]string{
		"layout", "three-ca", "nodes", "m1 10.0.0.1 control-plane,etcd\nw1 10.0.0.2 worker", "serviceSubnet", "10.96.0.0/12",
	}, pairs...)...)
}

func TestKubeletsAreAskedWhereNodesHaveTrees(t *testing.T) {
	a := treeAnswers(t)
	const want = "start layout ca keys nodes endpoint networks kubelets profiles"
	if got := keysOf(a.Steps()); got != want {
		t.Errorf("visible are %s, want %s", got, want)
	}
	if _, ok := a.Field("certificatesDir"); !ok {
		t.Error("the directory on the nodes is not asked for")
	}
	for key, want := range map[string]string{"kubeconfigs": "embedded", "tlsBootstrap": "off", "signCSRs": "no"} {
		if _, ok := a.Field(key); !ok || a.Get(key) != want {
			t.Errorf("%s is asked: %v, default %q, want %q", key, ok, a.Get(key), want)
		}
		if strings.Contains(string(article(t).Answers.YAML()), key) {
			t.Errorf("the article's answers file has %s", key)
		}
	}
	if err := a.Set("layout", "article"); err != nil {
		t.Fatal(err)
	}
	if _, ok := a.Field("tlsBootstrap"); ok {
		t.Error("the article's layout asks for TLS bootstrapping")
	}
}

func TestBuildKubelets(t *testing.T) {
	tests := []struct {
		name        string
		given       []string
		kubeconfigs spec.Kubeconfigs
		bootstrap   spec.Bootstrap
		sign        bool
		want        []string // key:code
	}{
		{"defaults", nil, spec.Embedded, spec.BootstrapOff, false, nil},
		{"files", []string{"kubeconfigs", "files"}, spec.ByPath, spec.BootstrapOff, false, nil},
		{"signing alone", []string{"signCSRs", "yes"}, spec.Embedded, spec.BootstrapOff, true, []string{"signCSRs:ca-key-on-nodes"}},
		{"Secret signs by default", []string{"tlsBootstrap", "secret"}, spec.Embedded, spec.BootstrapSecret, true, []string{"signCSRs:ca-key-on-nodes"}},
		{"file signs by default", []string{"tlsBootstrap", "file"}, spec.Embedded, spec.BootstrapFile, true,
			[]string{"tlsBootstrap:token-without-end", "signCSRs:ca-key-on-nodes"}},
		{"nobody signs", []string{"tlsBootstrap", "secret", "signCSRs", "no"}, spec.Embedded, spec.BootstrapSecret, false,
			[]string{"signCSRs:bootstrap-not-signed"}},
		{"wrong words", []string{"kubeconfigs", "embeded", "tlsBootstrap", "token", "signCSRs", "true"}, "", "", false,
			[]string{"kubeconfigs:choice-misspelt", "tlsBootstrap:choice-unknown", "signCSRs:choice-unknown"}},
		{"one problem for one answer", []string{"tlsBootstrap", "file", "signCSRs", "maybe"}, spec.Embedded, spec.BootstrapFile, true,
			[]string{"tlsBootstrap:token-without-end", "signCSRs:choice-unknown", "signCSRs:ca-key-on-nodes"}},
		{"empty words", []string{"kubeconfigs", "", "tlsBootstrap", " ", "signCSRs", ""}, "", "", false,
			[]string{"kubeconfigs:missing", "tlsBootstrap:missing", "signCSRs:missing"}},
		{"no etcd", []string{"nodes", "m1 10.0.0.1 control-plane"}, spec.Embedded, spec.BootstrapOff, false, []string{"nodes:nodes-no-etcd"}},
		{"no endpoint", []string{"nodes", "m 10.0.0.1-3 control-plane,etcd"}, spec.Embedded, spec.BootstrapOff, false,
			[]string{"controlPlaneEndpoint:endpoint-missing"}},
		{"unused in the article", []string{"layout", "article", "tlsBootstrap", "secret", "signCSRs", "no", "nodes", "m 10.0.0.1-3 control-plane"},
			"", "", false, []string{"layout:one-ca-for-all", "tlsBootstrap:answer-not-used", "signCSRs:answer-not-used"}},
		{"no loss in the article", []string{"layout", "article", "tlsBootstrap", "off", "kubeconfigs", "embedded", "signCSRs", "no",
			"profiles.server.expiry", "8760h", "nodes", "m 10.0.0.1-3 control-plane"}, "", "", false, []string{"layout:one-ca-for-all"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := treeAnswers(t, tt.given...)
			c, ps := Build(a, testNow)
			if c.Kubeconfigs != tt.kubeconfigs || c.Bootstrap != tt.bootstrap || c.SignCSRs != tt.sign {
				t.Errorf("built %q %q %v", c.Kubeconfigs, c.Bootstrap, c.SignCSRs)
			}
			var got []string
			for _, p := range ps {
				got = append(got, p.Key+":"+string(p.Code))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("problems %v, want %v", ps, tt.want)
			}
			checkRoundTrip(t, a)
			flags := NewAnswers()
			for _, k := range []string{"layout", "nodes", "serviceSubnet", "kubeconfigs", "tlsBootstrap", "signCSRs"} {
				if err := flags.Assign(k + "=" + a.Get(k)); err != nil {
					t.Fatal(err)
				}
			}
			if _, fromFlags := Build(flags, testNow); len(fromFlags) != len(ps) {
				t.Errorf("--set says %v, the wizard %v", fromFlags, ps)
			}
		})
	}
}

// The example of the README: everything is said, and nothing is wrong with it.
func TestThreeCAExample(t *testing.T) {
	if name := "three-ca"; name != "three-ca" {
		t.Fatalf("the first layout with trees is %s", name)
	}
	f, fps := ParseFile("three-ca.yaml", readTestdata(t, "three-ca.yaml"))
	if len(fps) > 0 {
		t.Fatal(fps)
	}
	c, ps := Build(f.Answers, testNow)
	if len(ps) > 0 {
		t.Errorf("problems: %v", ps)
	}
	if c.Layout != "three-ca" || len(c.Nodes) != 6 || c.Endpoint.String() != "192.168.214.100:6443" ||
		c.Bootstraps() || c.SignCSRs || c.Kubeconfigs != spec.Embedded {
		t.Errorf("built %+v", c)
	}
	for _, key := range fileKeys() {
		field, asked := f.Answers.Field(key)
		if _, given := f.Answers.Explicit(key); asked && !given && !field.Optional && !strings.HasPrefix(key, "profiles.") && key != "ca.OU" {
			t.Errorf("the example says nothing of %s", key)
		}
	}
}

// Every certificate of every layout leads from the review to the questions
// that make it what it is.
func TestEveryRoleIsShownByAStep(t *testing.T) {
	shown := map[string]bool{}
	for _, s := range lookup().steps {
		for _, name := range s.Shows {
			shown[name] = true
		}
	}
	for _, l := range catalog.Layouts {
		for _, p := range l.Entries {
			if !shown[p.Name] {
				t.Errorf("layout %s: no step shows %s", l.Name, p.Name)
			}
		}
	}
}
