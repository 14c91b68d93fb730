package issue

import (
	"os/exec"
	"path/filepath"
	"testing"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/cfssltool"
)

// TestOpenSSL lets OpenSSL judge the set: curl, Python and most of the world do
// as it does.
func TestOpenSSL(t *testing.T) {
	tool := openssl(t)
	for _, alg := range []spec.KeyAlgorithm{spec.RSA2048, spec.ECDSAP384} {
		p := newPlan(t, articleCluster(alg))
		opensslVerifies(t, tool, p.Find("kubernetes").Hosts, write(t, mustRun(t, p, nil)))
	}
	t.Run("CA and leaf with one name", func(t *testing.T) {
		// The article's own slip: without the key id OpenSSL says "self-signed".
		c := articleCluster(spec.ECDSAP256)
		c.CA.Subject.CN = "kubernetes"
		p := newPlan(t, c)
		opensslVerifies(t, tool, p.Find("kubernetes").Hosts, write(t, mustRun(t, p, nil)))
	})
}

func opensslVerifies(t *testing.T, tool string, hosts []spec.Host, dir string) {
	t.Helper()
	verify := func(args ...string) {
		t.Helper()
		command(t, dir, tool, append([]string{"verify", "-CAfile", "ca.pem", "-x509_strict"}, args...)...)
	}
	verify("-purpose", "sslserver", "kubernetes.pem")
	for _, cert := range []string{"kubernetes.pem", "admin.pem", "kube-proxy.pem"} {
		verify("-purpose", "sslclient", cert)
	}
	for _, h := range hosts {
		if h.Addr.IsValid() {
			verify("-verify_ip", h.String(), "kubernetes.pem")
		} else {
			verify("-verify_hostname", h.String(), "kubernetes.pem")
		}
	}
	cmd := exec.Command(tool, "verify", "-CAfile", "ca.pem", "-verify_ip", "192.168.214.77", "kubernetes.pem")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("OpenSSL takes an address that is not in the certificate: %s", out)
	}
	for _, f := range []string{"ca", "kubernetes", "admin", "kube-proxy"} {
		command(t, dir, tool, "pkey", "-in", f+"-key.pem", "-noout")
		command(t, dir, tool, "req", "-in", f+".csr", "-verify", "-noout")
	}
}

// TestCFSSLGoesOn: the operator carries on by hand with the cfssl command line,
// on our CA and our JSON files.
func TestCFSSLGoesOn(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	dir := write(t, mustRun(t, p, nil))
	out := command(t, dir, cfssltool.Path(t, "cfssl"), "gencert", "-ca", "ca.pem", "-ca-key", "ca-key.pem",
		"-config", "ca-config.json", "-profile=kubernetes", "kubernetes-csr.json")
	cmd := exec.Command(cfssltool.Path(t, "cfssljson"), "-bare", "again")
	cmd.Dir = dir
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(out); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	command(t, dir, openssl(t), "verify", "-CAfile", "ca.pem", "-purpose", "sslserver", filepath.Join(dir, "again.pem"))
}
