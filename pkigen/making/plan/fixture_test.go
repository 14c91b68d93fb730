package plan

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/making/store"
)

// t0 is when the set of the tests was made; it does not fall on a full minute.
var t0 = time.Date(2026, 11, 23, 9, 30, 40, 5e8, time.UTC)

const year = 365 * 24 * time.Hour

// testCluster is a small cluster on the article's layout, with ECDSA keys for
// the sake of speed and leaves that live shorter than the CA.
func testCluster() *spec.Cluster {
	return &spec.Cluster{
		Layout: "article",
		CA: spec.Authority{
			Subject: spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
			Expiry:  10 * year,
		},
		Key: spec.ECDSAP256,
		Nodes: []spec.Node{{
			Name: "m1", Roles: spec.ControlPlane | spec.Etcd,
			Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.8"), netip.MustParseAddr("10.0.0.9")},
		}},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		DNSDomain:      "cluster.local",
		Profiles: []spec.Profile{{
			Name: "kubernetes", Expiry: year,
			Usages: []string{"signing", "key encipherment", "server auth", "client auth"},
		}},
	}
}

func articleLayout(t *testing.T) *catalog.Layout {
	t.Helper()
	l, ok := catalog.FindLayout("article")
	if !ok {
		t.Fatal("no layout article")
	}
	return l
}

// bench is a directory that a test can spoil: every file as a run at t0 makes it.
type bench struct {
	t       *testing.T
	cluster *spec.Cluster
	dir     store.Directory
	now     time.Time
	opt     Options
	keys    map[string]crypto.Signer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, cluster: testCluster(), dir: store.Directory{}, now: t0, keys: map[string]crypto.Signer{}}
	b.run()
	return b
}

// make plans over the bench, at its time and with its words.
func (b *bench) make() *Plan {
	b.t.Helper()
	p, err := Make(b.cluster, articleLayout(b.t), b.dir, b.now, b.opt)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// run does what a plan says: a small issuer of the tests' own, on crypto/x509.
func (b *bench) run() {
	b.t.Helper()
	p := b.make()
	if len(p.Refused()) > 0 {
		b.t.Fatalf("refused: %v", p.Refused())
	}
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if c.Key != Keep {
			b.keys[c.Name] = newECDSA(b.t, elliptic.P256())
			b.putKey(c.Name, b.keys[c.Name])
		}
		if c.Cert != Keep {
			b.sign(c.Name, func(template *x509.Certificate) { template.NotBefore, template.NotAfter = c.NotBefore, c.NotAfter })
		}
		if c.CSR != Keep {
			b.putRequest(c.Name, b.keys[c.Name], c.Subject.CN, nil)
		}
	}
	for _, a := range p.Files {
		if a.Data != nil && a.Verb != Keep {
			b.dir[a.Path] = store.File{Data: a.Data, Mode: a.Mode}
		}
	}
}

// want is the certificate of the catalogue.
func (b *bench) want(name string) catalog.Certificate {
	b.t.Helper()
	for _, c := range articleLayout(b.t).Certificates(b.cluster) {
		if c.Name == name {
			return c
		}
	}
	b.t.Fatalf("no certificate %q", name)
	return catalog.Certificate{}
}

// template is the certificate as the catalogue wants it, made at t0.
func (b *bench) template(name string) *x509.Certificate {
	b.t.Helper()
	c := b.want(name)
	begin := t0.Round(time.Minute).Add(-5 * time.Minute)
	out := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(b.keys)) + 1), Subject: catalog.PKIXName(c.Subject),
		NotBefore: begin, NotAfter: begin.Add(c.Expiry), BasicConstraintsValid: true,
		SubjectKeyId: pkey.ID(b.keys[name].Public()),
	}
	if c.IsCA() {
		out.IsCA, out.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		return out
	}
	out.KeyUsage, out.ExtKeyUsage, _ = usage.Bits(c.Usages)
	for _, h := range c.Hosts {
		if h.Addr.IsValid() {
			out.IPAddresses = append(out.IPAddresses, net.IP(h.Addr.AsSlice()))
		} else {
			out.DNSNames = append(out.DNSNames, h.Name)
		}
	}
	return out
}

// sign makes the certificate anew, spoilt by the change, signed by the CA that
// lies there, with the key of the bench.
func (b *bench) sign(name string, change func(*x509.Certificate)) {
	b.t.Helper()
	template := b.template(name)
	change(template)
	parent, signer := template, b.keys[name]
	if name != "ca" {
		parent, signer = b.cert("ca"), b.keys["ca"]
	}
	b.signBy(name, template, parent, signer)
}

func (b *bench) signBy(name string, template, parent *x509.Certificate, signer crypto.Signer) {
	b.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, b.keys[name].Public(), signer)
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(b.want(name).Files.Cert, encode("CERTIFICATE", der))
}

func (b *bench) cert(name string) *x509.Certificate {
	b.t.Helper()
	c, _, err := parseCert(b.dir[b.want(name).Files.Cert].Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) put(path string, data []byte) {
	mode := openMode
	if bytes.Contains(data, []byte("PRIVATE KEY")) {
		mode = keyMode
	}
	b.dir[path] = store.File{Data: data, Mode: mode}
}

func (b *bench) putKey(name string, key crypto.Signer) {
	b.t.Helper()
	b.put(b.want(name).Files.Key, pkcs8(b.t, key))
}

// putRequest writes a certificate request with the given CN and further names.
func (b *bench) putRequest(name string, key crypto.Signer, cn string, dns []string) {
	b.t.Helper()
	c := b.want(name)
	template := &x509.CertificateRequest{Subject: catalog.PKIXName(c.Subject)}
	template.Subject.CommonName = cn
	if !c.IsCA() {
		good := b.template(name)
		template.DNSNames, template.IPAddresses = append(good.DNSNames, dns...), good.IPAddresses
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(c.Files.CSR, encode("CERTIFICATE REQUEST", der))
}

// clone lets a table start every row from one set.
func (b *bench) clone(t *testing.T) *bench {
	return &bench{t: t, cluster: testCluster(), dir: maps.Clone(b.dir), now: b.now, keys: maps.Clone(b.keys)}
}

func newECDSA(t *testing.T, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSA(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs8(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("PRIVATE KEY", der)
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// openSSLSubject is the wanted subject in another order of fields, as OpenSSL
// writes what it is given.
func openSSLSubject(t *testing.T, s spec.Subject) []byte {
	t.Helper()
	seq := catalog.PKIXName(s).ToRDNSequence()
	seq[0], seq[3] = seq[3], seq[0]
	der, err := asn1.Marshal(seq)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
