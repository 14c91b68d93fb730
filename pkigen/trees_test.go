package pkigen

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// treeLayouts are the layouts with a tree for each node.
var treeLayouts = []string{"three-ca", "single-ca"}

// fileTexts is every file below a directory, its mode before its bytes.
func fileTexts(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for p, f := range snapshot(t, dir) {
		if rel, below := strings.CutPrefix(p, filepath.Base(dir)+"/"); below {
			out[rel] = f.mode.String() + f.data
		}
	}
	if len(out) == 0 {
		t.Fatalf("there is no file below %s", dir)
	}
	return out
}

func makeTrees(t *testing.T, dir string, c *spec.Cluster, words ...string) *Result {
	t.Helper()
	r, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{ReplaceKeys: words}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTrees(t *testing.T) {
	ways := map[string]func(*spec.Cluster){
		"issued":           func(*spec.Cluster) {},
		"by path":          func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
		"token in Secret":  func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true },
		"token in file":    func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapFile, true },
		"other folder":     func(c *spec.Cluster) { c.CertificatesDir = "/opt/pki" },
		"IPv6 and aliases": dualStack,
		"revocation":       revocable,
	}
	for _, layout := range treeLayouts {
		for name, way := range ways {
			t.Run(layout+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := treeCluster(layout, 2)
				way(c)
				dir := filepath.Join(t.TempDir(), "pki")
				makeTrees(t, dir, c)
				judgedClean(t, dir, c)
				first := fileTexts(t, dir)
				checkSecrets(t, c, first)
				if r := makeTrees(t, dir, c); !r.Unchanged {
					t.Errorf("a second run changed something: %s", r.Plan.Summary())
				}
				if diff := changed(first, fileTexts(t, dir)); len(diff) > 0 {
					t.Errorf("a second run changed %q", diff)
				}
			})
		}
	}
}

func dualStack(c *spec.Cluster) {
	c.ServiceSubnets = append(c.ServiceSubnets, netip.MustParsePrefix("fd00:10:96::/112"))
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Addresses = append(n.Addresses, netip.MustParseAddr("fd00::").Next())
		n.Aliases = []string{n.Name + ".example.com"}
		for range i {
			n.Addresses[1] = n.Addresses[1].Next()
		}
	}
}

// checkSecrets holds what a node must not have: the key of a CA, anything that is
// the operator's alone, and secrets that others can read.
func checkSecrets(t *testing.T, c *spec.Cluster, files map[string]string) {
	t.Helper()
	for p, s := range files {
		secret := strings.Contains(s, "PRIVATE KEY") || strings.Contains(p, "token") && !strings.HasSuffix(p, "30-bootstrap.yaml") ||
			strings.HasSuffix(p, ".conf")
		if secret != strings.HasPrefix(s, "-rw-------") {
			t.Errorf("%s: mode %s", p, s[:10])
		}
		if !strings.HasPrefix(p, "nodes/") {
			continue
		}
		base, node := filepath.Base(p), strings.Split(p, "/")[1]
		i := slices.IndexFunc(c.Nodes, func(n spec.Node) bool { return n.Name == node })
		control := c.Nodes[i].Roles.Has(spec.ControlPlane)
		switch {
		case base == "ca.key" && !(c.SignCSRs && control),
			strings.HasSuffix(base, "-ca.key"), strings.Contains(p, "etcd/ca.key"), strings.Contains(base, "admin"),
			base == "sa.key" && !control, base == "kubelet.conf" && c.Bootstraps():
			t.Errorf("%s does not belong on the node", p)
		}
	}
}

// TestAddWorker holds that a further worker changes no file of another node, nor
// any that exists.
func TestAddWorker(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, treeCluster("three-ca", 2))
	before := fileTexts(t, dir)
	makeTrees(t, dir, treeCluster("three-ca", 3))
	for _, p := range changed(before, fileTexts(t, dir)) {
		if !strings.HasPrefix(p, "nodes/worker-3/") && !strings.HasPrefix(p, "cfssl/nodes/worker-3/") {
			t.Errorf("%s changed", p)
		}
	}
}

// TestAnswersOfAnotherRun: answers that changed since the review end the run.
func TestAnswersOfAnotherRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	run := func(workers int) *Result {
		t.Helper()
		answers := plan.Answers{Text: fmt.Appendf(nil, "workers: %d\n", workers)}
		return mustRun(t, Job{Dir: dir, Cluster: treeCluster("three-ca", workers), Options: plan.Options{Answers: answers}}, nil)
	}
	run(1)
	r := run(2)
	job := Job{Dir: dir, Cluster: treeCluster("three-ca", 2), Options: plan.Options{Answers: plan.Answers{Text: []byte("workers: 2\n# more\n")}}}
	reviewed := mustPlan(t, job)
	if err := os.WriteFile(filepath.Join(dir, plan.AnswersFile), []byte("workers: 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var since *ChangedError
	if _, err := Run(t.Context(), job, reviewed); !errors.As(err, &since) || !strings.Contains(err.Error(), "answers.yaml: holds other answers") {
		t.Errorf("answers of another run: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, plan.AnswersFile), []byte("workers: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if old, err := os.ReadFile(filepath.Join(r.Backup, plan.AnswersFile)); string(old) != "workers: 1\n" {
		t.Errorf("the backup has %q, %v", old, err)
	}
	if r := run(2); !r.Unchanged {
		t.Errorf("a second run changed something: %s", r.Plan.Summary())
	}
}

// TestMended holds that a copy that is lost or damaged comes back from another
// place of it, and that a key is never overwritten by another without the confirmation.
func TestMended(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	makeTrees(t, dir, c)
	before := fileTexts(t, dir)
	first := "nodes/cp-1/etc/kubernetes/pki/apiserver-etcd-client"
	for _, p := range []string{
		first + ".key", first + ".crt", "nodes/cp-1/etc/kubernetes/controller-manager.conf",
		"nodes/cp-2/etc/kubernetes/pki/sa.key", "nodes/worker-1/etc/kubernetes/kubelet.env", "nodes/worker-1/SHA256SUMS",
		"authority/sa.pub", "manifests/20-admin.yaml",
	} {
		if err := os.Remove(filepath.Join(dir, p)); err != nil {
			t.Fatal(err)
		}
	}
	makeTrees(t, dir, c)
	if diff := changed(before, fileTexts(t, dir)); len(diff) > 0 {
		t.Errorf("not as before: %q", diff)
	}

	// Another key in one place of two.
	other := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, other, c)
	stranger, err := os.ReadFile(filepath.Join(other, first+".key"))
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "nodes/cp-3/etc/kubernetes/pki/apiserver-etcd-client.key")
	if err := os.WriteFile(at, stranger, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), Job{Dir: dir, Cluster: c}, nil)
	if err == nil || !strings.Contains(err.Error(), "cp-3/etc/kubernetes/pki/apiserver-etcd-client.key holds another private key") {
		t.Fatalf("error %v", err)
	}
	if now, _ := os.ReadFile(at); !bytes.Equal(now, stranger) {
		t.Error("the key was overwritten all the same")
	}
	r := makeTrees(t, dir, c, "apiserver-etcd-client")
	if r.Backup == "" {
		t.Error("no backup was kept")
	}
	if diff := changed(before, fileTexts(t, dir)); !slices.Contains(diff, first+".key") || slices.Contains(diff, "authority/etcd-ca.key") {
		t.Errorf("changed %q", diff)
	}
}

// TestNewEndpoint holds that another endpoint rewrites kubeconfigs, renews what
// names it, and keeps every key.
func TestNewEndpoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("single-ca", 1)
	makeTrees(t, dir, c)
	before := fileTexts(t, dir)
	c.Endpoint.Host = spec.Host{Name: "other.example.com"}
	makeTrees(t, dir, c)
	diff := changed(before, fileTexts(t, dir))
	for _, want := range []string{"admin/admin.conf", "nodes/worker-1/etc/kubernetes/kubelet.conf", "nodes/cp-2/etc/kubernetes/pki/apiserver.crt", "nodes/worker-1/SHA256SUMS"} {
		if !slices.Contains(diff, want) {
			t.Errorf("%s is as before", want)
		}
	}
	for _, p := range diff {
		if strings.HasSuffix(p, ".key") || strings.Contains(p, "scheduler") || strings.HasPrefix(p, "-") {
			t.Errorf("%s changed", p)
		}
	}
}

// TestTokenEnds holds that a token that has expired is told of and kept, and made
// anew where its file is deleted.
func TestTokenEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true
	makeTrees(t, dir, c)
	before := fileTexts(t, dir)
	later := func() time.Time { return time.Now().AddDate(0, 0, 8) }
	r, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Now: later}, nil)
	if err != nil || !r.Unchanged {
		t.Fatalf("%v, unchanged %v", err, r)
	}
	if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool { return strings.Contains(s, "the bootstrap token expired") }) {
		t.Errorf("warnings %q", r.Plan.Warnings)
	}
	if err := os.Remove(filepath.Join(dir, "authority/bootstrap-token")); err != nil {
		t.Fatal(err)
	}
	makeTrees(t, dir, c)
	diff := changed(before, fileTexts(t, dir))
	for _, want := range []string{"authority/bootstrap-token", "manifests/40-bootstrap-token.yaml", "nodes/worker-1/etc/kubernetes/bootstrap-kubelet.conf"} {
		if !slices.Contains(diff, want) {
			t.Errorf("%s has the old token", want)
		}
	}
}

// TestBootstrapDone: a set whose nodes have joined has no token, and one that is new
// is told that nobody can join.
func TestBootstrapDone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	c := treeCluster("three-ca", 1)
	c.Bootstrap, c.SignCSRs = spec.BootstrapDone, true
	r := makeTrees(t, dir, c)
	if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool { return strings.Contains(s, "no kubelet can join") }) {
		t.Errorf("warnings %q", r.Plan.Warnings)
	}
	for path, text := range fileTexts(t, dir) {
		if strings.Contains(path, "bootstrap-token") || strings.Contains(path, "bootstrap-kubelet") || strings.Contains(text, "bootstrap-kubeconfig") ||
			strings.Contains(path, "kubelet.key") {
			t.Errorf("%s is of a node that joins, or is handed out", path)
		}
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() || len(p.Warnings) > 0 {
		t.Errorf("again: %s, %q", p.Summary(), p.Warnings)
	}
	judgedClean(t, dir, c)
}
