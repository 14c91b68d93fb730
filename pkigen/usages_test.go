package pkigen

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// makeFormer makes a set as it was made before certificates of ECDSA keys went
// without key encipherment: each leaf, and the profiles for cfssl, have all usages of
// the answers.
func makeFormer(t *testing.T, job Job) {
	t.Helper()
	job.Decided = func(p *plan.Plan) error {
		for i := range p.Certificates {
			if c := &p.Certificates[i]; c.Entry.Kind == catalog.Leaf {
				profile, _ := p.Cluster.Profile(c.Profile)
				c.Usages, c.Unable = profile.Usages, nil
			}
		}
		for i := range p.Files {
			if a := &p.Files[i]; a.Path == p.Layout.Config {
				a.Data = catalog.FormerConfigJSON(p.Layout, p.Cluster)
			}
		}
		return nil
	}
	mustRun(t, job, nil)
}

// leafOf is the certificate of a leaf as it lies on the disk.
func leafOf(t *testing.T, dir string, c *plan.Certificate) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, c.Place(catalog.Cert)))
	if err == nil && c.Embedded() {
		var k kubeconfig.Config
		k, err = kubeconfig.Parse(text)
		text = k.Cert
	}
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestUsagesOfECDSA holds that leaves of ECDSA keys sign and do nothing else (RFC 8813),
// that one with key encipherment stays as long as it is good, and that its renewal
// says what is dropped.
func TestUsagesOfECDSA(t *testing.T) {
	const both = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	dir := filepath.Join(t.TempDir(), "pki")
	job := Job{Dir: dir, Cluster: treeCluster("three-ca", 1)}
	makeFormer(t, job)
	usage := func(c *plan.Certificate) x509.KeyUsage { return leafOf(t, dir, c).KeyUsage }
	r := mustRun(t, job, nil)
	if !r.Unchanged {
		t.Errorf("a set with key encipherment is not right as it is: %s", r.Plan.Summary())
	}
	for i := range r.Plan.Certificates {
		if c := &r.Plan.Certificates[i]; c.Entry.Kind == catalog.Leaf && usage(c) != both {
			t.Errorf("%s: usages %v before its renewal", c.Name, usage(c))
		}
	}
	job.Options.Renewal = &plan.Renewal{Names: []string{"scheduler", "cp-1/apiserver"}}
	r = mustRun(t, job, nil)
	for _, name := range job.Options.Renewal.Names {
		c := r.Plan.Find(name)
		if d := c.Differences(); len(d) != 1 || d[0].Field != "usages" || strings.Join(d[0].Gone, ",") != "key encipherment" || d[0].Note != "an ECDSA key cannot do it" {
			t.Errorf("%s: differences %+v", name, d)
		}
		if u := usage(c); u != x509.KeyUsageDigitalSignature {
			t.Errorf("%s: usages %v after its renewal", name, u)
		}
	}
	if u := usage(r.Plan.Find("controller-manager")); u != both {
		t.Errorf("the renewal takes others along: %v", u)
	}
	if text := fileTexts(t, dir)[r.Plan.Layout.Config]; strings.Contains(text, "encipherment") {
		t.Errorf("cfssl would still give what certwright does not:\n%s", text)
	}
	job.Options.Renewal = nil
	if r = mustRun(t, job, nil); !r.Unchanged {
		t.Errorf("after the renewal of some: %s", r.Plan.Summary())
	}
}

// TestUsagesStay holds where usages are those of the answers: of RSA keys, which encipher,
// and in the article's layout, which is the article's.
func TestUsagesStay(t *testing.T) {
	for _, layout := range []string{"three-ca", "article"} {
		for _, key := range spec.KeyAlgorithms {
			l, _ := catalog.FindLayout(layout)
			c := treeCluster("three-ca", 0)
			c.Layout, c.Key, c.Profiles = layout, key, nil
			for _, p := range l.Profiles {
				c.Profiles = append(c.Profiles, spec.Profile{Name: p.Name, Usages: p.Usages})
			}
			stay := layout == "article" || strings.HasPrefix(string(key), "RSA")
			if has := strings.Contains(string(catalog.ConfigJSON(l, c)), "encipherment"); has != stay {
				t.Errorf("%s, %s: ca-config.json has key encipherment: %v", layout, key, has)
			}
			for _, cert := range l.Certificates(c) {
				if has := strings.Contains(strings.Join(cert.Usages, " "), "encipherment"); cert.Entry.Kind == catalog.Leaf && (has != stay || (len(cert.Unable) == 0) != stay) {
					t.Errorf("%s, %s, %s: usages %q, left out %q", layout, key, cert.Name, cert.Usages, cert.Unable)
				}
			}
		}
	}
}
