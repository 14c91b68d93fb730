package pkigen

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
)

// BenchmarkArticle makes the article's set, from the confirmed review to synced
// files, and in the same breath has the cfssl command line make it from the
// same JSON files (without any sync). It reports the medians and their ratio.
func BenchmarkArticle(b *testing.B) {
	if runtime.GOOS == "windows" {
		b.Skip("the commands are for a shell")
	}
	b.Run("RSA-2048", func(b *testing.B) { benchArticle(b, spec.RSA2048, false) })
	b.Run("RSA-2048-keys-ready", func(b *testing.B) { benchArticle(b, spec.RSA2048, true) })
	b.Run("ECDSA-P256", func(b *testing.B) { benchArticle(b, spec.ECDSAP256, false) })
}

func benchArticle(b *testing.B, alg spec.KeyAlgorithm, keysReady bool) {
	c := testCluster()
	c.Key = alg
	var ours, theirs []time.Duration
	for b.Loop() {
		dir := b.TempDir()
		job := Job{Dir: filepath.Join(dir, "pki"), Cluster: c}
		reviewed, err := Plan(job)
		if err != nil {
			b.Fatal(err)
		}
		if keysReady {
			job.Keys = readyKeys(b, reviewed)
		}
		ours = append(ours, timed(func() {
			if _, err := Run(b.Context(), job, reviewed); err != nil {
				b.Fatal(err)
			}
		}))
		job.Keys.Close()

		hand := filepath.Join(dir, "hand")
		writeRequests(b, hand, reviewed)
		commands := catalog.Commands(reviewed.Layout, c)
		theirs = append(theirs, timed(func() { makeByHand(b, hand, commands) }))
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(milliseconds(ours), "ours-ms")
	b.ReportMetric(milliseconds(theirs), "cfssl-ms")
	b.ReportMetric(milliseconds(ours)/milliseconds(theirs), "ratio")
	b.ReportMetric(0, "ns/op") // both together: of no use
}

// readyKeys waits until all keys of a plan lie ready, as they do when the
// operator has read the review.
func readyKeys(b *testing.B, p *plan.Plan) *issue.Keys {
	keys := issue.NewKeys(b.Context())
	keys.Want(p.Cluster.Key, len(p.Certificates))
	for keys.Ready(p.Cluster.Key) < len(p.Certificates) {
		time.Sleep(time.Millisecond)
	}
	return keys
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// milliseconds is the median.
func milliseconds(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
