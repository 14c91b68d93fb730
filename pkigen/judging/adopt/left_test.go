package adopt_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
)

// small makes a CA and one client that the test changes, in files with the usual
// names.
func small(t *testing.T, change func(c *x509.Certificate)) (m *maker, ca *pair) {
	t.Helper()
	m = &maker{t, filepath.Join(t.TempDir(), "pki")}
	from, to := time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour)
	ca = m.sign(x509.Certificate{Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: from, NotAfter: to.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	m.files("ca", ca)
	c := x509.Certificate{Subject: pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: clientAuth}
	change(&c)
	m.files("admin", m.sign(c, ca))
	return m, ca
}

// TestLeft holds that what could not be made again as it is, is left, with the
// reason.
func TestLeft(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(c *x509.Certificate)
		after  func(m *maker, ca *pair)
		path   string
		why    string // "" for taken
	}{
		{"a right one", func(*x509.Certificate) {}, nil, "admin.crt", ""},
		{"several groups", func(c *x509.Certificate) { c.Subject.Organization = []string{"b", "a"} }, nil, "admin.crt", ""},
		{"two units", func(c *x509.Certificate) { c.Subject.OrganizationalUnit = []string{"b", "a"} }, nil, "admin.crt", "subject has fields"},
		{"a mail address", func(c *x509.Certificate) {
			c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@example.com"}}
		}, nil, "admin.crt", "subject has fields"},
		{"a URI", func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "spiffe", Host: "x"}} }, nil, "admin.crt", "neither addresses nor DNS names"},
		{"a usage of its own", func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}} }, nil, "admin.crt", "usages are none that cfssl writes"},
		{"no usages", func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil }, nil, "admin.crt", ""},
		{"a leaf that signs", func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, nil, "admin.crt", "usages are none that cfssl writes"},
		{"no key", func(*x509.Certificate) {}, func(m *maker, _ *pair) { m.remove("admin.key") }, "admin.crt", "private key is not in this directory"},
		{"another key", func(*x509.Certificate) {}, func(m *maker, ca *pair) { m.write("admin.key", ca.KeyPEM, 0o600) }, "admin.crt", "does not fit it"},
		{"a chain", func(*x509.Certificate) {}, func(m *maker, ca *pair) {
			data, _ := os.ReadFile(filepath.Join(m.dir, "admin.crt"))
			m.write("admin.crt", append(data, ca.CertPEM...), 0o644)
		}, "admin.crt", ""},
		{"two leaves", func(*x509.Certificate) {}, func(m *maker, _ *pair) {
			data, _ := os.ReadFile(filepath.Join(m.dir, "admin.crt"))
			m.write("admin.crt", slices.Concat(data, data), 0o644)
		}, "admin.crt", "certificates of several"},
		{"a kubeconfig that is none", func(*x509.Certificate) {}, func(m *maker, _ *pair) {
			m.write("scheduler.conf", []byte("apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ngarbage"), 0o600)
		}, "scheduler.conf", "cannot be read: "},
		{"a CA in change", func(*x509.Certificate) {}, func(m *maker, ca *pair) {
			m.write("ca.crt", slices.Concat(ca.CertPEM, ca.CertPEM), 0o644)
		}, "ca.crt", ""},
		{"a CA with two units", func(*x509.Certificate) {}, func(m *maker, ca *pair) {
			c := x509.Certificate{Subject: pkix.Name{CommonName: "kubernetes", OrganizationalUnit: []string{"a", "b"}}, NotBefore: ca.Cert.NotBefore, NotAfter: ca.Cert.NotAfter,
				IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
			again := m.sign(c, nil)
			m.files("ca", again)
			m.files("admin", m.sign(x509.Certificate{Subject: pkix.Name{CommonName: "admin"}, NotBefore: c.NotBefore, NotAfter: c.NotAfter, ExtKeyUsage: clientAuth}, again))
		}, "admin.crt", "is signed by ca.crt, which is left as it is"},
		{"another CA", func(*x509.Certificate) {}, func(m *maker, _ *pair) {
			other, _ := small(m.t, func(*x509.Certificate) {})
			data, _ := os.ReadFile(filepath.Join(other.dir, "ca.crt"))
			m.write("ca.crt", data, 0o644)
		}, "admin.crt", "no CA of that name and key is here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, ca := small(t, test.change)
			if test.after != nil {
				test.after(m, ca)
			}
			p := look(t, m.dir, nil)
			i := slices.IndexFunc(p.Left, func(l adopt.Left) bool { return l.Path == test.path })
			switch taken := slices.ContainsFunc(p.Taken, func(a adopt.Taken) bool { return a.Certs[0] == test.path }); {
			case test.why == "" && (!taken || i >= 0):
				t.Errorf("it was not taken: %v", p.Left)
			case test.why != "" && (taken || i < 0 || !strings.Contains(p.Left[i].Why, test.why)):
				t.Errorf("taken %v, left %v; want %q", taken, p.Left, test.why)
			case test.why == "":
				c := clusterOf(t, p)
				before := snapshot(t, m.dir)
				run(t, m.dir, c, plan.Options{Renewal: &plan.Renewal{}})
				old, made := leaves(t, before)["admin.crt"], leaves(t, snapshot(t, m.dir))["admin.crt"]
				if !slices.Equal(old.Subject.Organization, made.Subject.Organization) || old.SerialNumber.Cmp(made.SerialNumber) == 0 {
					t.Errorf("made %v of %v", made.Subject, old.Subject)
				}
			}
		})
	}
}

func (m *maker) remove(path string) {
	if err := os.Remove(filepath.Join(m.dir, path)); err != nil {
		m.t.Fatal(err)
	}
}

// TestCAKeyApart holds that a CA key in a folder of its own is found, and that one
// that is nowhere is said, and stops a renewal.
func TestCAKeyApart(t *testing.T) {
	m, ca := small(t, func(*x509.Certificate) {})
	m.remove("ca.key")
	p := look(t, m.dir, nil)
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "looked for ca.key") {
		t.Errorf("notes are %v", p.Notes)
	}
	renewal := plan.Options{Renewal: &plan.Renewal{}}
	var refused *plan.RefusedError
	_, err := pkigen.Run(t.Context(), pkigen.Job{Dir: m.dir, Cluster: clusterOf(t, p), Options: renewal}, nil)
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "ca.key is not here: put it back") {
		t.Errorf("without the key: %v", err)
	}
	m.write("safe/root.pem", ca.KeyPEM, 0o600)
	p = look(t, m.dir, nil)
	if len(p.Notes) > 0 || p.Taken[0].Keys[0] != "safe/root.pem" {
		t.Errorf("notes are %v, the key is %v", p.Notes, p.Taken[0].Keys)
	}
	run(t, m.dir, clusterOf(t, p), renewal)
}

// TestCALost: the certificate of an adopted CA is not made again, since nobody knows
// it then; it comes back from where it is trusted.
func TestCALost(t *testing.T) {
	m, _ := small(t, func(*x509.Certificate) {})
	c := clusterOf(t, look(t, m.dir, nil))
	m.remove("ca.crt")
	var refused *plan.RefusedError
	_, err := pkigen.Run(t.Context(), pkigen.Job{Dir: m.dir, Cluster: c}, nil)
	if !errors.As(err, &refused) || len(refused.Replaceable()) > 0 || !strings.Contains(err.Error(), "ca.crt is not here or cannot be read: put it back") ||
		strings.Contains(err.Error(), "--replace-key") {
		t.Errorf("got %v", err)
	}
}

// TestSeveral holds that two clusters in one directory are not taken for one.
func TestSeveral(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Rename(kubeadm(t, moment(days), moment(days)), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scan.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var several *adopt.SeveralError
	if _, err := adopt.Look(s, nil); !errors.As(err, &several) || len(several.Machines) != 2 {
		t.Errorf("got %v", err)
	}
}

// TestFlagsTell reads a folder of the hard way in which units lie beside the
// certificates: then nothing has to be asked.
func TestFlagsTell(t *testing.T) {
	dir := hardWay(t)
	m := &maker{t, dir}
	m.write("kube-apiserver.service", []byte("[Service]\nExecStart=/usr/local/bin/kube-apiserver \\\n  --advertise-address=10.240.0.10 \\\n"+
		"  --client-ca-file=/var/lib/kubernetes/ca.pem \\\n  --etcd-cafile=/var/lib/kubernetes/ca.pem \\\n  --etcd-certfile=/var/lib/kubernetes/kubernetes.pem \\\n"+
		"  --etcd-keyfile=/var/lib/kubernetes/kubernetes-key.pem \\\n  --kubelet-client-certificate=/var/lib/kubernetes/kubernetes.pem \\\n"+
		"  --kubelet-client-key=/var/lib/kubernetes/kubernetes-key.pem \\\n  --service-account-key-file=/var/lib/kubernetes/service-account.pem \\\n"+
		"  --service-cluster-ip-range=10.32.0.0/24 \\\n  --tls-cert-file=/var/lib/kubernetes/kubernetes.pem \\\n"+
		"  --tls-private-key-file=/var/lib/kubernetes/kubernetes-key.pem\n"), 0o644)
	m.write("etcd.service", []byte("[Service]\nExecStart=/usr/local/bin/etcd \\\n  --name controller-0 \\\n  --cert-file=/etc/etcd/kubernetes.pem \\\n"+
		"  --key-file=/etc/etcd/kubernetes-key.pem \\\n  --peer-cert-file=/etc/etcd/kubernetes.pem \\\n  --peer-key-file=/etc/etcd/kubernetes-key.pem \\\n"+
		"  --trusted-ca-file=/etc/etcd/ca.pem \\\n"+
		"  --initial-cluster controller-0=https://10.240.0.10:2380,controller-1=https://10.240.0.11:2380,controller-2=https://10.240.0.12:2380\n"), 0o644)
	p := look(t, dir, nil)
	c := clusterOf(t, p)
	if v := value(p, "nodes"); v != strings.ReplaceAll(strings.ReplaceAll(hardWayNodes, "\ncontroller", " control-plane,etcd\ncontroller"), "12\n", "12 control-plane,etcd\n") {
		t.Errorf("nodes are %q", v)
	}
	if v := value(p, "serviceSubnet"); v != "10.32.0.0/24" {
		t.Errorf("the network is %q", v)
	}
	before := snapshot(t, dir)
	run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"kubernetes"}}})
	if files := changed(before, snapshot(t, dir)); !slices.Equal(files, []string{"kubernetes.pem"}) {
		t.Errorf("changed: %v", files)
	}
	// One worker alone does not make the folder its own.
	m.remove("worker-1.pem")
	m.remove("worker-1.kubeconfig")
	m.remove("etcd.service")
	p = look(t, dir, nil)
	if len(p.Questions) != 1 || p.Questions[0].Key != "nodes" || !strings.Contains(p.Questions[0].Example, "\nworker-0 10.240.0.20 worker") {
		t.Errorf("without etcd's flags it asks %+v", p.Questions)
	}
}
