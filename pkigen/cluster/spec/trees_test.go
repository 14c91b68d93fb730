package spec

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/problem"
)

// goodTree is a cluster to which CheckTrees has nothing to say.
func goodTree(t *testing.T) *Cluster {
	t.Helper()
	c := good(t)
	c.Layout, c.Kubeconfigs, c.Bootstrap = "three-ca", Embedded, BootstrapOff
	return c
}

func bootstrapping(c *Cluster) { c.Bootstrap, c.SignCSRs = BootstrapSecret, true }

var treeCases = []struct {
	name   string
	change func(*Cluster)
	want   []string // place:code
}{
	{"good", func(*Cluster) {}, nil},
	{"empty", func(c *Cluster) { *c = Cluster{} }, nil},
	{"signing without bootstrap", func(c *Cluster) { c.SignCSRs = true }, nil},
	{"bootstrap", bootstrapping, nil},
	{"bootstrap by Secret, not signed", func(c *Cluster) { c.Bootstrap = BootstrapSecret }, []string{"signCSRs:bootstrap-not-signed"}},
	{"bootstrap by file, not signed", func(c *Cluster) { c.Bootstrap = BootstrapFile }, []string{"signCSRs:bootstrap-not-signed"}},
	{"bootstrap not read", func(c *Cluster) { c.Bootstrap = "" }, nil},
	{"no etcd", func(c *Cluster) {
		for i := range c.Nodes {
			c.Nodes[i].Roles &^= Etcd
		}
	}, []string{"nodes:nodes-no-etcd"}},
	{"etcd on its own machine", func(c *Cluster) {
		for i := range c.Nodes {
			c.Nodes[i].Roles &^= Etcd
		}
		c.Nodes[3].Roles = Etcd
	}, nil},
	{"one machine for all", func(c *Cluster) {
		c.Endpoint, c.Nodes = Endpoint{}, c.Nodes[:1]
		c.Nodes[0].Roles = ControlPlane | Etcd | Worker
	}, nil},
	{"no endpoint", func(c *Cluster) { c.Endpoint = Endpoint{} }, []string{"controlPlaneEndpoint:endpoint-missing"}},
	{"name of 63", func(c *Cluster) { c.Nodes[0].Name = strings.Repeat("n", 60) + ".ab" }, nil},
	{"name of 64", func(c *Cluster) { c.Nodes[3].Name = strings.Repeat("n", 61) + ".ab" }, []string{"nodes line 2:node-name-over-63"}},
	{"etcd of 64", func(c *Cluster) { c.Nodes[3].Name, c.Nodes[3].Roles = strings.Repeat("n", 61)+".ab", Etcd }, nil},
}

func TestCheckTrees(t *testing.T) {
	for _, tc := range treeCases {
		t.Run(tc.name, func(t *testing.T) {
			c := goodTree(t)
			tc.change(c)
			var got []string
			for _, p := range CheckTrees(c, nil) {
				got = append(got, p.Place()+":"+string(p.Code))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("problems %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWrongEndpointIsNotNone: of an endpoint that was refused nobody is told that
// there is none.
func TestWrongEndpointIsNotNone(t *testing.T) {
	for _, text := range []string{"https://1.2.3.4:6443", "api.example.com:99999", "*.example.com", "10.0.0.0/24", "host:"} {
		c := goodTree(t)
		e, ps := ParseEndpoint(keyEndpoint, text)
		c.Endpoint = e
		if !problem.HasErrors(ps) {
			t.Fatalf("%q is accepted", text)
		}
		if got := CheckTrees(c, ps); len(got) > 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}
