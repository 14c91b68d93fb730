package elsewhere

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func certificate(t *testing.T, cn string) (text []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: cn}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

const node = "system:node:worker1"

// TestParse reads what nodes and clusters have of certificates.
func TestParse(t *testing.T) {
	cert := certificate(t, node)
	coded := base64.StdEncoding.EncodeToString(cert)
	sum := strings.Repeat("ab", 32)
	event := func(user, id string) string {
		return fmt.Sprintf(`{"kind":"Event","verb":"get","user":{"username":%q,"extra":{"authentication.kubernetes.io/credential-id":[%q]}}}`+"\n", user, id)
	}
	for _, tc := range []struct {
		name, text string
		want       int
		sum        string
	}{
		{"kubelet-client-current.pem", string(cert) + "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", 1, ""},
		{"a request", "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nstatus:\n  certificate: " + coded + "\n", 1, ""},
		{"a list of requests in JSON", `{"kind":"List","items":[{"status":{"certificate":"` + coded + `"}},{"status":{}}]}`, 1, ""},
		{"several documents", "status: {}\n---\nstatus:\n  certificate: " + coded + "\n", 1, ""},
		{"an audit log", "{}\n" + event(node, "X509SHA256="+sum) + event(node, "X509SHA256="+sum) + event("x", "JTI=1"), 1, sum},
		{"a sum that is none", event(node, "X509SHA256=abc"), 0, ""},
		{"nothing", "", 0, ""},
		{"a request that was not signed", "kind: CertificateSigningRequest\nstatus: {}\n", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Parse([]byte(tc.text))
			if len(got) != tc.want {
				t.Fatalf("%d were found, want %d: %+v", len(got), tc.want, got)
			}
			if len(got) == 1 && (got[0].User != node || got[0].SHA256 != tc.sum || (got[0].Cert == nil) != (tc.sum != "")) {
				t.Errorf("found is %+v", got[0])
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(file, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("the error is %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("status:\n  certificate: AAAA\n"))
	f.Add([]byte(`{"user":{"username":"x","extra":{"authentication.kubernetes.io/credential-id":["X509SHA256="]}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, c := range Parse(text) {
			if c.Cert == nil && len(c.SHA256) != 64 {
				t.Errorf("%+v", c)
			}
		}
	})
}
