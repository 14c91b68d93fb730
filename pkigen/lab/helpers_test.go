package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/testdir"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/survey"
)

func TestMain(m *testing.M) { os.Exit(testdir.Run(m)) }

// testNow is when faults are looked for; the sets are some months older.
var (
	testNow  = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	testMade = testNow.AddDate(0, -4, 0)
)

// RunSet makes or renews a set. package pkigen does it, which imports this one: so it is
// set by a file of package lab_test.
var RunSet func(ctx context.Context, dir string, c *spec.Cluster, now time.Time, o plan.Options) error

func init() { hugeKey = sync.OnceValues(newHugeKey) }

// kinds are the clusters that faults are planted in: the plain ones of each
// layout, and those that a fault may need.
var kinds = map[string]func(*spec.Cluster){
	"plain":     func(*spec.Cluster) {},
	"signs":     func(c *spec.Cluster) { c.SignCSRs = true },
	"secret":    func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true },
	"file":      func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapFile, true },
	"paths":     func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
	"revocable": func(c *spec.Cluster) { c.Revocation = true },
	"RSA":       func(c *spec.Cluster) { c.Key = spec.RSA2048 },
}

func testCluster(layout, kind string) *spec.Cluster {
	c := &spec.Cluster{
		Layout: layout, Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local",
		CertificatesDir: "/etc/kubernetes/pki",
		CA:              spec.Authority{Subject: spec.Subject{CN: "kubernetes-ca", O: "k8s", OU: "System"}, Expiry: 87600 * time.Hour},
		Endpoint:        spec.Endpoint{Host: spec.Host{Name: "api.example.com"}, Port: 6443},
		ServiceSubnets:  []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:     spec.Embedded, Bootstrap: spec.BootstrapOff,
	}
	l, _ := catalog.FindLayout(layout)
	for _, p := range l.Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 8760 * time.Hour, Usages: p.Usages})
	}
	addr := netip.MustParseAddr("172.20.0.11")
	for i := range 3 {
		n := spec.Node{Name: fmt.Sprintf("cp-%d", i+1), Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd, Line: i + 1}
		if i == 2 {
			n.Name, n.Roles = "worker-1", spec.Worker
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	kinds[kind](c)
	return c
}

// sets are right directories, each made once by the backend.
var sets sync.Map // by layout and kind: func() (saved, error)

// bed is a copy of a right directory.
func bed(t testing.TB, layout, kind string) *Bed {
	t.Helper()
	c := testCluster(layout, kind)
	make, _ := sets.LoadOrStore(layout+" "+kind, sync.OnceValues(func() (*tree, error) { return newTree(c) }))
	set, err := make.(func() (*tree, error))()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if err := set.copy(dir); err != nil {
		t.Fatal(err)
	}
	l, _ := catalog.FindLayout(layout)
	return &Bed{Dir: dir, Layout: l, Cluster: c, Commands: survey.Commands{Again: againWord, Renew: renewWord}, Now: testNow, Made: testMade}
}

func newTree(c *spec.Cluster) (*tree, error) {
	dir, err := os.MkdirTemp("", "lab-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "pki")
	if err := RunSet(context.Background(), dir, c, testMade, plan.Options{}); err != nil {
		return nil, err
	}
	return readTree(dir)
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// judge is what check says of a directory, notes left out.
func judge(t testing.TB, b *Bed) []check.Finding {
	t.Helper()
	r, err := b.check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []check.Finding
	for _, f := range r.Findings {
		if f.Severity != check.Note {
			out = append(out, f)
		}
	}
	return out
}
