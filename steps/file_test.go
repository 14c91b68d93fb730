package steps

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/problem"
)

func TestFileProblems(t *testing.T) {
	tests := []struct {
		name string
		file string
		want []string // place and part of the sentence, in order
	}{
		{"unknown key", "layout: article\nfoo: bar\n",
			[]string{`a.yaml:2:1: unknown key "foo". The keys here are layout, clusterName, ca, `}},
		{"misspelt", "servicesubnet: 10.0.0.0/16\n",
			[]string{`a.yaml:1:1: unknown key "servicesubnet". Did you mean "serviceSubnet"?`}},
		{"misspelt below", "ca:\n  cn: x\n",
			[]string{`a.yaml:2:3: unknown key "ca.cn". Did you mean "ca.CN"?`}},
		{"wrong level", "CN: x\n",
			[]string{`a.yaml:1:1: unknown key "CN". Did you mean "ca.CN"?`}},
		{"dotted", "ca.CN: x\nprofiles.kubernetes.expiry: 1h\n", []string{
			`a.yaml:1:1: unknown key "ca.CN". In a file it is written below its group: ca: {CN: ...}.`,
			`a.yaml:2:1: unknown key "profiles.kubernetes.expiry". In a file it is written below its group: profiles: {kubernetes: {expiry: ...}}.`,
		}},
		{"local", "dir: pki\nmode: new\n", []string{`a.yaml:1:1: "dir" belongs to one run`, `a.yaml:2:1: "mode" belongs`}},
		{"profile name", "profiles: {kubernets: {expiry: 1h}}\n",
			[]string{`a.yaml:1:12: unknown key "profiles.kubernets". Did you mean "profiles.kubernetes"?`}},
		{"duplicate", "ca: {CN: a, CN: b}\nlayout: article\nca: {O: x}\n", []string{
			`a.yaml:1:13: "ca.CN" is given twice, the first time in line 1`,
			`a.yaml:3:1: "ca" is given twice, the first time in line 1`,
		}},
		{"duplicate of unknown", "foo: 1\nfoo: 2\n", []string{`a.yaml:1:1: unknown`, `a.yaml:2:1: "foo" is given twice`}},
		{"number for list", "nodes: 5\n", []string{`a.yaml:1:8: "nodes" is the number 5, but it takes a list`}},
		{"truth value for list", "certSANs: true\n", []string{`a.yaml:1:11: "certSANs" is the truth value true`}},
		{"date for list", "certSANs: 2026-01-01\n", []string{`a.yaml:1:11: "certSANs" is the date 2026-01-01`}},
		{"map for list", "nodes: {m1: 10.0.0.1}\n", []string{`a.yaml:1:8: "nodes" is a group of keys, but it takes a list`}},
		{"map for usages", "profiles:\n  kubernetes:\n    usages: {a: b}\n", []string{`a.yaml:3:13: "profiles.kubernetes.usages" is a group of keys`}},
		{"map for scalar", "dnsDomain: {a: b}\n", []string{`a.yaml:1:12: "dnsDomain" is a group of keys, but it takes one value`}},
		{"map for a network", "serviceSubnet: {a: b}\n", []string{`"serviceSubnet" is a group of keys, but it takes one value`}},
		{"list for scalar", "clusterName: [a]\n", []string{`a.yaml:1:14: "clusterName" is a list, but it takes one value`}},
		{"scalar for map", "ca: kubernetes-ca\n", []string{`a.yaml:1:5: "ca" is the text "kubernetes-ca", but it takes keys with values. Write for instance ca: {CN: ...}.`}},
		{"list for map", "profiles: [kubernetes]\n", []string{`a.yaml:1:11: "profiles" is a list, but it takes keys with values. Write for instance profiles: {server: {expiry: ...}}.`}},
		{"node with a colon", "nodes:\n  - master1: 10.0.0.1\n  - [a]\n  - fine\n", []string{
			`a.yaml:2:5: an entry of "nodes" is a group of keys, but each entry is one text`,
			`a.yaml:3:5: an entry of "nodes" is a list`,
		}},
		{"list key", "[a, b]: c\n", []string{`a.yaml:1:1: a list stands where a key is wanted`}},
		{"not a map", "- layout\n", []string{`a.yaml:1:1: the file holds a list instead of keys with values`}},
		{"text alone", "layout article\n", []string{`a.yaml:1:1: the file holds one text`}},
		{"anchor and alias", "layout: &l article\nclusterName: *l\n", []string{`a.yaml:1:9: "&l" is a YAML anchor`, `a.yaml:2:14: "*l" is a YAML anchor or alias`}},
		{"alias in a list", "layout: &l article\ncertSANs: [*l, 10.0.0.1]\n", []string{`a.yaml:1:9`, `a.yaml:2:12: "*l"`}},
		{"merge key", "ca: &c {CN: x}\n<<: *c\n", []string{`a.yaml:1:5: "&c"`, `a.yaml:2:1: unknown key "<<"`}},
		{"tag", "layout: !!str article\nnodes: !mine [a]\n", []string{`a.yaml:1:9: "!!str" is a YAML tag`, `a.yaml:2:8: "!mine"`}},
		{"two documents", "layout: article\n---\nlayout: other\n", []string{`a.yaml:2:1: a second YAML document begins here`}},
		{"two documents, second broken", "layout: article\n---\n{\n", []string{`a.yaml:4: this is not YAML`}},
		{"tab", "ca:\n\tCN: x\n", []string{`a.yaml:2:1: a tab stands before the text`}},
		{"tab after spaces", "nodes:\n  \t- a\n  \t- b: [\n", []string{`a.yaml:2:3: a tab`, `a.yaml:3:3: a tab`}},
		{"syntax", "layout: article\nca: {CN: x\nnodes: []\n", []string{`a.yaml:2: this is not YAML: did not find expected ',' or '}'`}},
		{"two colons", "layout: article\nclusterName: a: b\n", []string{`a.yaml:2: this is not YAML: mapping values are not allowed`}},
		{"syntax in the first line", "ca: {CN: x\n", []string{`a.yaml:2: this`}},
		{"loopback in a flow list", "layout: article\ncertSANs: [::1]\n", []string{`a.yaml:2: this is not YAML: did not find expected node content. Quote a value that`}},
		{"alias of nothing", "layout: article\nclusterName: *lab\n", []string{`a.yaml:2:14: "*lab" is a YAML anchor or alias`}},
		{"control character", "layout: article\nca: {ST: 北\x1b[1m}\n", []string{`a.yaml:2:11: the character U+001B cannot stand in a YAML file`}},
		{"utf-16", "\xff\xfel\x00a\x00", []string{`a.yaml:1:1: the file is UTF-16`}},
		{"latin-1", "layout: article\nca: {ST: B\xe9ijing}\n", []string{`a.yaml:2:11: byte 0xe9 is not UTF-8. Save the file as UTF-8.`}},
		{"latin-1 behind CJK", "ca: {ST: 北京\xe9}\n", []string{`a.yaml:1:12: byte 0xe9`}},
		{"too large", strings.Repeat("#", maxFile+1), []string{`a.yaml: the file has 4194305 bytes, more than an answers file may have (4194304)`}},
		{"all at once", "foo: 1\nnodes: 5\nca: {CN: [a], CN: b}\nclusterName: {}\n", []string{
			`a.yaml:1:1: unknown`, `a.yaml:2:8: "nodes"`, `a.yaml:3:10: "ca.CN" is a list`, `a.yaml:3:15: "ca.CN" is given twice`, `a.yaml:4:14: "clusterName"`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, ps := ParseFile("a.yaml", []byte(tt.file))
			for i, p := range ps {
				if strings.Contains(p.Error(), "%!") || p.Fix() == "" {
					t.Errorf("badly made sentence: %s", p.Error())
				}
				if i < len(tt.want) && !strings.HasPrefix(p.Error(), tt.want[i]) && !strings.Contains(p.Error(), tt.want[i]) {
					t.Errorf("problem %d is\n%s\nwant\n%s", i, p.Error(), tt.want[i])
				}
			}
			if len(ps) != len(tt.want) {
				t.Errorf("%d problems, want %d: %v", len(ps), len(tt.want), ps)
			}
		})
	}
}

// A file of another program is named for what it is, in one problem, whatever keys it
// has in common with answers.
func TestForeignFiles(t *testing.T) {
	const cluster = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: lab\ncontrolPlaneEndpoint: api.example.com:6443\nnetworking: {serviceSubnet: 10.254.0.0/16}\n"
	const initial = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 192.0.2.88}\n"
	const hosts = "  hosts:\n    node1: {ip: 192.0.2.11}\n  children:\n    etcd: {hosts: {node1: null}}\n"
	for _, tt := range []struct{ file, want string }{
		{cluster, "a.yaml:1:1: this is kubeadm's ClusterConfiguration, and no answers file. Give it by --import, instead of --answers."},
		{"# mine\n" + initial + "---\n" + cluster, "a.yaml:2:1: this is kubeadm's InitConfiguration"},
		{`{"apiVersion": "kubeadm.k8s.io/v1beta3", "kind": "ClusterConfiguration"}`, "this is kubeadm's ClusterConfiguration"},
		{"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n", "this is an object of Kubernetes (KubeletConfiguration)"},
		{"apiVersion: v1\nkind: Config\nusers: []\n", "this is an object of Kubernetes (Config)"},
		{`{"CN": "kubernetes", "hosts": ["127.0.0.1"], "key": {"algo": "rsa", "size": 2048}, "names": [{"O": "k8s"}]}`, `this is a certificate request of cfssl for "kubernetes"`},
		{`{"CN": "admin", "key": {"algo": "ecdsa", "size": 256}}`, `this is a certificate request of cfssl for "admin"`},
		{`{"signing": {"default": {"expiry": "8760h"}}}`, "this is the signing configuration of cfssl"},
		{"all:\n" + hosts, "this is an inventory of Ansible"},
		{"node1 ip=192.0.2.11\n\n[kube_control_plane]\nnode1\n\n[etcd:children]\nkube_control_plane\n", "a.yaml:3:1: this is an inventory of Ansible"},
		{"nodes:\n- address: 192.0.2.11\n  user: lab\n  role: [controlplane, etcd]\n", "this is a cluster.yml of RKE"},
	} {
		f, ps := ParseFile("a.yaml", []byte(tt.file))
		if len(ps) != 1 || !strings.Contains(ps[0].Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.file, ps, tt.want)
		}
		if f.Answers.YAML() == nil || !slices.Equal(f.Answers.YAML(), NewAnswers().YAML()) {
			t.Errorf("%q: something of it was taken", tt.file)
		}
	}
}

func TestFileTextsAreUsed(t *testing.T) {
	for code, text := range fileTexts {
		if text.what == "" || text.fix == "" || strings.HasSuffix(text.what, ".") {
			t.Errorf("%s: a problem says what is wrong (no stop) and what would be right", code)
		}
	}
}

// Scalars are what was written, not what YAML 1.1 makes of them.
func TestScalarsStayAsWritten(t *testing.T) {
	for _, tt := range []struct{ written, want string }{
		{"6443", "6443"}, {"yes", "yes"}, {"1e3", "1e3"}, {"010", "010"}, {"0x1F", "0x1F"}, {"1_000", "1_000"},
		{"2026-01-01", "2026-01-01"}, {"87600h", "87600h"}, {"1:30", "1:30"}, {".inf", ".inf"}, {"True", "True"},
		{"", ""}, {"~", ""}, {"null", ""}, {`""`, ""}, {`"null"`, "null"}, {"'a b'", "a b"}, {"a # b", "a"}, {"a#b", "a#b"},
		{"[fd00::1]", ""}, {"北京", "北京"},
	} {
		f, ps := ParseFile("a.yaml", []byte("ca: {O: x}\nclusterName: "+tt.written+"\n"))
		if tt.written == "[fd00::1]" {
			if len(ps) != 1 {
				t.Errorf("%s: %v", tt.written, ps)
			}
			continue
		}
		if got, ok := f.Answers.Explicit("clusterName"); !ok || got != tt.want || len(ps) > 0 {
			t.Errorf("%s: %q, %v; want %q", tt.written, got, ps, tt.want)
		}
	}
}

func TestListForms(t *testing.T) {
	tests := []struct{ file, key, want string }{
		{"nodes: [a 10.0.0.1, b]\n", "nodes", "a 10.0.0.1\nb"},
		{"nodes:\n- a\n- b\n", "nodes", "a\nb"},
		{"nodes: |\n  10.0.0.1 a\n  # two\n  10.0.0.2 b\n", "nodes", "10.0.0.1 a\n# two\n10.0.0.2 b\n"},
		{"nodes: a 10.0.0.1\n", "nodes", "a 10.0.0.1"},
		{"nodes: ~\n", "nodes", ""},
		{"nodes: [1, yes, ~, 010]\n", "nodes", "1\nyes\n\n010"},
		{"nodes: [\"a\\nb\", c]\n", "nodes", "a\nb\nc"},
		{"certSANs: [fd00::1, \"::1\"]\n", "certSANs", "fd00::1\n::1"},
		{"certSANs:\n  - ::1\n", "certSANs", "::1"},
		{"serviceSubnet: 10.0.0.0/16,fd00::/112\n", "serviceSubnet", "10.0.0.0/16,fd00::/112"},
		{"serviceSubnet: [10.0.0.0/16, fd00::/112]\n", "serviceSubnet", "10.0.0.0/16, fd00::/112"},
		{"profiles: {kubernetes: {usages: [signing, client auth]}}\n", "profiles.kubernetes.usages", "signing, client auth"},
		{"profiles: {kubernetes: {usages: \"signing, client auth\"}}\n", "profiles.kubernetes.usages", "signing, client auth"},
	}
	for _, tt := range tests {
		f, ps := ParseFile("a.yaml", []byte(tt.file))
		if got, ok := f.Answers.Explicit(tt.key); !ok || got != tt.want || len(ps) > 0 {
			t.Errorf("%q: %q, %v; want %q", tt.file, got, ps, tt.want)
		}
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, data := range []string{"", "# nothing\n", "---\n", "{}\n", "~\n", "ca:\nprofiles:\n", "\uFEFF", "profiles: {kubernetes: }\n"} {
		f, ps := ParseFile("a.yaml", []byte(data))
		if len(ps) > 0 || !f.Answers.Equal(NewAnswers()) {
			t.Errorf("%q: %v, %v", data, f.Answers, ps)
		}
	}
}

func TestPositions(t *testing.T) {
	const data = `clusterName: lab
ca: {CN: lab-ca, O: k8s}
nodes:
  - a 10.0.0.1

  - b 10.0.0.2
  - "c 10.0.0.3\nd 10.0.0.4"
  - |
    e 10.0.0.5
    f 10.0.0.6
certSANs: [10.0.0.7, 10.0.0.8]
profiles:
  kubernetes: {expiry: 1h}
`
	const block = "nodes: |\n  # head\n  a 10.0.0.1\n\n    b 10.0.0.2\n"
	tests := []struct {
		file, key string
		line      int
		want      string
	}{
		{data, "clusterName", 0, "1:14"},
		{data, "clusterName", 1, "1:14"},
		{data, "ca.O", 0, "2:21"},
		{data, "nodes", 0, "4:3"},
		{data, "nodes", 1, "4:5"},
		{data, "nodes", 2, "6:5"},
		{data, "nodes", 3, "7:5"},
		{data, "nodes", 4, "7:5"},
		{data, "nodes", 5, "9:5"},
		{data, "nodes", 6, "10:5"},
		{data, "nodes", 99, "4:3"},
		{data, "certSANs", 2, "11:22"},
		{data, "profiles.kubernetes.expiry", 0, "13:24"},
		{data, "ca.C", 0, "0:0"},
		{data, "nonsense", 0, "0:0"},
		{block, "nodes", 1, "2:3"},
		{block, "nodes", 2, "3:3"},
		{block, "nodes", 4, "5:5"},
	}
	for _, tt := range tests {
		f, ps := ParseFile("a.yaml", []byte(tt.file))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		line, column := f.Position(tt.key, tt.line)
		if got := fmt.Sprintf("%d:%d", line, column); got != tt.want {
			t.Errorf("%s line %d stands at %s, want %s", tt.key, tt.line, got, tt.want)
		}
	}

	f, _ := ParseFile("a.yaml", []byte(data))
	if got := f.Place(problem.Problem{Key: "nodes", Line: 2}); got != "a.yaml:6:5" {
		t.Errorf("Place is %q", got)
	}
	if err := f.Answers.Set("nodes", "x"); err != nil {
		t.Fatal(err)
	}
	if got := f.Place(problem.Problem{Key: "nodes", Line: 1}); got != "" {
		t.Errorf("an answer changed by --set stands at %q", got)
	}
}

// A byte order mark is what some editors write; YAML allows it, and it must
// not move the columns.
func TestByteOrderMarkAndCRLF(t *testing.T) {
	f, ps := ParseFile("a.yaml", []byte("\uFEFFlayout: article\r\nnodes:\r\n  - a 10.0.0.1\r\n"))
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	if line, column := f.Position("layout", 0); line != 1 || column != 9 {
		t.Errorf("layout stands at %d:%d", line, column)
	}
	if got := f.Answers.Get("nodes"); got != "a 10.0.0.1" {
		t.Errorf("nodes is %q", got)
	}
}

func TestProblemsComeInOrder(t *testing.T) {
	_, ps := ParseFile("a.yaml", []byte("nodes: 1\ncertSANs: 2\n---\n"))
	if !slices.IsSortedFunc(ps, func(a, b FileProblem) int { return a.Line - b.Line }) || len(ps) != 3 {
		t.Errorf("%v", ps)
	}
}
