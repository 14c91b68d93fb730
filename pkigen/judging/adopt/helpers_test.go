package adopt_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/keytest"
	"certwright/pkigen/internal/testdir"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/reading/scan"
)

func TestMain(m *testing.M) { os.Exit(testdir.Run(m)) }

// maker writes a foreign directory.
type maker struct {
	t   *testing.T
	dir string
}

func (m *maker) write(path string, data []byte, mode fs.FileMode) {
	m.t.Helper()
	file := filepath.Join(m.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, mode); err != nil {
		m.t.Fatal(err)
	}
}

type pair = keytest.Pair

// sign makes a certificate for a new key; of a nil signer a root.
func (m *maker) sign(template x509.Certificate, by *pair) *pair {
	m.t.Helper()
	p, err := keytest.Sign(template, by)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func (m *maker) files(stem string, p *pair) {
	m.write(stem+".crt", p.CertPEM, 0o644)
	m.write(stem+".key", p.KeyPEM, 0o600)
}

// The usages that kubeadm gives.
var (
	serverAuth = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	clientAuth = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	bothAuth   = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
)

// kubeadm makes what kubeadm init makes in /etc/kubernetes, by its names, subjects,
// usages, dates and flags (v1.37). Leaves begin with their CA, and end a year after
// they were made.
func kubeadm(t *testing.T, caFrom, made time.Time) string {
	t.Helper()
	m := &maker{t, filepath.Join(t.TempDir(), "kubernetes")}
	ca := func(cn string) *pair {
		return m.sign(x509.Certificate{Subject: pkix.Name{CommonName: cn}, NotBefore: caFrom, NotAfter: caFrom.Add(87600 * time.Hour),
			IsCA: true, BasicConstraintsValid: true, DNSNames: []string{cn},
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign}, nil)
	}
	leaf := func(by *pair, cn, o string, usages []x509.ExtKeyUsage, names ...string) *pair {
		c := x509.Certificate{Subject: pkix.Name{CommonName: cn}, NotBefore: by.Cert.NotBefore, NotAfter: made.Add(8760 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: usages, BasicConstraintsValid: true}
		if o != "" {
			c.Subject.Organization = []string{o}
		}
		for _, n := range names {
			if ip := net.ParseIP(n); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, n)
			}
		}
		return m.sign(c, by)
	}
	kube, etcd, front := ca("kubernetes"), ca("etcd-ca"), ca("front-proxy-ca")
	m.files("pki/ca", kube)
	m.files("pki/etcd/ca", etcd)
	m.files("pki/front-proxy-ca", front)
	m.files("pki/apiserver", leaf(kube, "kube-apiserver", "", serverAuth, "api.example.com", "cp1", "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "10.96.0.1", "172.20.0.5"))
	m.files("pki/apiserver-kubelet-client", leaf(kube, "kube-apiserver-kubelet-client", "kubeadm:cluster-admins", clientAuth))
	m.files("pki/front-proxy-client", leaf(front, "front-proxy-client", "", clientAuth))
	m.files("pki/apiserver-etcd-client", leaf(etcd, "kube-apiserver-etcd-client", "", clientAuth))
	for _, name := range []string{"server", "peer"} {
		m.files("pki/etcd/"+name, leaf(etcd, "cp1", "", bothAuth, "cp1", "localhost", "172.20.0.5", "127.0.0.1", "::1"))
	}
	m.files("pki/etcd/healthcheck-client", leaf(etcd, "kube-etcd-healthcheck-client", "", clientAuth))
	sa := m.sign(x509.Certificate{Subject: pkix.Name{CommonName: "x"}, NotBefore: made, NotAfter: made.Add(time.Hour)}, nil)
	public, err := pkey.EncodePublic(&sa.Key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	m.write("pki/sa.key", sa.KeyPEM, 0o600)
	m.write("pki/sa.pub", public, 0o644)
	for _, u := range []struct{ file, cn, o string }{
		{"admin", "kubernetes-admin", "kubeadm:cluster-admins"}, {"super-admin", "kubernetes-super-admin", catalog.Masters},
		{"controller-manager", "system:kube-controller-manager", ""}, {"scheduler", "system:kube-scheduler", ""},
	} {
		p := leaf(kube, u.cn, u.o, clientAuth)
		text, err := kubeconfig.Encode(kubeconfig.Config{Cluster: "kubernetes", Server: "https://172.20.0.5:6443", User: u.cn,
			CA: kube.CertPEM, Cert: p.CertPEM, Key: p.KeyPEM})
		if err != nil {
			t.Fatal(err)
		}
		m.write(u.file+".conf", text, 0o600)
	}
	rotated, err := kubeconfig.Encode(kubeconfig.Config{Cluster: "kubernetes", Server: "https://172.20.0.5:6443", User: "default-auth", CA: kube.CertPEM,
		CertFile: "/var/lib/kubelet/pki/kubelet-client-current.pem", KeyFile: "/var/lib/kubelet/pki/kubelet-client-current.pem"})
	if err != nil {
		t.Fatal(err)
	}
	m.write("kubelet.conf", rotated, 0o600)
	m.manifests()
	return m.dir
}

// manifests writes the static pods, as far as they tell of certificates.
func (m *maker) manifests() {
	const pki = "/etc/kubernetes/pki/"
	pod := func(name string, flags ...string) {
		text := fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %[1]s, namespace: kube-system}\nspec:\n  containers:\n  - name: %[1]s\n    command:\n    - %[1]s\n", name)
		for _, f := range flags {
			text += "    - " + strings.ReplaceAll(f, "PKI/", pki) + "\n"
		}
		m.write("manifests/"+name+".yaml", []byte(text), 0o600)
	}
	pod("kube-apiserver", "--advertise-address=172.20.0.5", "--client-ca-file=PKI/ca.crt", "--etcd-cafile=PKI/etcd/ca.crt",
		"--etcd-certfile=PKI/apiserver-etcd-client.crt", "--etcd-keyfile=PKI/apiserver-etcd-client.key",
		"--kubelet-client-certificate=PKI/apiserver-kubelet-client.crt", "--kubelet-client-key=PKI/apiserver-kubelet-client.key",
		"--proxy-client-cert-file=PKI/front-proxy-client.crt", "--proxy-client-key-file=PKI/front-proxy-client.key",
		"--requestheader-allowed-names=front-proxy-client", "--requestheader-client-ca-file=PKI/front-proxy-ca.crt",
		"--service-account-key-file=PKI/sa.pub", "--service-account-signing-key-file=PKI/sa.key", "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-cluster-ip-range=10.96.0.0/12", "--tls-cert-file=PKI/apiserver.crt", "--tls-private-key-file=PKI/apiserver.key")
	pod("kube-controller-manager", "--kubeconfig=/etc/kubernetes/controller-manager.conf", "--root-ca-file=PKI/ca.crt",
		"--service-account-private-key-file=PKI/sa.key", "--client-ca-file=PKI/ca.crt")
	pod("etcd", "--advertise-client-urls=https://172.20.0.5:2379", "--initial-advertise-peer-urls=https://172.20.0.5:2380",
		"--cert-file=PKI/etcd/server.crt", "--key-file=PKI/etcd/server.key", "--peer-cert-file=PKI/etcd/peer.crt",
		"--peer-key-file=PKI/etcd/peer.key", "--trusted-ca-file=PKI/etcd/ca.crt", "--peer-trusted-ca-file=PKI/etcd/ca.crt", "--client-cert-auth=true", "--peer-client-cert-auth=true")
}

// look reads a directory.
func look(t *testing.T, dir string, given map[string]string) *adopt.Proposal {
	t.Helper()
	s, err := scan.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := adopt.Look(s, given)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// value is an answer; "" for none.
func value(p *adopt.Proposal, key string) string {
	for _, a := range p.Answers {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// clusterOf is the cluster of a proposal without questions.
func clusterOf(t *testing.T, p *adopt.Proposal) *spec.Cluster {
	t.Helper()
	if len(p.Questions) > 0 {
		t.Fatalf("questions: %+v", p.Questions)
	}
	c := &spec.Cluster{Layout: adoption.Layout, Name: "kubernetes", CertificatesDir: value(p, adoption.OnNodesKey), StaticPods: value(p, adoption.StaticPodsKey) == "yes"}
	var all []problem.Problem
	c.Key = parsed(&all, p, "encryptionAlgorithm", spec.ParseKeyAlgorithm)
	c.CA.Expiry = parsed(&all, p, "ca.expiry", spec.ParseDuration)
	c.Nodes = parsed(&all, p, "nodes", spec.ParseFoundNodes)
	c.Endpoint = parsed(&all, p, "controlPlaneEndpoint", spec.ParseEndpoint)
	c.SANs = parsed(&all, p, "certSANs", spec.ParseHosts)
	c.ServiceSubnets = parsed(&all, p, "serviceSubnet", spec.ParseServiceSubnets)
	c.DNSDomain = parsed(&all, p, "dnsDomain", spec.ParseDomain)
	c.Adopted = parsed(&all, p, adoption.CertificatesKey, spec.ParseAdopted)
	for _, d := range catalog.Adopted().Profiles {
		profile := spec.Profile{Name: d.Name, Usages: d.Usages, Expiry: 8760 * time.Hour}
		if value(p, "profiles."+d.Name+".usages") != "" {
			profile.Usages = parsed(&all, p, "profiles."+d.Name+".usages", spec.ParseUsages)
		}
		if value(p, "profiles."+d.Name+".expiry") != "" {
			profile.Expiry = parsed(&all, p, "profiles."+d.Name+".expiry", spec.ParseDuration)
		}
		c.Profiles = append(c.Profiles, profile)
	}
	all = append(append(all, spec.Check(c, time.Now())...), catalog.Check(c)...)
	if problem.HasErrors(all) {
		t.Fatal(all)
	}
	return c
}

func parsed[T any](all *[]problem.Problem, p *adopt.Proposal, key string, parse func(key, text string) (T, []problem.Problem)) (v T) {
	if text := value(p, key); text != "" {
		var ps []problem.Problem
		v, ps = parse(key, text)
		*all = append(*all, ps...)
	}
	return v
}

// run carries a job out.
func run(t *testing.T, dir string, c *spec.Cluster, opt plan.Options) *pkigen.Result {
	t.Helper()
	r, err := pkigen.Run(t.Context(), pkigen.Job{Dir: dir, Cluster: c, Options: opt}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sound holds that a cluster would run with a directory: by its answers, and as
// somebody's of whom nothing is known.
func sound(t *testing.T, dir string, c *spec.Cluster) {
	t.Helper()
	l, _ := catalog.LayoutOf(c)
	for name, known := range map[string]*verify.Known{"answers": {Layout: l, Cluster: c}, "none": nil} {
		j, err := verify.Directory(t.Context(), dir, known, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if !j.Runs() || len(j.Connections) == 0 {
			t.Errorf("by %s: %d findings, %d of %d connections wrong", name, len(j.Findings), len(j.Wrong()), len(j.Connections))
			for i := range j.Findings {
				t.Logf("%s %s %s", j.Findings[i].Severity, j.Findings[i].File, j.Findings[i].What())
			}
		}
	}
}

// snapshot is every file below a directory with its bytes.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// changed are the files that differ.
func changed(before, after map[string]string) []string {
	var out []string
	for path, data := range after {
		if before[path] != data {
			out = append(out, path)
		}
	}
	for path := range before {
		if _, there := after[path]; !there {
			out = append(out, path+" is gone")
		}
	}
	return out
}
