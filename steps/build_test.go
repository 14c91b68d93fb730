package steps

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

func article(t testing.TB) *File {
	t.Helper()
	f, ps := ParseFile("article.yaml", readTestdata(t, "article.yaml"))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	return f
}

// The article's own cluster: no error, one warning of its only CA, and exactly the
// article's names but the network that no certificate can hold (shared by etcd, API
// server, registry).
func TestBuildArticle(t *testing.T) {
	c, ps := Build(article(t).Answers, testNow)
	if len(ps) != 1 || ps[0].Code != problem.OneCAForAll {
		t.Errorf("problems: %v", ps)
	}
	l, ok := catalog.FindLayout(c.Layout)
	if !ok {
		t.Fatalf("layout %q", c.Layout)
	}
	certs := l.Certificates(c)
	at := slices.IndexFunc(certs, func(c catalog.Certificate) bool { return c.Name == "kubernetes" })
	if at < 0 {
		t.Fatal("no certificate kubernetes")
	}
	var hosts []string
	for _, h := range certs[at].Hosts {
		hosts = append(hosts, h.String())
	}
	want := []string{
		"127.0.0.1", "192.168.214.88", "192.168.214.89", "192.168.214.90",
		"192.168.214.200", "192.168.214.201", "192.168.214.202", "10.254.0.1", "192.168.214.210",
		"kubernetes", "kube-api.wangk8s-master.com", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster", "kubernetes.default.svc.cluster.local",
	}
	if !slices.Equal(hosts, want) {
		t.Errorf("hosts are\n%v\nwant\n%v", hosts, want)
	}
	if want := (spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"}); c.CA.Subject != want {
		t.Errorf("CA subject is %+v", c.CA.Subject)
	}
	p, ok := c.Profile("kubernetes")
	if !ok || p.Expiry != 87600*time.Hour || c.CA.Expiry != 87600*time.Hour ||
		!slices.Equal(p.Usages, []string{"signing", "key encipherment", "server auth", "client auth"}) {
		t.Errorf("profile %+v, CA expiry %v", p, c.CA.Expiry)
	}
	if c.Key != spec.RSA2048 || c.Name != "kubernetes" || c.DNSDomain != "cluster.local" || c.Endpoint.Port != 6443 {
		t.Errorf("cluster is %+v", c)
	}
}

// What an answers file builds, its rewritten form builds too.
func TestRewrittenFileBuildsTheSame(t *testing.T) {
	first, _ := Build(article(t).Answers, testNow)
	f, ps := ParseFile("a.yaml", article(t).Answers.YAML())
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	second, _ := Build(f.Answers, testNow)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("built\n%+v\nfirst\n%+v", second, first)
	}
}

// With nothing answered only the nodes are missing: every default is right.
func TestDefaultsAreRight(t *testing.T) {
	c, ps := Build(NewAnswers(), testNow)
	var errs []string
	for _, p := range ps {
		if p.Severity() == problem.Error {
			errs = append(errs, p.Key)
		}
	}
	if !slices.Equal(errs, []string{"nodes"}) {
		t.Errorf("errors at %v, want nodes alone: %v", errs, ps)
	}
	if c.CA.Subject != (spec.Subject{CN: "kubernetes-ca", O: "k8s", OU: "System"}) || c.Layout != catalog.Layouts[0].Name {
		t.Errorf("defaults build %+v", c)
	}
	for _, alg := range spec.KeyAlgorithms {
		a := answersOf(t, "nodes", "a 10.0.0.1", "encryptionAlgorithm", string(alg))
		if c, ps := Build(a, testNow); c.Key != alg || problem.HasErrors(ps) {
			t.Errorf("%s is offered and refused: %v", alg, ps)
		}
	}
}

// Each wrong value is reported at its own key and line, in each of the three
// ways in which it can be given.
func TestWrongValueIsReportedAtItsPlace(t *testing.T) {
	tests := []struct {
		key, value string
		line       int // 0 for "no line or the first"
	}{
		{"layout", "two-ca", 0},
		{"clusterName", "-x-", 0},
		{"ca.CN", "", 0},
		{"ca.CN", "kubernetes", 0}, // equal to the leaf
		{"ca.C", "China", 0},
		{"ca.ST", strings.Repeat("x", 200), 0},
		{"ca.L", "a\x01b", 0},
		{"ca.O", "a\u202eb", 0},
		{"ca.OU", strings.Repeat("x", 200), 0},
		{"encryptionAlgorithm", "RSA-1024", 0},
		{"ca.expiry", "ten years", 0},
		{"ca.expiry", "-1h", 0},
		{"nodes", "", 0},
		{"nodes", "a 10.0.0.1\nb 10.0.0.300\nc 10.0.0.3", 2},
		{"nodes", "a 10.0.0.1\n\n# rack 2\nb 192.168.214.1/24", 4},
		{"nodes", "a 10.0.0.1\nb 10.0.0.2\na 10.0.0.3", 3},
		{"controlPlaneEndpoint", "https://kube-api:6443/x", 0},
		{"certSANs", "10.0.0.9\n192.168.214.1/24", 2},
		{"serviceSubnet", "10.96.0.0", 0},
		{"podSubnet", "10.0.0.300/16", 0},
		{"podSubnet", "10.254.128.0/17", 0}, // overlaps the services
		{"dnsDomain", "cluster..local", 0},
		{"certificatesDir", "etc/kubernetes", 0},
		{"profiles.kubernetes.expiry", "soon", 0},
		{"profiles.kubernetes.usages", "signing, sever auth", 0},
		{"profiles.kubernetes.usages", "key encipherment", 0},
		{ModeKey, "destroy", 0},
		{DirKey, " ", 0},
	}
	for _, tt := range tests {
		t.Run(tt.key+"="+fmt.Sprintf("%.20q", tt.value), func(t *testing.T) {
			a := article(t).Answers
			if err := a.Set(tt.key, tt.value); err != nil {
				t.Fatal(err)
			}
			_, ps := Build(a, testNow)
			checkOneWrong(t, ps, tt.key, tt.line)
			f, _ := Lookup(tt.key)
			if f.Local {
				return
			}
			flags := article(t).Answers
			if err := flags.Assign(tt.key + "=" + tt.value); err != nil {
				t.Fatal(err)
			}
			if _, fromFlags := Build(flags, testNow); !reflect.DeepEqual(fromFlags, ps) {
				t.Errorf("--set says %v, the wizard %v", fromFlags, ps)
			}
			file, fps := ParseFile("a.yaml", a.YAML())
			if len(fps) > 0 {
				t.Fatal(fps)
			}
			_, fromFile := Build(file.Answers, testNow)
			if len(fromFile) != len(ps) {
				t.Fatalf("the file says %v, the wizard %v", fromFile, ps)
			}
			for i, p := range fromFile {
				// The file keeps no empty lines: only the place may differ.
				if p.Code != ps[i].Code || p.Sentence() != ps[i].Sentence() {
					t.Errorf("the file says %v, the wizard %v", p, ps[i])
				}
			}
			if at := file.Place(fromFile[0]); !strings.HasPrefix(at, "a.yaml:") {
				t.Errorf("%v has no place in the file", fromFile[0])
			}
		})
	}
}

func checkOneWrong(t *testing.T, ps []problem.Problem, key string, line int) {
	t.Helper()
	if !problem.HasErrors(ps) {
		t.Fatalf("accepted: %v", ps)
	}
	for _, p := range ps {
		if p.Severity() != problem.Error {
			continue
		}
		if p.Key != key || line > 0 && p.Line != line || line == 0 && p.Line > 1 {
			t.Errorf("reported at %s: %v; want %s line %d", p.Place(), p, key, line)
		}
		if p.Sentence() == "" || strings.Contains(p.Sentence(), "%!") {
			t.Errorf("badly made sentence %q", p.Sentence())
		}
	}
}

func TestProblemsInOrderOfTheQuestions(t *testing.T) {
	a := answersOf(t,
		"profiles.kubernetes.expiry", "soon", "nodes", "a 10.0.0.300\nb 10.0.0.301", "ca.C", "China",
		"serviceSubnet", "x", "layout", "article", "clusterName", "-x-", "certSANs", "1.2.3.4/24")
	_, ps := Build(a, testNow)
	var got []string
	for _, p := range ps {
		if k := p.Place(); p.Severity() == problem.Error && !slices.Contains(got, k) {
			got = append(got, k)
		}
	}
	var keys []string
	for _, k := range got {
		keys = append(keys, strings.Fields(k)[0])
	}
	want := []string{"clusterName", "ca.C", "nodes", "nodes", "certSANs", "serviceSubnet", "profiles.kubernetes.expiry"}
	if !slices.Equal(keys, want) {
		t.Errorf("problems at %v, want %v", got, want)
	}
	if n := len(ByKey(ps)["nodes"]); n < 2 || len(ByKey(ps)["nodes"]) != n {
		t.Errorf("grouped wrongly: %v", ps)
	}
}

// manyNodes is the size to hold: 5,000 nodes.
func manyNodes() string {
	var b strings.Builder
	for i := range 5000 {
		r := "worker"
		if i < 3 {
			r = "control-plane,etcd"
		}
		fmt.Fprintf(&b, "node%d 10.%d.%d.%d %s\n", i, 100+i/65536, i/250%250, 1+i%250, r)
	}
	return b.String()
}

func TestManyNodes(t *testing.T) {
	a := article(t).Answers
	if err := a.Set("nodes", manyNodes()); err != nil {
		t.Fatal(err)
	}
	checkRoundTrip(t, a)
	c, ps := Build(a, testNow)
	if len(c.Nodes) != 5000 || problem.HasErrors(ps) {
		t.Errorf("%d nodes, %v", len(c.Nodes), ps)
	}
	f, _ := ParseFile("a.yaml", a.YAML())
	if line, column := f.Position("nodes", 5000); line != 5005 || column != 5 {
		t.Errorf("the last node stands at %d:%d", line, column)
	}
}

// Answers files of any size that is allowed are read in reasonable time,
// also those that are wrong in each line.
func TestLargeWrongFile(t *testing.T) {
	data := bytes.Repeat([]byte("foo: 1\n"), 20_000)
	_, ps := ParseFile("a.yaml", data)
	if len(ps) != 20_000 {
		t.Errorf("%d problems", len(ps))
	}
}

func BenchmarkBuild5000Nodes(b *testing.B) {
	a := article(b).Answers
	if err := a.Set("nodes", manyNodes()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Build(a, testNow)
	}
}

func BenchmarkParseFile5000Nodes(b *testing.B) {
	a := article(b).Answers
	if err := a.Set("nodes", manyNodes()); err != nil {
		b.Fatal(err)
	}
	data := a.YAML()
	for b.Loop() {
		ParseFile("a.yaml", data)
	}
}
