package certinfo

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/reading/walk"
)

func scan(t *testing.T, paths ...string) []Entry {
	t.Helper()
	entries, err := Scan(paths)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// only finds the single entry of a file.
func only(t *testing.T, entries []Entry, path string) Entry {
	t.Helper()
	var found []Entry
	for _, e := range entries {
		if e.File == path {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d entries for %s, want 1: %+v", len(found), path, found)
	}
	return found[0]
}

func TestScanCertificate(t *testing.T) {
	dir := t.TempDir()
	ca, other := newCA(t, "kubernetes-ca"), newCA(t, "kubernetes-ca") // two CAs of one name
	c := issue(t, "rsa", manyNames(), &ca)
	caPath := put(t, dir, "ca.pem", ca.pem())
	put(t, dir, "old-ca.pem", other.pem())
	path := put(t, dir, "names.pem", c.pem())
	keyPath := put(t, dir, "somewhere.key", c.keyPEM(t))
	put(t, dir, "ca-key.pem", other.keyPEM(t)) // of the other one
	entries := scan(t, dir)
	e := only(t, entries, path)
	want := []string{"kubernetes", "*.example.com", "10.0.0.1", "fd00::1", "root@example.com", "spiffe://cluster.local/ns/kube-system"}
	if !slices.Equal(e.SANs, want) {
		t.Errorf("names %q, want %q", e.SANs, want)
	}
	if want := []string{"signing", "key encipherment", "server auth", "client auth"}; !slices.Equal(e.Usages, want) {
		t.Errorf("usages %q, want %q", e.Usages, want)
	}
	for _, f := range []struct{ what, got, want string }{
		{"kind", string(e.Kind), "certificate"},
		{"identity", e.Identity(), "names, ops, system:masters"},
		{"signer", e.Signer(), "kubernetes-ca"},
		{"signer file", e.SignerFile, caPath},
		{"private key file", e.PrivateKeyFile, keyPath},
		{"key", e.KeyAlgorithm, "RSA-2048"},
		{"signature", e.SignatureAlgorithm, "ECDSAWithSHA256"},
		{"serial", e.SerialNumber, c.cert.SerialNumber.String()},
		{"authority key id", e.AuthorityKeyID, only(t, entries, caPath).SubjectKeyID},
		{"error", e.Error, ""},
	} {
		if f.got != f.want {
			t.Errorf("%s %q, want %q", f.what, f.got, f.want)
		}
	}
	if len(e.Fingerprint) != 95 || e.IsCA || e.SelfSigned || !e.NotAfter.Equal(c.cert.NotAfter) {
		t.Errorf("entry %+v", e)
	}
	ce := only(t, entries, caPath)
	if !ce.IsCA || !ce.SelfSigned || ce.Signer() != "itself" || ce.PrivateKeyFile != "" || ce.SignerFile != caPath {
		t.Errorf("CA entry %+v", ce)
	}
	if got := only(t, entries, filepath.Join(dir, "old-ca.pem")); got.PrivateKeyFile != filepath.Join(dir, "ca-key.pem") {
		t.Errorf("the other CA's key is %q", got.PrivateKeyFile)
	}
}

// TestScanKinds reads one file of each kind.
func TestScanKinds(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t, "ca")
	one := issue(t, "ed25519", leaf("one"), &ca)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "asked"}, DNSNames: []string{"a"}}, one.key)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(one.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for _, tt := range []struct {
		name        string
		data        []byte
		kind        Kind
		error, note string
		key         string
	}{
		{name: "csr.pem", data: block("CERTIFICATE REQUEST", csr), kind: Request, key: "Ed25519"},
		{name: "sa.pub", data: block("PUBLIC KEY", pub), kind: PublicKey, key: "Ed25519"},
		{name: "sa.key", data: one.keyPEM(t), kind: PrivateKey, key: "Ed25519"},
		{name: "locked.key", data: block("ENCRYPTED PRIVATE KEY", []byte("secret")), kind: PrivateKey, note: "encrypted, not opened here"},
		{name: "bad.key", data: block("PRIVATE KEY", []byte("secret")), kind: PrivateKey, error: "the private key cannot be read"},
		{name: "bad.pem", data: block("CERTIFICATE", []byte("nothing")), kind: Certificate, error: "x509: malformed certificate"},
		{name: "bad.csr", data: block("CERTIFICATE REQUEST", []byte("nothing")), kind: Request, error: "asn1: structure error"},
		{name: "cut.pem", data: one.pem()[:100], kind: Other, error: "a PEM block is damaged"},
		{name: "crl.pem", data: block("X509 CRL", []byte("x")), kind: Other, note: `PEM block "X509 CRL"`},
		{name: "cert.der", data: one.cert.Raw, kind: Certificate, note: "in DER form", key: "Ed25519"},
		{name: "noise.crt", data: []byte("\x01\x02noise"), kind: Other, error: "it is named as a certificate, and holds neither PEM nor DER"},
		{name: "word.pem", data: []byte("hello\n"), kind: Other, error: "it is named as a certificate, and holds neither PEM nor DER"},
		{name: "empty", data: nil, kind: Other, error: "the file is empty"},
		{name: "ca-config.json", data: []byte(`{"signing":{}}`), kind: Other},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := put(t, dir, tt.name, tt.data)
			e := only(t, scan(t, path), path)
			if e.Kind != tt.kind || e.Note != tt.note || e.KeyAlgorithm != tt.key ||
				!strings.HasPrefix(e.Error, tt.error) || (tt.error == "") != (e.Error == "") {
				t.Errorf("entry %+v", e)
			}
		})
	}
}

func TestScanBundle(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t, "ca")
	one := issue(t, "ecdsa", leaf("one"), &ca)
	// As the kubelet keeps them: certificate, chain and key in one file.
	path := put(t, dir, "kubelet.pem", bytes.Join([][]byte{one.pem(), ca.pem(), one.keyPEM(t)}, nil))
	entries := scan(t, path)
	if len(entries) != 3 {
		t.Fatalf("%d entries, want 3", len(entries))
	}
	for i, kind := range []Kind{Certificate, Certificate, PrivateKey} {
		if entries[i].Kind != kind || entries[i].Index != i {
			t.Errorf("entry %d is %q with the index %d", i, entries[i].Kind, entries[i].Index)
		}
	}
	if entries[0].SignerFile != path || entries[0].PrivateKeyFile != path || entries[1].PrivateKeyFile != "" {
		t.Errorf("signer %q, keys %q and %q", entries[0].SignerFile, entries[0].PrivateKeyFile, entries[1].PrivateKeyFile)
	}
}

// TestScanKeyBeside: only the certificate is named, its key lies beside it.
func TestScanKeyBeside(t *testing.T) {
	for _, names := range [][2]string{{"a.pem", "a-key.pem"}, {"a.crt", "a.key"}} {
		dir := t.TempDir()
		one := issue(t, "ecdsa", leaf("one"), nil)
		cert, key := put(t, dir, names[0], one.pem()), put(t, dir, names[1], one.keyPEM(t))
		if e := only(t, scan(t, cert), cert); e.PrivateKeyFile != key {
			t.Errorf("%v: found the key %q", names, e.PrivateKeyFile)
		}
		put(t, dir, names[1], issue(t, "ecdsa", leaf("two"), nil).keyPEM(t))
		if e := only(t, scan(t, cert), cert); e.PrivateKeyFile != "" {
			t.Errorf("%v: a key that does not fit was taken", names)
		}
	}
}

const kubeconfigText = `apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: %s}
users:
- name: admin
  user: {client-certificate-data: %s, client-key-data: %s, token: s3cr3t}
`

func TestScanKubeconfig(t *testing.T) {
	dir := t.TempDir()
	ca := newCA(t, "ca")
	one := issue(t, "ecdsa", leaf("admin"), &ca)
	b64 := base64.StdEncoding.EncodeToString
	path := put(t, dir, "admin.conf", fmt.Appendf(nil, kubeconfigText, b64(ca.pem()), b64(one.pem()), b64(one.keyPEM(t))))
	entries := scan(t, path)
	if len(entries) != 2 {
		t.Fatalf("%d entries, want 2: %+v", len(entries), entries)
	}
	if e := entries[0]; e.Field != "cluster lab" || !e.IsCA {
		t.Errorf("entry %+v", e)
	}
	if e := entries[1]; e.Field != "user admin" || e.Identity() != "admin, ops, system:masters" || e.SignerFile != path {
		t.Errorf("entry %+v", e)
	}
	files := put(t, dir, "files.conf", []byte("kind: Config\nclusters:\n- cluster: {certificate-authority: /etc/ca.crt}\nusers:\n- user: {client-certificate: /etc/a.crt}\n"))
	if e := only(t, scan(t, files), files); e.Kind != Kubeconfig || e.Note != "points to /etc/ca.crt, /etc/a.crt" {
		t.Errorf("entry %+v", e)
	}
	bad := put(t, dir, "bad.conf", fmt.Appendf(nil, kubeconfigText, "'%%%'", "''", "''"))
	if e := only(t, scan(t, bad), bad); e.Error != "the certificate data are not base64" || e.Field != "cluster lab" {
		t.Errorf("entry %+v", e)
	}
	broken := put(t, dir, "broken.conf", []byte("kind: Config\nclusters: [\ntoken: s3cr3t"))
	if e := only(t, scan(t, broken), broken); e.Kind != Kubeconfig || e.Error != "not readable as YAML" {
		t.Errorf("entry %+v", e)
	}
	other := put(t, dir, "other.yaml", []byte("kind: Configuration\nclusters: []\n"))
	if e := only(t, scan(t, other), other); e.Kind != Other || e.Error != "" {
		t.Errorf("entry %+v", e)
	}
}

// TestScanNoSecrets marshals everything that a scan of keys and kubeconfigs gives
// and looks for the secrets in it.
func TestScanNoSecrets(t *testing.T) {
	dir := t.TempDir()
	one := issue(t, "ecdsa", leaf("one"), nil)
	key := one.keyPEM(t)
	put(t, dir, "a.pem", one.pem())
	put(t, dir, "a-key.pem", key)
	put(t, dir, "both.pem", append(one.pem(), key...))
	put(t, dir, "damaged-key.pem", bytes.Replace(key, []byte("M"), []byte("A"), 1))
	put(t, dir, "cut-key.pem", key[:150])
	b64 := base64.StdEncoding.EncodeToString(key)
	put(t, dir, "a.conf", fmt.Appendf(nil, kubeconfigText, "''", base64.StdEncoding.EncodeToString(one.pem()), b64))
	put(t, dir, "swapped.conf", fmt.Appendf(nil, kubeconfigText, b64, b64, b64)) // a key where a certificate belongs
	out, err := json.Marshal(scan(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	dump := string(out) + fmt.Sprintf("%+v", scan(t, dir))
	body := strings.Split(strings.TrimSpace(string(key)), "\n")
	for _, secret := range append(body[1:len(body)-1], b64[40:80], "s3cr3t", "PRIVATE KEY") {
		if strings.Contains(dump, secret) {
			t.Errorf("the entries hold the secret %q", secret)
		}
	}
}

// TestScanWalk walks a directory with everything that can be in the way.
func TestScanWalk(t *testing.T) {
	dir := t.TempDir()
	one := issue(t, "ecdsa", leaf("one"), nil)
	put(t, dir, "b.pem", one.pem())
	put(t, dir, "a/c.pem", one.pem())
	put(t, dir, ".hidden", one.pem())
	put(t, dir, "huge.pem", append(one.pem(), make([]byte, walk.LargestFile)...))
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..", "a/loop")
	link("b.pem", "z-current.pem")
	link("nowhere", "z-dangling.pem")
	var got []string
	for _, e := range scan(t, dir) {
		rel, err := filepath.Rel(dir, e.File)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s%s", rel, e.Subject.CommonName, e.Note, e.Error)))
	}
	want := []string{
		".hidden  skipped: hidden",
		"a/c.pem one",
		"a/loop  skipped: a symbolic link to a directory",
		"b.pem one",
		"huge.pem  skipped: larger than 1 MiB",
		"z-current.pem one",
		"z-dangling.pem  stat: no such file or directory",
	}
	if !slices.Equal(got, want) {
		t.Errorf("walked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	hidden := filepath.Join(dir, ".hidden")
	if e := only(t, scan(t, hidden), hidden); e.Subject.CommonName != "one" {
		t.Errorf("a hidden file that is named was not read: %+v", e)
	}
}

func TestScanUnreadable(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.pem")
	if e := only(t, scan(t, missing), missing); !strings.Contains(e.Error, "no such file") {
		t.Errorf("entry %+v", e)
	}
	if _, err := Scan(nil); err == nil {
		t.Error("a scan of nothing succeeded")
	}
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	path := put(t, dir, "a.pem", []byte("x"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if e := only(t, scan(t, path), path); !strings.Contains(e.Error, "permission denied") {
		t.Errorf("entry %+v", e)
	}
}

func TestEntryCFSSL(t *testing.T) {
	dir := t.TempDir()
	one := issue(t, "ecdsa", leaf("one"), nil)
	path := put(t, dir, "a.pem", append(one.pem(), newCA(t, "ca").pem()...))
	want, err := CFSSL(one.pem())
	if err != nil {
		t.Fatal(err)
	}
	entries := scan(t, path)
	got, err := entries[0].CFSSL()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("printed %s, %v", got, err)
	}
	if _, err := (&Entry{Kind: PrivateKey}).CFSSL(); err == nil {
		t.Error("a private key was printed as a certificate")
	}
}

// TestQuoted: PEM within another text is listed as that, and what is no whole block in
// it is no finding; a key of SSH is none either.
func TestQuoted(t *testing.T) {
	dir := t.TempDir()
	cert := string(newCA(t, "ca").pem())
	for name, text := range map[string]string{
		"values.yaml": "tls: |\n    " + strings.ReplaceAll(cert, "\n", "\n    "), "notes.md": "It begins with `-----BEGIN CERTIFICATE-----`.\n",
		"show.sh": "#!/bin/sh\nsed -n '/-----BEGIN CERTIFICATE-----/,/-----END/p'\n", "id": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := ScanContext(t.Context(), []string{dir}, Limit{})
	if err != nil {
		t.Fatal(err)
	}
	certs := 0
	for _, e := range entries {
		if e.Error != "" {
			t.Errorf("%s: %s", e.File, e.Error)
		}
		if e.Kind == Certificate && e.Note == "within another text" {
			certs++
		}
	}
	if certs != 1 {
		t.Errorf("%d certificates are listed, 1 is within another text", certs)
	}
}
