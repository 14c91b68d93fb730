package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tree is a directory as another tool lays it out.
type tree struct {
	t   *testing.T
	dir string
}

// pair is a certificate with its key. Its PEM text may have a chain behind it.
type pair struct {
	cert         *x509.Certificate
	key          *ecdsa.PrivateKey
	text, secret []byte
}

func (m *tree) write(path string, data []byte, mode fs.FileMode) {
	m.t.Helper()
	file := filepath.Join(m.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, mode); err != nil {
		m.t.Fatal(err)
	}
}

// sign makes a certificate; of a nil signer a root.
func (m *tree) sign(c *x509.Certificate, by *pair) *pair {
	m.t.Helper()
	p := &pair{}
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		m.t.Fatal(err)
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<60)); err != nil {
		m.t.Fatal(err)
	}
	c.BasicConstraintsValid = true
	signer := &pair{cert: c, key: p.key}
	if by != nil {
		signer = by
	}
	der, err := x509.CreateCertificate(rand.Reader, c, signer.cert, &p.key.PublicKey, signer.key)
	if err != nil {
		m.t.Fatal(err)
	}
	if p.cert, err = x509.ParseCertificate(der); err != nil {
		m.t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(p.key)
	if err != nil {
		m.t.Fatal(err)
	}
	p.text = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	p.secret = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	return p
}

// from is when all was made: not now, so that what is renewed ends later.
var from = time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second)

// name is a subject: "CN", or "CN/O".
func name(text string) pkix.Name {
	cn, o, _ := strings.Cut(text, "/")
	n := pkix.Name{CommonName: cn}
	if o != "" {
		n.Organization = []string{o}
	}
	return n
}

func (m *tree) ca(subject string, by *pair) *pair {
	return m.sign(&x509.Certificate{Subject: name(subject), NotBefore: from, NotAfter: from.Add(87600 * time.Hour), IsCA: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}, by)
}

// leaf makes one for "s", "c" or "sc", what it is for.
func (m *tree) leaf(by *pair, subject, usages, names string) *pair {
	c := &x509.Certificate{Subject: name(subject), NotBefore: from, NotAfter: from.Add(8760 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
	if strings.Contains(usages, "s") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if strings.Contains(usages, "c") {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	for _, n := range strings.Fields(names) {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
	return m.sign(c, by)
}

// below has the chain of a leaf behind it.
func (p *pair) below(cas ...*pair) *pair {
	out := *p
	for _, ca := range cas {
		out.text = append(append([]byte{}, out.text...), ca.text...)
	}
	return &out
}

// crt lays a pair down as kubeadm and OpenSSL guides call it, pem as cfssljson does.
func (m *tree) crt(stem string, p *pair) {
	m.write(stem+".crt", p.text, 0o644)
	m.write(stem+".key", p.secret, 0o600)
}

func (m *tree) pem(stem string, p *pair) {
	m.write(stem+".pem", p.text, 0o644)
	m.write(stem+"-key.pem", p.secret, 0o600)
}

// tokens lays down a pair that signs tokens.
func (m *tree) tokens(stem string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	secret, _ := x509.MarshalECPrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	m.write(stem+".key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600)
	m.write(stem+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o644)
}

// config writes a kubeconfig as kubectl does.
func (m *tree) config(path, server string, ca []byte, p *pair) {
	b64 := base64.StdEncoding.EncodeToString
	m.write(path, []byte(fmt.Sprintf("apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: %s\n    server: https://%s:6443\n  name: k\n"+
		"contexts:\n- context:\n    cluster: k\n    user: u\n  name: u@k\ncurrent-context: u@k\nkind: Config\nusers:\n- name: u\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n",
		b64(ca), server, b64(p.text), b64(p.secret))), 0o600)
}

// flags parts "--a=b --c=d", with folders for words in capitals.
func flags(text string, folders ...string) []string {
	return strings.Fields(strings.NewReplacer(folders...).Replace(text))
}

func (m *tree) unit(root, program string, flags []string) {
	m.write(root+"/etc/systemd/system/"+program+".service", []byte("[Unit]\nDescription="+program+"\n\n[Service]\nExecStart=/usr/local/bin/"+program+" \\\n  "+
		strings.Join(flags, " \\\n  ")+"\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n"), 0o644)
}

func (m *tree) pod(path, program string, flags []string) {
	m.write(path+program+".yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: "+program+", namespace: kube-system}\nspec:\n  hostNetwork: true\n  containers:\n  - name: "+program+
		"\n    command:\n    - "+program+"\n    - "+strings.Join(flags, "\n    - ")+"\n"), 0o600)
}

// openssl runs it in the directory.
func (m *tree) openssl(args ...string) {
	m.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = m.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("openssl %q: %v\n%s", args, err, out)
	}
}

// made reads a pair that another program has made.
func (m *tree) made(stem string) *pair {
	m.t.Helper()
	var p pair
	var err error
	if p.text, err = os.ReadFile(filepath.Join(m.dir, stem+".crt")); err == nil {
		p.secret, err = os.ReadFile(filepath.Join(m.dir, stem+".key"))
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return &p
}

func (m *tree) gone(path string) {
	if err := os.RemoveAll(filepath.Join(m.dir, path)); err != nil {
		m.t.Fatal(err)
	}
}

const apiNames = "kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local "

// kubeadmTree is a node of kubeadm's, with CAs as its owner may have given them to it.
type kubeadmTree struct {
	root    bool // the CA is below a root, whose key is elsewhere
	anchor  bool // programs trust the root, and leaves have their chain
	proxies bool // the front proxy's CA is below a root too
	peers   bool // etcd's members have a CA of their own
	away    bool // the key of that is elsewhere
}

func (k kubeadmTree) make(m *tree) {
	const K = "/etc/kubernetes/pki"
	kube, etcd, front := m.ca("kubernetes", nil), m.ca("etcd-ca", nil), m.ca("front-proxy-ca", nil)
	trust, chained := kube, func(p *pair) *pair { return p }
	switch root := m.ca("corp-root/Corp", nil); {
	case k.anchor:
		kube, trust = m.ca("kubernetes", root), root
		chained = func(p *pair) *pair { return p.below(kube) }
		m.crt("pki/issuing", kube)
		m.write("pki/ca.crt", root.text, 0o644)
	case k.root:
		kube = m.ca("kubernetes", root)
		trust = kube.below(root)
		m.crt("pki/ca", trust)
	default:
		m.crt("pki/ca", kube)
	}
	if k.proxies {
		root := m.ca("corp-root/Corp", nil)
		front = m.ca("front-proxy-ca", root)
		m.crt("pki/front-proxy-ca", front.below(root))
	} else {
		m.crt("pki/front-proxy-ca", front)
	}
	m.crt("pki/etcd/ca", etcd)
	peers, peerCA := etcd, "ca"
	if k.peers {
		peers, peerCA = m.ca("members", nil), "peer-ca"
		m.crt("pki/etcd/peer-ca", peers)
	}
	if k.away {
		m.gone("pki/etcd/peer-ca.key")
	}
	m.crt("pki/apiserver", chained(m.leaf(kube, "kube-apiserver", "s", apiNames+"cp1 10.96.0.1 172.20.0.5")))
	m.crt("pki/apiserver-kubelet-client", chained(m.leaf(kube, "kube-apiserver-kubelet-client/kubeadm:cluster-admins", "c", "")))
	m.crt("pki/front-proxy-client", m.leaf(front, "front-proxy-client", "c", ""))
	m.crt("pki/apiserver-etcd-client", m.leaf(etcd, "kube-apiserver-etcd-client", "c", ""))
	serves := "sc"
	if k.peers {
		serves = "s" // its gateway does not work then, and nothing else minds
	}
	m.crt("pki/etcd/server", m.leaf(etcd, "cp1", serves, "cp1 localhost 172.20.0.5 127.0.0.1"))
	m.crt("pki/etcd/peer", m.leaf(peers, "cp1", "sc", "cp1 localhost 172.20.0.5 127.0.0.1"))
	m.crt("pki/etcd/healthcheck-client", m.leaf(etcd, "kube-etcd-healthcheck-client", "c", ""))
	m.tokens("pki/sa")
	for file, subject := range map[string]string{"admin": "kubernetes-admin/kubeadm:cluster-admins", "super-admin": "kubernetes-super-admin/system:masters",
		"controller-manager": "system:kube-controller-manager", "scheduler": "system:kube-scheduler", "kubelet": "system:node:cp1/system:nodes"} {
		m.config(file+".conf", "172.20.0.5", trust.text, chained(m.leaf(kube, subject, "c", "")))
	}
	m.pod("manifests/", "kube-apiserver", flags(`--advertise-address=172.20.0.5 --authorization-mode=Node,RBAC --client-ca-file=K/ca.crt --etcd-cafile=K/etcd/ca.crt
		--etcd-certfile=K/apiserver-etcd-client.crt --etcd-keyfile=K/apiserver-etcd-client.key --etcd-servers=https://127.0.0.1:2379
		--kubelet-client-certificate=K/apiserver-kubelet-client.crt --kubelet-client-key=K/apiserver-kubelet-client.key
		--proxy-client-cert-file=K/front-proxy-client.crt --proxy-client-key-file=K/front-proxy-client.key --requestheader-allowed-names=front-proxy-client
		--requestheader-client-ca-file=K/front-proxy-ca.crt --secure-port=6443 --service-account-issuer=https://kubernetes.default.svc.cluster.local
		--service-account-key-file=K/sa.pub --service-account-signing-key-file=K/sa.key --service-cluster-ip-range=10.96.0.0/12
		--tls-cert-file=K/apiserver.crt --tls-private-key-file=K/apiserver.key`, "K/", K+"/"))
	m.pod("manifests/", "etcd", flags(`--advertise-client-urls=https://172.20.0.5:2379 --cert-file=K/etcd/server.crt --client-cert-auth=true --initial-advertise-peer-urls=https://172.20.0.5:2380
		--initial-cluster=cp1=https://172.20.0.5:2380 --key-file=K/etcd/server.key --listen-client-urls=https://127.0.0.1:2379,https://172.20.0.5:2379
		--listen-peer-urls=https://172.20.0.5:2380 --name=cp1 --peer-cert-file=K/etcd/peer.crt --peer-client-cert-auth=true --peer-key-file=K/etcd/peer.key
		--peer-trusted-ca-file=K/etcd/PEER.crt --trusted-ca-file=K/etcd/ca.crt`, "K/", K+"/", "PEER", peerCA))
	m.pod("manifests/", "kube-controller-manager", flags(`--kubeconfig=C/controller-manager.conf --root-ca-file=K/ca.crt --service-account-private-key-file=K/sa.key --use-service-account-credentials=true`,
		"K/", K+"/", "C/", "/etc/kubernetes/"))
	m.pod("manifests/", "kube-scheduler", flags("--kubeconfig=/etc/kubernetes/scheduler.conf"))
}
