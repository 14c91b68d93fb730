package pkigen

import (
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
)

// BenchmarkLive is one look at 200 nodes with 1,000 ports, all on listeners of this
// process, whose work is in the time too. It is to stay under 3 seconds and 100 MB.
func BenchmarkLive(b *testing.B) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(300 << 20)) // as the program does
	c := treeCluster("three-ca", 197)
	const full = 120
	for i := range c.Nodes[:full] {
		c.Nodes[i].Roles = spec.ControlPlane | spec.Etcd
	}
	f := liveSet(b, c)
	if n := len(f.servers); n != 1000 {
		b.Fatalf("%d ports", n)
	}
	looks := f.looks(func(o *live.Options) { o.Limit = time.Minute }) // on a busy machine too
	idle, peak := peakMemory(func() {}), 0.0                          // the listeners have theirs
	begun := processorTime()
	for b.Loop() {
		peak = max(peak, peakMemory(func() {
			v, err := looks.Look(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if !v.OK() {
				b.Fatalf("not as planned: %d findings, first %s %s", len(v.Findings), v.Findings[0].Program, v.Findings[0].What())
			}
		}))
	}
	b.ReportMetric((processorTime()-begun).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(peak-idle, "peak-MiB")
}

// processorTime is what the process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
