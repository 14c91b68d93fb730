package ansible

import (
	"bytes"
	"flag"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// cluster has a node of each kind, and one whose first address is IPv6.
func cluster() *spec.Cluster {
	node := func(name string, roles spec.NodeRoles, addrs ...string) spec.Node {
		n := spec.Node{Name: name, Roles: roles}
		for _, a := range addrs {
			n.Addresses = append(n.Addresses, netip.MustParseAddr(a))
		}
		return n
	}
	return &spec.Cluster{
		Layout: "three-ca", Name: "lab", DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki",
		Endpoint:       spec.Endpoint{Host: spec.Host{Name: "kube-api.lab.example"}, Port: 6443},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		Kubeconfigs:    spec.Embedded, Bootstrap: spec.BootstrapOff, ServingCertificates: true,
		Nodes: []spec.Node{
			node("master1", spec.ControlPlane|spec.Etcd, "192.168.214.88"),
			node("master2", spec.ControlPlane|spec.Etcd, "192.168.214.89"),
			node("etcd3", spec.Etcd, "fd00:214::90", "192.168.214.90"),
			node("worker1", spec.Worker, "192.168.214.91"),
			node("worker2", spec.Worker, "192.168.214.92"),
		},
	}
}

func setOf(t *testing.T, c *spec.Cluster) *Set {
	t.Helper()
	l, ok := catalog.FindLayout(c.Layout)
	if !ok {
		t.Fatalf("no layout %s", c.Layout)
	}
	return &Set{Layout: l, Cluster: c, Dir: "/srv/lab/pki"}
}

func filesOf(t *testing.T, s *Set) map[string][]byte {
	t.Helper()
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden shows the whole of it for one cluster: the names of all files, and the text of
// those that are not the same for each.
func TestGolden(t *testing.T) {
	files := filesOf(t, setOf(t, cluster()))
	names := slices.Sorted(maps.Keys(files))
	shown := map[string][]byte{"FILES": []byte(strings.Join(names, "\n") + "\n")}
	for _, name := range names {
		if always, err := playbook.ReadFile(folder + "/" + name); err != nil && name != installScript {
			shown[name] = files[name]
		} else if err == nil && !bytes.Equal(always, files[name]) {
			t.Errorf("%s is not as it is embedded", name)
		}
	}
	for name, text := range shown {
		golden := filepath.Join("testdata", "golden", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(want, text) {
			t.Errorf("%s is not as in %s (%v); look at the difference after go test -update", name, golden, err)
		}
	}
}
