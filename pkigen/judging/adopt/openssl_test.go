package adopt_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
)

// byOpenSSL makes the article's files as guides do with OpenSSL: another order of
// fields and extensions than cfssl's, nothing critical, another hash, and authority as
// the leaves name their CA.
func byOpenSSL(t *testing.T, authority, ofCA string) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("these tests hold our words against OpenSSL, which is not here")
	}
	m := &maker{t, filepath.Join(t.TempDir(), "pki")}
	const usual = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\n"
	m.write("openssl.cnf", []byte("[req]\ndistinguished_name=dn\n[dn]\n[ca]\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier="+ofCA+"\nbasicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\n"+
		"[server]\n"+usual+"authorityKeyIdentifier="+authority+"\nsubjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.254.0.1,IP:192.168.214.88,IP:127.0.0.1\n"+
		"[client]\n"+usual+"authorityKeyIdentifier="+authority+"\n"), 0o644)
	sh(t, m.dir, `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha512 -config openssl.cnf -extensions ca -subj "/O=k8s/CN=kubernetes-ca/C=CN" -days 3650 -keyout ca-key.pem -out ca.pem`)
	for _, leaf := range []string{"kubernetes /CN=kubernetes/O=k8s/C=CN server", "admin /CN=admin/O=system:masters/C=CN client", "kube-proxy /CN=system:kube-proxy/O=k8s/C=CN client"} {
		f := strings.Fields(leaf)
		sh(t, m.dir, fmt.Sprintf(`openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf -subj %[2]s -keyout %[1]s-key.pem -out %[1]s.csr &&
			openssl x509 -req -sha512 -in %[1]s.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365 -extfile openssl.cnf -extensions %[3]s -out %[1]s.pem`, f[0], f[1], f[2]))
	}
	sh(t, m.dir, "rm -f *.srl *.csr openssl.cnf; chmod 600 *-key.pem")
	return m.dir
}

// sh runs a line, and gives what it printed.
func sh(t *testing.T, dir, line string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

var articleNodes = map[string]string{"serviceSubnet": "10.254.0.0/16", "nodes": "m1 192.168.214.88"}

// TestRenewedCAForOpenSSL renews a CA below which certificates stay as they are. OpenSSL
// takes the new one for theirs also where they name it by issuer and serial number,
// which Go does not read.
func TestRenewedCAForOpenSSL(t *testing.T) {
	for _, test := range []struct {
		name, authority, ofCA string
		keeps                 bool
	}{
		{"by key id", "keyid", "keyid:always", false},
		{"by issuer and serial number", "issuer:always", "keyid:always", true},
		{"by both, as Easy-RSA does", "keyid,issuer:always", "keyid:always,issuer:always", true},
		{"of the CA itself", "keyid", "keyid:always,issuer:always", true}, // leaves elsewhere may name it so
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := byOpenSSL(t, test.authority, test.ofCA)
			c := clusterOf(t, look(t, dir, articleNodes))
			before := certificates(t, dir)
			r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"ca"}}})
			after := certificates(t, dir)
			if after["ca.pem"].Equal(before["ca.pem"]) || !after["admin.pem"].Equal(before["admin.pem"]) {
				t.Fatal("the CA is as before, or a leaf is not")
			}
			if kept := after["ca.pem"].SerialNumber.Cmp(before["ca.pem"].SerialNumber) == 0; kept != test.keeps {
				t.Errorf("the serial number is kept: %v", kept)
			}
			if says := strings.Contains(strings.Join(r.Plan.Warnings, "\n"), "keeps its serial number, by which"); says != test.keeps {
				t.Errorf("the plan says that it keeps the serial number: %v", says)
			}
			for _, leaf := range []string{"kubernetes.pem", "admin.pem", "kube-proxy.pem"} {
				sh(t, dir, "openssl verify -CAfile ca.pem "+leaf)
				if err := after[leaf].CheckSignatureFrom(after["ca.pem"]); err != nil {
					t.Error(err)
				}
			}
			// What is signed from now on, and a bundle with the old one, as in the days between.
			run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"admin"}}})
			m := &maker{t, dir}
			m.write("both.pem", slices.Concat(pemOf(before["ca.pem"]), pemOf(after["ca.pem"])), 0o644)
			sh(t, dir, "openssl verify -x509_strict -CAfile ca.pem admin.pem && openssl verify -CAfile ca.pem kubernetes.pem && openssl verify -CAfile both.pem admin.pem kubernetes.pem")
		})
	}
}

// TestDifferencesOfOpenSSL holds what is said of a renewal against what differs.
func TestDifferencesOfOpenSSL(t *testing.T) {
	dir := byOpenSSL(t, "keyid,issuer:always", "keyid:always")
	c := clusterOf(t, look(t, dir, articleNodes))
	before := leaves(t, snapshot(t, dir))
	r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: []string{"kubernetes"}}})
	now := leaves(t, snapshot(t, dir))["kubernetes.pem"]
	said := lines(r.Plan.Find("kubernetes").Differences())
	if is := lines(plan.Compare(before["kubernetes.pem"], now)); !slices.Equal(said, is) {
		t.Errorf("said\n%s\ndiffers in\n%s", strings.Join(said, "\n"), strings.Join(is, "\n"))
	}
	want := []string{
		"usages [key encipherment] [] an ECDSA key cannot do it",
		"signature [ECDSA-SHA512] [ECDSA-SHA256] ",
		"extensions [basic constraints (not critical) key usage (not critical) authority key id of key id, issuer and serial number] " +
			"[basic constraints (critical) key usage (critical) authority key id of key id] in another order",
	}
	for _, w := range want {
		if !slices.Contains(said, w) {
			t.Errorf("does not say %q:\n%s", w, strings.Join(said, "\n"))
		}
	}
	if !bytes.Equal(now.RawSubject, before["kubernetes.pem"].RawSubject) {
		t.Error("the subject is written in another form")
	}
	if !slices.Equal(now.DNSNames, before["kubernetes.pem"].DNSNames) || now.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Error("names or usages differ")
	}
	if len(plan.Compare(now, now)) > 0 {
		t.Error("a certificate differs from itself")
	}
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// certificates are those of the article's files, the CA's too.
func certificates(t *testing.T, dir string) map[string]*x509.Certificate {
	t.Helper()
	out := leaves(t, snapshot(t, dir))
	block, _ := pem.Decode([]byte(snapshot(t, dir)["ca.pem"]))
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	out["ca.pem"] = ca
	return out
}

func lines(list []plan.Difference) []string {
	var out []string
	for _, d := range list {
		out = append(out, fmt.Sprintf("%s %v %v %s", d.Field, d.Gone, d.New, d.Note))
	}
	return out
}

// byVersion1 makes the article's files below a CA of version 1, as "openssl x509 -req
// -signkey" made one up to OpenSSL 3.0: with a subject in another order than cfssl's, in
// PrintableString, and without key ids.
func byVersion1(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("these tests hold our words against OpenSSL, which is not here")
	}
	m := &maker{t, filepath.Join(t.TempDir(), "pki")}
	m.write("openssl.cnf", []byte("[req]\nstring_mask=nombstr\ndistinguished_name=dn\n[dn]\n[server]\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n"+
		"subjectAltName=DNS:kubernetes,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.254.0.1,IP:192.168.214.88,IP:127.0.0.1\n[client]\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n"), 0o644)
	key := func(name string) string {
		return "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf -keyout " + name + "-key.pem -out " + name + ".csr"
	}
	sh(t, m.dir, key("ca")+` -subj "/CN=KUBERNETES-CA/O=Kubernetes" && (openssl x509 -req -in ca.csr -signkey ca-key.pem -days 1000 -out ca.pem;
		openssl x509 -in ca.pem -noout -text | grep -q 'Version: 1 ' || openssl req -x509 -x509v1 -new -config openssl.cnf -key ca-key.pem -subj "/CN=KUBERNETES-CA/O=Kubernetes" -days 1000 -out ca.pem)`)
	for _, leaf := range []string{"kubernetes /CN=kubernetes/O=k8s server", "admin /CN=admin/O=system:masters client", "kube-proxy /CN=system:kube-proxy/O=k8s client"} {
		f := strings.Fields(leaf)
		sh(t, m.dir, fmt.Sprintf("%[4]s -subj %[2]s && openssl x509 -req -in %[1]s.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365 -extfile openssl.cnf -extensions %[3]s -out %[1]s.pem", f[0], f[1], f[2], key(f[0])))
	}
	sh(t, m.dir, "rm -f *.srl *.csr openssl.cnf; chmod 600 *-key.pem")
	return m.dir
}

// TestVersion1 holds that a CA of version 1 is one: what is below it is renewed without
// it, and where it gets later dates it keeps its subject byte for byte, and old and new
// certificates are taken below the old one and the new one, by Go and by OpenSSL.
func TestVersion1(t *testing.T) {
	for _, names := range [][]string{nil, {"ca"}, {"ca", "admin", "kubernetes", "kube-proxy"}} {
		t.Run(strings.Join(names, " "), func(t *testing.T) {
			dir := byVersion1(t)
			c := clusterOf(t, look(t, dir, articleNodes))
			before := certificates(t, dir)
			if before["ca.pem"].Version != 1 {
				t.Fatal("the CA is of another version")
			}
			r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{Names: names}})
			after := certificates(t, dir)
			if renewed := !after["ca.pem"].Equal(before["ca.pem"]); renewed != (names != nil) || r.Plan.Find("ca").Key != plan.Keep {
				t.Fatalf("the CA is another one: %v", renewed)
			}
			if !bytes.Equal(after["ca.pem"].RawSubject, before["ca.pem"].RawSubject) || after["ca.pem"].CheckSignatureFrom(after["ca.pem"]) != nil {
				t.Error("the subject of the CA is written in another form, or it does not sign itself")
			}
			m := &maker{t, dir}
			m.write("old/ca.pem", pemOf(before["ca.pem"]), 0o644)
			for _, leaf := range []string{"kubernetes.pem", "admin.pem", "kube-proxy.pem"} {
				m.write("old/"+leaf, pemOf(before[leaf]), 0o644)
				sh(t, dir, fmt.Sprintf("for ca in ca.pem old/ca.pem; do openssl verify -CAfile $ca %[1]s old/%[1]s || exit 1; done", leaf))
				if !bytes.Equal(after[leaf].RawSubject, before[leaf].RawSubject) {
					t.Errorf("the subject of %s is written in another form", leaf)
				}
				for _, ca := range []*x509.Certificate{before["ca.pem"], after["ca.pem"]} {
					for _, of := range []*x509.Certificate{before[leaf], after[leaf]} {
						roots := x509.NewCertPool()
						roots.AddCert(ca)
						if _, err := of.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
							t.Errorf("%s: %v", leaf, err)
						}
					}
				}
			}
			// Nothing is left to be done.
			p, err := pkigen.Plan(pkigen.Job{Dir: dir, Cluster: c})
			if err != nil || p.Count(plan.Keep) != len(p.Files) {
				t.Errorf("a run would go on: %v", err)
			}
		})
	}
}
