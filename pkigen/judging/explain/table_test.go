package explain

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// samples stand for the groups of a text.
var samples = map[string]string{
	"names": "kubernetes, kubernetes.default, 10.254.0.1", "wanted": "192.168.214.91", "count": "150", "ca": "Kubernetes CA",
	"reason": "something else", "now": "2026-11-24T10:00:00Z", "until": "2026-11-20T08:00:00Z", "from": "2026-11-24T10:05:00Z",
	"alg": "SHA1-RSA", "bits": "512", "bytes": "8", "most": "262144", "blocks": "EC PARAMETERS PUBLIC KEY", "path": "/etc/kubernetes/pki/ca.crt", "byte": "76",
	"context": "admin@lab", "user": "alice", "verb": "get", "resource": "nodes", "sub": "proxy", "node": "worker1", "other": "worker2",
	"sn": "4711", "skid": "AB:CD:EF", "akid": "01:23:45", "audiences": `"a" "b"`, "accepted": `"c"`, "issuer": "https://old", "id": "bootstrap-token-abc",
	"cn": "front proxy", "dns": `"etcd1" "etcd2"`, "endpoint": "peer", "hook": "a.b.c", "line": "7", "server": "https://10.0.0.1:443/apis", "remote": "10.0.0.5:4711",
	"number": "3", "cert": "etcd/ca", "pin": "sha256:9f1c", "local": "10.0.0.1:6443", "there": "10.0.0.9:3010", "account": "kube-system:metrics-server", "group": "cert-manager.io/v1",
	"kind": "Certificate", "image": "reg.example.com/a/b:1", "url": "https://10.0.0.1:443/apis/x/v1", "audience": "kubernetes", "address": "10.0.0.6", "dnsname": "a_b..c", "namespace": "default", "pod": "web-1", "host": "x.y.svc",
}

// readAs are the samples that are read in another form.
var readAs = map[string]string{"audiences": "a, b", "accepted": "c", "dns": "etcd1, etcd2"}

func sample(text string) string {
	return groupMark().ReplaceAllStringFunc(text, func(s string) string { return samples[s[1:len(s)-1]] })
}

// Each text of the table is found as its own entry, before all others, and its
// groups are what was put there.
func TestTextsFindThemselves(t *testing.T) {
	texts := 0
	for _, e := range Entries() {
		for _, text := range e.Texts {
			texts++
			got := Explain(sample(text))
			if len(got) == 0 || got[0].ID != e.ID {
				t.Errorf("%s: %q is %v", e.ID, sample(text), ids(got))
				continue
			}
			for _, mark := range groupMark().FindAllString(text, -1) {
				name := mark[1 : len(mark)-1]
				if want := cmp.Or(readAs[name], samples[name]); got[0].Values[name] != want {
					t.Errorf("%s: %s of %q is %q, want %q", e.ID, name, text, got[0].Values[name], want)
				}
			}
		}
	}
	if len(table) < 100 || texts < 300 {
		t.Errorf("the table has %d entries and %d texts", len(table), texts)
	}
}

func ids(ms []Match) []string {
	out := []string{}
	for _, m := range ms {
		out = append(out, m.ID)
	}
	return out
}

func TestTable(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, e := range Entries() {
		if !kebab.MatchString(e.ID) || seen[e.ID] {
			t.Errorf("%q is no new ID", e.ID)
		}
		seen[e.ID] = true
		if len(e.Texts) == 0 || len(e.Causes) == 0 || e.Family == "" || e.Where.any.who == "" {
			t.Errorf("%s lacks texts, causes, family or where", e.ID)
		}
		sentences := []string{e.Means}
		for _, c := range e.Causes {
			sentences = append(sentences, c.Fix)
			if strings.HasSuffix(c.Text, ".") || c.Text == "" {
				t.Errorf("%s: cause %q is empty or a sentence", e.ID, c.Text)
			}
		}
		for _, s := range sentences {
			if !strings.HasSuffix(s, ".") && s != "{set}" {
				t.Errorf("%s: %q is no sentence", e.ID, s)
			}
		}
		testMarks(t, &e)
	}
}

// testMarks holds that each group and each slot has a word where no value is known.
func testMarks(t *testing.T, e *Entry) {
	t.Helper()
	for _, text := range e.Texts {
		first := groupMark().Split(text, 2)[0]
		if len(squeeze(first)) < 4 {
			t.Errorf("%s: %q does not begin with a word to look for", e.ID, text)
		}
		if strings.HasSuffix(text, "<reason>") {
			t.Errorf("%s: nothing ends the reason of %q", e.ID, text)
		}
		for _, mark := range groupMark().FindAllString(text, -1) {
			if stands[mark[1:len(mark)-1]].word == "" {
				t.Errorf("%s: %s has no word", e.ID, mark)
			}
		}
	}
	all := []string{e.Means, e.Fault}
	for _, w := range []where{e.Where.any, e.Where.client, e.Where.server} {
		all = append(all, w.who, w.fault, w.next)
	}
	for _, c := range e.Causes {
		all = append(all, c.Text, c.Fix, c.Command.String())
		for _, id := range strings.Fields(c.On) {
			if !slices.ContainsFunc(connections, func(c connection) bool { return c.id == id }) {
				t.Errorf("%s: there is no connection %q", e.ID, id)
			}
		}
	}
	m := Match{Entry: e}
	for _, s := range all {
		for _, mark := range slot().FindAllString(m.about().Replace(s), -1) {
			if mark != "{look}" && stands[mark[1:len(mark)-1]].arg == "" {
				t.Errorf("%s: %s of %q has no word", e.ID, mark, s)
			}
		}
	}
}
