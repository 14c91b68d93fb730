package acceptance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The endpoint is a name, for an address that moves between control-plane
// nodes; the operator's machine and all nodes know it from /etc/hosts.
const (
	endpointName = "kube-api.lab.example"
	endpointPort = "6443"
)

// cell is one way to answer the questions, and so one cluster.
type cell struct {
	layout      string // single-ca, three-ca
	algorithm   string // RSA-2048, ECDSA-P256
	bootstrap   string // off, secret, file
	kubeconfigs string // embedded, files
	pki         string // where the certificates lie on the nodes
	ipv6        bool   // the nodes' first address and the services are IPv6
	apart       bool   // etcd on machines of its own
	later       bool   // the third master is a bare machine at first
	serving     bool   // kube-controller-manager and kube-scheduler serve certificates of the cluster
	revocable   bool   // programs are told of lists of what is revoked
}

func (c cell) String() string { return c.layout + " " + c.algorithm + " bootstrap " + c.bootstrap }

// cluster is a running cluster.
type cluster struct {
	cell
	t        *testing.T
	dir      string // what certwright made
	virtual  netip.Addr
	masters  []*node // control-plane nodes, of which the first two run
	etcds    []*node
	workers  []*node
	operator *node // a machine of nobody's, with the whole directory
	all      []*node
	revives  bool      // what ends by itself is started again
	absences []absence // when programs were away for their own restart
}

// generate answers the questions in a file and runs certwright.
func (c *cluster) generate(t *testing.T, machines []machine) {
	t.Helper()
	c.dir = filepath.Join(t.TempDir(), "pki")
	services, pods := "10.254.0.0/16", "172.30.0.0/16"
	if c.ipv6 {
		services, pods = "fd00:254::/112,10.254.0.0/16", "fd00:30::/56,172.30.0.0/16"
	}
	var nodes strings.Builder
	for _, m := range machines {
		addrs := make([]string, len(m.addrs))
		for i, a := range m.addrs {
			addrs[i] = a.Addr().String()
		}
		fmt.Fprintf(&nodes, "  - %s %s %s\n", m.name, strings.Join(addrs, ","), m.roles)
	}
	answers := fmt.Sprintf(`layout: %s
clusterName: lab
ca: {CN: kubernetes-ca, C: CN, L: BeiJing, O: k8s, expiry: 87600h}
encryptionAlgorithm: %s
kubeconfigs: %s
tlsBootstrap: %q
nodes:
%scontrolPlaneEndpoint: %s:%s
certSANs: [%s]
serviceSubnet: %s
podSubnet: %s
dnsDomain: cluster.local
certificatesDir: %s
servingCertificates: %q
revocation: %q
`, c.layout, c.algorithm, c.kubeconfigs, c.bootstrap, nodes.String(), endpointName, endpointPort, c.virtual, services, pods, c.pki, map[bool]string{true: "yes", false: "no"}[c.serving],
		map[bool]string{true: "ready", false: "off"}[c.revocable])
	file := filepath.Join(t.TempDir(), "answers.yaml")
	if err := os.WriteFile(file, []byte(answers), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(theHost.Certwright, "generate", "--answers", file, "--dir", c.dir).CombinedOutput()
	if err != nil {
		t.Fatalf("certwright generate: %v\n%s\nwith the answers\n%s", err, out, answers)
	}
}

// machine is a line of the answer "nodes".
type machine struct {
	name  string
	addrs []netip.Prefix
	roles string
}

// machines lists the nodes of the cell.
func (c cell) machines() []machine {
	var list []machine
	add := func(name string, host int, roles string) {
		v4 := netip.MustParsePrefix(fmt.Sprintf("192.168.214.%d/24", host))
		v6 := netip.MustParsePrefix(fmt.Sprintf("fd00:214::%d/64", host))
		addrs := []netip.Prefix{v4}
		if c.ipv6 {
			addrs = []netip.Prefix{v6, v4}
		}
		list = append(list, machine{name, addrs, roles})
	}
	for i := range 3 {
		roles := "control-plane,etcd"
		if c.apart {
			roles = "control-plane"
			add(fmt.Sprintf("etcd%d", i+1), 81+i, "etcd")
		}
		add(fmt.Sprintf("master%d", i+1), 88+i, roles)
	}
	add("worker1", 91, "worker")
	add("worker2", 92, "worker")
	return list
}

// bare reports whether a machine belongs to no cluster at first.
func (c cell) bare(m machine) bool { return c.later && m.name == lateMaster }

// lateMaster is the machine that may come later.
const lateMaster = "master3"

// boot makes the certificates of a cell and starts its cluster.
func boot(t *testing.T, cell cell) *cluster {
	t.Helper()
	c := &cluster{cell: cell, t: t, virtual: netip.MustParseAddr("192.168.214.210")}
	if c.ipv6 {
		c.virtual = netip.MustParseAddr("fd00:214::210")
	}
	machines := c.machines()
	c.generate(t, slices.DeleteFunc(slices.Clone(machines), c.bare))
	c.install(t, machines)
	c.masters[0].addAddr(netip.PrefixFrom(c.virtual, c.virtual.BitLen()))
	c.startEtcd(t)
	c.startControlPlane(t)
	c.startKubelets(t)
	return c
}

// install copies each node's tree to the node.
func (c *cluster) install(t *testing.T, machines []machine) {
	t.Helper()
	hosts := fmt.Sprintf("127.0.0.1 localhost\n::1 localhost\n%s %s\n", c.virtual, endpointName)
	for _, m := range machines {
		hosts += fmt.Sprintf("%s %s\n", m.addrs[0].Addr(), m.name)
	}
	for i, m := range machines {
		tree := filepath.Join(c.dir, "nodes", m.name)
		if c.bare(m) {
			tree = ""
		}
		n := bootNode(t, i, m.name, m.addrs, hosts, tree, "")
		c.all = append(c.all, n)
		if c.bare(m) {
			continue
		}
		if strings.Contains(m.roles, "control-plane") {
			c.masters = append(c.masters, n)
		}
		if strings.Contains(m.roles, "etcd") {
			c.etcds = append(c.etcds, n)
		}
		if strings.Contains(m.roles, "worker") {
			c.workers = append(c.workers, n)
		}
	}
	operator := []netip.Prefix{netip.MustParsePrefix("192.168.214.2/24"), netip.MustParsePrefix("fd00:214::2/64")}
	c.operator = bootNode(t, len(machines), "operator", operator, hosts, "", filepath.Dir(c.dir))
	t.Cleanup(func() { // before any node is stopped: cleanups run last in, first out
		for _, n := range c.all {
			if t.Failed() {
				n.lastWords()
			}
		}
	})
}

// etcdCA returns the name under the certificate folder of the CA that etcd trusts.
func (c *cluster) etcdCA() string {
	if c.layout == "single-ca" {
		return "ca.crt"
	}
	return "etcd/ca.crt"
}

func (c *cluster) startEtcd(t *testing.T) {
	t.Helper()
	for _, n := range c.etcds {
		n.start(t, "etcd")
	}
	c.allMembers(t)
}

// allMembers waits until etcd has all its members, and each is well.
func (c *cluster) allMembers(t *testing.T) {
	t.Helper()
	c.wait(t, fmt.Sprintf("%d healthy members of etcd", len(c.etcds)), func() error {
		out, err := c.etcdctl(c.etcds[0], "endpoint", "health", "--cluster")
		if err == nil && strings.Count(out, "is healthy") != len(c.etcds) {
			err = errors.New(out)
		}
		return err
	})
}

// etcdctl asks etcd on the node itself, with the certificate that is there for it.
func (c *cluster) etcdctl(n *node, args ...string) (string, error) {
	return n.try(append([]string{"etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", filepath.Join(c.pki, c.etcdCA()),
		"--cert", filepath.Join(c.pki, "etcd/healthcheck-client.crt"), "--key", filepath.Join(c.pki, "etcd/healthcheck-client.key")}, args...)...)
}

// startControlPlane boots two API servers, creates what the manifests hold with
// the certificate for emergencies, and boots the others on the first node.
func (c *cluster) startControlPlane(t *testing.T) {
	t.Helper()
	for _, n := range c.masters[:2] {
		n.start(t, "kube-apiserver")
	}
	client := c.client(t, "", "")
	for _, n := range c.masters[:2] {
		c.wait(t, n.name+" ready", func() error {
			text, err := get(client, c.server(n)+"/readyz")
			if err == nil && text != "ok" {
				err = errors.New(text)
			}
			return err
		})
	}
	c.operator.run(t, "kubectl", "--kubeconfig", "/harness/set/pki/admin/super-admin.conf", "apply", "-f", "/harness/set/pki/manifests/")
	c.masters[0].start(t, "kube-controller-manager")
	c.masters[0].start(t, "kube-scheduler")
}

// containerEngine stands in for one; no certificate concerns it.
const containerEngine = "fakecri"

// kubeletOfLab is what a kubelet must be told because there is no container
// engine, and because the control groups and the disk are this machine's.
const kubeletOfLab = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/fakecri.sock
failCgroupV1: false
cgroupsPerQOS: false
enforceNodeAllocatable: [none]
localStorageCapacityIsolation: false
evictionHard: {memory.available: 1Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
`

// fakeRuntime starts a container runtime that runs nothing, and returns the flags
// by which a kubelet takes it.
func (n *node) fakeRuntime(t *testing.T) []string {
	t.Helper()
	runtime := &component{name: containerEngine, log: filepath.Join(n.base, "fakecri.log"), done: make(chan struct{})}
	runtime.cmd = n.command(context.Background(), containerEngine, "unix:///run/fakecri.sock")
	n.launch(t, runtime)
	if err := os.MkdirAll(n.path("/harness/kubelet.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.path("/harness/kubelet.d/10-lab.conf"), []byte(kubeletOfLab), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"--config-dir=/harness/kubelet.d"}
}

func (c *cluster) startKubelets(t *testing.T) {
	t.Helper()
	for _, n := range c.workers {
		n.start(t, "kubelet", n.fakeRuntime(t)...)
	}
	names := []string{"get", "nodes", "-o", "name"}
	for _, n := range c.workers {
		names = append(names, n.name)
	}
	c.wait(t, "the kubelets registered", func() error {
		_, err := c.kubectl(names...)
		return err
	})
}

// server returns the URL of the node's own API server.
func (c *cluster) server(n *node) string {
	return "https://" + netip.AddrPortFrom(n.addr(), 6443).String()
}

// kubectl runs kubectl on the operator's machine as the administrator.
func (c *cluster) kubectl(args ...string) (string, error) {
	return c.operator.try(append([]string{"kubectl", "--kubeconfig", "/harness/set/pki/admin/admin.conf"}, args...)...)
}

// must is kubectl for what must work.
func (c *cluster) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.kubectl(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// jsonOf runs kubectl as the administrator and decodes its answer into v.
func (c *cluster) jsonOf(t *testing.T, v any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(c.must(t, append(args, "-o", "json")...)), v); err != nil {
		t.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
}

// wait polls until what is awaited has come, and fails when it does not within a
// minute and a half, or when a component ends.
func (c *cluster) wait(t *testing.T, what string, done func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(150 * time.Millisecond) {
		if err = done(); err == nil {
			return
		}
		for _, n := range c.all {
			if c.revives {
				n.revive(t)
				continue
			}
			if gone := n.gone(); gone != nil {
				t.Fatalf("waiting for %s: %v", what, gone)
			}
		}
	}
	t.Fatalf("waited in vain for %s: %v", what, err)
}

// client returns an HTTP client that trusts the Kubernetes CA and shows the
// certificate, or none where it is "". Each request is a connection of its own.
func (c *cluster) client(t *testing.T, cert, key string) *http.Client {
	t.Helper()
	return c.clientTrusting(t, filepath.Join(c.dir, "authority/ca.crt"), cert, key)
}

func (c *cluster) clientTrusting(t *testing.T, ca, cert, key string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots.AppendCertsFromPEM(text)
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		// Shown whatever the server asks for: the server must decide, not the client.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// get fetches a URL; an answer that is not 200 is an error that holds its text.
func get(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return string(body), err
}
