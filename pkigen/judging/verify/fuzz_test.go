package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzDirectory puts any bytes where a machine has its files: nothing may panic,
// whatever is read, judged and rehearsed.
func FuzzDirectory(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"kubernetes.default"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	private := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
	config := "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts:\n- name: a\n  context: {cluster: a, user: a}\n" +
		"clusters:\n- name: a\n  cluster: {server: 'https://10.0.0.1:6443', certificate-authority: pki/ca.crt}\n" +
		"users:\n- name: a\n  user: {client-certificate: pki/apiserver.crt, client-key: pki/apiserver.key}\n"
	flags := "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n    - --advertise-address=10.0.0.1\n"
	f.Add(cert, cert, private, config, flags)
	f.Add(cert, private, cert, "", "KUBELET_ARGS=\"--kubeconfig=/etc/kubernetes/kubelet.conf\"")
	f.Add(cert, cert, private, config, "[Service]\nEnvironmentFile=-/etc/etcd.env\nExecStart=/usr/bin/kube-apiserver --tls-cert-file=/etc/kubernetes/pki/apiserver.crt \\\n --tls-private-key-file=/etc/kubernetes/pki/apiserver.key --etcd-servers=https://10.0.0.1:2379 --tls-sni-cert-key=a,b:c $X ${Y}\n")
	f.Add(cert, cert, private, config, "ETCD_NAME=a\nETCD_LISTEN_PEER_URLS=https://:%zz\nETCD_INITIAL_CLUSTER=a=,b\nETCD_CERT_FILE=/etc/kubernetes/pki/apiserver.crt\nETCD_ARGS=\"--a\n --b=c\"\n")
	f.Add("", cert[:100], "x", "clusters:\nusers:\n", "apiVersion: v1\nkind: Pod")
	f.Fuzz(func(t *testing.T, ca, leaf, key, config, flags string) {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"pki/ca.crt": ca, "pki/apiserver.crt": leaf, "pki/apiserver.key": key, "pki/etcd/server.crt": leaf, "pki/etcd/server.key": key,
			"pki/sa.key": key, "pki/sa.pub": leaf, "kubelet.conf": config, "admin.conf": config, "manifests/kube-apiserver.yaml": flags, "other.pem": leaf + key,
			"n/etc/systemd/system/kube-apiserver.service": flags, "n/etc/systemd/system/kubelet.service.d/1.conf": config, "n/etc/etcd.env": flags, "n/var/lib/kubelet/config.yaml": flags,
			"n/etc/kubernetes/pki/apiserver.crt": leaf, "n/etc/kubernetes/pki/apiserver.key": key, "n/etc/kubernetes/kubelet.conf": config,
		} {
			p := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		j, err := Directory(t.Context(), dir, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range j.Findings {
			f := &j.Findings[i]
			f.What()
			f.Why()
			f.Fix()
		}
	})
}
