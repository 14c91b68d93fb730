package acceptance

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestGates holds the checks that a restart plan prints against programs that the API
// server refuses: they have to say so, where others say that all is well.
func TestGates(t *testing.T) {
	needsHost(t)
	c := boot(t, cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki", serving: true})
	c.revives = true
	p := c.plan(t, "renew", c.dir, "--all")
	c.follow(t, p) // each check passes once all is well
	for _, s := range p.Steps {
		if proves := strings.Contains(s.Health, "--cacert"); !proves && (s.Component == "kube-controller-manager" || s.Component == "kube-scheduler") {
			t.Errorf("%s on %s serves a certificate of the cluster, and the check does not look at it: %s", s.Component, s.Node, s.Health)
		}
	}
	for _, gate := range []struct{ component, conf, lies string }{
		{"kube-controller-manager", "/etc/kubernetes/controller-manager.conf", "curl -sfk https://127.0.0.1:10257/healthz"},
		{"kube-scheduler", "/etc/kubernetes/scheduler.conf", "curl -sfk https://127.0.0.1:10259/healthz"},
		{"kubelet", "/etc/kubernetes/kubelet.conf", "curl -sf http://127.0.0.1:10248/healthz"},
	} {
		t.Run(gate.component, func(t *testing.T) {
			for _, s := range p.Steps {
				n := c.node(s.Node)
				if s.Component != gate.component || n == nil || n.running(s.Component) == nil {
					continue
				}
				c.refused(t, n, s, gate.conf, gate.lies)
				return
			}
			t.Fatal("no step for it")
		})
	}
}

// refused restarts a program with a certificate of another CA, and then with its own.
func (c *cluster) refused(t *testing.T, n *node, s restartStep, conf, lies string) {
	t.Helper()
	own, err := os.ReadFile(n.path(conf))
	if err != nil {
		t.Fatal(err)
	}
	spoilt := withPair(t, string(own), filepath.Join(c.dir, "nodes", c.masters[0].name, c.pki, "etcd/healthcheck-client"))
	write := func(text string) {
		if err := os.WriteFile(n.path(conf), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n.restart(t, n.running(s.Component))
	}
	write(spoilt)
	c.wait(t, "the check that lies of "+s.Component, func() error {
		_, err := n.try("sh", "-c", lies)
		return err
	})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
		if out, err := c.ask(s); err == nil {
			t.Errorf("%s on %s is refused, and the check says that all is well: %s\n%s", s.Component, n.name, s.Health, out)
			break
		}
		n.revive(t)
	}
	write(string(own))
	c.healthy(t, s)
}

// withPair is a kubeconfig with another certificate and key: those of the files whose names
// begin so.
func withPair(t *testing.T, conf, pair string) string {
	t.Helper()
	for field, ending := range map[string]string{"client-certificate-data": ".crt", "client-key-data": ".key"} {
		text, err := os.ReadFile(pair + ending)
		if err != nil {
			t.Fatal(err)
		}
		conf = regexp.MustCompile(field+`: \S+`).ReplaceAllString(conf, field+": "+base64.StdEncoding.EncodeToString(text))
	}
	return conf
}
