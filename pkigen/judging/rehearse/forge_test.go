package rehearse_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/plan"
)

// Where the files lie in the trees of the test cluster.
const (
	pki1 = "nodes/cp1/etc/kubernetes/pki/"
	pki2 = "nodes/cp2/etc/kubernetes/pki/"
	etc1 = "nodes/cp1/etc/kubernetes/"
	var1 = "nodes/w1/var/lib/kubelet/pki/"
)

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyPEM(t testing.TB, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("PRIVATE KEY", der)
}

func publicPEM(t testing.TB, key crypto.PublicKey) []byte {
	t.Helper()
	data, err := pkey.EncodePublic(key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseCert(t testing.TB, data []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatal("no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// authority is a CA of the directory, or one that it does not know.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (w *world) ca(t testing.TB, name string) authority {
	t.Helper()
	key, err := plan.ParsePrivateKey(w.files["authority/"+name+".key"])
	if err != nil {
		t.Fatal(err)
	}
	return authority{parseCert(t, w.files["authority/"+name+".crt"]), key}
}

// newCA makes a CA with the name of another and with a key of its own.
func newCA(t testing.TB, like *x509.Certificate, change func(*x509.Certificate)) authority {
	t.Helper()
	key := newKey(t)
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: like.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return authority{parseCert(t, encode("CERTIFICATE", der)), key}
}

func (a authority) pem() []byte { return encode("CERTIFICATE", a.cert.Raw) }

// sign makes a certificate like another, with changes, for a key.
func (a authority) sign(t testing.TB, like *x509.Certificate, pub crypto.PublicKey, change func(*x509.Certificate)) []byte {
	t.Helper()
	c := *like
	c.SerialNumber, c.AuthorityKeyId, c.SubjectKeyId, c.PublicKey, c.SignatureAlgorithm = big.NewInt(99), nil, nil, nil, 0
	c.Raw, c.RawSubject, c.ExtraExtensions, c.Extensions = nil, nil, nil, nil
	if change != nil {
		change(&c)
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, a.cert, pub, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der)
}

// again replaces a pair of files (without the endings) by a new one of this CA.
func (w *world) again(t testing.TB, a authority, base string, change func(*x509.Certificate)) {
	t.Helper()
	key := newKey(t)
	w.files[base+".crt"] = a.sign(t, parseCert(t, w.files[base+".crt"]), &key.PublicKey, change)
	w.files[base+".key"] = keyPEM(t, key)
}

// config replaces a kubeconfig by a changed one.
func (w *world) config(t testing.TB, path string, change func(*kubeconfig.Config)) {
	t.Helper()
	c, err := kubeconfig.Parse(w.files[path])
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	if w.files[path], err = kubeconfig.Encode(c); err != nil {
		t.Fatal(err)
	}
}

// user replaces the certificate in a kubeconfig.
func (w *world) user(t testing.TB, path string, a authority, change func(*x509.Certificate)) {
	t.Helper()
	w.config(t, path, func(c *kubeconfig.Config) {
		key := newKey(t)
		c.Cert, c.Key = a.sign(t, parseCert(t, c.Cert), &key.PublicKey, change), keyPEM(t, key)
	})
}

// openssl runs it in a folder with these files, and reads one that it made.
func openssl(t testing.TB, in map[string][]byte, out string, commands ...[]string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not here")
	}
	dir := t.TempDir()
	for name, data := range in {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range commands {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, text)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, out))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
}

func early(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
}

func usage(u x509.ExtKeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{u} }
}

func named(cn string, groups ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject.CommonName, c.Subject.Organization = cn, groups }
}
