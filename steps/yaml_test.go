package steps

import (
	"fmt"
	"strings"
	"testing"
)

// canonical is an answer as the answers file keeps it: the entries of lists,
// without the space around them.
func canonical(f Field, text string) string {
	sep := map[form]string{lineList: "\n", commaList: ","}[f.Form]
	if sep == "" {
		return text
	}
	var out []string
	for item := range strings.SplitSeq(text, sep) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	if f.Form == commaList {
		return strings.Join(out, ", ")
	}
	return strings.Join(out, "\n")
}

// checkRoundTrip holds the promise of YAML: what is read back is what was
// answered, and writing it again changes no byte.
func checkRoundTrip(t *testing.T, a *Answers) {
	t.Helper()
	data := a.YAML()
	f, ps := ParseFile("a.yaml", data)
	if len(ps) > 0 {
		t.Fatalf("own file is refused: %v\n%s", ps, data)
	}
	for _, key := range fileKeys() {
		field, _ := Lookup(key)
		got, ok := f.Answers.Explicit(key)
		_, asked := a.Field(key)
		_, given := a.Explicit(key)
		if ok != (asked || given) {
			t.Errorf("%s: in the file %v, asked %v, given %v", key, ok, asked, given)
		}
		if want := canonical(field, a.Get(key)); ok && got != want {
			t.Errorf("%s is read back as %q, want %q, from\n%s", key, got, want, data)
		}
	}
	if again := f.Answers.YAML(); string(again) != string(data) {
		t.Errorf("written again it differs:\n%s\nwas\n%s", again, data)
	}
}

func TestYAMLOfDefaults(t *testing.T) {
	const want = `layout: three-ca
clusterName: kubernetes
ca: {CN: kubernetes-ca, C: "", ST: "", L: "", O: k8s, OU: System, expiry: 87600h}
encryptionAlgorithm: RSA-2048
caKeys: plain
nodes: []
controlPlaneEndpoint: ""
certSANs: []
serviceSubnet: 10.96.0.0/12
podSubnet: ""
dnsDomain: cluster.local
certificatesDir: /etc/kubernetes/pki
kubeconfigs: embedded
tlsBootstrap: off
signCSRs: no
servingCertificates: no
profiles:
  server:
    expiry: 8760h
    usages: [digital signature, key encipherment, server auth]
  client:
    expiry: 8760h
    usages: [digital signature, key encipherment, client auth]
  peer:
    expiry: 8760h
    usages: [digital signature, key encipherment, server auth, client auth]
expirySpread: off
revocation: off
`
	a := NewAnswers()
	if got := string(a.YAML()); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	checkRoundTrip(t, a)
}

func TestYAMLOfArticle(t *testing.T) {
	f, ps := ParseFile("article.yaml", readTestdata(t, "article.yaml"))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	const want = `layout: article
clusterName: kubernetes
ca: {CN: kubernetes-ca, C: CN, ST: BeiJing, L: BeiJing, O: k8s, OU: System, expiry: 87600h}
encryptionAlgorithm: RSA-2048
nodes:
  - master1 192.168.214.88 control-plane
  - master2 192.168.214.89 control-plane
  - master3 192.168.214.90 control-plane
  - etcd1 192.168.214.200 etcd
  - etcd2 192.168.214.201 etcd
  - etcd3 192.168.214.202 etcd
controlPlaneEndpoint: kube-api.wangk8s-master.com:6443
certSANs: [192.168.214.210]
serviceSubnet: 10.254.0.0/16
podSubnet: ""
dnsDomain: cluster.local
profiles:
  kubernetes:
    expiry: 87600h
    usages: [signing, key encipherment, server auth, client auth]
`
	if got := string(f.Answers.YAML()); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
}

// nasty are texts that YAML writers and readers are known to disagree on.
var nasty = []string{
	"", " ", "~", "null", "yes", "010", "1e3", "6443", "2026-01-01", "=", "<<", "-", "- a", "? a", "a: b", "a #b", "#a",
	"[a", "{a}", "*a", "&a", "!a", "%a", "@a", "`a", "'a", "\"a", "::1", "a\tb", "\ta", "a\nb", "\n", "a\n", "  a\n b", "\x00", "\x1b[1m",
	"\u0085", "\u2028", "\uFEFF", "\uFFFE", "\uFFFD", "北京", "😀", "e\u0301", "\u202e", "\u00a0", "---", "...", "a\\b", strings.Repeat("long ", 100),
	"\U000e0001", "\ue000", ",", "a, b", "a,,b", "'", "\"\"", "|", ">", "|\n a", "key: |\n  a",
}

func TestRoundTrip(t *testing.T) {
	for _, key := range fileKeys() {
		for _, text := range nasty {
			t.Run(fmt.Sprintf("%s=%.20q", key, text), func(t *testing.T) {
				checkRoundTrip(t, answersOf(t, key, text))
			})
		}
	}
	all := NewAnswers()
	for i, key := range fileKeys() {
		if err := all.Set(key, strings.Join(nasty[i:], "\n")); err != nil {
			t.Fatal(err)
		}
	}
	checkRoundTrip(t, all)
}

func TestLocalAnswersAreNotWritten(t *testing.T) {
	a := answersOf(t, ModeKey, ModeNew, DirKey, "/secret/place")
	if string(a.YAML()) != string(NewAnswers().YAML()) {
		t.Errorf("local answers stand in\n%s", a.YAML())
	}
}

func TestLongListsStandInLines(t *testing.T) {
	a := answersOf(t, "certSANs", strings.Repeat("10.0.0.1\n", 9))
	if !strings.Contains(string(a.YAML()), "certSANs:\n  - 10.0.0.1\n  - 10.0.0.1\n") {
		t.Errorf("nine entries stand in one line:\n%s", a.YAML())
	}
}

// FuzzAnswersFile holds three promises for any bytes at all: no panic, each
// problem has a whole sentence and a place within the file, and what could be
// read survives being written.
func FuzzAnswersFile(f *testing.F) {
	f.Add(readTestdata(f, "article.yaml"))
	f.Add(NewAnswers().YAML())
	for _, text := range nasty {
		f.Add([]byte("nodes: |\n  " + text + "\nca: {O: " + text + "}\n"))
		f.Add(answersOf(f, "nodes", text, "ca.O", text, "serviceSubnet", text).YAML())
	}
	for _, s := range []string{
		"", "\xff\xfe", "\uFEFFlayout: x", "a: &a [*a]", "nodes: [[[[", "? a\n: b", "<<: {a: b}", "ca: {CN: a, CN: b}",
		"%YAML 1.1\n---\nlayout: a\n...\n", "nodes: >\n  a\n\n  b\n", "!!binary a: b", "nodes: !!set {a}", "\t", "a:\n\t- b",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, ps := ParseFile("a.yaml", data)
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") +
			strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029") + 2
		for _, p := range ps {
			if s := p.Error(); strings.Contains(s, "%!") && !strings.Contains(string(data), "%!") {
				t.Errorf("badly made sentence %q", s)
			}
			if p.Line < 0 || p.Line > lines || p.Column < 0 {
				t.Errorf("%s stands outside of the file", p.Error())
			}
		}
		for _, key := range fileKeys() {
			for n := range strings.Count(file.Answers.Get(key), "\n") + 2 {
				if line, column := file.Position(key, n); line < 0 || line > lines || column < 0 {
					t.Errorf("%s line %d stands at %d:%d", key, n, line, column)
				}
			}
		}
		checkRoundTrip(t, file.Answers)
	})
}
