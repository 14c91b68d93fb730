package issue

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// TestRenewOwnCA renews a CA of our own and keeps the leaves.
func TestRenewOwnCA(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	first := mustRun(t, p, nil)
	next := keepKeys(t, p, first, "ca")
	ca := next.Find("ca")
	ca.NotAfter = ca.NotAfter.Add(24 * time.Hour)
	files := mustRun(t, next, nil)
	before, after := parseCert(t, first["ca.pem"]), parseCert(t, files["ca.pem"])
	sameAuthority(t, before, after)
	if !after.NotAfter.Equal(ca.NotAfter) {
		t.Errorf("ends %v, planned %v", after.NotAfter, ca.NotAfter)
	}
	for _, n := range []string{"kubernetes.pem", "admin.pem", "kube-proxy.pem"} {
		chains(t, parseCert(t, first[n]), after)
	}
}

// sameAuthority checks that a renewed CA stands in for the old one.
func sameAuthority(t *testing.T, before, after *x509.Certificate) {
	t.Helper()
	if !bytes.Equal(before.RawSubject, after.RawSubject) {
		t.Errorf("the subject's bytes changed: %x, before %x", after.RawSubject, before.RawSubject)
	}
	if !bytes.Equal(before.SubjectKeyId, after.SubjectKeyId) && len(before.SubjectKeyId) > 0 {
		t.Errorf("the key id changed: %X, before %X", after.SubjectKeyId, before.SubjectKeyId)
	}
	if before.SerialNumber.Cmp(after.SerialNumber) == 0 {
		t.Error("the serial number was used again")
	}
	if !pkey.Same(before.PublicKey, after.PublicKey) {
		t.Error("the key changed")
	}
	if before.KeyUsage != after.KeyUsage || before.MaxPathLen != after.MaxPathLen || before.MaxPathLenZero != after.MaxPathLenZero {
		t.Error("usages or path length changed")
	}
}

func chains(t *testing.T, leaf, ca *x509.Certificate) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Errorf("%s: %v", leaf.Subject.CommonName, err)
	}
}

// TestRenewForeignCA renews a CA that OpenSSL made: its subject has another order
// and other string types than cfssl writes, and a field that we do not know.
func TestRenewForeignCA(t *testing.T) {
	tool := openssl(t)
	for _, tt := range []struct{ name, extensions string }{
		{"usual", "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n"},
		{"path length", "basicConstraints=critical,CA:true,pathlen:0\nsubjectKeyIdentifier=hash\nnameConstraints=permitted;DNS:example.com\n"},
		{"no key id", "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=none\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string][]byte{
				"ca.cnf":   []byte("[req]\nprompt=no\nstring_mask=utf8only\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\nOU=System\nO=k8s\nemailAddress=root@example.com\nCN=kubernetes-ca\nC=CN\nL=BeiJing\nST=BeiJing\n[ext]\n" + tt.extensions),
				"leaf.ext": []byte("subjectAltName=DNS:kube.example.com\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"),
			})
			command(t, dir, tool, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
				"-config", "ca.cnf", "-days", "30", "-keyout", "ca-key.pem", "-out", "ca.pem")
			command(t, dir, tool, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
				"-config", "ca.cnf", "-subj", "/CN=leaf", "-keyout", "leaf-key.pem", "-out", "leaf.csr")
			command(t, dir, tool, "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
				"-set_serial", "7", "-days", "20", "-extfile", "leaf.ext", "-out", "leaf.pem")
			read := func(name string) []byte {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return data
			}
			old := parseCert(t, read("ca.pem"))
			key, err := plan.ParsePrivateKey(read("ca-key.pem"))
			if err != nil {
				t.Fatal(err)
			}
			renewed := &plan.Certificate{Key: plan.Keep, Cert: plan.Renew, OldCert: old, OldKey: key, NotBefore: start(), NotAfter: start().Add(tenYears)}
			renewed.Subject = articleCluster("").CA.Subject
			if !renewed.Renewable() {
				t.Fatal("is not taken for the CA of the answers")
			}
			fresh, err := renewCA(renewed, key)
			if err != nil {
				t.Fatal(err)
			}
			sameAuthority(t, old, parseCert(t, fresh))
			chains(t, parseCert(t, read("leaf.pem")), parseCert(t, fresh))
			if err := os.WriteFile(filepath.Join(dir, "new.pem"), fresh, 0o600); err != nil {
				t.Fatal(err)
			}
			command(t, dir, tool, "verify", "-CAfile", "new.pem", "leaf.pem")

			// And what the renewed CA signs is good for OpenSSL too.
			p := newPlan(t, articleCluster(spec.ECDSAP256))
			ca := p.Find("ca")
			ca.Key, ca.Cert, ca.CSR, ca.OldKey, ca.OldCert = plan.Keep, plan.Renew, plan.Keep, key, old
			p.Files[2].Verb, p.Files[3].Verb = plan.Keep, plan.Keep // its request and its key
			files := mustRun(t, p, nil)
			sameAuthority(t, old, parseCert(t, files["ca.pem"]))
			for _, n := range []string{"ca.pem", "admin.pem"} {
				if err := os.WriteFile(filepath.Join(dir, n), files[n], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			command(t, dir, tool, "verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "admin.pem")
		})
	}
}

// TestRenewChangedSubject: a CA whose answers changed is not renewed under its
// old name.
func TestRenewChangedSubject(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	next := keepKeys(t, p, mustRun(t, p, nil), "ca")
	ca := next.Find("ca")
	ca.Subject.CN = "another-ca"
	cert := parseCert(t, mustRun(t, next, nil)["ca.pem"])
	if cert.Subject.CommonName != "another-ca" || !bytes.Equal(cert.SubjectKeyId, ca.OldCert.SubjectKeyId) {
		t.Errorf("made %v with the key id %X", cert.Subject, cert.SubjectKeyId)
	}
}

func TestRenewCAIsRefused(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	next := keepKeys(t, p, mustRun(t, p, nil))
	ca, admin := next.Find("ca"), next.Find("admin")
	for _, tt := range []struct {
		name     string
		cert     *plan.Certificate
		key      *plan.Certificate
		from, to time.Time
		want     string
	}{
		{"leaf", admin, admin, start(), start().Add(time.Hour), "is not a CA"},
		{"key of another", ca, admin, start(), start().Add(time.Hour), "does not fit"},
		{"dates", ca, ca, start(), start().Add(-time.Hour), "before it begins"},
	} {
		c := *tt.cert
		c.NotBefore, c.NotAfter = tt.from, tt.to
		if _, err := renewCA(&c, tt.key.OldKey); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q in it", tt.name, err, tt.want)
		}
	}
}
