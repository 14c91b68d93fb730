package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"certwright/steps"
)

// enormous is a root whose RSA key has a million bits, with a signature of that
// length: to check it takes minutes.
func enormous(t *testing.T) []byte {
	t.Helper()
	const bits = 1 << 20
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes-ca"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		TBS struct {
			Version                             int `asn1:"optional,explicit,default:0,tag:0"`
			Serial                              *big.Int
			Algorithm                           pkix.AlgorithmIdentifier
			Issuer, Validity, Subject, Key, Ext asn1.RawValue
		}
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		t.Fatal(err)
	}
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	public, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	c.TBS.Key = asn1.RawValue{FullBytes: public}
	c.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, Parameters: asn1.NullRawValue}
	c.TBS.Algorithm = c.Algorithm
	c.Signature = asn1.BitString{Bytes: bytes.Repeat([]byte{0x55}, bits/8), BitLength: bits}
	if der, err = asn1.Marshal(c); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestEnormousKey gives a certificate with an enormous key to every command that
// reads what others have made, in each place in which it may lie.
func TestEnormousKey(t *testing.T) {
	hostile := enormous(t)
	inConfig := []byte(base64.StdEncoding.EncodeToString(hostile))
	data := regexp.MustCompile(`(certificate-authority-data: ).*`)
	const size = "has an RSA key of 1048576 bits, more than 16384"
	file := filepath.Join(t.TempDir(), "huge.pem")
	if err := os.WriteFile(file, hostile, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"authority/ca.crt", "nodes/m1/etc/kubernetes/pki/ca.crt", "nodes/m1/etc/kubernetes/pki/apiserver.crt", "admin/admin.conf"} {
		answers := steps.NewAnswers()
		for key, value := range map[string]string{
			"layout": "three-ca", "encryptionAlgorithm": "ECDSA-P256",
			"nodes": "m1 10.1.0.1 control-plane,etcd", "serviceSubnet": "10.96.0.0/12",
		} {
			if err := answers.Set(key, value); err != nil {
				t.Fatal(err)
			}
		}
		dir := makeSet(t, answers, time.Now())
		path := filepath.Join(dir, filepath.FromSlash(where))
		bad := hostile
		if strings.HasSuffix(where, ".conf") {
			conf, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad = data.ReplaceAll(conf, append([]byte("${1}"), inConfig...))
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			args string
			says bool
		}{
			{"inspect DIR", true}, {"verify DIR", true}, {"verify --no-answers DIR", true}, {"certinfo --cert " + file, true},
			{"explain DIR " + where, false}, {"adopt DIR --dry-run", false}, {"generate --dir DIR --dry-run", false}, {"renew DIR --all --dry-run", false},
		} {
			start := time.Now()
			said, _ := execute(t, strings.Fields(strings.ReplaceAll(c.args, "DIR", dir))...)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s, %s: took %v", where, c.args, took)
			}
			if flat := strings.Join(strings.Fields(said), " "); c.says && !strings.Contains(flat, size) {
				t.Errorf("%s, %s: does not say %q:\n%s", where, c.args, size, said)
			}
		}
	}
}

// TestOneParser holds that what others have made is parsed in one place, which
// refuses what nothing should compute with.
func TestOneParser(t *testing.T) {
	parser := regexp.MustCompile(`x509\.Parse|tls\.(X509KeyPair|LoadX509KeyPair)|keyutil\.Parse|AppendCertsFromPEM\(|helpers\.Parse|cfinfo\.Parse`)
	guard := regexp.MustCompile(`pkey\.CheckPEM\(`)
	seen := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "acceptance" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case d.IsDir(), filepath.Ext(path) != ".go", strings.HasSuffix(path, "_test.go"), strings.Contains(filepath.ToSlash(path), "pkigen/cluster/pkey/"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		guarded := guard.Match(text)
		for _, found := range parser.FindAll(text, -1) {
			if !guarded || bytes.HasPrefix(found, []byte("x509.")) {
				t.Errorf("%s parses by %s: package pkey does so within bounds", path, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d Go files were seen; this test looks at nothing", seen)
	}
}
