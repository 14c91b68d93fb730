package explain

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

func block1(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Pairs that crypto/tls does not load.
func TestPairTexts(t *testing.T) {
	ca := newCA(t, "ca")
	one, two := issue(t, ca, "one"), issue(t, ca, "two")
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed := sign(t, edKey, ca, "ed")
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, one.key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(one.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	crt, key := one.certPEM(), one.keyPEM(t)
	for _, tt := range []struct {
		name      string
		cert, key []byte
		id        string
		check     CheckID
	}{
		{"foreign key", crt, two.keyPEM(t), "key-mismatch", findings.KeyMismatch},
		{"other kind of key", crt, ed.keyPEM(t), "key-type-mismatch", findings.KeyMismatch},
		{"switched", key, crt, "files-switched", findings.SwappedFiles},
		{"certificate as key", crt, crt, "files-switched", findings.SwappedFiles},
		{"request", block1("CERTIFICATE REQUEST", csr), key, "request-for-cert", findings.RequestForCert},
		{"public key as certificate", block1("PUBLIC KEY", public), key, "no-certificate-block", findings.SwappedFiles},
		{"public key as key", crt, block1("PUBLIC KEY", public), "no-key-block", findings.KeyMissing},
		{"empty certificate", nil, key, "no-pem", scan.Empty},
		{"empty key", crt, nil, "no-pem", scan.Empty},
		{"cfssl's JSON", []byte(`{"cert":"-----BEGIN CERTIFICATE-----\nAA=="}`), key, "no-pem", scan.Empty},
		{"locked key", crt, block1("ENCRYPTED PRIVATE KEY", []byte("locked")), "key-unreadable", scan.KeyEncrypted},
		{"damaged certificate", block1("CERTIFICATE", one.der[:40]), key, "cert-unreadable", scan.PEMBroken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tls.X509KeyPair(tt.cert, tt.key)
			wantCause(t, err, tt.id, tt.check)
		})
	}
	_, err = tls.LoadX509KeyPair(filepath.Join(t.TempDir(), "my cert.pem"), "x")
	if m := wantCause(t, err, "no-such-file", findings.CertMissing); !strings.HasSuffix(m.Values["path"], "/my cert.pem") {
		t.Errorf("the path is %q", m.Values["path"])
	}
	_, err = x509.ParsePKCS1PrivateKey(pkcs8(t, one))
	wantCause(t, err, "key-form", scan.PEMBroken)
	_, err = x509.ParseECPrivateKey([]byte{0x30, 0x03, 1})
	wantCause(t, err, "key-unreadable", scan.KeyEncrypted)
	_, err = x509.ParsePKCS8PrivateKey([]byte{0x30, 0x03, 1})
	wantCause(t, err, "asn1", scan.PEMBroken)
	if os.Geteuid() != 0 {
		secret := filepath.Join(t.TempDir(), "etcd-key.pem")
		if err := os.WriteFile(secret, key, 0); err != nil {
			t.Fatal(err)
		}
		_, err = os.ReadFile(secret)
		wantCause(t, err, "permission", scan.Unreadable)
	}
}

func pkcs8(t *testing.T, p *pair) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Keys of tokens that Kubernetes' own loader does not take.
func TestServiceAccountTexts(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	edPrivate, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ec := issue(t, newCA(t, "ca"), "sa")
	private := func(data []byte) error { _, err := keyutil.PrivateKeyFromFile(write("sa.key", data)); return err }
	public := func(data []byte) error { _, err := keyutil.PublicKeysFromFile(write("sa.pub", data)); return err }
	// The loader swallows the kind for a private key and gives it as it is; the
	// signer of tokens refuses it then.
	if _, err := keyutil.ParsePrivateKeyPEM(block1("Ed25519 PRIVATE KEY", edPrivate)); err == nil {
		t.Error("cfssl's header was taken")
	}
	wantCause(t, private(block1("Ed25519 PRIVATE KEY", edPrivate)), "sa-private-key", findings.SAKind)
	wantCause(t, private(block1("ENCRYPTED PRIVATE KEY", edPrivate)), "sa-private-key", findings.SAKind)
	wantCause(t, public(block1("PUBLIC KEY", edPublic)), "sa-public-key", findings.SAKind)
	wantCause(t, public(block1("PRIVATE KEY", pkcs8(t, ec))), "sa-public-key", findings.SAKind)
	wantCause(t, public(nil), "sa-public-key", findings.SAKind)
	_, err = cert.ParseCertsPEM(ec.keyPEM(t))
	wantCause(t, err, "no-certificate-block", findings.SwappedFiles)
}

// Kubeconfigs that the real loader refuses.
func TestKubeconfigTexts(t *testing.T) {
	ca := newCA(t, "ca")
	user := issue(t, ca, "user", dials)
	b64 := base64.StdEncoding.EncodeToString
	file := filepath.Join(t.TempDir(), "admin.conf")
	load := func(cluster, user, context string) error {
		text := "apiVersion: v1\nkind: Config\nclusters:\n- name: lab\n  cluster: {" + cluster + "}\nusers:\n- name: admin\n  user: {" + user + "}\n" +
			"contexts:\n- name: admin@lab\n  context: {cluster: lab, user: admin}\ncurrent-context: " + context + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&clientcmd.ClientConfigLoadingRules{ExplicitPath: file}, &clientcmd.ConfigOverrides{}).ClientConfig()
		if err != nil {
			return err
		}
		_, err = rest.TransportFor(c)
		return err
	}
	server := "server: https://127.0.0.1:6443"
	withCA := server + ", certificate-authority-data: " + b64(ca.certPEM())
	pair := "client-certificate-data: " + b64(user.certPEM()) + ", client-key-data: " + b64(user.keyPEM(t))
	if err := load(withCA, pair, "admin@lab"); err != nil {
		t.Fatalf("a right kubeconfig: %v", err)
	}
	strange := issue(t, ca, "strange", dials)
	for _, tt := range []struct {
		name                   string
		cluster, user, context string
		id                     string
		check                  CheckID
	}{
		{"encoded twice", server + ", certificate-authority-data: " + b64([]byte(b64(ca.certPEM()))), pair, "admin@lab", "kubeconfig-ca-data", scan.ConfigBroken},
		{"key for CA", server + ", certificate-authority-data: " + b64(user.keyPEM(t)), pair, "admin@lab", "kubeconfig-ca-data", scan.ConfigBroken},
		{"damaged CA", server + ", certificate-authority-data: " + b64(block1("CERTIFICATE", ca.der[:50])), pair, "admin@lab", "kubeconfig-ca-data", scan.ConfigBroken},
		{"no base64", server + ", certificate-authority-data: LS0t!!!!", pair, "admin@lab", "kubeconfig-base64", scan.ConfigBroken},
		{"data and file", withCA + ", certificate-authority: " + file, pair, "admin@lab", "kubeconfig-both", scan.ConfigBroken},
		{"certificate gone", withCA, "client-certificate: /nowhere/admin.pem, client-key: /nowhere/admin-key.pem", "admin@lab", "kubeconfig-path", findings.KubeconfigPathMissing},
		{"CA gone", server + ", certificate-authority: /nowhere/ca.pem", pair, "admin@lab", "kubeconfig-path", findings.KubeconfigPathMissing},
		{"no key", withCA, "client-certificate-data: " + b64(user.certPEM()), "admin@lab", "kubeconfig-no-key", scan.ConfigBroken},
		{"foreign key", withCA, "client-certificate-data: " + b64(user.certPEM()) + ", client-key-data: " + b64(strange.keyPEM(t)), "admin@lab", "key-mismatch", findings.KeyMismatch},
		{"unknown context", withCA, pair, "other@lab", "kubeconfig-context", scan.ConfigBroken},
		{"no server", "certificate-authority-data: " + b64(ca.certPEM()), pair, "admin@lab", "kubeconfig-no-server", scan.ConfigBroken},
		{"insecure", withCA + ", insecure-skip-tls-verify: true", pair, "admin@lab", "kubeconfig-insecure", scan.ConfigBroken},
		{"no YAML", server + "\n\t- x", pair, "admin@lab", "kubeconfig-syntax", scan.ConfigBroken},
	} {
		t.Run(tt.name, func(t *testing.T) { wantCause(t, load(tt.cluster, tt.user, tt.context), tt.id, tt.check) })
	}
	_, err := (&clientcmd.ClientConfigLoadingRules{ExplicitPath: filepath.Join(t.TempDir(), "none")}).Load()
	wantCause(t, err, "no-such-file", findings.CertMissing)
	_, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(&clientcmd.ClientConfigLoadingRules{}, &clientcmd.ConfigOverrides{}).ClientConfig()
	wantCause(t, err, "kubeconfig-none", "")
}
