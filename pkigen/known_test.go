package pkigen

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/plan"
	"certwright/pkigen/proven"
	"certwright/pkigen/spec"
)

// TestKnown holds that a set with an index is planned as one without: whatever
// changes on disk, in the answers or with time is seen, and nothing else is read.
func TestKnown(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no index on this system")
	}
	dir := filepath.Join(t.TempDir(), "pki")
	const workers = 20
	cluster := func() *spec.Cluster { return treeCluster("three-ca", workers) }
	newJob := func() Job { return Job{Dir: dir, Cluster: cluster(), indexFrom: 1} }
	for range 2 { // what was too young to be remembered is so by the second run
		if _, err := Run(t.Context(), newJob(), nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	index := filepath.Join(dir, proven.File)
	whole, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	checkIndexIsPublic(t, dir, whole)
	if n := countKnown(t, newJob()); n != workers {
		t.Fatalf("%d nodes are known, want all workers", n)
	}

	node := filepath.Join(dir, "nodes/worker-10")
	key := filepath.Join(node, "var/lib/kubelet/pki/kubelet.key")
	const some, none = workers - 15, 0 // nodes that have to be known still
	for _, test := range []struct {
		name  string
		known int
		do    func(t *testing.T, j *Job)
	}{
		{"nothing", some, func(*testing.T, *Job) {}},
		{"another byte, the same size and time", some, func(t *testing.T, _ *Job) { flip(t, filepath.Join(node, "etc/kubernetes/pki/ca.crt")) }},
		{"a key of other bytes", some, func(t *testing.T, _ *Job) { flip(t, key) }},
		{"a lost file", some, func(t *testing.T, _ *Job) { away(t, key) }},
		{"an open key", some, func(t *testing.T, _ *Job) { chmod(t, key, 0o644, 0o600) }},
		{"an open folder", some, func(t *testing.T, _ *Job) { chmod(t, filepath.Dir(key), 0o755, 0o700) }},
		{"a lost folder of requests", some, func(t *testing.T, _ *Job) { away(t, filepath.Join(dir, "cfssl/nodes/worker-11")) }},
		{"another CA's bytes", none, func(t *testing.T, _ *Job) { flip(t, filepath.Join(dir, "authority/ca.crt")) }},
		{"a lost CA", none, func(t *testing.T, _ *Job) { away(t, filepath.Join(dir, "authority/ca.key")) }},
		{"a lost shared key", none, func(t *testing.T, _ *Job) {
			away(t, filepath.Join(dir, "nodes/cp-1/etc/kubernetes/kube-proxy.conf"))
		}},
		{"another endpoint", none, func(_ *testing.T, j *Job) { j.Cluster.Endpoint.Port = 8443 }},
		{"another lifetime", none, func(_ *testing.T, j *Job) { j.Cluster.Profiles[0].Expiry /= 2 }},
		{"another folder", none, func(_ *testing.T, j *Job) { j.Cluster.CertificatesDir = "/opt/pki" }},
		{"another node of the control plane", none, func(_ *testing.T, j *Job) {
			j.Cluster.Nodes[1].Addresses[0] = netip.MustParseAddr("172.30.0.1")
		}},
		{"another address of a worker", some, func(_ *testing.T, j *Job) {
			j.Cluster.Nodes[12].Addresses[0] = netip.MustParseAddr("172.30.0.1")
		}},
		{"a further worker", some, func(_ *testing.T, j *Job) { j.Cluster.Nodes = treeCluster("three-ca", workers+1).Nodes }},
		{"a worker less", some, func(_ *testing.T, j *Job) { j.Cluster.Nodes = slices.Delete(j.Cluster.Nodes, 8, 9) }},
		{"all workers in another order", some, func(_ *testing.T, j *Job) { slices.Reverse(j.Cluster.Nodes[4:]) }},
		{"two years later", none, func(_ *testing.T, j *Job) { j.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) } }},
		{"the word for a key", none, func(_ *testing.T, j *Job) { j.Options.ReplaceKeys = []string{"worker-5/kubelet-server"} }},
		{"a damaged index", none, func(t *testing.T, _ *Job) { flip(t, index) }},
		{"a short index", none, func(t *testing.T, _ *Job) { put(t, index, whole[:40], whole) }},
		{"an empty index", none, func(t *testing.T, _ *Job) { put(t, index, nil, whole) }},
		{"an index that others can read", none, func(t *testing.T, _ *Job) { chmod(t, index, 0o644, 0o600) }},
		{"no index", none, func(t *testing.T, _ *Job) { away(t, index) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := newJob()
			test.do(t, &job)
			if n := countKnown(t, job); n < test.known || test.known == none && n > 0 {
				t.Errorf("%d nodes are known, want %d", n, test.known)
			}
			got, err1 := Plan(job)
			job.Reread = true
			want, err2 := Plan(job)
			if fmt.Sprint(err1) != fmt.Sprint(err2) {
				t.Fatalf("error %v, want %v", err1, err2)
			}
			if diff := changesOf(want, got); len(diff) > 0 {
				t.Errorf("planned otherwise than without the index: %q", diff)
			}
		})
	}
}

// changesOf is what differs between two plans, but for bytes that one of them
// need not know.
func changesOf(a, b *plan.Plan) []string {
	if a == nil || b == nil {
		return nil
	}
	strip := func(p *plan.Plan) *plan.Plan {
		q := *p
		q.Files = slices.Clone(p.Files)
		for i := range q.Files {
			if q.Files[i].Verb == plan.Keep {
				q.Files[i].Data = nil
			}
		}
		return &q
	}
	out := changesSince(strip(a), strip(b))
	if !slices.Equal(a.Warnings, b.Warnings) {
		out = append(out, fmt.Sprintf("warnings %q and %q", a.Warnings, b.Warnings))
	}
	for i := range a.Certificates {
		x, y := a.Certificates[i], b.Certificates[i]
		if x.Name != y.Name || !x.NotAfter.Equal(y.NotAfter) && x.Cert == plan.Keep || x.Cut != y.Cut {
			out = append(out, x.Name+" ends otherwise")
		}
	}
	return out
}

// countKnown is of how many nodes nothing has to be read.
func countKnown(t *testing.T, job Job) int {
	t.Helper()
	_, s, err := job.look()
	if err != nil {
		t.Fatal(err)
	}
	return len(s.known.Nodes)
}

// checkIndexIsPublic holds that no private key is in the index.
func checkIndexIsPublic(t *testing.T, dir string, index []byte) {
	t.Helper()
	if info, err := os.Stat(filepath.Join(dir, proven.File)); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, p := range []string{"nodes/worker-9/var/lib/kubelet/pki/kubelet.key", "authority/ca.key"} {
		data, err := os.ReadFile(filepath.Join(dir, p))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(data)
		secret := block.Bytes[7:39] // of SEC 1: the scalar of a P-256 key
		if bytes.Contains(index, secret) || bytes.Contains(index, []byte("PRIVATE KEY")) {
			t.Errorf("%s is in the index", p)
		}
	}
}

// TestKnownGrows adds a worker to a set with an index: nothing of another node
// is touched, what is proven says so, and files changed behind the back of the
// run are mended.
func TestKnownGrows(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no index on this system")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	for range 2 {
		makeTrees(t, dir, treeCluster("three-ca", 200))
		time.Sleep(100 * time.Millisecond)
	}
	before := snapshot(t, dir)
	flipForGood(t, filepath.Join(dir, "nodes/worker-77/etc/kubernetes/kubelet.env"))
	r := makeTrees(t, dir, treeCluster("three-ca", 201))
	if !slices.ContainsFunc(r.Proofs, func(s string) bool { return strings.Contains(s, "were proven before") }) {
		t.Errorf("proofs %q", r.Proofs)
	}
	for _, p := range changed(before, snapshot(t, dir)) {
		rel, _ := strings.CutPrefix(p, "pki/")
		if !strings.HasPrefix(rel, "nodes/worker-201/") && !strings.HasPrefix(rel, "cfssl/nodes/worker-201/") && rel != proven.File &&
			rel != "nodes/worker-77/etc/kubernetes/kubelet.env" && !strings.HasPrefix(p, "pki.backup/") {
			t.Errorf("%s changed", p)
		}
	}
	after := fileTexts(t, dir)
	if s := before["pki/nodes/worker-77/etc/kubernetes/kubelet.env"].data; !strings.HasSuffix(after["nodes/worker-77/etc/kubernetes/kubelet.env"], s) {
		t.Error("the changed file was not mended")
	}
	if r := makeTrees(t, dir, treeCluster("three-ca", 201)); !r.Unchanged {
		t.Errorf("a second run changed something: %s", r.Plan.Summary())
	}
	r, err := Run(t.Context(), Job{Dir: dir, Cluster: treeCluster("three-ca", 201), Reread: true}, nil)
	if err != nil || !r.Unchanged || slices.ContainsFunc(r.Proofs, func(s string) bool { return strings.Contains(s, "proven before") }) {
		t.Errorf("all read again: %v, %+v", err, r)
	}
}

// flipForGood changes a byte and keeps size and time.
func flipForGood(t *testing.T, path string) (undo func()) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func() {
		data[len(data)/2] ^= 1
		if err := os.WriteFile(path, data, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	write()
	return write
}

func flip(t *testing.T, path string) { t.Helper(); t.Cleanup(flipForGood(t, path)) }

// away moves a file or folder away until the test ends.
func away(t *testing.T, path string) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(path, other); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Rename(other, path) })
}

func chmod(t *testing.T, path string, mode, after os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, after) })
}

func put(t *testing.T, path string, data, after []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(path, after, 0o600) })
}

// TestKnownAfterAChange: a run that adds a worker leaves an index by which the next
// one knows all nodes, although it writes nothing that they share.
func TestKnownAfterAChange(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no index on this system")
	}
	dir := filepath.Join(t.TempDir(), "pki")
	const workers = 6
	job := func(more int) Job { return Job{Dir: dir, Cluster: treeCluster("three-ca", workers+more), indexFrom: 1} }
	for more := range 3 {
		for range 2 { // what was too young to be remembered is so by the second run
			if _, err := Run(t.Context(), job(more), nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := countKnown(t, job(more+1)); n != workers+more {
			t.Errorf("with %d more: %d nodes are known, want all", more, n)
		}
	}
}
