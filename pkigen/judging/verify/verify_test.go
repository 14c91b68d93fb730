package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"maps"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"os"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/testdir"
	"certwright/pkigen/making/issue"
	"certwright/pkigen/making/plan"
)

func TestMain(m *testing.M) { os.Exit(testdir.Run(m)) }

func cluster() *spec.Cluster {
	return &spec.Cluster{
		Layout: "article",
		CA: spec.Authority{
			Subject: spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
			Expiry:  1000 * time.Hour,
		},
		Key:            spec.ECDSAP256,
		Nodes:          []spec.Node{{Name: "m1", Addresses: []netip.Addr{netip.MustParseAddr("192.168.214.88"), netip.MustParseAddr("fd00::88")}, Roles: spec.ControlPlane | spec.Etcd}},
		SANs:           []spec.Host{{Name: "*.example.com"}},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		DNSDomain:      "cluster.local",
		Profiles:       []spec.Profile{{Name: "kubernetes", Expiry: 500 * time.Hour, Usages: []string{"signing", "key encipherment", "server auth", "client auth"}}},
	}
}

// fixture is a plan that was carried out, and its files.
type fixture struct {
	t     *testing.T
	plan  *plan.Plan
	files map[string][]byte
	now   time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	l, ok := catalog.FindLayout("article")
	if !ok {
		t.Fatal("no layout article")
	}
	c := cluster()
	now := time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)
	p := &plan.Plan{Cluster: c, Layout: l}
	p.Files = append(p.Files, plan.Action{Path: l.Config, Verb: plan.Create, Data: catalog.ConfigJSON(l, c)})
	for _, rc := range l.Certificates(c) {
		p.Certificates = append(p.Certificates, plan.Certificate{
			Certificate: rc, Key: plan.Create, Cert: plan.Create, CSR: plan.Create,
			NotBefore: now.Add(-5 * time.Minute), NotAfter: now.Add(-5 * time.Minute).Add(rc.Expiry),
		})
		p.Files = append(p.Files,
			plan.Action{Path: rc.Files.Request, Verb: plan.Create, Part: catalog.Request, Certificate: rc.Name, Data: rc.RequestJSON()},
			plan.Action{Path: rc.Files.CSR, Verb: plan.Create, Part: catalog.CSR, Certificate: rc.Name},
			plan.Action{Path: rc.Files.Key, Verb: plan.Create, Part: catalog.Key, Certificate: rc.Name},
			plan.Action{Path: rc.Files.Cert, Verb: plan.Create, Part: catalog.Cert, Certificate: rc.Name})
	}
	files, err := issue.Run(t.Context(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{t: t, plan: p, files: files.Files, now: now}
}

// copy gives a fixture whose plan and files can be changed.
func (f *fixture) copy(t *testing.T) *fixture {
	p := *f.plan
	p.Certificates, p.Files = slices.Clone(p.Certificates), slices.Clone(p.Files)
	return &fixture{t: t, plan: &p, files: maps.Clone(f.files), now: f.now}
}

func (f *fixture) read(path string) ([]byte, error) {
	data, ok := f.files[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (f *fixture) cert(path string) *x509.Certificate {
	f.t.Helper()
	block, _ := pem.Decode(f.files[path])
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		f.t.Fatal(err)
	}
	return cert
}

func (f *fixture) key(path string) crypto.Signer {
	f.t.Helper()
	key, err := plan.ParsePrivateKey(f.files[path])
	if err != nil {
		f.t.Fatal(err)
	}
	return key
}

// sign makes the certificate NAME.pem anew, by the real CA and for the same key,
// with one thing changed.
func (f *fixture) sign(name string, change func(c, ca *x509.Certificate)) {
	f.t.Helper()
	c, ca := f.cert(name+".pem"), f.cert("ca.pem")
	change(c, ca)
	der, err := x509.CreateCertificate(rand.Reader, c, ca, c.PublicKey, f.key("ca-key.pem"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.files[name+".pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestSetProves(t *testing.T) {
	f := newFixture(t)
	proofs, err := Set(f.plan, nil, f.read, f.now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"3 certificates chain to kubernetes-ca for each purpose (Go crypto/x509)",
		"each private key fits its certificate",
		"clients accept 11 names of the server certificates",
		"subjects, names, usages and dates are as planned",
		"requests and cfssl JSON files agree with the certificates",
	}
	if !slices.Equal(proofs, want) {
		t.Errorf("proofs\n%s\nwant\n%s", strings.Join(proofs, "\n"), strings.Join(want, "\n"))
	}
}

// TestSetNamesFault plants one fault at a time into a set that is right, and
// wants the file and the fault named.
func TestSetNamesFault(t *testing.T) {
	good := newFixture(t)
	swap := func(a, b string) func(*fixture) {
		return func(f *fixture) { f.files[a], f.files[b] = f.files[b], f.files[a] }
	}
	replace := func(path, old, new string) func(*fixture) {
		return func(f *fixture) {
			changed := bytes.Replace(f.files[path], []byte(old), []byte(new), 1)
			if bytes.Equal(changed, f.files[path]) {
				t.Fatalf("%s has no %q", path, old)
			}
			f.files[path] = changed
			for i := range f.plan.Files { // a kept file is judged by what it says
				if f.plan.Files[i].Path == path {
					f.plan.Files[i].Verb = plan.Keep
				}
			}
		}
	}
	leaf := func(change func(c *x509.Certificate)) func(*fixture) {
		return func(f *fixture) { f.sign("kubernetes", func(c, _ *x509.Certificate) { change(c) }) }
	}
	for _, tt := range []struct {
		name, file, want string
		plant            func(*fixture)
	}{
		{"certificate missing", "admin.pem", "file does not exist", func(f *fixture) { delete(f.files, "admin.pem") }},
		{"key missing", "admin-key.pem", "file does not exist", func(f *fixture) { delete(f.files, "admin-key.pem") }},
		{"empty key", "admin-key.pem", "is empty", func(f *fixture) { f.files["admin-key.pem"] = []byte{} }},
		{"no PEM", "admin.pem", "has no PEM block", func(f *fixture) { f.files["admin.pem"] = []byte("hello") }},
		{"a key as certificate", "admin.pem", `PEM block "EC PRIVATE KEY"`, func(f *fixture) { f.files["admin.pem"] = f.files["admin-key.pem"] }},
		{"two certificates", "ca.pem", "more after", func(f *fixture) { f.files["ca.pem"] = append(slices.Clone(f.files["ca.pem"]), f.files["admin.pem"]...) }},
		{"damaged certificate", "admin.pem", "x509", func(f *fixture) {
			f.files["admin.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0x03, 1, 1, 1}})
		}},
		{"swapped keys", "kubernetes-key.pem", "does not fit kubernetes.pem", swap("admin-key.pem", "kubernetes-key.pem")},
		{"swapped certificates", "kubernetes.pem", `CN "admin", "kubernetes" was planned`, swap("admin.pem", "kubernetes.pem")},
		{"swapped requests", "kubernetes.csr", "another key than kubernetes.pem", swap("admin.csr", "kubernetes.csr")},
		{"a leaf as CA", "ca.pem", "is not a CA", swap("admin.pem", "ca.pem")},
		{"a CA as leaf", "admin.pem", "is a CA, though", func(f *fixture) { f.files["admin.pem"] = f.files["ca.pem"] }},
		{"CA that may not sign", "ca.pem", `is a CA without the usage "cert sign"`, func(f *fixture) {
			f.sign("ca", func(c, _ *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
		}},
		{"group changed", "admin.pem", `O "k8s", "system:masters" was planned`, func(f *fixture) {
			f.sign("admin", func(c, _ *x509.Certificate) { c.RawSubject = nil; c.Subject.Organization = []string{"k8s"} })
		}},
		{"two groups", "admin.pem", `"system:masters" was planned`, func(f *fixture) {
			f.sign("admin", func(c, _ *x509.Certificate) {
				c.RawSubject = nil
				c.Subject.Organization = []string{"system:masters", "x"}
			})
		}},
		{"address missing", "kubernetes.pem", `lacks "192.168.214.88" among its addresses`, leaf(func(c *x509.Certificate) {
			c.IPAddresses = slices.DeleteFunc(c.IPAddresses, func(ip net.IP) bool { return ip.String() == "192.168.214.88" })
		})},
		{"name too many", "kubernetes.pem", `has "evil" among its DNS names`, leaf(func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, "evil") })},
		{"names reordered", "kubernetes.pem", "in another order", leaf(func(c *x509.Certificate) { slices.Reverse(c.DNSNames) })},
		{"URI", "kubernetes.pem", "neither addresses nor DNS names", leaf(func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "x", Host: "y"}} })},
		{"usage missing", "kubernetes.pem", "key usages are 0x1, 0x5 were planned", leaf(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })},
		{"usage too many", "kubernetes.pem", "key usages are 0x25", leaf(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign })},
		{"no client auth", "kubernetes.pem", "lacks an extended usage", leaf(func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[:1] })},
		{"any usage", "kubernetes.pem", "has other extended usages", leaf(func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageAny) })},
		{"begins later", "kubernetes.pem", "begins on", leaf(func(c *x509.Certificate) { c.NotBefore = c.NotBefore.Add(time.Second) })},
		{"ends later", "kubernetes.pem", "expires on", leaf(func(c *x509.Certificate) { c.NotAfter = c.NotAfter.Add(time.Second) })},
		{"another CA", "kubernetes.pem", "authority key id", anotherCA},
		{"forged signature", "kubernetes.pem", `does not chain to "kubernetes-ca"`, forged},
		{"no key id", "kubernetes.pem", "has no authority key id", func(f *fixture) {
			f.sign("kubernetes", func(c, ca *x509.Certificate) { c.AuthorityKeyId, ca.SubjectKeyId = nil, nil })
		}},
		{"self-signed by another", "ca.pem", "is not signed by its own key", func(f *fixture) { // issuer and subject are equal
			f.files["ca.pem"] = forgeRoot(f)
		}},
		{"expired", "ca.pem", "expired", func(f *fixture) { f.now = f.now.AddDate(1, 0, 0) }},
		{"not yet valid", "ca.pem", "not yet valid", func(f *fixture) { f.now = f.now.AddDate(-1, 0, 0) }},
		{"leaf expired", "kubernetes.pem", "expired", func(f *fixture) { f.now = f.now.Add(600 * time.Hour) }},
		{"request forged", "admin.csr", "signature is wrong", func(f *fixture) {
			block, _ := pem.Decode(f.files["admin.csr"])
			block.Bytes[len(block.Bytes)-1] ^= 1
			f.files["admin.csr"] = pem.EncodeToMemory(block)
		}},
		{"request for others", "admin.csr", `has "evil" among its DNS names`, func(f *fixture) {
			f.files["admin.csr"] = f.newRequest("evil", "system:masters")
		}},
		{"request for a group", "admin.csr", `O "other", "system:masters" was planned`, func(f *fixture) { f.files["admin.csr"] = f.newRequest("", "other") }},
		{"JSON broken", "admin-csr.json", "is not JSON as cfssl reads it", replace("admin-csr.json", `"CN"`, `CN`)},
		{"JSON for another", "admin-csr.json", `CN "root", the certificate has "admin"`, replace("admin-csr.json", `"admin"`, `"root"`)},
		{"JSON lacks a host", "kubernetes-csr.json", `lacks "127.0.0.1" among its hosts`, replace("kubernetes-csr.json", `"127.0.0.1",`, ``)},
		{"JSON size as text", "ca-csr.json", "is not what was planned", func(f *fixture) {
			f.files["ca-csr.json"] = bytes.Replace(f.files["ca-csr.json"], []byte("256"), []byte(`"256"`), 1)
		}},
		{"config changed", "ca-config.json", "is not what was planned", func(f *fixture) { f.files["ca-config.json"] = append(f.files["ca-config.json"], ' ') }},
		{"config broken", "ca-config.json", "is not JSON", replace("ca-config.json", "{", "[")},
		{"config without profile", "ca-config.json", `lacks the profile "kubernetes"`, replace("ca-config.json", `"kubernetes"`, `"Kubernetes"`)},
		{"config with other usages", "ca-config.json", "usages", replace("ca-config.json", "server auth", "server-auth")},
		{"another key than the kept one", "admin-key.pem", "another private key than the one that the plan keeps", func(f *fixture) {
			c := f.plan.Find("admin")
			c.Key, c.OldKey = plan.Keep, newKey(t)
		}},
		{"another certificate than the kept one", "admin.pem", "another certificate than the one", func(f *fixture) {
			c := f.plan.Find("admin")
			c.Cert, c.OldCert = plan.Keep, f.cert("kubernetes.pem")
		}},
		{"key of another algorithm", "ca-key.pem", "is a ECDSA-P256 key, RSA-2048 was planned", func(f *fixture) { f.plan.Find("ca").Certificate.Key = spec.RSA2048 }},
		{"refused file", "admin.pem", "was refused by the plan", func(f *fixture) {
			f.plan.Files[slices.IndexFunc(f.plan.Files, func(a plan.Action) bool { return a.Path == "admin.pem" })].Verb = plan.Refuse
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := good.copy(t)
			tt.plant(f)
			proofs, err := Set(f.plan, nil, f.read, f.now)
			if err == nil {
				t.Fatalf("not found, and proven instead: %q", proofs)
			}
			if !strings.HasPrefix(err.Error(), tt.file+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q about %s", err, tt.want, tt.file)
			}
			if strings.Contains(err.Error(), "PRIVATE KEY-----") {
				t.Error("the error holds a private key")
			}
		})
	}
	if _, err := Set(good.plan, nil, good.read, good.now); err != nil {
		t.Errorf("the faults were planted into the original: %v", err)
	}
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newRequest makes a request with admin's own key.
func (f *fixture) newRequest(dns, group string) []byte {
	f.t.Helper()
	template := &x509.CertificateRequest{Subject: f.cert("admin.pem").Subject}
	template.Subject.Organization = []string{group}
	if dns != "" {
		template.DNSNames = []string{dns}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, f.key("admin-key.pem"))
	if err != nil {
		f.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

// anotherCA signs a certificate with a CA of the same name and another key.
func anotherCA(f *fixture) { signByOther(f, true) }

// forged does the same, and claims the real CA's key id.
func forged(f *fixture) { signByOther(f, false) }

func signByOther(f *fixture, honest bool) {
	f.t.Helper()
	key := newKey(f.t)
	ca, c := f.cert("ca.pem"), f.cert("kubernetes.pem")
	ca.PublicKey = key.Public()
	if honest {
		ca.SubjectKeyId = []byte{1, 2, 3}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, c.PublicKey, key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.files["kubernetes.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// forgeRoot makes a root with the CA's name and public key, signed by another key.
func forgeRoot(f *fixture) []byte {
	f.t.Helper()
	key := newKey(f.t)
	ca, parent := f.cert("ca.pem"), f.cert("ca.pem")
	parent.PublicKey = key.Public()
	ca.SerialNumber = big.NewInt(7)
	der, err := x509.CreateCertificate(rand.Reader, ca, parent, ca.PublicKey, key)
	if err != nil {
		f.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestSetKept: a kept certificate from elsewhere may lack the key id and have its
// names in another order; that is no reason to fail a run that does not touch it.
func TestSetKept(t *testing.T) {
	f := newFixture(t)
	f.sign("kubernetes", func(c, ca *x509.Certificate) {
		slices.Reverse(c.DNSNames)
		c.AuthorityKeyId, ca.SubjectKeyId = nil, nil
	})
	c := f.plan.Find("kubernetes")
	c.Key, c.Cert, c.CSR, c.OldCert = plan.Keep, plan.Keep, plan.Keep, f.cert("kubernetes.pem")
	if _, err := Set(f.plan, nil, f.read, f.now); err != nil {
		t.Error(err)
	}
}

// TestSetReadError passes on why a file could not be read.
func TestSetReadError(t *testing.T) {
	f := newFixture(t)
	broken := errors.New("input/output error")
	_, err := Set(f.plan, nil, func(path string) ([]byte, error) {
		if path == "kube-proxy-csr.json" {
			return nil, broken
		}
		return f.read(path)
	}, f.now)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "kube-proxy-csr.json: ") {
		t.Errorf("error %v", err)
	}
}

// TestSetMade: what this run has made must lie there byte by byte, also where any
// other form of it would be as good.
func TestSetMade(t *testing.T) {
	f := newFixture(t)
	made := maps.Clone(f.files)
	if _, err := Set(f.plan, made, f.read, f.now); err != nil {
		t.Fatal(err)
	}
	for path := range made {
		f := f.copy(t)
		f.files[path] = append(slices.Clone(f.files[path]), '\n')
		if _, err := Set(f.plan, made, f.read, f.now); err == nil || err.Error() != path+": is not as it was made" {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
