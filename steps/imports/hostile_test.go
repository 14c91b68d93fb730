package imports

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

const iniHead = "[all]\n"

// TestFaults holds that what cannot be used is refused at its line.
func TestFaults(t *testing.T) {
	bomb := "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\na: &a [x, x, x]\nb: &b [*a, *a, *a]\nclusterName: *b\n"
	for _, tt := range []struct {
		name, text string
		line       int
		code       problem.Code
	}{
		{"aliases that multiply", bomb, 3, FaultAlias},
		{"merge key", "all:\n  hosts: &h {node1: }\n  children:\n    etcd: {hosts: {<<: *h}}\n", 2, FaultAlias},
		{"key twice", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nclusterName: a\nclusterName: b\n", 4, FaultDuplicate},
		{"list for a text", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: [10.0.0.0/8]\n", 4, FaultWantsText},
		{"text for a group", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: 10.0.0.0/8\n", 3, FaultWantsGroup},
		{"text for a list", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {certSANs: a}\n", 3, FaultWantsList},
		{"deep", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nx: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "\n", 3, FaultDepth},
		{"many documents", strings.Repeat("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n---\n", 100), 192, FaultDocuments},
		{"hosts that are a list", "all:\n  hosts:\n    - node1\n  children:\n    etcd:\n      hosts: {}\n", 3, FaultWantsGroup},
		{"no wide list", "NAME      STATUS   ROLES    AGE   VERSION\nmaster1   Ready    <none>   1d    v1.30.0\n", 1, FaultNoWide},
		{"another object", "apiVersion: apps/v1\nkind: Deployment\n", 1, FaultNotTaken},
		{"range without an end", "[etcd]\nnode[1:\n", 2, FaultRange},
		{"range backwards", "[etcd]\nnode[3:1]\n", 2, FaultRange},
		{"range by nothing", "[etcd]\nnode[1:3:0]\n", 2, FaultRange},
		{"range of everything", "[etcd]\nnode[1:999999]\n", 2, FaultManyHosts},
		{"ranges that multiply", "[etcd]\nnode[1:900][1:900][1:900][1:900]\n", 2, FaultManyHosts},
		{"a long range", "[etcd]\n" + strings.Repeat("[a:z]", 200000) + "\n", 2, FaultGroup},
		{"open quote", "[etcd]\nnode1 ip='192.0.2.1\n", 2, FaultVariable},
		{"no variable", "[etcd]\nnode1 192.0.2.1\n", 2, FaultVariable},
		{"half a group", "[etcd]\nnode1\n[kube_node\nnode2\n", 3, FaultGroup},
		{"unknown part", "[etcd]\nnode1\n[etcd:hosts]\n", 3, FaultGroup},
		{"names that are a text", `{"CN": "kubernetes", "hosts": [], "key": {"algo": "rsa", "size": 2048}, "names": "CN"}`, 1, FaultWantsList},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			_, faults, err := Read("x", []byte(tt.text))
			if err != nil || len(faults) == 0 || faults[0].Line != tt.line || faults[0].Code != tt.code {
				t.Fatalf("got %v, %v, want %s in line %d", faults, err, tt.code, tt.line)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestUnknown holds that what others write for other ends is not taken for one of the forms.
func TestUnknown(t *testing.T) {
	for _, text := range []string{
		"", "\n\n", "hello", "layout: three-ca\nnodes:\n  - a 10.0.0.1\n", "master1 192.0.2.11 control-plane,etcd\nworker1 192.0.2.21 worker\n",
		"192.0.2.11 master1 control-plane\n", "192.0.2.11\n", "192.0.2.11-13 master\n", "[Unit]\nDescription=etcd\n\n[Service]\nExecStart=/usr/bin/etcd\n",
		"[mysqld]\nuser=mysql\n", "all: true\n", "signing: {}\n", `{"CN": 1}`, `{"kind": "List", "items": []}`, "[]", "{}", "null", "a: b: c",
	} {
		if in, faults, err := Read("x", []byte(text)); err == nil {
			t.Errorf("%q is %q, with %v", text, in.Is, faults)
		} else if !errors.Is(err, ErrUnknown) && !errors.As(err, new(*SyntaxError)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestNodes holds how single lines are read, in forms that have traps.
func TestNodes(t *testing.T) {
	for _, tt := range []struct{ name, text, nodes, note string }{
		{"names that are roles", "127.0.0.1 localhost\n192.0.2.11 master\n192.0.2.12 etcd node2\n", "master 192.0.2.11\netcd 192.0.2.12", `"node2" cannot be a further name of etcd`},
		{"an alias that is a role", "127.0.0.1 localhost\n192.0.2.11 m1 m1.example.com\n192.0.2.11 m1.lab\n", "192.0.2.11 m1 m1.example.com m1.lab", ""},
		{"no name of a machine", "[etcd]\n\"a b\" ip=192.0.2.1\na#b ip=192.0.2.2\nc,d ip=192.0.2.3\ngood ip=192.0.2.4\n", "good 192.0.2.4 etcd", `"a b" cannot be the name of a node`},
		{"a name that is a range", "[etcd]\n192.0.2.1-9 ip=192.0.2.1\n", "", `"192.0.2.1-9" cannot be the name of a node`},
		{"no address", "[etcd]\nnode1\nnode2 ansible_host=node2.example.com\n", "", "without an address: node1 (line 2), node2 (line 3)"},
		{"a template", "[etcd]\nnode1 ip='{{ address }}'\n", "", "Ansible works it out"},
		{"first variable counts", "[etcd]\nnode1 ip=192.0.2.1\n[kube_node]\nnode1 ip=192.0.2.2\n", "node1 192.0.2.1 etcd,worker", `it says "192.0.2.2"; "192.0.2.1", at x:2`},
		{"groups in a circle", "[etcd]\nnode1 ip=192.0.2.1\n[etcd:children]\nkube_node\n[kube_node:children]\netcd\n", "node1 192.0.2.1 etcd,worker", ""},
		{"ranges", "[etcd]\nnode[01:03:2].lab\n[all:vars]\nx=1\n[kube_node]\nrack[a:b] ip=192.0.2.1\n", "racka 192.0.2.1 worker\nrackb 192.0.2.1 worker", "without an address: node01.lab (line 2), node03.lab (line 2)"},
		{"a port of SSH", "[etcd]\nnode1:2222 ip=192.0.2.1\n192.0.2.2:2222\n", "node1 192.0.2.1 etcd\n192.0.2.2 etcd", ""},
		{"IPv6", "[etcd]\nfd00::1\nnode2 ip=fd00::2\nnode3 ip=fe80::1%eth0\n", "fd00::1 etcd\nnode2 fd00::2 etcd", `"fe80::1%eth0" is no address`},
		{"members by name", "a=https://etcd-a:2380,b=https://192.0.2.2:2380", "b 192.0.2.2 etcd", `"etcd-a" is no address`},
		{"a flag", "  --initial-cluster=a=https://192.0.2.1:2380,b=http://[fd00::2]:2380 \\\n  --other", "a 192.0.2.1 etcd\nb fd00::2 etcd", "another line"},
		{"etcd's configuration", "name: a\ninitial-cluster: 'a=https://192.0.2.1:2380'\n", "a 192.0.2.1 etcd", ""},
		{"prompt before the table", "$ kubectl get nodes -o wide\nNAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP\nm1 Ready master 1d v1.18 192.0.2.1 <none>\nbroken\n", "m1 192.0.2.1 control-plane,etcd", `"broken" is no row`},
		{"one node", "apiVersion: v1\nkind: Node\nmetadata: {name: w1}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.1}]}\n", "w1 192.0.2.1 worker", ""},
		{"a node without addresses", "apiVersion: v1\nkind: Node\nmetadata: {name: w1}\n", "", `"w1" has no address`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, faults, err := Read("x", []byte(tt.text))
			if err != nil || len(faults) > 0 {
				t.Fatalf("%v, %v", faults, err)
			}
			m := Merge([]*Import{in}, three)
			if got := nodesOf(m); got != tt.nodes {
				t.Errorf("got\n%s\nwant\n%s", got, tt.nodes)
			}
			if all := notesOf(m); !strings.Contains(all, tt.note) {
				t.Errorf("the notes say\n%s\nand not %s", all, tt.note)
			}
		})
	}
}

// TestContradictions holds what two texts about one machine lead to.
func TestContradictions(t *testing.T) {
	for _, tt := range []struct{ name, a, b, nodes, note string }{
		{"another address", "[etcd]\nn1 ip=192.0.2.1\n", "[etcd]\nn1 ip=192.0.2.9\n", "n1 192.0.2.1 etcd", "n1 is at 192.0.2.1 there, and at 192.0.2.9 here"},
		{"another name", "[etcd]\nn1 ip=192.0.2.1\n", "[etcd]\nm1 ip=192.0.2.1\n", "n1 192.0.2.1 etcd", `192.0.2.1 is called "n1" there, and "m1" here`},
		{"other roles", "[etcd]\nn1 ip=192.0.2.1\n", "[kube_node]\nn1 ip=192.0.2.1\n", "n1 192.0.2.1 etcd", "n1 is etcd there, and worker here"},
		{"members have names of their own", "[kube_node]\nn1 ip=192.0.2.1\n", "etcd1=https://192.0.2.1:2380", "n1 192.0.2.1 worker", "n1 is worker there, and etcd here"},
		{"what lists nodes comes first", "127.0.0.1 localhost\n192.0.2.1 n1.lab n1\n192.0.2.7 printer\n", "[etcd]\nn1 ip=192.0.2.1\n", "192.0.2.1 n1 n1.lab etcd", `another file lists the nodes, and "printer" is none of them`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var all []*Import
			for i, text := range []string{tt.a, tt.b} {
				in, faults, err := Read(fmt.Sprint("f", i), []byte(text))
				if err != nil || len(faults) > 0 {
					t.Fatalf("%v, %v", faults, err)
				}
				all = append(all, in)
			}
			m := Merge(all, three)
			if got := nodesOf(m); got != tt.nodes {
				t.Errorf("got\n%s\nwant\n%s", got, tt.nodes)
			}
			if all := notesOf(m); !strings.Contains(all, tt.note) {
				t.Errorf("the notes say\n%s\nand not %s", all, tt.note)
			}
		})
	}
}

// TestLarge holds that thousands of hosts take no time worth speaking of.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString(iniHead)
	for i := range 5000 {
		fmt.Fprintf(&b, "node%d ip=10.0.%d.%d ansible_user=root\n", i, i/250, i%250+1)
	}
	b.WriteString("[kube_node]\nnode[0:4999]\n[etcd]\nnode[0:2]\n[kube_control_plane]\nnode[0:2]\n")
	began := time.Now()
	in, faults, err := Read("x", []byte(b.String()))
	if err != nil || len(faults) > 0 {
		t.Fatalf("%v, %v", faults, err)
	}
	m := Merge([]*Import{in, in}, three)
	if nodes := strings.Count(nodesOf(m), "\n") + 1; nodes != 5000 || len(m.Notes) > 4 {
		t.Errorf("%d nodes, %d notes", nodes, len(m.Notes))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestReasons holds that each reason has a sentence, and each sentence a reason to be.
func TestReasons(t *testing.T) {
	for why, r := range reasons {
		n := Note{Why: why, Args: []any{"a", "b", "c"}}
		if s := n.Sentence(); strings.Contains(s, "%!") || s == "" || r.kind == "" {
			t.Errorf("%s: %q", why, s)
		}
	}
	notes := []Note{{At: Place{"a", 3, "x"}, Why: noQuestion}, {At: Place{"b", 1, "y"}, Why: noQuestion}, {At: Place{"a", 4, "z"}, Why: noQuestion}, {At: Place{"a", 5, "t"}, Why: isSecret}}
	want := []string{"a: nothing here asks for x (line 3), z (line 4)", "b:1 y: nothing here asks for it", "a:5 t: a secret"}
	if got := Sentences(notes, Unused); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func nodesOf(m *Merged) string {
	for _, a := range m.Answers {
		if a.Key == nodesKey {
			return a.Text
		}
	}
	return ""
}

func notesOf(m *Merged) string {
	var out []string
	for _, kind := range []Kind{Contradiction, Assumed, Unused} {
		out = append(out, Sentences(m.Notes, kind)...)
	}
	return strings.Join(out, "\n")
}

// parsed are the nodes of an answer, each of which must be one.
func parsed(t *testing.T, text string) []spec.Node {
	t.Helper()
	nodes, _ := spec.ParseFoundNodes(nodesKey, text)
	return nodes
}
