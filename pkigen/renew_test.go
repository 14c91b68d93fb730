package pkigen

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
)

// renewed carries out a renewal at a time.
func renewed(t *testing.T, dir string, c *spec.Cluster, r plan.Renewal, now time.Time) *Result {
	t.Helper()
	result, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Now: func() time.Time { return now }, Options: plan.Options{Renewal: &r}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestRenewNamed holds that the files of what was named change, with the
// checksums of their nodes, and not a byte of anything else.
func TestRenewNamed(t *testing.T) {
	const cp1, cp2 = "nodes/cp-1/", "nodes/cp-2/"
	for _, test := range []struct {
		name    string
		renewal plan.Renewal
		way     func(*spec.Cluster)
		want    []string
	}{
		{"one", plan.Renewal{Names: []string{"cp-1/apiserver"}}, nil,
			[]string{cp1 + "SHA256SUMS", cp1 + "etc/kubernetes/pki/apiserver.crt"}},
		{"one, new key", plan.Renewal{Names: []string{"cp-1/apiserver"}, NewKeys: true}, nil,
			[]string{"cfssl/nodes/cp-1/apiserver.csr", cp1 + "SHA256SUMS", cp1 + "etc/kubernetes/pki/apiserver.crt", cp1 + "etc/kubernetes/pki/apiserver.key"}},
		{"embedded", plan.Renewal{Names: []string{"admin", "worker-1/kubelet-client"}}, nil,
			[]string{"admin/admin.conf", "nodes/worker-1/SHA256SUMS", "nodes/worker-1/etc/kubernetes/kubelet.conf"}},
		{"shared, new key", plan.Renewal{Names: []string{"scheduler"}, NewKeys: true}, nil,
			[]string{"cfssl/scheduler.csr", cp1 + "SHA256SUMS", cp1 + "etc/kubernetes/scheduler.conf",
				cp2 + "SHA256SUMS", cp2 + "etc/kubernetes/scheduler.conf", "nodes/cp-3/SHA256SUMS", "nodes/cp-3/etc/kubernetes/scheduler.conf"}},
		{"by path", plan.Renewal{Names: []string{"worker-1/kubelet-client"}}, func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
			[]string{"nodes/worker-1/SHA256SUMS", "nodes/worker-1/var/lib/kubelet/pki/kubelet-client.crt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := treeCluster("three-ca", 1)
			if test.way != nil {
				test.way(c)
			}
			dir := filepath.Join(t.TempDir(), "pki")
			makeTrees(t, dir, c)
			before := fileTexts(t, dir)
			r := renewed(t, dir, c, test.renewal, time.Now().Add(time.Minute))
			if diff := changed(before, fileTexts(t, dir)); !slices.Equal(diff, test.want) {
				t.Errorf("changed\n%q, want\n%q", diff, test.want)
			}
			if r.Backup == "" || len(r.Plan.Asked()) != len(test.renewal.Names) {
				t.Errorf("backup %q, asked %d", r.Backup, len(r.Plan.Asked()))
			}
			judgedClean(t, dir, c)
		})
	}
}

// TestRenewAll renews every leaf: no key and no CA changes, or every key of a
// leaf does; kubeconfigs have what their certificates have; OpenSSL agrees.
func TestRenewAll(t *testing.T) {
	for _, newKeys := range []bool{false, true} {
		c := treeCluster("single-ca", 1)
		dir := filepath.Join(t.TempDir(), "pki")
		makeTrees(t, dir, c)
		before := mustPlan(t, Job{Dir: dir, Cluster: c})
		renewed(t, dir, c, plan.Renewal{NewKeys: newKeys}, time.Now().Add(time.Minute))
		after := mustPlan(t, Job{Dir: dir, Cluster: c})
		if after.Changes() {
			t.Errorf("a run after the renewal would change something: %s", after.Summary())
		}
		leaves := 0
		for i := range after.Certificates {
			old, now := &before.Certificates[i], &after.Certificates[i]
			leaf := now.Entry.Kind == catalog.Leaf
			if leaf {
				leaves++
			}
			if same := bytes.Equal(old.CertPEM, now.CertPEM); same != !leaf {
				t.Errorf("%s: the certificate is the same: %t", now.Name, same)
			}
			if same := bytes.Equal(old.KeyPEM, now.KeyPEM); same != (!leaf || !newKeys) {
				t.Errorf("new keys %t: %s has the same key: %t", newKeys, now.Name, same)
			}
		}
		if leaves < 20 {
			t.Errorf("only %d leaves", leaves)
		}
		judgedClean(t, dir, c)
		opensslTrusts(t, dir, after)
	}
}

// opensslTrusts has OpenSSL judge certificates in files, and in a kubeconfig.
func opensslTrusts(t *testing.T, dir string, p *plan.Plan) {
	t.Helper()
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl")
	}
	data, err := os.ReadFile(filepath.Join(dir, "admin", "admin.conf"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := kubeconfig.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	admin := filepath.Join(t.TempDir(), "admin.crt")
	if err := os.WriteFile(admin, k.Cert, 0o600); err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(dir, p.Find("cp-1/apiserver").Files.Cert)
	ca := filepath.Join(dir, p.Find("ca").Files.Cert)
	for _, args := range [][]string{
		{"-purpose", "sslserver", "-verify_ip", "172.20.0.1", server},
		{"-purpose", "sslclient", admin},
	} {
		args = append([]string{"verify", "-CAfile", ca}, args...)
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil || !bytes.Contains(out, []byte(": OK")) {
			t.Errorf("openssl %q: %v\n%s", args, err, out)
		}
	}
}

// TestRenewEnded brings a directory back of which every leaf has expired.
func TestRenewEnded(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	start := time.Now().Add(-400 * 24 * time.Hour)
	makeAt(t, dir, c, start)
	var others *plan.OtherChangesError
	one := plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}}
	if _, err := Plan(Job{Dir: dir, Cluster: c, Options: one}); !errors.As(err, &others) || !others.OnlyEnded() || others.EndedCA() != "" {
		t.Errorf("one of many that ended: %v", err)
	}
	r := renewed(t, dir, c, plan.Renewal{Within: 24 * time.Hour}, time.Now())
	judgedClean(t, dir, c)
	if steps := restart.Of(r.Plan, dir).Steps; len(steps) < 20 {
		t.Errorf("%d steps", len(steps))
	}
}

// TestRenewWithin takes what expires soon, and leaves the rest.
func TestRenewWithin(t *testing.T) {
	c := treeCluster("three-ca", 1)
	for i := range c.Profiles {
		if c.Profiles[i].Name == "client" {
			c.Profiles[i].Expiry = 240 * time.Hour
		}
	}
	dir := filepath.Join(t.TempDir(), "pki")
	makeAt(t, dir, c, time.Now().Add(-time.Hour))
	r := renewed(t, dir, c, plan.Renewal{Within: 30 * 24 * time.Hour}, time.Now())
	for i := range r.Plan.Certificates {
		if p := &r.Plan.Certificates[i]; p.Asked != (p.Profile == "client") || p.Asked != (p.Cert == plan.Renew) {
			t.Errorf("%s: asked %t, %s", p.Name, p.Asked, p.Cert)
		}
	}
	judgedClean(t, dir, c)
}

// TestRenewTwice: within one minute the dates are the same, and that is said.
func TestRenewTwice(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	now := time.Now().Truncate(time.Minute)
	makeAt(t, dir, c, now)
	first := plan.Renewal{Names: []string{"admin"}}
	r := renewed(t, dir, c, first, now.Add(time.Second))
	if !slices.ContainsFunc(r.Plan.Warnings, func(s string) bool {
		return strings.HasPrefix(s, "another serial number, but no later end than before: admin on ")
	}) || r.Unchanged {
		t.Errorf("unchanged %t, %q", r.Unchanged, r.Plan.Warnings)
	}
	if r = renewed(t, dir, c, first, now.Add(24*time.Hour)); slices.ContainsFunc(r.Plan.Warnings, func(s string) bool { return strings.Contains(s, "serial") }) {
		t.Errorf("a day later: %q", r.Plan.Warnings)
	}
}

// TestRenewUnderItsCA: a leaf ends with its CA, and none is made below one that ended.
func TestRenewUnderItsCA(t *testing.T) {
	c := treeCluster("single-ca", 1)
	c.CA.Expiry = 9000 * time.Hour
	dir := filepath.Join(t.TempDir(), "pki")
	start := time.Now()
	makeAt(t, dir, c, start)
	opt := plan.Options{Renewal: &plan.Renewal{}}
	p := mustPlan(t, Job{Dir: dir, Cluster: c, Options: opt, Now: func() time.Time { return start.Add(1000 * time.Hour) }})
	if admin := p.Find("admin"); !admin.Cut || !admin.NotAfter.Equal(p.Find("ca").NotAfter) ||
		!slices.ContainsFunc(p.Warnings, func(s string) bool { return strings.HasPrefix(s, "cut to the end of the CA") }) {
		t.Errorf("admin ends %v, cut %t, %q", admin.NotAfter, admin.Cut, p.Warnings)
	}
	var others *plan.OtherChangesError
	_, err := Plan(Job{Dir: dir, Cluster: c, Options: opt, Now: func() time.Time { return start.Add(9001 * time.Hour) }})
	if !errors.As(err, &others) || others.EndedCA() != "ca" {
		t.Errorf("below a CA that ended: %v", err)
	}
}

// TestRenewRefuses: other answers are no renewal, and neither is a lost key's place.
func TestRenewRefuses(t *testing.T) {
	c := treeCluster("three-ca", 1)
	dir := filepath.Join(t.TempDir(), "pki")
	makeTrees(t, dir, c)
	before := fileTexts(t, dir)
	host, _ := spec.ParseHosts("certSANs", "api2.example.com")
	c.SANs = host
	job := Job{Dir: dir, Cluster: c, Options: plan.Options{Renewal: &plan.Renewal{Names: []string{"cp-1/apiserver", "admin"}}}}
	var others *plan.OtherChangesError
	if _, err := Run(t.Context(), job, nil); !errors.As(err, &others) || others.OnlyEnded() || !strings.Contains(err.Error(), "cp-2/apiserver: names changed: +api2.example.com") {
		t.Errorf("%v", err)
	}
	if diff := changed(before, fileTexts(t, dir)); len(diff) > 0 {
		t.Errorf("changed %q", diff)
	}
	// All that the answers change is asked for: then it is a renewal with a diff.
	job.Options.Renewal.Names = []string{"cp-1/apiserver", "cp-2/apiserver", "cp-3/apiserver"}
	p := mustPlan(t, job)
	d := p.Find("cp-2/apiserver").Differences()
	if len(d) != 1 || d[0].Field != "names" || !slices.Equal(d[0].New, []string{"api2.example.com"}) || len(d[0].Gone) > 0 {
		t.Errorf("differences %+v", d)
	}
	for name, want := range map[string]string{
		"ca": "ca is a CA: ", "sa": "sa is a key pair and no certificate", "cp-9/apiserver": `there is no certificate "cp-9/apiserver"`,
	} {
		job.Options.Renewal.Names, job.Options.Renewal.NewKeys = []string{name}, name == "ca"
		if _, err := Plan(job); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// makeAt makes a set at a time of the past, when it was right.
func makeAt(t *testing.T, dir string, c *spec.Cluster, at time.Time) {
	t.Helper()
	if _, err := Run(t.Context(), Job{Dir: dir, Cluster: c, Now: func() time.Time { return at }}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestRenewArticle: the flat layout is renewed in the same way.
func TestRenewArticle(t *testing.T) {
	job := newJob(t)
	mustRun(t, job, nil)
	key, old := readFile(t, job.Dir, "kubernetes-key.pem"), readCert(t, job.Dir, "kubernetes.pem")
	before := snapshot(t, job.Dir)
	job.Now = func() time.Time { return t0.Add(24 * time.Hour) }
	job.Options.Renewal = &plan.Renewal{Names: []string{"kubernetes"}}
	mustRun(t, job, mustPlan(t, job))
	now := readCert(t, job.Dir, "kubernetes.pem")
	if !bytes.Equal(key, readFile(t, job.Dir, "kubernetes-key.pem")) || now.SerialNumber.Cmp(old.SerialNumber) == 0 ||
		!now.NotAfter.After(old.NotAfter) || !slices.Equal(now.DNSNames, old.DNSNames) || !bytes.Equal(now.RawSubject, old.RawSubject) {
		t.Errorf("%v, was %v", describe(now), describe(old))
	}
	after := snapshot(t, job.Dir)
	for name, f := range before {
		if name != "pki/kubernetes.pem" && after[name].data != f.data {
			t.Errorf("%s changed", name)
		}
	}
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func describe(c *x509.Certificate) string {
	return c.Subject.String() + " " + c.SerialNumber.String() + " until " + c.NotAfter.String()
}

// TestRenewShortLives: where profiles give no more time than is left, that is said, and which
// answers say so.
func TestRenewShortLives(t *testing.T) {
	c := treeCluster("three-ca", 1)
	for i := range c.Profiles {
		if c.Profiles[i].Name == "client" {
			c.Profiles[i].Expiry = 48 * time.Hour
		}
	}
	dir := filepath.Join(t.TempDir(), "pki")
	makeAt(t, dir, c, time.Now().Add(-24*time.Hour))
	warned := func(within time.Duration) bool {
		r := renewed(t, dir, c, plan.Renewal{Within: within}, time.Now())
		return slices.ContainsFunc(r.Plan.Warnings, func(s string) bool {
			return strings.Contains(s, "due for renewal again at once") && strings.Contains(s, "profiles.client.expiry into the answers")
		})
	}
	if !warned(30 * 24 * time.Hour) {
		t.Error("of certificates that expire in two days again nothing is said")
	}
	if warned(47 * time.Hour) {
		t.Error("certificates that outlive the next renewal are warned of")
	}
}
