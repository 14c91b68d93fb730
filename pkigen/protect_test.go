package pkigen

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/fault"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/plan"
)

// smallTrees is a set of one node, plain or encrypted.
func smallTrees(keys bool) *spec.Cluster {
	c := treeCluster("three-ca", 0)
	c.Nodes, c.EncryptCAKeys = c.Nodes[:1], keys
	return c
}

func withPhrase(context.Context, plan.Asking) ([]byte, error) { return []byte(phrase), nil }

func protectJob(dir string, keys bool, o plan.Options) Job {
	return Job{Dir: dir, Cluster: smallTrees(keys), Now: at(t0), Options: o, About: about, Passphrase: withPhrase}
}

// TestProtect puts the keys of a set behind a passphrase, in it and in its backups, and
// takes that back: no plain key is left but where it is said, and each run can be undone.
func TestProtect(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "pki")
	mustRun(t, protectJob(dir, false, plan.Options{}), nil)
	for _, to := range stages { // backups with plain keys in them
		mustRun(t, protectJob(dir, false, plan.Options{Rotation: &plan.Rotation{Name: "ca", To: to}}), nil)
	}
	// A file of ours that is a hard link into somebody's copy is written anew.
	link := filepath.Join(root, "link")
	if err := os.Link(filepath.Join(dir, "authority/ca.key"), link); err != nil {
		t.Fatal(err)
	}
	r := mustRun(t, protectJob(dir, true, plan.Options{}), nil)
	if text, err := os.ReadFile(link); err != nil || plan.IsEncrypted(text) {
		t.Errorf("the key was written in place: %v", err)
	}
	os.Remove(link)
	if !slices.ContainsFunc(r.Notes, func(s string) bool { return strings.HasPrefix(s, "plain keys of CAs still lie in ") }) {
		t.Errorf("nothing is said of the backups: %q", r.Notes)
	}
	if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool {
		return strings.Contains(s, "admin/super-admin.conf") && strings.Contains(s, "authority/sa.key") && strings.Contains(s, "front-proxy-client.key") && strings.Contains(s, "apiserver-etcd-client.key")
	}) {
		t.Errorf("nothing is said of what else opens the cluster: %q", r.Plan.Warnings)
	}
	noPlainKeys(t, dir, "protect")
	noPlainKeys(t, r.Backup, "protect, in its backup")
	text, err := os.ReadFile(filepath.Join(r.Backup, "authority/ca.key"))
	if err != nil || !plan.IsEncrypted(text) {
		t.Errorf("the backup holds no encrypted key: %v", err)
	}
	// Going back to before the rotation would bring a plain key.
	runs, err := history.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	back := UndoJob{Dir: dir, Backup: runs[2].Name(), Now: at(t0), About: about}
	if _, err := PlanUndo(back); !errors.As(err, new(*ForeignError)) {
		t.Errorf("undo brings plain keys back: %v", err)
	}
	canUndo(t, dir, "protect")
	mustRun(t, protectJob(dir, true, plan.Options{Backups: true}), nil)
	noPlainKeys(t, root, "protect --backups")
	canUndo(t, dir, "protect --backups")
	if _, err := Undo(t.Context(), back, nil); err != nil {
		t.Errorf("undo with protected backups: %v", err)
	}
	noPlainKeys(t, root, "undo beyond protect")
	if _, err := Undo(t.Context(), UndoJob{Dir: dir, Now: at(t0), About: about}, nil); err != nil {
		t.Error(err)
	}
	mustRun(t, protectJob(dir, false, plan.Options{PlainKeys: true}), nil)
	if found := plainKeys(t, filepath.Join(dir, "authority")); len(found) != 3 {
		t.Errorf("plain again are %v", found)
	}
	if r := mustRun(t, protectJob(dir, false, plan.Options{}), nil); !r.Unchanged {
		t.Errorf("afterwards: %s", r.Plan.Summary())
	}
}

// canUndo holds that each run can be taken back, by its manifest and its files.
func canUndo(t *testing.T, dir, after string) {
	t.Helper()
	runs, err := history.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	standing, err := history.Standing(dir, runs)
	if err != nil || slices.ContainsFunc(standing, func(why string) bool { return why != "" }) {
		t.Errorf("after %s, runs that cannot be undone: %q, %v", after, standing, err)
	}
}

// TestNoPlainKeyAtAnyStep looks at every byte that lies below the folder of an encrypted
// set, before each change that a run makes to the disk.
func TestNoPlainKeyAtAnyStep(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "pki")
	looked, found := 0, []string(nil)
	run := ""
	defer fault.Set(fault.Faults{Workers: 1, Step: func(op, path string) error {
		if strings.HasPrefix(path, root) && op != "locked" && (looked%5 == 0 || !strings.Contains(path, "/staging/")) {
			for _, p := range plainKeys(t, root) {
				found = append(found, run+", before "+op+" "+path+": "+p)
			}
		}
		looked++
		return nil
	}})()
	for _, o := range []struct {
		name string
		plan.Options
	}{
		{"generate", plan.Options{}},
		{"renew", plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}},
		{"renew a CA", plan.Options{Renewal: &plan.Renewal{Names: []string{"etcd-ca"}}}},
		{"widen", plan.Options{Rotation: &plan.Rotation{Name: "ca", To: plan.Widened}}},
		{"switch", plan.Options{Rotation: &plan.Rotation{Name: "ca", To: plan.Switched}}},
		{"narrow", plan.Options{Rotation: &plan.Rotation{Name: "ca", To: plan.Steady}}},
		{"replace", plan.Options{ReplaceKeys: []string{"front-proxy-ca"}}},
	} {
		run = o.name
		mustRun(t, protectJob(dir, true, o.Options), nil)
	}
	run = "undo"
	if _, err := Undo(t.Context(), UndoJob{Dir: dir, Now: at(t0), About: about}, nil); err != nil {
		t.Error(err)
	}
	if looked < 300 || len(found) > 0 {
		t.Errorf("looked %d times, and found %v", looked, found[:min(len(found), 5)])
	}
}
