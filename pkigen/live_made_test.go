package pkigen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
)

// madeUp is a certificate that a process makes up at its start.
func madeUp(name string, at time.Time) *tls.Certificate {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := &x509.Certificate{SerialNumber: big.NewInt(at.Unix()), Subject: pkix.Name{CommonName: fmt.Sprintf("%s@%d", name, at.Unix())},
		NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour), DNSNames: []string{name}}
	der, _ := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func certsIn(t testing.TB, file string) []*x509.Certificate {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// keyNames are the names that Kubernetes gives to the public keys of a file, or to that
// of a private key.
func keyNames(t testing.TB, file string) []string {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		der := block.Bytes
		if strings.Contains(block.Type, "PRIVATE") {
			var key any
			if key, err = x509.ParsePKCS8PrivateKey(der); err != nil {
				if key, err = x509.ParseECPrivateKey(der); err != nil {
					if key, err = x509.ParsePKCS1PrivateKey(der); err != nil {
						t.Fatal(err)
					}
				}
			}
			if der, err = x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public()); err != nil {
				t.Fatal(err)
			}
		}
		sum := sha256.Sum256(der)
		out = append(out, base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return out
}

// described is a job that leaves a history.
func described(dir string, c *spec.Cluster, operation string) Job {
	return Job{Dir: dir, Cluster: c, About: store.About{Operation: operation}}
}

// manyCAs is a pool with so many names that its list is as long as a handshake allows.
func manyCAs(t testing.TB, n int) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: fmt.Sprintf("ca %d", i)}, IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		pool.AddCert(c)
	}
	return pool
}
