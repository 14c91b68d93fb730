package steps

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/steps/imports"
)

// importFiles gives answers what files of testdata say.
func importFiles(t testing.TB, a *Answers, names ...string) *imports.Result {
	t.Helper()
	var all []imports.Source
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("imports", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, imports.Source{Name: name, Data: data})
	}
	out, bad := a.Import(all, nil)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return out
}

// TestImportedClusters holds that what was imported builds to the cluster that the files
// describe, without an error.
func TestImportedClusters(t *testing.T) {
	for _, tt := range []struct {
		files []string
		nodes []string
		want  func(c *spec.Cluster) bool
	}{
		{[]string{"kubeadm-v1beta4.yaml"}, []string{"master1 192.0.2.11 control-plane,etcd"}, func(c *spec.Cluster) bool {
			return c.Name == "lab" && c.Key == spec.ECDSAP256 && c.Endpoint.String() == "api.example.com:6443" && c.PodSubnets[0].String() == "10.244.0.0/16"
		}},
		{[]string{"kubeadm-v1beta3.yaml"}, []string{"node-192-0-2-21 192.0.2.21 etcd", "node-192-0-2-22 192.0.2.22 etcd", "node-192-0-2-23 192.0.2.23 etcd", "master1 192.0.2.11 control-plane"},
			func(c *spec.Cluster) bool { return c.Name == "old" && c.SANs[0].String() == "192.0.2.210" }},
		{[]string{"kubespray-hosts.yaml"}, []string{"node1 192.0.2.11 control-plane,etcd", "node2 192.0.2.12 control-plane,etcd", "node3 192.0.2.13 etcd,worker", "node4 192.0.2.14,198.51.100.14 worker"},
			func(c *spec.Cluster) bool {
				return c.ServiceSubnets[0].String() == "10.233.0.0/18" && c.Endpoint.Port == 8383
			}},
		{[]string{"kubespray-old.ini"}, []string{"master-0 192.0.2.11 control-plane,etcd", "worker-0 192.0.2.21 worker"}, nil},
		{[]string{"kubeasz3-hosts"}, []string{"master-01 192.0.2.1 control-plane,etcd", "master-02 192.0.2.2 control-plane,etcd", "worker-01 192.0.2.3 etcd,worker", "worker-02 192.0.2.4 worker"},
			func(c *spec.Cluster) bool {
				return c.CertificatesDir == "/etc/kubernetes/ssl" && c.Endpoint.Port == 8443
			}},
		{[]string{"kubectl-old-wide.txt"}, []string{"server-1 192.0.2.31 control-plane,etcd", "agent-1 192.0.2.32 worker"}, nil},
		{[]string{"kubectl-nodes.json"}, []string{"master1 192.0.2.11,fd00::11 control-plane,etcd", "192.0.2.21 worker1 worker1.example.com worker"}, nil},
		{[]string{"rke-cluster.yml"}, []string{"node1 192.0.2.1,203.0.113.1 control-plane,etcd", "node2 192.0.2.2,203.0.113.2 worker"}, nil},
		{[]string{"kubectl-wide.txt", "kubeadm-configmap.yaml", "ca-csr.json", "ca-config.json"},
			[]string{"master1 192.0.2.11 control-plane,etcd", "master2 192.0.2.12 control-plane,etcd", "master3 192.0.2.13 control-plane,etcd", "worker1 192.0.2.21,203.0.113.21 worker", "worker2 192.0.2.22 worker"},
			func(c *spec.Cluster) bool {
				p, _ := c.Profile("server")
				return c.CA.Subject == spec.Subject{CN: "kubernetes", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"} && p.Expiry.Hours() == 43800
			}},
	} {
		t.Run(strings.Join(tt.files, " "), func(t *testing.T) {
			a := NewAnswers()
			importFiles(t, a, tt.files...)
			c, ps := Build(a, testNow)
			if problem.HasErrors(ps) {
				t.Errorf("problems: %v", ps)
			}
			var nodes []string
			for _, n := range c.Nodes {
				nodes = append(nodes, n.String())
			}
			if !slices.Equal(nodes, tt.nodes) {
				t.Errorf("nodes are\n%q\nwant\n%q", nodes, tt.nodes)
			}
			if tt.want != nil && !tt.want(c) {
				t.Errorf("the cluster is %+v", c)
			}
			f, bad := ParseFile("a.yaml", a.YAML())
			if len(bad) > 0 || !f.Answers.withoutLocal().sameText(a) {
				t.Errorf("the answers file is another one: %v\n%s", bad, a.YAML())
			}
		})
	}
}

// sameText reports whether all answers are the same, given or not.
func (a *Answers) sameText(b *Answers) bool {
	return !slices.ContainsFunc(fileKeys(), func(key string) bool { return a.Get(key) != b.Get(key) })
}

// TestImportArticle takes the article's own files: with its layout they are the article's.
func TestImportArticle(t *testing.T) {
	a := NewAnswers()
	for _, kv := range []string{"layout=article", "nodes=192.168.214.88-90", "ca.CN=kubernetes-ca", "serviceSubnet=10.254.0.0/16"} {
		if err := a.Assign(kv); err != nil {
			t.Fatal(err)
		}
	}
	i := importFiles(t, a, "ca-csr.json", "kubernetes-csr.json", "ca-config.json")
	c, ps := Build(a, testNow)
	if problem.HasErrors(ps) {
		t.Errorf("problems: %v", ps)
	}
	p, ok := c.Profile("kubernetes")
	if !ok || p.Expiry.Hours() != 43800 || c.CA.Subject.CN != "kubernetes-ca" || c.CA.Subject.ST != "BeiJing" || len(c.SANs) < 3 {
		t.Errorf("the cluster is %+v", c)
	}
	if all := imports.Sentences(i.Notes, imports.Unused); !slices.Contains(all, `ca-csr.json:2 CN: it says "kubernetes"; the answer is "kubernetes-ca"`) {
		t.Errorf("the notes are %q", all)
	}
}

// TestImportKeys holds that every answer that a file can give is a question.
func TestImportKeys(t *testing.T) {
	files, err := filepath.Glob("imports/testdata/*.*")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		a := NewAnswers()
		for _, v := range importFiles(t, a, filepath.Base(file)).Taken {
			if seen[v.Key] = true; StepOf(v.Key) == "" {
				t.Errorf("%s gives %s, which is no question", file, v.Key)
			}
			if a.Origin(v.Key) != filepath.Base(file) {
				t.Errorf("%s of %s comes from %q", v.Key, file, a.Origin(v.Key))
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d keys were seen", len(seen))
	}
}

// TestOrigin holds that an origin is one as long as the answer is what was taken.
func TestOrigin(t *testing.T) {
	a := NewAnswers()
	importFiles(t, a, "kubespray-hosts.yaml")
	b := a.Clone()
	if err := a.Set("nodes", "m1 192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	a.Unset("serviceSubnet")
	if a.Origin("nodes") != "" || a.Origin("serviceSubnet") != "" || b.Origin("nodes") != "kubespray-hosts.yaml" {
		t.Errorf("origins are %q, %q, %q", a.Origin("nodes"), a.Origin("serviceSubnet"), b.Origin("nodes"))
	}
	c := NewAnswers()
	c.Merge(b)
	if c.Origin("podSubnet") != "kubespray-hosts.yaml" {
		t.Errorf("the origin is %q", c.Origin("podSubnet"))
	}
}

// TestImportPlace holds that what is wrong with a value is said at its line of its file.
func TestImportPlace(t *testing.T) {
	const text = "[etcd]\nn1 ip=192.0.2.1\nN2 ip=192.0.2.2\n[kube_master]\nn1\n[all:vars]\nSERVICE_CIDR=10.0.0.0/33\n"
	a := NewAnswers()
	i, bad := a.Import([]imports.Source{{Name: "hosts", Data: []byte(text)}}, nil)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	var places []string
	_, ps := Build(a, testNow)
	for _, p := range ps {
		places = append(places, i.Place(p.Key, a.Get(p.Key), p.Line))
	}
	for _, want := range []string{"hosts:3 [etcd]", "hosts:7 [all:vars] SERVICE_CIDR"} {
		if !slices.Contains(places, want) {
			t.Errorf("no problem at %s: %q of %v", want, places, ps)
		}
	}
	if err := a.Set(nodesKey, "N2 192.0.2.2"); err != nil {
		t.Fatal(err)
	}
	if at := i.Place(nodesKey, a.Get(nodesKey), 1); at != "" {
		t.Errorf("an answer that was changed stands at %s", at)
	}
}

// TestImportRefuses holds what is said of files that cannot be imported.
func TestImportRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{strings.Repeat("#", maxFile+1), "a: the file has 4194305 bytes, more than can be imported (4194304). Of many nodes, kubectl get nodes -o wide"},
		{"layout: three-ca\n", "a: this is an answers file. Give it by --answers."},
		{"hello", "a: nothing in the file is of a form that can be imported. These can be imported: kubeadm's"},
		{"a: b: c\n", "a:1: nothing in the file is of a form that can be imported, and it is neither YAML nor JSON: mapping values"},
		{"apiVersion: v1\nkind: Secret\n", "a:1:1: this is an object of Kubernetes (Secret), which says nothing about certificates here."},
		{"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nx: &a [b]\ny: *a\n", `a:3:4: "&a" is a YAML anchor or alias`},
		{"\xff\xfe", "a:1:1: the file is UTF-16"},
		{"[etcd]\nn1 \x1b[1m\n", "a:2:4: the character U+001B"},
	} {
		_, bad := NewAnswers().Import([]imports.Source{{Name: "a", Data: []byte(tt.text)}}, nil)
		if len(bad) == 0 || !strings.HasPrefix(bad[0].Error(), tt.want) || strings.Contains(bad[0].Error(), "%!") {
			t.Errorf("%.40q: got %v, want %q", tt.text, bad, tt.want)
		}
	}
}

// TestPaste holds what becomes of texts that are pasted where nodes are asked for.
func TestPaste(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join("imports", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(data), "\n", "\r") // as a terminal brings it
	}
	for _, plain := range []string{"m1 192.0.2.1", "192.0.2.1 m1\n192.0.2.2 m2\n", "\tm1 192.0.2.1\n", "{", "layout: article"} {
		a := NewAnswers()
		if _, _, ok := a.Paste(nodesKey, plain); ok || !a.Empty() {
			t.Errorf("%q is no text of another program", plain)
		}
	}
	if _, _, ok := NewAnswers().Paste(namesKey, read("hosts")); ok {
		t.Error("only where nodes are asked for")
	}
	a := NewAnswers()
	if err := a.Set(nodesKey, "master1 192.0.2.11 control-plane,etcd\n# mine\nother 192.0.2.99 worker\n"); err != nil {
		t.Fatal(err)
	}
	if err := a.Set("podSubnet", "172.30.0.0/16"); err != nil {
		t.Fatal(err)
	}
	i, bad, ok := a.Paste(nodesKey, read("kubectl-wide.txt"))
	if !ok || len(bad) > 0 {
		t.Fatalf("%t, %v", ok, bad)
	}
	want := "master1 192.0.2.11 control-plane,etcd\n# mine\nother 192.0.2.99 worker\nmaster2 192.0.2.12 control-plane,etcd\nmaster3 192.0.2.13 control-plane,etcd\n" +
		"worker1 192.0.2.21,203.0.113.21 worker\nworker2 192.0.2.22 worker"
	if a.Get(nodesKey) != want {
		t.Errorf("got\n%s\nwant\n%s", a.Get(nodesKey), want)
	}
	if got := imports.Sentences(i.Notes, imports.Unused); len(got) != 1 || got[0] != `line 2 master1: "master1" is among the nodes already` {
		t.Errorf("the notes are %q", got)
	}
	if at := i.Place(nodesKey, a.Get(nodesKey), 4); at != "line 3 master2" {
		t.Errorf("line 4 stands at %q", at)
	}
	if _, _, ok := a.Paste(nodesKey, read("kubeadm-configmap.yaml")); !ok || a.Get("podSubnet") != "172.30.0.0/16" || a.Get("clusterName") != "lab" {
		t.Errorf("%t: what was typed is %q, and what was not is %q", ok, a.Get("podSubnet"), a.Get("clusterName"))
	}
	if i, bad, ok := a.Paste(nodesKey, "apiVersion: v1\nkind: Pod\n"); !ok || i != nil || len(bad) != 1 {
		t.Errorf("a pod: %v, %v, %t", i, bad, ok)
	}
}
