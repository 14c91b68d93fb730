package handout_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/rollout/handout"
)

// validFrom is when the certificate of the trees becomes valid.
var validFrom = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// pair is one certificate and its key: what is in them does not matter here.
var pair = sync.OnceValue(func() (p struct{ cert, key string }) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, NotBefore: validFrom, NotAfter: validFrom.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	p.cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	p.key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	return p
})

// control are the files of a control-plane node, in small.
func control() map[string][]byte {
	p := pair()
	return map[string][]byte{
		"etc/kubernetes/pki/ca.crt":          []byte(p.cert),
		"etc/kubernetes/pki/apiserver.crt":   []byte(p.cert),
		"etc/kubernetes/pki/apiserver.key":   []byte(p.key),
		"etc/kubernetes/pki/etcd/ca.crt":     []byte(p.cert),
		"etc/kubernetes/pki/etcd/server.key": []byte(p.key),
		"etc/kubernetes/scheduler.conf":      []byte("users:\n- user:\n    client-key-data: QQ==\n"),
		"etc/kubernetes/bootstrap.conf":      []byte("users:\n- user:\n    token: abcdef.0123456789abcdef\n"),
		"etc/kubernetes/kubelet.env":         []byte("KUBELET_ARGS=\"\\\n--config=x\"\n"),
		"var/lib/kubelet/pki/kubelet.crt":    []byte(p.cert),
		"var/lib/kubelet/pki/kubelet.key":    []byte(p.key),
	}
}

// build writes the tree of a node as certwright does: secret files 0600, in
// folders 0700, and the list of sums.
func build(t testing.TB, dir, node string, files map[string][]byte) {
	t.Helper()
	root := filepath.Join(dir, "nodes", node)
	for p, data := range files {
		put(t, filepath.Join(root, p), string(data))
	}
	put(t, filepath.Join(root, render.SumsFile), string(render.Sums(files)))
	for p := range files {
		if secret(p) {
			chmod(t, filepath.Join(root, path.Dir(p)), 0o700)
		}
	}
}

func secret(p string) bool { return strings.HasSuffix(p, ".key") || strings.HasSuffix(p, ".conf") }

func put(t testing.TB, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := fs.FileMode(0o644)
	if secret(name) {
		mode = 0o600
	}
	if err := os.WriteFile(name, []byte(data), mode); err != nil {
		t.Fatal(err)
	}
}

func chmod(t testing.TB, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// open opens a directory for the length of the test.
func open(t testing.TB, dir string) *handout.Tree {
	t.Helper()
	tree, err := handout.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
