package pkigen

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/internal/cfssltool"
	"certwright/pkigen/making/plan"
)

// writeRequests makes a directory with the JSON files of a plan and nothing else.
func writeRequests(t testing.TB, dir string, p *plan.Plan) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Files {
		if a.Data == nil || a.Text != nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, a.Path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, a.Path), a.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// makeByHand types commands into a shell that finds the real cfssl.
func makeByHand(t testing.TB, dir string, commands []shell.Line) {
	t.Helper()
	path := filepath.Dir(cfssltool.Path(t, "cfssl")) + string(filepath.ListSeparator) + os.Getenv("PATH")
	for _, line := range commands {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "umask 022; "+line.String())
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+path)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
}

// TestMadeByHand types the commands that the review shows, into a shell and with
// the real cfssl, in a directory that holds our JSON files and nothing else. A
// run over the result finds nothing to do: what cfssl makes by hand is what the
// plan wants, in subject, names, usages, dates, keys, requests and modes.
func TestMadeByHand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a shell")
	}
	for _, alg := range []spec.KeyAlgorithm{spec.ECDSAP256, spec.RSA2048} {
		job := newJob(t)
		job.Now = nil // cfssl reads the real clock
		job.Cluster.Key = alg
		p := mustPlan(t, job)
		writeRequests(t, job.Dir, p)
		makeByHand(t, job.Dir, catalog.Commands(p.Layout, p.Cluster))
		r := mustRun(t, job, nil)
		if !r.Unchanged {
			t.Errorf("%s: %s", alg, r.Plan.Summary())
			for _, c := range r.Plan.Certificates {
				t.Errorf("%s: key %s, certificate %s, request %s: %s", c.Name, c.Key, c.Cert, c.CSR, c.Reason)
			}
		}
	}
}

// TestTreesByHand does the same for a layout with trees: what cfssl makes of our
// JSON files chains to the right CA, with the subject, names and usages that the
// run gives.
func TestTreesByHand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a shell")
	}
	for _, layout := range treeLayouts {
		hand := filepath.Join(t.TempDir(), "hand")
		job := Job{Dir: filepath.Join(t.TempDir(), "pki"), Cluster: treeCluster(layout, 1)}
		p := mustPlan(t, job)
		writeRequests(t, hand, p)
		makeByHand(t, hand, catalog.Commands(p.Layout, p.Cluster))
		made := func(c *plan.Certificate) *x509.Certificate {
			return readCert(t, hand, strings.TrimSuffix(c.Files.CSR, ".csr")+".pem")
		}
		for i := range p.Certificates {
			c := &p.Certificates[i]
			if !c.IsCertificate() {
				continue
			}
			cert := made(c)
			if err := cert.CheckSignatureFrom(made(p.Find(c.Signer))); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			usage, ext, _ := usage.Bits(c.Usages)
			if !c.IsCA() && cert.KeyUsage != usage {
				t.Errorf("%s: cfssl made the key usage %b, the run %b", c.Name, cert.KeyUsage, usage)
			}
			if !plan.SameSubject(cert.Subject, c.Subject) || len(cert.DNSNames)+len(cert.IPAddresses) != len(c.Hosts) || !slices.Equal(cert.ExtKeyUsage, ext) {
				t.Errorf("%s: cfssl made subject %s, names %v %v, usages %v", c.Name, cert.Subject, cert.DNSNames, cert.IPAddresses, cert.ExtKeyUsage)
			}
		}
	}
}
