package next

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// TestEndpointTask holds that the endpoint is asked for where somebody has to
// set it up, and only there.
func TestEndpointTask(t *testing.T) {
	nodes := []spec.Node{
		{Name: "m1", Roles: spec.ControlPlane | spec.Etcd, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}},
		{Name: "m2", Roles: spec.ControlPlane, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.2")}},
		{Name: "w1", Roles: spec.Worker, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.3")}},
	}
	addr := func(s string) spec.Host { return spec.Host{Addr: netip.MustParseAddr(s)} }
	for _, test := range []struct {
		endpoint spec.Endpoint
		want     string
	}{
		{spec.Endpoint{}, ""},
		{spec.Endpoint{Host: addr("10.0.0.2"), Port: 6443}, ""},
		{spec.Endpoint{Host: spec.Host{Name: "m1"}, Port: 6443}, ""},
		{spec.Endpoint{Host: addr("10.0.0.9"), Port: 6443}, "let 10.0.0.9:6443 lead to port 6443 of m1, m2:"},
		{spec.Endpoint{Host: spec.Host{Name: "kube.lab"}, Port: 443}, "let kube.lab:443 lead to port 6443 of m1, m2:"},
		{spec.Endpoint{Host: addr("10.0.0.1"), Port: 443}, "let 10.0.0.1:443 lead to"}, // a balancer on the node
		{spec.Endpoint{Host: addr("10.0.0.3"), Port: 6443}, "let 10.0.0.3:6443 lead to"},
	} {
		got := endpointTask(&spec.Cluster{Nodes: nodes, Endpoint: test.endpoint})
		if (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.endpoint, got, test.want)
		}
	}
}

// TestTokenTask holds that each kind of token is taken away where it lies.
func TestTokenTask(t *testing.T) {
	c := &spec.Cluster{Bootstrap: spec.BootstrapSecret, Nodes: []spec.Node{
		{Name: "m1", Roles: spec.ControlPlane}, {Name: "m2", Roles: spec.ControlPlane}, {Name: "w1", Roles: spec.Worker}}}
	for bootstrap, want := range map[spec.Bootstrap][]shell.Line{
		spec.BootstrapSecret: {"kubectl --kubeconfig 'my pki/admin/admin.conf' delete -f 'my pki/manifests/40-bootstrap-token.yaml'", "certwright change 'my pki' --end-bootstrap"},
		spec.BootstrapFile:   {"certwright change 'my pki' --end-bootstrap"},
	} {
		c.Bootstrap = bootstrap
		var got []shell.Line
		for _, command := range tokenTask(c, "my pki").Commands {
			got = append(got, command.Line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", bootstrap, got, want)
		}
	}
}

// TestFlatLayoutHasANext: what lies flat is copied and started by hand, and that is said.
func TestFlatLayoutHasANext(t *testing.T) {
	c := &spec.Cluster{Nodes: []spec.Node{{Name: "m1", Roles: spec.ControlPlane | spec.Etcd}}}
	tasks := flatTasks(c)
	if len(tasks) < 4 || !strings.Contains(tasks[1].Text, "start etcd on m1, then kube-apiserver on m1") {
		t.Errorf("%+v", tasks)
	}
}
