package certinfo

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"certwright/pkigen/internal/cfssltool"
)

// TestCFSSL holds our output against that of the real cfssl-certinfo, byte for
// byte, on files of all kinds and makers, broken ones too: stdout, the text on
// stderr, and that it exits with 0 whatever happens.
func TestCFSSL(t *testing.T) {
	tool := cfssltool.Path(t, "cfssl-certinfo")
	dir := t.TempDir()
	articleCertificates(t, dir)
	foreignCertificates(t, dir)
	opensslCertificates(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	printed := 0
	for _, path := range files {
		var stdout, stderr bytes.Buffer
		cmd := exec.Command(tool, "-cert", path)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: cfssl-certinfo now exits with an error: %v", path, err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out, err := CFSSL(data)
		if !bytes.Equal(out, stdout.Bytes()) {
			t.Errorf("%s: printed\n%s\ncfssl-certinfo prints\n%s", filepath.Base(path), out, stdout.Bytes())
		}
		text := ""
		if err != nil {
			text = err.Error() + "\n"
		}
		if text != stderr.String() {
			t.Errorf("%s: error %q, cfssl-certinfo says %q", filepath.Base(path), text, stderr.String())
		}
		if len(out) > 0 {
			printed++
		}
	}
	if printed < 18 {
		t.Errorf("%d certificates were compared, want 18 at least", printed)
	}
}

// articleCertificates makes the article's four with the real cfssl. They are
// here to be described; that issue makes equal ones is tested there.
func articleCertificates(t *testing.T, dir string) {
	t.Helper()
	work := t.TempDir()
	put(t, work, "ca-config.json", []byte(`{"signing":{"default":{"expiry":"87600h"},"profiles":{"kubernetes":{"usages":["signing","key encipherment","server auth","client auth"],"expiry":"87600h"}}}}`))
	names := `"key":{"algo":"rsa","size":2048},"names":[{"C":"CN","ST":"BeiJing","L":"BeiJing","O":%q,"OU":"System"}]`
	put(t, work, "ca-csr.json", fmt.Appendf(nil, `{"CN":"kubernetes-ca",`+names+`,"ca":{"expiry":"87600h"}}`, "k8s"))
	put(t, work, "kubernetes-csr.json", fmt.Appendf(nil, `{"CN":"kubernetes","hosts":["127.0.0.1","192.168.214.88","10.254.0.1","kubernetes","kubernetes.default.svc.cluster.local"],`+names+`}`, "k8s"))
	put(t, work, "admin-csr.json", fmt.Appendf(nil, `{"CN":"admin","hosts":[],`+names+`}`, "system:masters"))
	put(t, work, "kube-proxy-csr.json", fmt.Appendf(nil, `{"CN":"system:kube-proxy","hosts":[],`+names+`}`, "k8s"))
	for _, name := range []string{"ca", "kubernetes", "admin", "kube-proxy"} {
		args := []string{"gencert", "-ca=ca.pem", "-ca-key=ca-key.pem", "-config=ca-config.json", "-profile=kubernetes", name + "-csr.json"}
		if name == "ca" {
			args = []string{"gencert", "-initca", "ca-csr.json"}
		}
		gencert := exec.Command(cfssltool.Path(t, "cfssl"), args...)
		gencert.Dir = work
		out, err := gencert.Output()
		if err != nil {
			t.Fatal(err)
		}
		split := exec.Command(cfssltool.Path(t, "cfssljson"), "-bare", name)
		split.Dir, split.Stdin = work, bytes.NewReader(out)
		if err := split.Run(); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(work, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, "article-"+name+".pem", data)
	}
}

// foreignCertificates makes certificates with Go, and files that are none.
func foreignCertificates(t *testing.T, dir string) {
	t.Helper()
	ca := newCA(t, "foreign-ca")
	expired := leaf("expired")
	expired.NotBefore, expired.NotAfter = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	ipv6 := leaf("ipv6")
	ipv6.IPAddresses = []net.IP{net.ParseIP("fd00::1"), net.ParseIP("::1"), net.ParseIP("2001:db8::ff")}
	noCN := leaf("")
	noCN.Subject.Organization = nil
	noCN.DNSNames = []string{"only.a.san"}
	chinese := leaf("王凯 <k8s> & \"Söhne\"")
	chinese.Subject.Organization = []string{"集群", "größer"}
	odd := leaf("odd")
	odd.Subject.SerialNumber, odd.Subject.StreetAddress, odd.Subject.PostalCode = "0042", []string{"1 Way"}, []string{"100000"}
	odd.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@b.c"}}
	for name, c := range map[string]pair{
		"rsa":     issue(t, "rsa", leaf("rsa"), nil),
		"ecdsa":   issue(t, "ecdsa", leaf("ecdsa"), &ca),
		"ed25519": issue(t, "ed25519", leaf("ed25519"), nil),
		"ipv6":    issue(t, "ecdsa", ipv6, &ca),
		"names":   issue(t, "ecdsa", manyNames(), &ca),
		"no-cn":   issue(t, "ecdsa", noCN, &ca),
		"expired": issue(t, "ecdsa", expired, &ca),
		"chinese": issue(t, "ecdsa", chinese, &ca),
		"odd":     issue(t, "ecdsa", odd, &ca),
	} {
		put(t, dir, name+".pem", c.pem())
	}
	one := issue(t, "ecdsa", leaf("one"), &ca)
	put(t, dir, "chain.pem", append(one.pem(), ca.pem()...))
	put(t, dir, "text-around.pem", append(append([]byte("subject=one\n"), one.pem()...), "\n\n  \n"...))
	put(t, dir, "text-after.pem", append(one.pem(), "the end"...))
	put(t, dir, "crlf.pem", bytes.ReplaceAll(one.pem(), []byte("\n"), []byte("\r\n")))
	put(t, dir, "key.pem", one.keyPEM(t))
	put(t, dir, "der.pem", one.cert.Raw)
	put(t, dir, "empty.pem", nil)
	put(t, dir, "damaged.pem", bytes.Replace(one.pem(), []byte("M"), []byte("A"), 3))
}

// opensslCertificates makes certificates with OpenSSL, which writes other string
// types, orders and extensions than Go.
func opensslCertificates(t *testing.T, dir string) {
	t.Helper()
	work := t.TempDir()
	for name, args := range map[string][]string{
		"openssl-rsa":     {"-newkey", "rsa:2048", "-subj", "/O=k8s/CN=old/C=CN/emailAddress=root@example.com"},
		"openssl-p384":    {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-subj", "/CN=p384", "-addext", "subjectAltName=DNS:a,IP:::1,email:a@b.c,URI:urn:x"},
		"openssl-ed25519": {"-newkey", "ed25519", "-utf8", "-subj", "/CN=Ü中文"},
		"openssl-multi":   {"-newkey", "ed25519", "-subj", "/O=a+O=b/OU=x/OU=y/CN=multi"},
		"openssl-no-keys": {"-newkey", "ed25519", "-subj", "/CN=bare", "-addext", "subjectKeyIdentifier=none", "-addext", "authorityKeyIdentifier=none"},
	} {
		openssl(t, work, append([]string{"req", "-x509", "-nodes", "-days", "9", "-keyout", "key.pem", "-out", name + ".pem"}, args...)...)
		data, err := os.ReadFile(filepath.Join(work, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name+".pem", data)
	}
	openssl(t, work, "crl2pkcs7", "-nocrl", "-certfile", "openssl-rsa.pem", "-out", "bundle.p7b")
	data, err := os.ReadFile(filepath.Join(work, "bundle.p7b"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "pkcs7.pem", data)
}

// TestCFSSLHostile: bytes that no tool made must not bring the program down.
func TestCFSSLHostile(t *testing.T) {
	for _, data := range []string{"", "\x00", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", "-----BEGIN CERTIFICATE-----\nMIAGCSqGSIb3DQEHAqCA\n-----END CERTIFICATE-----\n"} {
		if out, err := CFSSL([]byte(data)); err == nil || out != nil {
			t.Errorf("CFSSL(%q) = %q, %v", data, out, err)
		}
	}
}
