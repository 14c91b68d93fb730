package issue

import (
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
)

// The article's set, from a plan to the bytes of all files. Syncing them to disk
// is measured elsewhere.

func BenchmarkArticleRSA2048(b *testing.B)   { benchmarkArticle(b, spec.RSA2048) }
func BenchmarkArticleECDSAP256(b *testing.B) { benchmarkArticle(b, spec.ECDSAP256) }

func benchmarkArticle(b *testing.B, alg spec.KeyAlgorithm) {
	p := newPlan(b, articleCluster(alg))
	for b.Loop() {
		mustRun(b, p, nil)
	}
}

// BenchmarkArticleRSA2048KeysReady is the wizard's case: the keys were made while
// the operator typed.
func BenchmarkArticleRSA2048KeysReady(b *testing.B) {
	p := newPlan(b, articleCluster(spec.RSA2048))
	for b.Loop() {
		b.StopTimer()
		keys := NewKeys(b.Context())
		keys.Want(spec.RSA2048, len(p.Certificates))
		for keys.Ready(spec.RSA2048) < len(p.Certificates) {
			time.Sleep(time.Millisecond)
		}
		b.StartTimer()
		mustRun(b, p, keys)
		b.StopTimer()
		keys.Close()
		b.StartTimer()
	}
}

// Benchmark5000 is the largest cluster: a certificate for each of 5,000 nodes.
func Benchmark5000(b *testing.B) {
	p := manyLeaves(b, spec.ECDSAP256, 5000)
	b.ReportAllocs()
	for b.Loop() {
		mustRun(b, p, nil)
	}
}
