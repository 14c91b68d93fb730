package acceptance

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
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

// TestRegeneration replaces everything that a running cluster lives by, one after
// the other, by doing word for word what certwright says, while people and pods
// use the cluster.
func TestRegeneration(t *testing.T) {
	needsHost(t)
	c := boot(t, cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki", later: true})
	c.wait(t, "the first service account", func() error {
		_, err := c.kubectl("get", "serviceaccount", "default")
		return err
	})
	c.revives = true
	old := c.remember(t)
	users := c.use(t)
	stage := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			f(t)
			users.refresh(t)
		})
		if t.Failed() {
			users.end()
			users.check(t)
			t.FailNow()
		}
	}
	stage("renew", func(t *testing.T) { c.change(t, "renew", c.dir, "--all", "--new-key") })
	stage("a name comes", func(t *testing.T) {
		c.change(t, "change", c.dir, "--add-name", addedName)
		c.answersTo(t, addedName)
	})
	stage("a master comes", c.masterComes)
	for _, name := range []string{"etcd-ca", "front-proxy-ca", "sa", "ca"} {
		stage(name+" switch first", func(t *testing.T) { c.refuses(t, name, "switch") })
		stage(name+" widen", func(t *testing.T) { c.change(t, "rotate", c.dir, name, "--stage", "widen") })
		stage(name+" narrow before the switch", func(t *testing.T) { c.refuses(t, name, "narrow") })
		stage(name+" switch", func(t *testing.T) { c.change(t, "rotate", c.dir, name, "--stage", "switch") })
		stage(name+" narrow", func(t *testing.T) {
			c.change(t, "rotate", c.dir, name, "--stage", "narrow", "--confirm", "tokens,kubelets")
		})
	}
	stage("a master goes", c.masterGoes)
	users.end()
	users.check(t)
	t.Run("old", func(t *testing.T) { c.refusesOld(t, old) })
	t.Run("running", func(t *testing.T) {
		t.Run("kubelet API", c.checkKubeletAPI)
		t.Run("service accounts", c.checkServiceAccounts)
		t.Run("etcd", c.checkEtcdDoor)
		t.Run("front proxy", c.checkFrontProxy)
	})
	t.Run("at once", c.breaksAtOnce)
}

// addedName is a name of the API servers that clients begin to use later.
const addedName = "api.example.com"

// answersTo reports whether each API server shows a certificate for the name.
func (c *cluster) answersTo(t *testing.T, name string) {
	t.Helper()
	trusted, err := os.ReadFile(filepath.Join(c.dir, "authority/ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: name, MinVersion: tls.VersionTLS12}
	config.RootCAs.AppendCertsFromPEM(trusted)
	for _, n := range c.masters {
		c.wait(t, n.name+" answering to "+name, func() error {
			conn, err := tls.Dial("tcp", netip.AddrPortFrom(n.addr(), 6443).String(), config)
			if err != nil {
				return err
			}
			return conn.Close()
		})
	}
}

// masterComes adds a control-plane node with a member of etcd to the running
// cluster.
func (c *cluster) masterComes(t *testing.T) {
	n := c.node(lateMaster)
	c.change(t, "change", c.dir, "--add-node", fmt.Sprintf("%s %s control-plane,etcd", n.name, n.addr()))
	c.masters, c.etcds = append(c.masters, n), append(c.etcds, n)
	c.allMembers(t)
	c.answersTo(t, addedName)
	if _, err := c.operator.try("kubectl", "--kubeconfig", "/harness/set/pki/admin/super-admin.conf", "--server", c.server(n), "get", "nodes"); err != nil {
		t.Error(err)
	}
}

// masterGoes takes it out again.
func (c *cluster) masterGoes(t *testing.T) {
	n := c.node(lateMaster)
	c.change(t, "change", c.dir, "--remove-node", n.name)
	n.end(containerEngine) // the lab's own
	this := func(m *node) bool { return m == n }
	c.masters, c.etcds = slices.DeleteFunc(c.masters, this), slices.DeleteFunc(c.etcds, this)
	c.allMembers(t)
	if out, err := c.kubectl("get", "node", n.name); err == nil || !strings.Contains(err.Error(), "NotFound") {
		t.Errorf("the API still knows %s: %s %v", n.name, out, err)
	}
	if len(n.started) > 0 {
		t.Errorf("%s still runs %d programs", n.name, len(n.started))
	}
}

// refuses asks for a stage whose turn it is not.
func (c *cluster) refuses(t *testing.T, name, stage string) {
	before := c.files(t)
	_, said, code := c.certwright("rotate", c.dir, name, "--stage", stage)
	if code != 3 {
		t.Errorf("rotate %s --stage %s: exit code %d\n%s", name, stage, code, said)
	}
	if after := c.files(t); !bytes.Equal(before, after) {
		t.Errorf("rotate %s --stage %s was refused, and changed the set", name, stage)
	}
}

// files are the names and contents of the set.
func (c *cluster) files(t *testing.T) []byte {
	t.Helper()
	out, err := exec.Command("sh", "-euc", `cd "$1" && find . -type f | sort | xargs sha256sum`, "sh", c.dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// before is what opened doors before everything was replaced.
type before struct {
	admin, etcd, proxy tls.Certificate
	trust              map[string][]byte // CA files, by what they check
	token              string
}

// remember keeps copies.
func (c *cluster) remember(t *testing.T) before {
	t.Helper()
	b := before{trust: map[string][]byte{}}
	pair := func(stem string) tls.Certificate {
		p, err := tls.LoadX509KeyPair(stem+".crt", stem+".key")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	node := filepath.Join(c.dir, "nodes", c.masters[0].name, c.pki)
	b.etcd = pair(filepath.Join(node, "etcd/healthcheck-client"))
	b.proxy = pair(filepath.Join(node, "front-proxy-client"))
	cert, key := c.pairOf(t, c.operator, "/harness/set/pki/admin/super-admin.conf")
	admin, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	b.admin = admin
	for _, ca := range []string{"ca", "etcd-ca"} {
		text, err := os.ReadFile(filepath.Join(c.dir, "authority", ca+".crt"))
		if err != nil {
			t.Fatal(err)
		}
		b.trust[ca] = text
	}
	b.token = strings.TrimSpace(c.must(t, "create", "token", "default", "--duration", "8h"))
	return b
}

// refusesOld shows what was good before everything was replaced.
func (c *cluster) refusesOld(t *testing.T, old before) {
	ca, err := os.ReadFile(filepath.Join(c.dir, "authority/ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	etcdCA, err := os.ReadFile(filepath.Join(c.dir, "authority/etcd-ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range c.masters[:2] {
		url := c.server(n) + "/api/v1/namespaces/default"
		if _, err := send(clientOf(ca, &old.admin), http.MethodGet, url, "", "", ""); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: the old super-admin is answered %v", n.name, err)
		}
		if _, err := send(clientOf(ca, nil), http.MethodGet, url, "", "", old.token); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: the old token is answered %v", n.name, err)
		}
		if err := c.asUser(n, ca, &old.proxy); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: the old front proxy is answered %v", n.name, err)
		}
		if _, err := send(clientOf(old.trust["ca"], nil), http.MethodGet, c.server(n)+"/version", "", "", ""); err == nil || !strings.Contains(err.Error(), "unknown authority") {
			t.Errorf("%s: who trusts the old CA gets %v", n.name, err)
		}
	}
	for _, n := range c.etcds {
		for _, address := range []string{n.addr().String() + ":2379", n.addr().String() + ":2380"} {
			if err := handshake(address, etcdCA, &old.etcd); err == nil {
				t.Errorf("etcd at %s lets the old client in", address)
			}
			if err := handshake(address, old.trust["etcd-ca"], nil); err == nil || !strings.Contains(err.Error(), "unknown authority") {
				t.Errorf("etcd at %s: who trusts the old CA gets %v", address, err)
			}
		}
	}
	for _, n := range c.workers {
		if _, err := send(clientOf(ca, &old.admin), http.MethodGet, "https://"+n.addr().String()+":10250/pods", "", "", ""); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("the kubelet of %s answers the old super-admin %v", n.name, err)
		}
	}
}

// asUser speaks in somebody's name, as the front proxy does.
func (c *cluster) asUser(n *node, ca []byte, pair *tls.Certificate) error {
	req, err := http.NewRequest(http.MethodGet, c.server(n)+"/api/v1/namespaces/default", nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Remote-User", "kubernetes-admin")
	req.Header.Set("X-Remote-Group", "system:masters")
	resp, err := clientOf(ca, pair).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return &statusError{resp.Status}
	}
	return nil
}

type statusError struct{ status string }

func (e *statusError) Error() string { return e.status }

// handshake dials with TLS and waits for the other side's word, which of a client
// comes after its own handshake.
func handshake(address string, ca []byte, pair *tls.Certificate) error {
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	config.RootCAs.AppendCertsFromPEM(ca)
	if pair != nil {
		config.Certificates = []tls.Certificate{*pair}
	}
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := conn.Write([]byte("GET /health HTTP/1.1\r\nHost: etcd\r\n\r\n")); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	return err
}

// breaksAtOnce replaces the Kubernetes CA in one step, which certwright does only
// when told twice, and shows on the cluster why there are three stages: who trusts
// the old CA cannot reach the API server that has the new one.
func (c *cluster) breaksAtOnce(t *testing.T) {
	trusted, err := os.ReadFile(filepath.Join(c.dir, "authority/ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, code := c.certwright("generate", "--dir", c.dir, "--set", "ca.CN=another-ca"); code != 3 {
		t.Errorf("another CA without a word: exit code %d", code)
	}
	if out, said, code := c.certwright("generate", "--dir", c.dir, "--set", "ca.CN=another-ca", "--replace-key", "ca"); code != 0 {
		t.Fatalf("generate --replace-key ca: exit code %d\n%s%s", code, out, said)
	}
	n := c.masters[0]
	c.bring(t, n)
	n.restart(t, n.running("kube-apiserver"))
	c.wait(t, "the refusal of the new certificate", func() error {
		_, err := send(clientOf(trusted, nil), http.MethodGet, c.server(n)+"/version", "", "", "")
		if err == nil || !strings.Contains(err.Error(), "unknown authority") {
			return &statusError{"not yet: " + errorText(err)}
		}
		return nil
	})
	worker := c.workers[0]
	if out, err := worker.try("kubectl", "--kubeconfig", "/etc/kubernetes/kubelet.conf", "--server", c.server(n), "get", "node", worker.name); err == nil {
		t.Errorf("the kubelet's identity still reaches %s: %s", n.name, out)
	} else if !strings.Contains(err.Error(), "unknown authority") {
		t.Error(err)
	}
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
