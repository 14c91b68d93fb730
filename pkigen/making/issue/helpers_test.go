package issue

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

const tenYears = 87600 * time.Hour

// start is when the certificates of the tests begin: real time, since OpenSSL and
// cfssl have no other clock.
func start() time.Time { return time.Now().Round(time.Minute).Add(-5 * time.Minute) }

func addr(s string) spec.Host { return spec.Host{Addr: netip.MustParseAddr(s)} }
func name(s string) spec.Host { return spec.Host{Name: s} }

// articleCluster is the cluster of the article, with an IPv6 address more.
func articleCluster(alg spec.KeyAlgorithm) *spec.Cluster {
	return &spec.Cluster{
		Layout: "article",
		Name:   "lab",
		CA: spec.Authority{
			Subject: spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
			Expiry:  tenYears,
		},
		Key: alg,
		Nodes: []spec.Node{
			{Name: "master1", Addresses: []netip.Addr{netip.MustParseAddr("192.168.214.88")}, Roles: spec.ControlPlane | spec.Etcd},
			{Name: "master2", Addresses: []netip.Addr{netip.MustParseAddr("fd00::89")}, Roles: spec.ControlPlane | spec.Etcd},
		},
		Endpoint:       spec.Endpoint{Host: name("kube-api.wangk8s-master.com"), Port: 6443},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		DNSDomain:      "cluster.local",
		Profiles: []spec.Profile{{
			Name: "kubernetes", Expiry: tenYears,
			Usages: []string{"signing", "key encipherment", "server auth", "client auth"},
		}},
	}
}

// newPlan plans everything of a cluster anew, as for an empty directory.
func newPlan(t testing.TB, c *spec.Cluster) *plan.Plan {
	t.Helper()
	l, ok := catalog.FindLayout("article")
	if !ok {
		t.Fatal("no layout article")
	}
	p := &plan.Plan{Cluster: c, Layout: l}
	p.Files = append(p.Files, plan.Action{Path: l.Config, Verb: plan.Create, Mode: 0o644, Data: catalog.ConfigJSON(l, c)})
	for _, rc := range l.Certificates(c) {
		addCertificate(p, rc)
	}
	return p
}

func addCertificate(p *plan.Plan, rc catalog.Certificate) {
	begin := start()
	if len(p.Certificates) > 0 {
		begin = p.Certificates[0].NotBefore // a minute may have expired since
	}
	p.Certificates = append(p.Certificates, plan.Certificate{
		Certificate: rc, Key: plan.Create, Cert: plan.Create, CSR: plan.Create,
		NotBefore: begin, NotAfter: begin.Add(rc.Expiry),
	})
	for _, f := range []plan.Action{
		{Path: rc.Files.Request, Part: catalog.Request, Mode: 0o644, Data: rc.RequestJSON()},
		{Path: rc.Files.CSR, Part: catalog.CSR, Mode: 0o644},
		{Path: rc.Files.Key, Part: catalog.Key, Mode: 0o600},
		{Path: rc.Files.Cert, Part: catalog.Cert, Mode: 0o644},
	} {
		f.Verb, f.Certificate = plan.Create, rc.Name
		p.Files = append(p.Files, f)
	}
}

// manyLeaves plans a CA and n client certificates.
func manyLeaves(t testing.TB, alg spec.KeyAlgorithm, n int) *plan.Plan {
	t.Helper()
	p := newPlan(t, articleCluster(alg))
	admin := *p.Find("admin")
	p.Certificates = p.Certificates[:1]
	p.Files = p.Files[:5]
	for i := range n {
		rc := admin.Certificate
		rc.Name = fmt.Sprintf("leaf-%d", i)
		rc.Subject.CN = rc.Name
		rc.Files = catalog.Files{Cert: rc.Name + ".pem", Key: rc.Name + "-key.pem", CSR: rc.Name + ".csr", Request: rc.Name + "-csr.json"}
		addCertificate(p, rc)
	}
	return p
}

// mustRun runs a plan that has to succeed.
func mustRun(t testing.TB, p *plan.Plan, keys *Keys) map[string][]byte {
	t.Helper()
	files, err := Run(context.Background(), p, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	return files.Files
}

// keepKeys turns a plan into the next one over the files of a run: keys stay,
// and so do certificates unless they are named.
func keepKeys(t *testing.T, p *plan.Plan, files map[string][]byte, renew ...string) *plan.Plan {
	t.Helper()
	next := &plan.Plan{Cluster: p.Cluster, Layout: p.Layout}
	for _, c := range p.Certificates {
		key, err := plan.ParsePrivateKey(files[c.Files.Key])
		if err != nil {
			t.Fatal(err)
		}
		c.Key, c.Cert, c.CSR = plan.Keep, plan.Keep, plan.Keep
		c.OldKey, c.OldCert = key, parseCert(t, files[c.Files.Cert])
		verb := plan.Keep
		for _, r := range renew {
			if r == c.Name {
				c.Cert, verb = plan.Renew, plan.Renew
			}
		}
		next.Certificates = append(next.Certificates, c)
		next.Files = append(next.Files,
			plan.Action{Path: c.Files.Cert, Part: catalog.Cert, Certificate: c.Name, Verb: verb},
			plan.Action{Path: c.Files.Key, Part: catalog.Key, Certificate: c.Name, Verb: plan.Keep})
	}
	return next
}

func parseCert(t testing.TB, data []byte) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("not one PEM certificate: %q", data)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// write puts files into a new directory.
func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for path, data := range files {
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// command runs a program in a directory; it has to succeed.
func command(t testing.TB, dir, prog string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(prog, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		detail := ""
		if ee, ok := err.(*exec.ExitError); ok {
			detail = string(ee.Stderr)
		}
		t.Fatalf("%s %v: %v\n%s%s", filepath.Base(prog), args, err, out, detail)
	}
	return out
}

// openssl finds OpenSSL. Only a developer's machine may do without it.
func openssl(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("openssl is not installed: install it to run this test (with CI set, its absence is a failure)")
		}
		t.Fatal("openssl is not installed; this test needs it")
	}
	return path
}
