package render

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"certwright/pkigen/cluster/issued"
)

func testCA(t *testing.T) (certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "etcd-ca"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now(), NotAfter: time.Now().AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

func revoked(serials ...string) []issued.Certificate {
	var out []issued.Certificate
	for _, s := range serials {
		out = append(out, issued.Certificate{Name: "x", Signer: "etcd-ca", Serial: s, SHA256: strings.Repeat(s, 64/len(s)), Revoked: time.Now().Add(time.Hour)})
	}
	return out
}

// TestRevocationList: the same revocations make the same bytes, in DER, signed by the CA.
// One that says them already stays, also without the CA's key; else the key is needed.
func TestRevocationList(t *testing.T) {
	cert, key := testCA(t)
	one, err := revocationList(revoked("b2", "a1"), nil, cert, key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := revocationList(revoked("b2", "a1"), nil, cert, key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(one)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.RevokedCertificateEntries) != 2 || list.RevokedCertificateEntries[0].SerialNumber.Int64() != 0xa1 {
		t.Errorf("entries are %v", list.RevokedCertificateEntries)
	}
	if !bytes.Equal(one, again) && list.ThisUpdate.Equal(mustParse(t, again).ThisUpdate) {
		t.Error("the same list has other bytes")
	}
	if kept, err := revocationList(revoked("a1", "b2"), one, cert, nil); err != nil || !bytes.Equal(kept, one) {
		t.Errorf("without the key the list does not stay: %v", err)
	}
	for name, have := range map[string][]byte{"another": one, "none": nil, "PEM": pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: one})} {
		if _, err := revocationList(revoked("c3"), have, cert, nil); err == nil || !strings.Contains(err.Error(), `the private key of "etcd-ca" is not here`) {
			t.Errorf("%s, without the key: %v", name, err)
		}
	}
	other, otherKey := testCA(t)
	if fresh, err := revocationList(revoked("a1", "b2"), one, other, otherKey); err != nil || bytes.Equal(fresh, one) {
		t.Errorf("the list of another CA stays: %v", err)
	}
}

func mustParse(t *testing.T, der []byte) *x509.RevocationList {
	t.Helper()
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAuthorizationConfig: whatever is listed, the condition asks first whether there is
// what it looks at, and Node and RBAC follow.
func TestAuthorizationConfig(t *testing.T) {
	const guards = "has(request.extra) && 'authentication.kubernetes.io/credential-id' in request.extra && " +
		"request.extra['authentication.kubernetes.io/credential-id'].exists(i, i in ["
	for _, list := range [][]issued.Certificate{nil, revoked("a1"), revoked("b2", "a1")} {
		var c struct {
			Authorizers []struct {
				Type    string
				Webhook struct {
					FailurePolicy   string
					ConnectionInfo  struct{ KubeConfigFile string }
					MatchConditions []struct{ Expression string }
				}
			}
		}
		if err := yaml.Unmarshal(authorizationConfig("/etc/kubernetes/nobody.yaml", list), &c); err != nil {
			t.Fatal(err)
		}
		if len(c.Authorizers) != 3 || c.Authorizers[1].Type != "Node" || c.Authorizers[2].Type != "RBAC" {
			t.Fatalf("authorizers are %+v", c.Authorizers)
		}
		hook := c.Authorizers[0].Webhook
		if hook.FailurePolicy != "Deny" || hook.ConnectionInfo.KubeConfigFile != "/etc/kubernetes/nobody.yaml" || len(hook.MatchConditions) != 1 {
			t.Errorf("the webhook is %+v", hook)
		}
		expression := strings.Join(strings.Fields(hook.MatchConditions[0].Expression), " ")
		rest, guarded := strings.CutPrefix(expression, guards)
		if !guarded || !strings.HasSuffix(rest, "])") {
			t.Errorf("the condition is %s", expression)
		}
		if n := strings.Count(rest, "'X509SHA256="); n != len(list) {
			t.Errorf("%d are listed, want %d: %s", n, len(list), rest)
		}
	}
}
