package pkigen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/rehearse"
	"certwright/pkigen/judging/verify"
)

// judged judges a directory as verify does.
func judged(t *testing.T, dir string, known *verify.Known) *verify.Judgement {
	t.Helper()
	j, err := verify.Directory(t.Context(), dir, known, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// clean asserts that nothing is found in a right directory, and that its
// connections were really tried: at least least of them.
func clean(t *testing.T, what string, j *verify.Judgement, least int) {
	t.Helper()
	for i := range j.Findings {
		if f := &j.Findings[i]; f.Severity != check.Note && f.Check.ID != "etcd-open" { // as it is where one CA serves all
			t.Errorf("%s: %s: %s: %s %s", what, f.Severity, f.Check.ID, f.File, f.What())
		}
	}
	for _, r := range j.Wrong() {
		t.Errorf("%s: %s: %s from %s to %s: %s", what, r.State, r.Case.Connection.ID, r.Case.From.Machine, r.Case.To.Machine, r.Failure.Cause)
	}
	tried := 0
	for _, r := range j.Connections {
		if r.State != rehearse.NotTried {
			tried++
		}
	}
	if tried < least || j.Proven == 0 {
		t.Errorf("%s: %d connections were tried, at least %d were expected; %d signatures", what, tried, least, j.Proven)
	}
}

// judgedClean judges a set that was just made, by its answers and as if it were
// somebody else's.
func judgedClean(t *testing.T, dir string, c *spec.Cluster) {
	t.Helper()
	layout, ok := catalog.FindLayout(c.Layout)
	if !ok {
		t.Fatal(c.Layout)
	}
	clean(t, "by its answers", judged(t, dir, &verify.Known{Layout: layout, Cluster: c}), 20)
	clean(t, "without answers", judged(t, dir, nil), 20)
	// One machine's folders alone, as they lie on it.
	one := filepath.Join(dir, "nodes", c.Nodes[0].Name)
	clean(t, "one machine", judged(t, one, nil), 3)
}

// TestArticleIsClean: the article's layout has nothing but its known risk.
func TestArticleIsClean(t *testing.T) {
	job := newJob(t)
	mustRun(t, job, nil)
	layout, _ := catalog.FindLayout("article")
	clean(t, "by its answers", judged(t, job.Dir, &verify.Known{Layout: layout, Cluster: job.Cluster}), 7)
	clean(t, "without answers", judged(t, job.Dir, nil), 2)
}

// TestForeignFault plants faults in a set of which nobody has the answers: the
// connections that a fault breaks are those that the rehearsal names, and no other.
func TestForeignFault(t *testing.T) {
	c := treeCluster("three-ca", 1)
	made := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, made, c)
	first, second := "nodes/"+c.Nodes[0].Name+"/etc/kubernetes/", "nodes/"+c.Nodes[1].Name+"/etc/kubernetes/"
	for _, test := range []struct {
		name        string
		plant       func(dir string) error
		check       string
		connections string // that are broken
	}{
		{"another node's etcd certificate", func(dir string) error {
			return copies(dir, second+"pki/etcd/server", first+"pki/etcd/server", ".crt", ".key")
		}, "san-missing", "apiserver-to-etcd"},
		{"the key of another", func(dir string) error {
			return copies(dir, first+"pki/apiserver", first+"pki/apiserver-kubelet-client", ".key")
		}, "key-mismatch", "apiserver-to-kubelet"},
		{"the service account key of one server", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, first+"pki/sa.pub"), publicKey(t, filepath.Join(dir, first+"pki/apiserver.crt")), 0o644)
		}, "sa-mismatch", "pods-to-apiserver"},
		{"the kubelet's kubeconfig as the scheduler's", func(dir string) error {
			return copies(dir, first+"kubelet", first+"scheduler", ".conf")
		}, "identity-user", "scheduler-to-apiserver"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "pki")
			if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
				t.Fatal(err)
			}
			if err := test.plant(dir); err != nil {
				t.Fatal(err)
			}
			j := judged(t, dir, nil)
			if len(j.Findings) == 0 || j.Findings[0].Check.ID != test.check || j.Count(check.Error) != 1 {
				t.Errorf("found %d errors, first of all %+v; want %s", j.Count(check.Error), j.Findings, test.check)
			}
			broken := map[string]bool{}
			for _, r := range j.Wrong() {
				broken[r.Case.Connection.ID] = true
				if !strings.Contains(r.Failure.File, c.Nodes[0].Name) {
					t.Errorf("%s: the file at fault is %q", r.Case.Connection.ID, r.Failure.File)
				}
			}
			if len(broken) != 1 || !broken[test.connections] {
				t.Errorf("broken are %v, want %s", broken, test.connections)
			}
		})
	}
}

func copies(dir, from, to string, endings ...string) error {
	for _, e := range endings {
		data, err := os.ReadFile(filepath.Join(dir, from+e))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, to+e), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// publicKey is the public key of a certificate, as sa.pub holds one.
func publicKey(t *testing.T, name string) []byte {
	t.Helper()
	cert := readCert(t, filepath.Dir(name), filepath.Base(name))
	text, err := pkey.EncodePublic(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
