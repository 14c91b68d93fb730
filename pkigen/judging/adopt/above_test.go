package adopt_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
)

// twoCAs is a folder with an intermediate of some end for the API, with its root behind
// it, and a CA of its own for etcd.
func twoCAs(t *testing.T, ends time.Time) (m *maker, ca, root *pair) {
	t.Helper()
	m = &maker{t, filepath.Join(t.TempDir(), "pki")}
	from, to := moment(100*days), time.Now().Add(1000*time.Hour)
	authority := func(cn string, to time.Time, by *pair) *pair {
		return m.sign(x509.Certificate{Subject: pkix.Name{CommonName: cn}, NotBefore: from, NotAfter: to,
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, by)
	}
	root = authority("corp-root", to, nil)
	ca = authority("kubernetes", ends, root)
	etcd := authority("etcd-ca", to, nil)
	m.files("ca", ca)
	m.write("ca.crt", slices.Concat(ca.CertPEM, root.CertPEM), 0o644)
	m.files("etcd/ca", etcd)
	for _, l := range []struct {
		file, cn string
		by       *pair
	}{{"admin", "kubernetes-admin", ca}, {"apiserver-etcd-client", "kube-apiserver-etcd-client", etcd}} {
		m.files(l.file, m.sign(x509.Certificate{Subject: pkix.Name{CommonName: l.cn}, NotBefore: from, NotAfter: to,
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: clientAuth}, l.by))
	}
	return m, ca, root
}

var twoNodes = map[string]string{"nodes": "m1 10.0.0.1"}

// TestIntermediate: one that has expired stops nothing but what is below it, and nobody
// here makes it again; adopt and the plan say so.
func TestIntermediate(t *testing.T) {
	for _, test := range []struct {
		name string
		ends time.Time
		left string // by a renewal of all
	}{{"good", time.Now().Add(500 * time.Hour), ""}, {"expired", moment(days), "admin.crt"}} {
		t.Run(test.name, func(t *testing.T) {
			m, _, _ := twoCAs(t, test.ends)
			p := look(t, m.dir, twoNodes)
			if !slices.ContainsFunc(p.Notes, func(n string) bool {
				return strings.Contains(n, `ca.crt is an intermediate, signed by "corp-root"`) && strings.Contains(n, test.ends.UTC().Format(time.DateOnly))
			}) {
				t.Errorf("adopt says %q", p.Notes)
			}
			c := clusterOf(t, p)
			var refused *plan.RefusedError
			_, err := pkigen.Run(t.Context(), pkigen.Job{Dir: m.dir, Cluster: c, Options: plan.Options{Renewal: &plan.Renewal{Names: []string{"ca"}}}}, nil)
			if !errors.As(err, &refused) || len(refused.Replaceable()) > 0 || !strings.Contains(err.Error(), `have "corp-root", which signed it, sign it again for the same key`) {
				t.Errorf("by its name: %v", err)
			}
			before := snapshot(t, m.dir)
			r := run(t, m.dir, c, plan.Options{Renewal: &plan.Renewal{}})
			want := []string{"admin.crt", "apiserver-etcd-client.crt"}
			got := changed(before, snapshot(t, m.dir))
			slices.Sort(got)
			if want = slices.DeleteFunc(want, func(f string) bool { return f == test.left }); !slices.Equal(got, want) {
				t.Errorf("changed %q, want %q", got, want)
			}
			text := strings.Join(r.Plan.Warnings, "\n")
			if says := strings.Contains(text, "not renewed, since ca.crt, which signs them, expired"); says != (test.left != "") || strings.Contains(text, "renew ca as well") {
				t.Errorf("the plan says\n%s", text)
			}
		})
	}
}

// TestIntermediateComes: the next one, put into one of its files, gets into the others,
// and what else is in these stays.
func TestIntermediateComes(t *testing.T) {
	m, ca, root := twoCAs(t, time.Now().Add(500*time.Hour))
	m.write("kube-controller-manager.service", []byte("[Service]\nExecStart=/usr/bin/kube-controller-manager --cluster-signing-cert-file=/k/signing.crt --cluster-signing-key-file=/k/ca.key --root-ca-file=/k/ca.crt\n"), 0o644)
	m.write("signing.crt", ca.CertPEM, 0o644)
	c := clusterOf(t, look(t, m.dir, twoNodes))
	next := *ca.Cert
	next.NotAfter = time.Now().Add(900 * time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &next, root.Cert, ca.Cert.PublicKey, root.Key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	was := map[string][]byte{"ca.crt": slices.Concat(ca.CertPEM, root.CertPEM), "signing.crt": ca.CertPEM}
	for at := range was {
		for file, data := range was {
			if file == at {
				data = bytes.ReplaceAll(data, ca.CertPEM, text)
			}
			m.write(file, data, 0o644)
		}
		run(t, m.dir, c, plan.Options{})
		for file, data := range was {
			if got := snapshot(t, m.dir)[file]; got != string(bytes.ReplaceAll(data, ca.CertPEM, text)) {
				t.Errorf("with the next one in %s %s becomes\n%s", at, file, got)
			}
		}
	}
}

// TestBundle renews a CA that is trusted beside another: the other stays in the files.
func TestBundle(t *testing.T) {
	m, ca := small(t, func(*x509.Certificate) {})
	other, _, _ := twoCAs(t, time.Now().Add(days))
	more := []byte(snapshot(t, other.dir)["etcd/ca.crt"])
	m.write("ca.crt", slices.Concat([]byte("# next\n"), more, []byte("# now\n"), ca.CertPEM), 0o644)
	c := clusterOf(t, look(t, m.dir, nil))
	run(t, m.dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"ca"}}})
	got := snapshot(t, m.dir)["ca.crt"]
	if !strings.HasPrefix(got, "# next\n"+string(more)) || strings.Contains(got, string(ca.CertPEM)) || strings.Count(got, "BEGIN CERTIFICATE") != 2 {
		t.Errorf("it became\n%s", got)
	}
}
