package pkigen

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

func revocable(c *spec.Cluster) { c.Revocation = true }

// recordIn is the record of a directory.
func recordIn(t *testing.T, dir string) *issued.Record {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "authority", "issued"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := issued.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// called are the certificates of a record that have a name.
func called(r *issued.Record, name string) []issued.Certificate {
	return slices.DeleteFunc(slices.Clone(r.All()), func(c issued.Certificate) bool { return c.Name != name })
}

// revokedIn are the serial numbers in the list of a member of etcd, which has to be DER.
func revokedIn(t *testing.T, dir, node string) []string {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(dir, "nodes", node, "etc/kubernetes/pki/etcd/revoked.crl"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range list.RevokedCertificateEntries {
		out = append(out, e.SerialNumber.Text(16))
	}
	return out
}

// denied is the list of an API server.
func denied(t *testing.T, dir, node string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "nodes", node, "etc/kubernetes/authorization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shutOut revokes what the record has of these names.
func shutOut(t *testing.T, dir string, c *spec.Cluster, names ...string) *Result {
	t.Helper()
	w := &plan.Revocation{At: time.Now()}
	for _, name := range names {
		w.Certificates = append(w.Certificates, called(recordIn(t, dir), name)...)
	}
	r, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Revoke: w}, About: store.About{Operation: "revoke"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRevoke: what is revoked stands in the list of every API server or member of etcd, its
// owner has another key and certificate, and nothing else changes.
func TestRevoke(t *testing.T) {
	for _, layout := range treeLayouts {
		t.Run(layout, func(t *testing.T) {
			t.Parallel()
			c := treeCluster(layout, 1)
			revocable(c)
			dir := filepath.Join(t.TempDir(), "pki")
			makeTrees(t, dir, c)
			before := fileTexts(t, dir)
			admin, client := called(recordIn(t, dir), "admin")[0], called(recordIn(t, dir), "apiserver-etcd-client")[0]
			shutOut(t, dir, c, "admin", "apiserver-etcd-client")
			for _, node := range []string{"cp-1", "cp-2", "cp-3"} {
				if list := denied(t, dir, node); !strings.Contains(list, "'X509SHA256="+admin.SHA256+"'") {
					t.Errorf("%s does not deny the admin:\n%s", node, list)
				}
				if got := revokedIn(t, dir, node); !slices.Contains(got, client.Serial) {
					t.Errorf("the list of %s has %q, want %s", node, got, client.Serial)
				}
			}
			for _, name := range []string{"admin", "apiserver-etcd-client"} {
				if got := called(recordIn(t, dir), name); len(got) != 2 || got[0].IsRevoked() == got[1].IsRevoked() {
					t.Errorf("the record has of %s %+v", name, got)
				}
			}
			judgedClean(t, dir, c)
			if r := makeTrees(t, dir, c); !r.Unchanged {
				t.Errorf("another run would do: %s", r.Plan.Summary())
			}
			for _, p := range changed(before, fileTexts(t, dir)) {
				switch base := filepath.Base(p); base {
				case "issued", "admin.conf", "admin.csr", "authorization.yaml", "revoked.crl", "SHA256SUMS", "apiserver-etcd-client.crt", "apiserver-etcd-client.key", "apiserver-etcd-client.csr":
				default:
					t.Errorf("%s changed too", p)
				}
			}
		})
	}
}

// TestRecordOutlives: nothing that was issued is forgotten, by no renewal, rotation or undo.
func TestRecordOutlives(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	revocable(c)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	all := len(recordIn(t, dir).All())
	about := store.About{Operation: "renew"}
	renewal := Job{Dir: dir, Cluster: c, Options: plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}, About: about}
	if _, err := Run(t.Context(), renewal, nil); err != nil {
		t.Fatal(err)
	}
	if got := len(recordIn(t, dir).All()); got != all+1 {
		t.Fatalf("%d certificates after a renewal, want %d", got, all+1)
	}
	if _, err := Undo(t.Context(), UndoJob{Dir: dir, About: store.About{Operation: "undo"}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := len(recordIn(t, dir).All()); got != all+1 {
		t.Errorf("%d certificates after the undo, want %d", got, all+1)
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() {
		t.Errorf("a run after the undo would do: %s", p.Summary())
	}
	for _, to := range stages {
		toStage(t, dir, c, plan.Rotation{Name: "etcd-ca", To: to})
	}
	if got := len(called(recordIn(t, dir), "cp-1/etcd-server")); got != 2 {
		t.Errorf("%d certificates of etcd-server after a rotation, want 2", got)
	}
}

// TestUndoneRevocation: what is let in again is said, and the lists are as they were.
func TestUndoneRevocation(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	revocable(c)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	before := denied(t, dir, "cp-1")
	shutOut(t, dir, c, "admin")
	job := UndoJob{Dir: dir, About: store.About{Operation: "undo"}}
	u, err := PlanUndo(job)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(u.Warnings, "\n"), "let in again: admin") {
		t.Errorf("warnings are %q", u.Warnings)
	}
	if _, err := Undo(t.Context(), job, u); err != nil {
		t.Fatal(err)
	}
	if got := denied(t, dir, "cp-1"); got != before {
		t.Errorf("the list is\n%s\nwas\n%s", got, before)
	}
	if got := called(recordIn(t, dir), "admin"); len(got) != 2 || got[0].IsRevoked() || got[1].IsRevoked() {
		t.Errorf("the record has %+v", got)
	}
	if p := mustPlan(t, Job{Dir: dir, Cluster: c}); p.Changes() {
		t.Errorf("a run after the undo would do: %s", p.Summary())
	}
	judgedClean(t, dir, c)
}

// TestPreparedLater: a set that learns of revocation knows what its backups hold.
func TestPreparedLater(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	if _, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}, About: store.About{Operation: "renew"}}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Options: plan.Options{Revoke: &plan.Revocation{At: time.Now()}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "nothing can be revoked yet") {
		t.Errorf("a set that is not prepared: %v", err)
	}
	revocable(c)
	makeTrees(t, dir, c)
	if got := called(recordIn(t, dir), "admin"); len(got) != 2 {
		t.Errorf("the record has %+v", got)
	}
	judgedClean(t, dir, c)
}

// TestRevokedComesBack: a revoked certificate that somebody puts back is not kept.
func TestRevokedComesBack(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	revocable(c)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	file := filepath.Join(dir, "admin", "admin.conf")
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	shutOut(t, dir, c, "admin")
	if err := os.WriteFile(file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, Job{Dir: dir, Cluster: c})
	if len(p.Refused()) != 1 || !strings.Contains(p.Refused()[0].Reason, "was revoked") {
		t.Errorf("refused are %+v", p.Refused())
	}
	if r := makeTrees(t, dir, c, "admin"); r.Plan.Find("admin").Key != plan.Replace {
		t.Errorf("with the word it is %s", r.Plan.Find("admin").Key)
	}
}

// TestBrokenRecord: nobody writes a new one over a record that cannot be read.
func TestBrokenRecord(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	revocable(c)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	if err := os.WriteFile(filepath.Join(dir, "authority", "issued"), []byte("admin\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Plan(Job{Dir: dir, Cluster: c}); err == nil || !strings.Contains(err.Error(), "authority/issued: line 1 cannot be read") {
		t.Errorf("the error is %v", err)
	}
}

// TestLeaked: of each key that a node holds it is said what shuts its holder out, and one
// run takes away what it can.
func TestLeaked(t *testing.T) {
	t.Parallel()
	c := treeCluster("three-ca", 1)
	revocable(c)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	copied := filepath.Join(t.TempDir(), "found.conf")
	text, err := os.ReadFile(filepath.Join(dir, "admin", "admin.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		word string
		want []string
		does func(o *plan.Options) bool
	}{
		{"admin", []string{"admin"}, func(o *plan.Options) bool { return len(o.Revoke.Certificates) == 1 }},
		{copied, []string{"admin"}, func(o *plan.Options) bool { return len(o.Revoke.Certificates) == 1 }},
		{"nodes/cp-1/etc/kubernetes/pki/sa.key", []string{"sa"}, func(o *plan.Options) bool { return o.Rotation.Name == "sa" && o.Rotation.To == plan.Widened }},
		{"etcd-ca", []string{"etcd-ca"}, func(o *plan.Options) bool { return o.Rotation.Name == "etcd-ca" }},
		{"worker-1", []string{"kube-proxy", "worker-1/kubelet-client", "worker-1/kubelet-server"}, func(o *plan.Options) bool { return len(o.Revoke.Certificates) == 3 }},
	} {
		job := Job{Dir: dir, Cluster: c}
		found, does, err := job.Leaked([]string{tc.word})
		if err != nil {
			t.Fatalf("%s: %v", tc.word, err)
		}
		var names []string
		for _, l := range found.Leaks {
			names = append(names, l.Name)
			if l.Opens == "" || l.By == "" || l.Soon == "" || len(l.Look) == 0 {
				t.Errorf("%s: too little is said: %+v", tc.word, l)
			}
		}
		if slices.Sort(names); !slices.Equal(names, tc.want) || !does || !tc.does(&job.Options) {
			t.Errorf("%s is %q, done is %+v", tc.word, names, job.Options)
		}
	}
	job := Job{Dir: dir, Cluster: c}
	if _, _, err := job.Leaked([]string{"worker-1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	judgedClean(t, dir, c)
	if _, _, err := job.Leaked([]string{"admn"}); err == nil || !strings.Contains(err.Error(), `did you mean "admin"`) {
		t.Errorf("a word that means nothing: %v", err)
	}
	c.Revocation = false
	later := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, later, c)
	job = Job{Dir: later, Cluster: c}
	found, does, err := job.Leaked([]string{"admin"})
	if err != nil || !does || job.Options.Renewal == nil || !job.Options.Renewal.NewKeys || !strings.HasPrefix(found.Leaks[0].Soon, "nothing yet") || len(found.Leaks[0].Then) == 0 {
		t.Errorf("without lists: %v, %+v, %+v", err, found.Leaks, job.Options)
	}
}
