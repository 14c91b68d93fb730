package pkigen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnmanaged: a set is not laid into a directory with certificates of something
// else, whatever lies there otherwise.
func TestUnmanaged(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	makeTrees(t, other, treeCluster("three-ca", 1))
	dir := filepath.Join(t.TempDir(), "etc")
	if err := os.MkdirAll(filepath.Join(dir, "pki"), 0o700); err != nil {
		t.Fatal(err)
	}
	job := Job{Dir: dir, Cluster: treeCluster("three-ca", 1)}
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Plan(job); err != nil {
		t.Errorf("a file that is none: %v", err)
	}
	// Answers of something else, as adopt leaves them, make it no directory of this set.
	if err := os.WriteFile(filepath.Join(dir, "answers.yaml"), []byte("layout: adopted\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(other, "authority", "ca.crt"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "pki", "ca.crt"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	for name, err := range map[string]error{
		"Plan": func() error { _, err := Plan(job); return err }(),
		"Run":  func() error { _, err := Run(t.Context(), job, nil); return err }(),
	} {
		var e *unmanagedError
		if !errors.As(err, &e) || !slices.Equal(e.Files, []string{filepath.Join(dir, "pki", "ca.crt")}) || !strings.Contains(err.Error(), "certwright adopt") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := changed(before, snapshot(t, dir)); len(got) > 0 {
		t.Errorf("touched %q", got)
	}
	// One file of the set itself makes it the set's directory.
	if err := os.MkdirAll(filepath.Join(dir, "authority"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "authority"), os.DirFS(filepath.Join(other, "authority"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Plan(job); err != nil {
		t.Errorf("beside its CA: %v", err)
	}
}

// TestOneCAInPlaceOfThree: another layout gives the members of etcd another CA at
// once, and the plan says what a running cluster makes of that.
func TestOneCAInPlaceOfThree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	makeTrees(t, dir, c)
	one := treeCluster("single-ca", 1)
	p := mustPlan(t, Job{Dir: dir, Cluster: one})
	if !slices.ContainsFunc(p.Warnings, func(s string) bool {
		return strings.HasPrefix(s, "signed by another CA than until now, in one step: ") && strings.Contains(s, "/etcd-server") && !strings.Contains(s, "/apiserver,")
	}) {
		t.Errorf("warnings are %q", p.Warnings)
	}
}
