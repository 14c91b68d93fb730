//go:build unix

package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/making/store"
)

// BenchmarkCommit is a whole run on the disk under the temporary folder, syncs
// included: the article's 17 files, and four files for each of 5,000 nodes.
func BenchmarkCommit(b *testing.B) {
	data := strings.Repeat("x", 1700)
	var article, nodes []store.Change
	for i := range 17 {
		article = append(article, file(fmt.Sprintf("%d.pem", i), data))
	}
	for i := range 5000 {
		for f := range 4 {
			nodes = append(nodes, file(fmt.Sprintf("nodes/n%04d/%d.pem", i, f), data))
		}
	}
	for _, bc := range []struct {
		name    string
		changes []store.Change
		more    []store.Change // measured over the changes; nil: the changes are
	}{
		{"17/first", article, nil},
		{"17/renew", article, []store.Change{file("0.pem", "renewed")}},
		{"20000/first", nodes, nil},
		{"20000/add", nodes, []store.Change{file("nodes/more/0.pem", data)}},
		{"20000/renew", nodes, []store.Change{file("nodes/n0000/0.pem", "renewed")}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				dir := filepath.Join(b.TempDir(), "pki")
				if bc.more != nil {
					run(b, dir, bc.changes)
				}
				b.StartTimer()
				if bc.more != nil {
					run(b, dir, bc.more)
				} else {
					run(b, dir, bc.changes)
				}
			}
		})
	}
}

func run(b *testing.B, dir string, changes []store.Change) {
	b.Helper()
	tx, err := store.Begin(dir)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Commit(b.Context(), changes, nil); err != nil {
		b.Fatal(err)
	}
	if err := tx.Close(); err != nil {
		b.Fatal(err)
	}
}
