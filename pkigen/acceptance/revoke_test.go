package acceptance

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRevoke revokes certificates of a running cluster by what certwright says, while
// people and pods use it: the real programs refuse them within seconds, without a restart of
// kube-apiserver and etcd; new ones of the same names work, and nobody else notices.
func TestRevoke(t *testing.T) {
	needsHost(t)
	c := boot(t, cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki", revocable: true})
	c.wait(t, "the first service account", func() error {
		_, err := c.kubectl("get", "serviceaccount", "default")
		return err
	})
	worker := c.workers[0]
	stolen := []thief{
		{name: "admin", path: "/api/v1/nodes", at: c.operator, conf: "/harness/set/pki/admin/admin.conf"},
		{name: "controller-manager", path: "/api/v1/secrets", at: c.masters[0], conf: "/etc/kubernetes/controller-manager.conf"},
		{name: worker.name + "/kubelet-client", path: "/api/v1/nodes/" + worker.name, at: worker, conf: "/etc/kubernetes/kubelet.conf"},
	}
	other := thief{name: "super-admin", path: "/api/v1/nodes", at: c.operator, conf: "/harness/set/pki/admin/super-admin.conf"}
	other.take(t, c)
	words := []string{"revoke", c.dir, "apiserver-etcd-client"}
	for i := range stolen {
		stolen[i].take(t, c)
		words = append(words, stolen[i].name)
		for _, n := range c.masters[:2] {
			if err := stolen[i].asks(t, c, n); err != nil {
				t.Fatalf("%s is refused before it is revoked: %v", stolen[i].name, err)
			}
		}
	}
	etcd := c.etcdClient(t)
	for _, n := range c.etcds {
		if err := c.opensEtcd(t, n, etcd); err != nil {
			t.Fatalf("etcd refuses its client before it is revoked: %v", err)
		}
	}
	running := c.programs("kube-apiserver", "etcd")
	users := c.use(t)
	p := c.plan(t, words...)
	for _, copied := range p.Copies {
		c.handOut(t, copied.Node, copied.Command)
	}
	handed := time.Now()
	for i := range stolen {
		for _, n := range c.masters[:2] {
			c.wait(t, stolen[i].name+" refused by "+n.name, func() error { return refusal(stolen[i].asks(t, c, n)) })
		}
		t.Logf("%s is refused %.1f seconds after the files are there", stolen[i].name, time.Since(handed).Seconds())
	}
	for _, n := range c.etcds {
		c.wait(t, "etcd on "+n.name+" refusing the old client", func() error {
			if c.opensEtcd(t, n, etcd) == nil {
				return fmt.Errorf("it lets the old client in")
			}
			return nil
		})
	}
	if since := time.Since(handed); since > 30*time.Second {
		t.Errorf("all were refused only after %s", since)
	}
	c.follow(t, p)
	t.Run("new certificates", func(t *testing.T) {
		for _, old := range stolen {
			now := thief{name: old.name, path: old.path, at: old.at, conf: old.conf}
			now.take(t, c)
			for _, n := range c.masters[:2] {
				if err := now.asks(t, c, n); err != nil {
					t.Errorf("the new certificate of %s is refused: %v", now.name, err)
				}
			}
		}
		for _, n := range c.etcds {
			if err := c.opensEtcd(t, n, c.etcdClient(t)); err != nil {
				t.Errorf("etcd on %s refuses the new client: %v", n.name, err)
			}
		}
	})
	t.Run("nobody else", func(t *testing.T) {
		if err := other.asks(t, c, c.masters[0]); err != nil {
			t.Errorf("super-admin is refused: %v", err)
		}
		c.allMembers(t)
	})
	t.Run("a broken file", func(t *testing.T) { c.breaksNothing(t, stolen, other) })
	users.end()
	users.check(t)
	for name, was := range running {
		if now := c.programs("kube-apiserver", "etcd")[name]; now != was {
			t.Errorf("%s was restarted", name)
		}
	}
	if v := judge(t, c.dir); !v.Runs || len(v.WrongConnections) > 0 {
		t.Errorf("verify does not take the set: %v, %v", v.Findings, v.WrongConnections)
	}
}

// thief is somebody with a copy of a kubeconfig.
type thief struct {
	name, path, conf string // whose it is, what it may read, and where it lies
	at               *node
	cert, key        string
}

// take makes the copy.
func (h *thief) take(t *testing.T, c *cluster) {
	t.Helper()
	h.cert, h.key = c.pairOf(t, h.at, h.conf)
}

// asks has an API server answer.
func (h *thief) asks(t *testing.T, c *cluster, n *node) error {
	t.Helper()
	_, err := get(c.client(t, h.cert, h.key), c.server(n)+h.path)
	return err
}

// refusal is an error unless somebody was refused by the webhook that nobody answers.
func refusal(err error) error {
	switch {
	case err == nil:
		return fmt.Errorf("it is answered")
	case strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "403"):
		return nil
	}
	return err
}

// etcdClient is a copy of the certificate by which kube-apiserver dials etcd.
func (c *cluster) etcdClient(t *testing.T) *tls.Certificate {
	t.Helper()
	stem := filepath.Join(c.dir, "nodes", c.masters[0].name, c.pki, "apiserver-etcd-client")
	pair, err := tls.LoadX509KeyPair(stem+".crt", stem+".key")
	if err != nil {
		t.Fatal(err)
	}
	return &pair
}

// opensEtcd makes a new connection to a member.
func (c *cluster) opensEtcd(t *testing.T, n *node, pair *tls.Certificate) error {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(c.dir, "authority/etcd-ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return handshake(n.addr().String()+":2379", ca, pair)
}

// programs are those that run on the nodes.
func (c *cluster) programs(names ...string) map[string]*component {
	out := map[string]*component{}
	for _, n := range c.all {
		for _, name := range names {
			if p := n.running(name); p != nil {
				out[name+" on "+n.name] = p
			}
		}
	}
	return out
}

// breaksNothing lays a file that cannot be read in the place of the deny list.
func (c *cluster) breaksNothing(t *testing.T, stolen []thief, other thief) {
	const list = "/etc/kubernetes/authorization.yaml"
	n := c.masters[0]
	api := n.running("kube-apiserver")
	before, err := os.ReadFile(api.log)
	if err != nil {
		t.Fatal(err)
	}
	n.run(t, "sh", "-euc", `cp "$1" /root/whole.yaml; echo "kind: [" >"$1.new"; mv "$1.new" "$1"`, "sh", list)
	c.wait(t, "kube-apiserver reading the broken list", func() error {
		text, err := os.ReadFile(api.log)
		if err == nil && !strings.Contains(strings.ToLower(string(text[len(before):])), "authorization config") {
			err = fmt.Errorf("it says nothing of it")
		}
		return err
	})
	for range 5 {
		if err := other.asks(t, c, n); err != nil {
			t.Errorf("super-admin: %v", err)
		}
		if out, err := c.kubectl("--server", c.server(n), "get", "nodes"); err != nil {
			t.Errorf("admin: %v\n%s", err, out)
		}
		for i := range stolen {
			if err := refusal(stolen[i].asks(t, c, n)); err != nil {
				t.Errorf("%s: %v", stolen[i].name, err)
			}
		}
		time.Sleep(time.Second)
	}
	n.run(t, "mv", "/root/whole.yaml", list)
}
