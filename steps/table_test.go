package steps

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func keysOf(ss []Step) string {
	var out []string
	for _, s := range ss {
		out = append(out, s.Key)
	}
	return strings.Join(out, " ")
}

func TestStepsInOrder(t *testing.T) {
	const all = "start there goal which stages layout ca keys nodes endpoint networks kubelets profiles adopted"
	if got := keysOf(lookup().steps); got != all {
		t.Errorf("steps are %s, want %s", got, all)
	}
	const want = "start layout ca keys nodes endpoint networks profiles"
	a := answersOf(t, "layout", "article")
	if got := keysOf(a.Steps()); got != want {
		t.Errorf("visible are %s, want %s", got, want)
	}
	if err := a.Set(ModeKey, ModeInspect); err != nil {
		t.Fatal(err)
	}
	if got := keysOf(a.Steps()); got != "start" {
		t.Errorf("visible in mode inspect are %s, want start", got)
	}
	if _, ok := a.Field("nodes"); ok {
		t.Error("nodes is asked for in mode inspect")
	}
}

func TestFieldsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range lookup().steps {
		if s.Key == "" || s.Title == "" || s.Intro == "" || len(s.Questions) == 0 && s.Key != ThereKey {
			t.Errorf("step %+v is not complete", s)
		}
		for _, f := range s.Questions {
			if f.Key == "" || f.Label == "" || seen[f.Key] {
				t.Errorf("%s: field %q without a key or label of its own", s.Key, f.Key)
			}
			seen[f.Key] = true
			if f.Kind == Choice {
				a := NewAnswers()
				def := a.Default(f.Key)
				options := f.Options(a)
				if !slices.ContainsFunc(options, func(o Option) bool { return o.Value == def }) {
					t.Errorf("%s: default %q is not offered", f.Key, def)
				}
				for _, o := range options {
					if o.Label == "" || o.Text == "" {
						t.Errorf("%s: option %q does not say what it costs", f.Key, o.Value)
					}
				}
			} else if f.Example == "" {
				t.Errorf("%s has no example", f.Key)
			}
			if StepOf(f.Key) != s.Key {
				t.Errorf("StepOf(%q) = %q, want %q", f.Key, StepOf(f.Key), s.Key)
			}
		}
	}
	for _, l := range catalog.Layouts {
		for _, p := range l.Profiles {
			if !seen[expiryKey(p.Name)] || !seen[usagesKey(p.Name)] {
				t.Errorf("layout %s: no question for profile %s", l.Name, p.Name)
			}
		}
	}
}

func TestCertificatesDirIsKnownButNotAsked(t *testing.T) {
	a := answersOf(t, "layout", "article")
	if _, ok := a.Field("certificatesDir"); ok {
		t.Error("the article's layout asks for certificatesDir")
	}
	if err := a.Set("certificatesDir", "/etc/kubernetes/ssl"); err != nil {
		t.Fatal(err)
	}
	c, _ := Build(a, testNow)
	if c.CertificatesDir != "/etc/kubernetes/ssl" {
		t.Errorf("certificatesDir is %q", c.CertificatesDir)
	}
	if !strings.Contains(string(a.YAML()), "certificatesDir: /etc/kubernetes/ssl\n") {
		t.Errorf("what was given is lost in\n%s", a.YAML())
	}
}

func TestKeys(t *testing.T) {
	var got []string
	for _, k := range Keys() {
		got = append(got, k.Key+"="+k.Default)
	}
	want := []string{
		"layout=three-ca", "clusterName=kubernetes",
		"ca.CN=kubernetes-ca", "ca.C=", "ca.ST=", "ca.L=", "ca.O=k8s", "ca.OU=System",
		"encryptionAlgorithm=RSA-2048", "ca.expiry=87600h", "caKeys=plain",
		"nodes=", "controlPlaneEndpoint=", "certSANs=",
		"serviceSubnet=10.96.0.0/12", "podSubnet=", "dnsDomain=cluster.local",
		"certificatesDir=/etc/kubernetes/pki",
		"kubeconfigs=embedded", "tlsBootstrap=off", "signCSRs=no", "servingCertificates=no",
		"profiles.server.expiry=8760h", "profiles.server.usages=digital signature, key encipherment, server auth",
		"profiles.client.expiry=8760h", "profiles.client.usages=digital signature, key encipherment, client auth",
		"profiles.peer.expiry=8760h", "profiles.peer.usages=digital signature, key encipherment, server auth, client auth",
		"profiles.kubernetes.expiry=", "profiles.kubernetes.usages=", // the article's
		"expirySpread=off", "revocation=off",
		"directoryOnNodes=", "staticPods=no", "certificates=",
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhy(t *testing.T) {
	files, err := fs.Glob(whyTexts, "why/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lookup().steps {
		first, rest := Why(s.Key)
		if strings.Count(first+" ", ". ") != 1 || !strings.HasSuffix(first, ".") || len(first) > 140 || rest == "" {
			t.Errorf("%s: the text begins with %q, which is not one short sentence", s.Key, first)
		}
		text := first + "\n\n" + rest
		// The panel and a screen of the overlay hold no more; kubelets have the most
		// that nobody knows, and may be scrolled.
		most := 180
		if s.Key == "kubelets" {
			most = 240
		}
		if n := len(strings.Fields(text)); n < 60 || n > most {
			t.Errorf("%s: the why text has %d words, want 60 to %d", s.Key, n, most)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if line != strings.TrimSpace(line) || strings.ContainsAny(line, "\t!") {
				t.Errorf("%s: untidy line %q", s.Key, line)
			}
			// The side panel is 38 columns wide; a longer word would be torn.
			for word := range strings.FieldsSeq(line) {
				if len([]rune(word)) > 38 {
					t.Errorf("%s: %q does not fit the panel", s.Key, word)
				}
			}
		}
		files = slices.DeleteFunc(files, func(f string) bool { return f == "why/"+s.Key+".txt" })
	}
	if len(files) > 0 {
		t.Errorf("texts of no step: %v", files)
	}
	if first, rest := Why("no-such-step"); first+rest != "" {
		t.Errorf("Why of no step is %q, %q", first, rest)
	}
}

func TestMeans(t *testing.T) {
	f, p := ParseFile("article.yaml", readTestdata(t, "article.yaml"))
	if len(p) > 0 {
		t.Fatal(p)
	}
	c, _ := Build(f.Answers, testNow)
	one := *c
	one.ServiceSubnets, _ = spec.ParseServiceSubnets("serviceSubnet", "fd00:10:96::/112,10.0.0.0/16")
	tests := []struct {
		name    string
		key     string
		cluster *spec.Cluster
		want    string
	}{
		{"ca", "ca.CN", c, "every certificate will read: issued by kubernetes-ca"},
		{"expiry", "ca.expiry", c, "expires 2036-11-20, in 10 years"},
		{"nodes", "nodes", c, "6 nodes · 3 control-plane · 3 etcd"},
		{"endpoint", "controlPlaneEndpoint", c, "clients dial https://kube-api.wangk8s-master.com:6443"},
		{"sans", "certSANs", c, "1 address"},
		{"service", "serviceSubnet", c, "first service address 10.254.0.1"},
		{"two services", "serviceSubnet", &one, "first service address fd00:10:96::1 and 10.0.0.1"},
		{"pods", "podSubnet", c, ""},
		{"domain", "dnsDomain", c, "pods dial kubernetes.default.svc.cluster.local"},
		{"profile", "profiles.kubernetes.expiry", c, "expires 2036-11-20, in 10 years"},
		{"usages", "profiles.kubernetes.usages", c, "may answer as a server and log in as a client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := Lookup(tt.key)
			if got := f.Means(tt.cluster, testNow); got != tt.want {
				t.Errorf("means %q, want %q", got, tt.want)
			}
		})
	}
	// Whatever is still missing, no field may stumble over it.
	for _, key := range lookup().keys {
		if f, _ := Lookup(key); f.Means != nil {
			if got := f.Means(&spec.Cluster{}, testNow); got != "" {
				t.Errorf("%s says %q of an empty cluster", key, got)
			}
		}
	}
}
