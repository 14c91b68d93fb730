package pkigen

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkWorkers makes the whole set of three control-plane nodes with etcd and
// a number of workers, from the answers to synced files. What it leaves is removed
// at its end only: ext4 looks for seconds past what was just freed.
func BenchmarkWorkers(b *testing.B) {
	for _, n := range []int{3, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := treeCluster("three-ca", n)
			dir := b.TempDir()
			for i := 0; b.Loop(); i++ {
				if _, err := Run(b.Context(), Job{Dir: filepath.Join(dir, fmt.Sprint(i)), Cluster: c}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
