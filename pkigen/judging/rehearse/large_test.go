package rehearse_test

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

// grow adds workers with certificates of their own to a directory.
func grow(t testing.TB, w *world, workers int) {
	t.Helper()
	ca := w.ca(t, "ca")
	c := *w.cluster
	c.Nodes = slices.Clone(c.Nodes)
	addr := netip.MustParseAddr("172.21.0.1")
	server, user := parseCert(t, w.files[var1+"kubelet.crt"]), w.files["nodes/w1/etc/kubernetes/kubelet.conf"]
	old, err := kubeconfig.Parse(user)
	if err != nil {
		t.Fatal(err)
	}
	client := parseCert(t, old.Cert)
	var common []string
	for p := range w.files {
		if strings.HasPrefix(p, "nodes/w1/") {
			common = append(common, strings.TrimPrefix(p, "nodes/w1"))
		}
	}
	for i := range workers {
		n := spec.Node{Name: fmt.Sprintf("x%d", i+1), Addresses: []netip.Addr{addr}, Roles: spec.Worker, Line: len(c.Nodes) + 1}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
		root := "nodes/" + n.Name
		for _, p := range common {
			w.files[root+p] = w.files["nodes/w1"+p]
		}
		key := newKey(t)
		base := root + "/var/lib/kubelet/pki/kubelet"
		w.files[base+".key"] = keyPEM(t, key)
		w.files[base+".crt"] = ca.sign(t, server, &key.PublicKey, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = []net.IP{n.Addresses[0].AsSlice()}, []string{n.Name}
		})
		k := old
		k.User = "system:node:" + n.Name
		k.Cert, k.Key = ca.sign(t, client, &key.PublicKey, named(k.User, "system:nodes")), keyPEM(t, key)
		if w.files[root+"/etc/kubernetes/kubelet.conf"], err = kubeconfig.Encode(k); err != nil {
			t.Fatal(err)
		}
	}
	w.cluster = &c
}

func TestManyNodes(t *testing.T) {
	t.Parallel()
	w := shared(t, "three-ca")
	grow(t, w, 60)
	delete(w.files, "nodes/x30/var/lib/kubelet/pki/kubelet.key")
	r := w.run(t)
	m := rehearse.NewMatrix(r.Results)
	if len(m.Rows) > 17 || len(m.Columns) > 6 {
		t.Errorf("%d rows, %d columns", len(m.Rows), len(m.Columns))
	}
	var rows, names []string
	notTried := false
	for _, r := range m.Rows {
		rows = append(rows, r.String())
		notTried = notTried || slices.Contains(r.Cells, rehearse.Cell{State: rehearse.NotTried})
	}
	if !notTried || !slices.Contains(rows, "kubelet cp1 … x60 (64)") {
		t.Errorf("a cell is not tried: %t; rows %q", notTried, rows)
	}
	for _, g := range m.Columns {
		names = append(names, g.String())
	}
	for _, want := range []string{"kubelet cp1 … x29 x31 … x60 (63)", "kubelet x30"} {
		if !slices.Contains(names, want) {
			t.Errorf("no column %q among %q", want, names)
		}
	}
}

// Benchmark5000 is the largest cluster: what it costs to make the cases, to
// rehearse them and to draw the matrix.
func Benchmark5000(b *testing.B) {
	w := shared(b, "three-ca")
	grow(b, w, 5000)
	var cases []rehearse.Case
	var report *rehearse.Report
	b.Run("cases", func(b *testing.B) {
		for b.Loop() {
			cases = catalogued(w.layout, w.cluster, w.files.read)
		}
	})
	b.Run("run", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if report, err = rehearse.Run(b.Context(), cases, time.Now()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(cases)), "cases")
		b.ReportMetric(float64(report.Handshakes), "handshakes")
	})
	b.Run("matrix", func(b *testing.B) {
		for b.Loop() {
			rehearse.NewMatrix(report.Results)
		}
	})
}
