package pkigen

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// treeCluster is a cluster of three control-plane nodes with etcd and some workers.
func treeCluster(layout string, workers int) *spec.Cluster {
	c := &spec.Cluster{
		Layout: layout, Name: "lab", Key: spec.ECDSAP256, DNSDomain: "cluster.local",
		CertificatesDir: "/etc/kubernetes/pki",
		CA:              spec.Authority{Subject: spec.Subject{CN: "kubernetes-ca", O: "k8s"}, Expiry: 87600 * time.Hour},
		Endpoint:        spec.Endpoint{Host: spec.Host{Name: "api.example.com"}, Port: 6443},
		ServiceSubnets:  []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		Kubeconfigs:     spec.Embedded, Bootstrap: spec.BootstrapOff,
	}
	l, _ := catalog.FindLayout(layout)
	for _, p := range l.Profiles {
		c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Expiry: 8760 * time.Hour, Usages: p.Usages})
	}
	addr := netip.MustParseAddr("172.20.0.1")
	for i := range 3 + workers {
		n := spec.Node{Name: fmt.Sprintf("cp-%d", i+1), Addresses: []netip.Addr{addr}, Roles: spec.ControlPlane | spec.Etcd, Line: i + 1}
		if i >= 3 {
			n.Name, n.Roles = fmt.Sprintf("worker-%d", i-2), spec.Worker
		}
		c.Nodes, addr = append(c.Nodes, n), addr.Next()
	}
	return c
}

// BenchmarkLargest is a cluster of 5,000 nodes: made, renewed, looked at again, and
// with one worker more. Making it is held against the same certificates by cfssl's
// library in memory and the same files written naively, in the same run.
func BenchmarkLargest(b *testing.B) {
	// As the program does; what it then takes is told as peak-MiB.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(300 << 20))
	// All that is made stays until the end: for minutes after a large tree was removed,
	// ext4 looks for a free inode past those that it had, and takes several times as
	// long for a new folder.
	top := b.TempDir()
	dir := filepath.Join(top, "pki")
	largest := treeCluster("three-ca", 4997)
	run := func(b *testing.B, c *spec.Cluster, o plan.Options) time.Duration {
		b.Helper()
		var took time.Duration
		peak := peakMemory(func() {
			took = timed(func() {
				if _, err := Run(b.Context(), Job{Dir: dir, Cluster: c, Options: o}, nil); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.ReportMetric(peak, "peak-MiB")
		b.ReportMetric(took.Seconds(), "s")
		b.ReportMetric(0, "ns/op")
		return took
	}
	// Each is done once: what comes later builds on it.
	whole := time.Duration(0) // what the least for the whole set takes
	b.Run("made", func(b *testing.B) {
		p, err := Plan(Job{Dir: dir, Cluster: largest})
		if err != nil {
			b.Fatal(err)
		}
		ours := run(b, largest, plan.Options{})
		b.StopTimer()
		certificates := timed(func() { baselineCertificates(b, p) })
		sizes, entries := folderSizes(b, dir)
		files := timed(func() { baselineFiles(b, filepath.Join(top, "naive"), sizes) })
		b.ReportMetric(certificates.Seconds(), "cfssl-s")
		b.ReportMetric(files.Seconds(), "files-s")
		whole = certificates + files
		b.ReportMetric(ours.Seconds()/whole.Seconds(), "ratio")
		b.ReportMetric(float64(entries), "folder-entries")
	})
	// All leaves anew with the keys they have: held against making the whole set, as
	// before, and also against the same certificates and only the files that change.
	b.Run("renewed", func(b *testing.B) {
		all := plan.Options{Renewal: &plan.Renewal{}}
		p, err := Plan(Job{Dir: dir, Cluster: largest, Options: all})
		if err != nil {
			b.Fatal(err)
		}
		changed := map[string]bool{}
		for i := range p.Files {
			changed[p.Files[i].Path] = p.Files[i].Verb.Writes()
		}
		p = nil
		ours := run(b, largest, all)
		b.StopTimer()
		fresh, err := Plan(Job{Dir: filepath.Join(b.TempDir(), "none"), Cluster: largest})
		if err != nil {
			b.Fatal(err)
		}
		certificates := timed(func() { baselineCertificates(b, fresh) })
		sizes, _ := folderSizes(b, dir)
		for path := range sizes {
			if !changed[path] {
				delete(sizes, path)
			}
		}
		files := timed(func() { baselineFiles(b, filepath.Join(top, "naively renewed"), sizes) })
		b.ReportMetric(certificates.Seconds(), "cfssl-s")
		b.ReportMetric(files.Seconds(), "files-s")
		b.ReportMetric(float64(len(sizes)), "files")
		b.ReportMetric(ours.Seconds()/(certificates+files).Seconds(), "ratio-of-changed")
		if whole > 0 {
			b.ReportMetric(ours.Seconds()/whole.Seconds(), "ratio")
		}
	})
	b.Run("again", func(b *testing.B) { run(b, largest, plan.Options{}) })
	b.Run("worker", func(b *testing.B) { run(b, treeCluster("three-ca", 4998), plan.Options{}) })
}
