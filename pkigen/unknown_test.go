package pkigen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/verify"
)

// TestUnknownNodes: a node that has gone out of the answers keeps its files and
// their keys, and both the plan and the judgement say so.
func TestUnknownNodes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	before := treeCluster("three-ca", 3)
	if r := makeTrees(t, dir, before); strings.Contains(strings.Join(r.Plan.Warnings, "\n"), "do not have") {
		t.Errorf("warned of a new set: %q", r.Plan.Warnings)
	}
	after := treeCluster("three-ca", 1)
	const want = "below nodes/ lie files of nodes that the answers do not have: worker-2, worker-3. "
	if p := mustPlan(t, Job{Dir: dir, Cluster: after}); !slices.ContainsFunc(p.Warnings, func(s string) bool { return strings.HasPrefix(s, want) }) {
		t.Errorf("not warned: %q", p.Warnings)
	}
	found := func(c *spec.Cluster) (out []string) {
		layout, _ := catalog.FindLayout(c.Layout)
		for _, f := range judged(t, dir, &verify.Known{Layout: layout, Cluster: c}).Findings {
			if f.Check.ID == "node-unknown" {
				out = append(out, f.File)
				out = append(out, f.Also...)
			}
		}
		return out
	}
	if got := found(after); !slices.Equal(got, []string{"nodes/worker-2", "nodes/worker-3"}) {
		t.Errorf("found %q", got)
	}
	if got := found(before); len(got) > 0 {
		t.Errorf("found nodes that are known: %q", got)
	}
	// Where their files are removed, there is nothing to tell; nor of a lone file.
	if err := os.WriteFile(filepath.Join(dir, "nodes", "README"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: after, Before: before}); strings.Contains(strings.Join(p.Warnings, "\n"), "do not have") {
		t.Errorf("warned of nodes that go: %q", p.Warnings)
	}
}
