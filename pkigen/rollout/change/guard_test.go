package change

import (
	"errors"
	"strings"
	"testing"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// cluster has the nodes, one a line as the answers have them, behind an endpoint.
func cluster(t *testing.T, endpoint, nodes string) *spec.Cluster {
	t.Helper()
	list, problems := spec.ParseNodes("nodes", nodes)
	if problem.HasErrors(problems) {
		t.Fatal(problems)
	}
	at, problems := spec.ParseEndpoint("controlPlaneEndpoint", endpoint)
	if problem.HasErrors(problems) {
		t.Fatal(problems)
	}
	return &spec.Cluster{Layout: "three-ca", Nodes: list, Endpoint: at}
}

const three = `m1 10.0.0.1 control-plane,etcd
m2 10.0.0.2 control-plane,etcd
m3 10.0.0.3 control-plane,etcd
w1 10.0.0.9 worker`

// TestCheck holds what a running cluster survives and what it does not; each that
// is refused has one that is not beside it.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name, before, after, endpoint, want string
	}{
		{"nothing", three, three, "", ""},
		{"a worker goes", three, strings.Replace(three, "\nw1 10.0.0.9 worker", "", 1), "", ""},
		{"one member goes", three, strings.Replace(three, "m3 10.0.0.3 control-plane,etcd", "m3 10.0.0.3 control-plane", 1), "", ""},
		{"two members go", three, "m1 10.0.0.1 control-plane,etcd", "", "2 of 3 members of etcd would go at once (m2, m3)"},
		{"the last member goes", "m1 10.0.0.1 control-plane,etcd\nm2 10.0.0.2 control-plane", "m1 10.0.0.1 control-plane\nm2 10.0.0.2 control-plane,etcd", "", "no member of etcd would stay (m1)"},
		{"the last control plane goes", "m1 10.0.0.1 control-plane,etcd", "m2 10.0.0.2 control-plane\nm1 10.0.0.1 etcd", "", "no control-plane node of now would stay (m1)"},
		{"one member comes", three, three + "\nm4 10.0.0.4 etcd", "", ""},
		{"two members come", three, three + "\nm4 10.0.0.4 etcd\nm5 10.0.0.5 etcd", "", "2 members of etcd would come at once (m4, m5)"},
		{"a machine gets another name", three, strings.Replace(three, "w1 ", "w2 ", 1), "", "w2 would come with the address of w1, which would go (10.0.0.9)"},
		{"two workers come", three, three + "\nw4 10.0.0.14 worker\nw5 10.0.0.15 worker", "", ""},
		{"one member moves", three, strings.Replace(three, "10.0.0.2", "10.0.1.2", 1), "", ""},
		{"two members move", three, strings.NewReplacer("10.0.0.2", "10.0.1.2", "10.0.0.3", "10.0.1.3").Replace(three), "", "2 members of etcd would move at once (m2, m3)"},
		{"one moves and one comes", three, strings.Replace(three, "10.0.0.2", "10.0.1.2", 1) + "\nm4 10.0.0.4 etcd", "", "a member of etcd would move (m2) while another comes or goes (m4)"},
		{"the endpoint's node goes", three, strings.Replace(three, "m3 10.0.0.3 control-plane,etcd\n", "", 1), "10.0.0.3:6443", "controlPlaneEndpoint 10.0.0.3:6443 is node m3, which would go"},
		{"another than the endpoint's node goes", three, strings.Replace(three, "m3 10.0.0.3 control-plane,etcd\n", "", 1), "10.0.0.1:6443", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Check(cluster(t, test.endpoint, test.before), cluster(t, test.endpoint, test.after))
			if test.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if refused := (*RefusedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a refusal with %q", err, test.want)
			}
		})
	}
}

// TestCheckLayout holds that a running cluster keeps its CAs.
func TestCheckLayout(t *testing.T) {
	before, after := cluster(t, "", three), cluster(t, "", three)
	after.Layout = "single-ca"
	if err := Check(before, after); err == nil || !strings.Contains(err.Error(), "the layout cannot become single-ca") {
		t.Errorf("got %v", err)
	}
}

// TestCheckAdopted holds that a node comes with its certificates.
func TestCheckAdopted(t *testing.T) {
	before, after := cluster(t, "", three), cluster(t, "", three+"\nw2 10.0.0.12 worker")
	before.Layout, after.Layout = adoption.Layout, adoption.Layout
	if err := Check(before, after); err == nil || !strings.Contains(err.Error(), "w2 would come without a certificate") {
		t.Errorf("got %v", err)
	}
	after.Adopted = []spec.Adopted{{Name: "kubelet", Node: "w2"}}
	if err := Check(before, after); err != nil {
		t.Errorf("with its line: %v", err)
	}
}
