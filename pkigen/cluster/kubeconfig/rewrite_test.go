package kubeconfig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// textPair is a certificate that signs itself, for a key, in PEM; of a nil key for
// a new one.
func textPair(t *testing.T, cn string, key *ecdsa.PrivateKey) (cert, keyPEM []byte, _ *ecdsa.PrivateKey) {
	t.Helper()
	var err error
	if key == nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: text}), key
}

// ownersConfig is a kubeconfig with remarks, two contexts and a namespace.
func ownersConfig(ca, cert, key []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return []byte("# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: prod\n  cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: " + b64(ca) + "}\n" +
		"- name: other\n  cluster: {server: 'https://10.9.9.9:6443', insecure-skip-tls-verify: true}\n" +
		"users:\n- name: me\n  user:\n    client-certificate-data: \"" + b64(cert) + "\" # of May\n    client-key-data: " + b64(key) + "\n" +
		"- name: you\n  user: {token: abc}\n" +
		"contexts:\n- name: a\n  context: {cluster: prod, user: me, namespace: shop}\n- name: b\n  context: {cluster: other, user: you}\ncurrent-context: a\n")
}

func TestRewrite(t *testing.T) {
	ca, _, caKey := textPair(t, "ca", nil)
	sameCA, _, _ := textPair(t, "ca", caKey)
	otherCA, _, _ := textPair(t, "ca", nil)
	oldCert, oldKey, _ := textPair(t, "me", nil)
	cert, key, _ := textPair(t, "me", nil)
	for _, test := range []struct {
		name                 string
		ca, cert, key        []byte // that are put in
		wantCA               []byte
		changed, keepsRemark bool
	}{
		{"nothing new", ca, oldCert, oldKey, ca, false, true},
		{"only white space is new", ca, append(bytes.Clone(oldCert), '\n'), oldKey, ca, false, true},
		{"a certificate and a key", ca, cert, key, ca, true, true},
		{"the CA, signed again", sameCA, oldCert, oldKey, sameCA, true, true},
		{"another CA of that name", otherCA, cert, key, ca, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := ownersConfig(ca, oldCert, oldKey)
			out, err := Rewrite(data, test.ca, test.cert, test.key)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(out, data) == test.changed {
				t.Errorf("changed is %v", !test.changed)
			}
			c, err := Parse(out)
			if err != nil || !bytes.Equal(c.CA, test.wantCA) || !samePEM(c.Cert, test.cert) || !samePEM(c.Key, test.key) {
				t.Errorf("it holds other texts: %v", err)
			}
			// With the texts taken out, not a byte differs.
			b64 := base64.StdEncoding.EncodeToString
			bare := func(b []byte, list ...[]byte) string {
				for _, text := range list {
					b = bytes.ReplaceAll(b, []byte(b64(text)), nil)
				}
				return string(b)
			}
			if bare(data, ca, oldCert, oldKey) != bare(out, ca, sameCA, oldCert, oldKey, cert, key) {
				t.Errorf("more has changed:\n%s", out)
			}
		})
	}
}

// TestRewriteChain keeps what stands beside the certificate and the CA that change.
func TestRewriteChain(t *testing.T) {
	ca, _, caKey := textPair(t, "ca", nil)
	sameCA, _, _ := textPair(t, "ca", caKey)
	root, _, _ := textPair(t, "root", nil)
	oldCert, oldKey, _ := textPair(t, "me", nil)
	cert, key, _ := textPair(t, "me", nil)
	for _, test := range []struct{ name, ca, wantCA string }{
		{"an intermediate before its root", string(ca) + string(root), string(sameCA) + string(root)},
		{"behind it", string(root) + string(ca), string(root) + string(sameCA)},
		{"the root alone", string(root), string(root)},
	} {
		out, err := Rewrite(ownersConfig([]byte(test.ca), slices.Concat(oldCert, ca), oldKey), sameCA, cert, key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := Parse(out); err != nil || string(c.CA) != test.wantCA || !bytes.Equal(c.Cert, slices.Concat(cert, ca)) {
			t.Errorf("%s: %v, it holds\n%s%s", test.name, err, c.CA, c.Cert)
		}
	}
}

func TestRewriteRefuses(t *testing.T) {
	ca, _, _ := textPair(t, "ca", nil)
	cert, key, _ := textPair(t, "me", nil)
	fresh, freshKey, _ := textPair(t, "me", nil)
	whole := string(ownersConfig(ca, cert, key))
	b64 := base64.StdEncoding.EncodeToString
	folded := strings.Replace(whole, `"`+b64(cert)+`" # of May`, "|\n      "+b64(cert)[:64]+"\n      "+b64(cert)[64:], 1)
	byPath := strings.Replace(strings.Replace(whole, `client-certificate-data: "`+b64(cert)+`"`, "client-certificate: me.crt", 1), "client-key-data: "+b64(key), "client-key: me.key", 1)
	for name, test := range map[string]struct{ text, want string }{
		"folded": {folded, "not written on one line"}, "by path": {byPath, "the user names files"}, "none": {"{", "not readable as YAML"},
	} {
		_, err := Rewrite([]byte(test.text), ca, fresh, freshKey)
		again := Rewritable([]byte(test.text))
		for _, e := range []error{err, again} {
			if e == nil || !strings.Contains(e.Error(), test.want) {
				t.Errorf("%s: got %v, want %q", name, e, test.want)
			} else if strings.Contains(e.Error(), b64(key)[:20]) {
				t.Errorf("%s: the error quotes a key", name)
			}
		}
	}
	if err := Rewritable([]byte(whole)); err != nil {
		t.Errorf("a right one: %v", err)
	}
}
