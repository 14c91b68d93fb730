package steps

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
)

// TestProblemsInTheWordsOfThePages: files and --set call answers by their keys, a page
// by the labels that stand on it.
func TestProblemsInTheWordsOfThePages(t *testing.T) {
	for _, c := range []struct {
		pairs              []string
		code               problem.Code
		key                string // of the problem
		keys, page, inside string // by keys; for the reader of no page, and of the page of the other answer
		place              string
	}{
		{
			[]string{nodesKey, "m1 10.96.0.9 control-plane"}, "node-in-service-subnet", nodesKey,
			"Write another serviceSubnet, one", `Write another "Service network" on page Networks, one`, `Write another "Service network", one`,
			"Nodes line 1",
		},
		{
			[]string{nodesKey, "m1 10.0.0.0/24 control-plane"}, "san-is-network", nodesKey,
			"under growth (certSANs).", `("Further names, and addresses for growth" on page API endpoint).`, `("Further names, and addresses for growth").`,
			"Nodes line 1",
		},
		{
			[]string{namesKey, "a.example.com\n10.0.0.0/24"}, "san-is-network", namesKey,
			"Write each address.", "Write each address.", "Write each address.",
			"API endpoint, Further names, and addresses for growth line 2",
		},
		{
			[]string{"ca.expiry", "30d", "profiles.kubernetes.expiry", "1y", "layout", "article"}, "leaf-outlives-ca", "profiles.kubernetes.expiry",
			"for the CA (ca.expiry).", `for the CA ("CA lifetime" on page Keys).`, `for the CA ("CA lifetime").`,
			"Profiles, kubernetes lifetime",
		},
	} {
		a := NewAnswers()
		for i := 0; i < len(c.pairs); i += 2 {
			if err := a.Set(c.pairs[i], c.pairs[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		_, ps := Build(a, testNow)
		found := false
		for _, p := range ByKey(ps)[c.key] {
			if p.Code != c.code {
				continue
			}
			found = true
			other := map[string]string{"san-is-network": "endpoint", "node-in-service-subnet": "networks", "leaf-outlives-ca": "keys"}[string(c.code)]
			for want, got := range map[string]string{c.keys: p.Sentence(), c.page: Sentence(p, ""), c.inside: Sentence(p, other)} {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if got := Place(p); got != c.place {
				t.Errorf("place %q, want %q", got, c.place)
			}
		}
		if !found {
			t.Errorf("%v: no %s", c.pairs, c.code)
		}
	}
}

// TestTextsNameAnswersInBraces holds that no text of a problem has a key of an answer
// but as one that a page can call by its label.
func TestTextsNameAnswersInBraces(t *testing.T) {
	files, err := filepath.Glob("../pkigen/cluster/spec/texts*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	inBraces := regexp.MustCompile(`\{([A-Za-z.]+)\}`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for i, l := range strings.Split(string(text), "\n") {
			if !strings.HasPrefix(strings.TrimSpace(l), `"`) {
				continue
			}
			for _, m := range inBraces.FindAllStringSubmatch(l, -1) {
				if _, ok := Lookup(m[1]); !ok {
					t.Errorf("%s:%d: %s is no answer", file, i+1, m[1])
				}
			}
			bare := strings.ReplaceAll(inBraces.ReplaceAllString(l, ""), "kubeadm's encryptionAlgorithm", "")
			for _, k := range Keys() {
				if k.Key != strings.ToLower(k.Key) && strings.Contains(bare, k.Key) {
					t.Errorf("%s:%d: %s without braces", file, i+1, k.Key)
				}
			}
		}
	}
}

// TestStopsAtTheLaterPage: of two answers that do not go together the one that is
// asked later stops the way, and both show it.
func TestStopsAtTheLaterPage(t *testing.T) {
	a := NewAnswers()
	nodes := "10.96.0.9 control-plane,etcd\n10.96.0.10 worker\n10.96.0.11 worker"
	if err := a.Set(nodesKey, nodes); err != nil {
		t.Fatal(err)
	}
	_, ps := Build(a, testNow)
	if n := len(ByKey(ps)[nodesKey]); n != 3 {
		t.Errorf("%d problems at the nodes, want 3", n)
	}
	if n := len(ByKey(ps)[servicesKey]); n != 1 {
		t.Errorf("%d problems at the network, want one for all", n)
	}
	if n := len(a.Stopping(ByKey(ps)[nodesKey], nodesKey)); n != 0 {
		t.Errorf("%d problems stop at the nodes", n)
	}
	if n := len(a.Stopping(ByKey(ps)[servicesKey], servicesKey)); n != 1 {
		t.Errorf("%d problems stop at the network, want 1", n)
	}
	// An adopted directory whose certificates name no service has no such question.
	if err := a.Set("layout", adoption.Layout); err != nil {
		t.Fatal(err)
	}
	if at := a.StopsAt(ps[0]); ps[0].Also == servicesKey && at != ps[0].Key {
		t.Errorf("stops at %s, which is not asked", at)
	}
}

// TestMissingUsageInTheWordOfItsDefault: of cfssl's two words for signing a sentence
// takes the one that the default of the field has.
func TestMissingUsageInTheWordOfItsDefault(t *testing.T) {
	for layout, profile := range map[string]string{"article": "kubernetes", "three-ca": "server"} {
		a := NewAnswers()
		key := usagesKey(profile)
		for _, pair := range [][2]string{{"layout", layout}, {nodesKey, "m1 10.0.0.1 control-plane,etcd"}, {key, "server auth, client auth"}} {
			if err := a.Set(pair[0], pair[1]); err != nil {
				t.Fatal(err)
			}
		}
		_, ps := Build(a, testNow)
		ps = ByKey(ps)[key]
		if len(ps) == 0 || ps[0].Code != problem.ProfileUsageMissing {
			t.Fatalf("%s: %v", layout, ps)
		}
		if word := ps[0].Args[1].(string); !strings.Contains(a.Default(key), word) {
			t.Errorf("%s: asks for %q, and the default is %q", layout, word, a.Default(key))
		}
	}
}
