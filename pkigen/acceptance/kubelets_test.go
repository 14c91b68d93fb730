package acceptance

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// request is what is asked of a CertificateSigningRequest.
type request struct {
	Metadata struct{ Name string }
	Spec     struct {
		SignerName string
		Username   string
		Groups     []string
	}
	Status struct {
		Certificate []byte
		Conditions  []struct{ Type string }
	}
}

// requests lists the requests for one signer.
func (c *cluster) requests(t *testing.T, signer string) []request {
	t.Helper()
	var list struct{ Items []request }
	c.jsonOf(t, &list, "get", "certificatesigningrequests")
	var found []request
	for _, r := range list.Items {
		if r.Spec.SignerName == signer {
			found = append(found, r)
		}
	}
	return found
}

// checkBootstrap follows a kubelet that came with a token: its client certificate
// was signed by itself, and its serving certificate waits for the operator.
func (c *cluster) checkBootstrap(t *testing.T) {
	clients := c.requests(t, "kubernetes.io/kube-apiserver-client-kubelet")
	if len(clients) != len(c.workers) {
		t.Errorf("%d requests for client certificates, want one for each of %d kubelets", len(clients), len(c.workers))
	}
	for _, r := range clients {
		if c.bootstrap == "secret" && !strings.HasPrefix(r.Spec.Username, "system:bootstrap:") {
			t.Errorf("%s was sent by %s, want the user of a bootstrap token", r.Metadata.Name, r.Spec.Username)
		}
		if len(r.Status.Certificate) == 0 {
			t.Errorf("%s was not signed: %v", r.Metadata.Name, r.Status.Conditions)
		}
	}
	for _, n := range c.workers {
		for _, name := range []string{"/var/lib/kubelet/pki/kubelet-client-current.pem", "/etc/kubernetes/kubelet.conf"} {
			if _, err := os.Lstat(n.path(name)); err != nil {
				t.Errorf("%s: the kubelet has not written its own: %v", n.name, err)
			}
		}
		if out, err := c.kubectl("get", "--raw", "/api/v1/nodes/"+n.name+"/proxy/healthz"); err == nil {
			t.Errorf("%s serves before its certificate is approved: %s", n.name, out)
		}
	}
	var waiting []request
	c.wait(t, "requests for serving certificates", func() error {
		waiting = c.requests(t, "kubernetes.io/kubelet-serving")
		if len(waiting) < len(c.workers) {
			return os.ErrNotExist
		}
		return nil
	})
	args := []string{"certificate", "approve"}
	for _, r := range waiting {
		args = append(args, r.Metadata.Name)
	}
	c.must(t, args...)
}

// checkKubeletAPI lets the API server reach each kubelet, which it verifies.
func (c *cluster) checkKubeletAPI(t *testing.T) {
	env, err := os.ReadFile(c.masters[0].path("/etc/kubernetes/kube-apiserver.env"))
	if err != nil || !strings.Contains(string(env), "--kubelet-certificate-authority=") {
		t.Errorf("kube-apiserver.env does not name the CA of kubelets: %v", err)
	}
	for _, n := range c.workers {
		for _, m := range c.masters {
			if m.running("kube-apiserver") == nil {
				continue
			}
			c.wait(t, "the API of the kubelet of "+n.name+" through "+m.name, func() error { return c.dials(t, m, n) })
		}
		pods := c.must(t, "get", "--raw", "/api/v1/nodes/"+n.name+"/proxy/pods")
		if !strings.Contains(pods, `"kind":"PodList"`) {
			t.Errorf("the kubelet of %s lists as its pods %s", n.name, pods)
		}
		c.checkServing(t, n)
	}
}

// dials has an API server dial a kubelet. A plain request may be answered over a
// connection that is open since before something changed; one that asks for an upgrade
// has a connection of its own, and ends with words about the kubelet's answer to it.
func (c *cluster) dials(t *testing.T, m, n *node) error {
	t.Helper()
	cert, key := c.pairOf(t, c.operator, "/harness/set/pki/admin/super-admin.conf")
	req, err := http.NewRequest(http.MethodGet, c.server(m)+"/api/v1/nodes/"+n.name+"/proxy/configz", nil)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "Y2VydHdyaWdodC1wcm9iZQ=="} {
		req.Header.Set(name, value)
	}
	resp, err := c.client(t, cert, key).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	if err == nil && !strings.Contains(string(said), "invalid upgrade response: status code 200") {
		err = &statusError{resp.Status + ": " + string(said)}
	}
	return err
}

// checkServing compares what the kubelet shows with the certificate that was
// made for it, and tries every name and address that it should be good for.
func (c *cluster) checkServing(t *testing.T, n *node) {
	t.Helper()
	config := c.client(t, "", "").Transport.(*http.Transport).TLSClientConfig
	names := []string{n.name}
	for _, addr := range n.addrs {
		names = append(names, addr.Addr().String())
	}
	if c.bootstrap != "off" {
		names = names[:2] // a kubelet asks for the addresses that it was told of
	}
	for _, name := range names {
		named := config.Clone()
		named.ServerName = name
		conn, err := tls.Dial("tcp", netip.AddrPortFrom(n.addr(), 10250).String(), named)
		if err != nil {
			t.Errorf("the kubelet of %s, called %s: %v", n.name, name, err)
			continue
		}
		shown := conn.ConnectionState().PeerCertificates[0]
		_ = conn.Close()
		if c.bootstrap != "off" {
			continue
		}
		text, err := os.ReadFile(n.path("/var/lib/kubelet/pki/kubelet.crt"))
		if block, _ := pem.Decode(text); err != nil || block == nil || !bytes.Equal(block.Bytes, shown.Raw) {
			t.Errorf("the kubelet of %s shows %s, which is not the certificate made for it (%v)", n.name, shown.Subject, err)
		}
	}
}

// spread has the scheduler divide the pods evenly, also where a worker became
// ready a moment after the other.
const spread = `{"spec":{"template":{"spec":{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"kubernetes.io/hostname",` +
	`"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]}}}}`

// checkPods waits for a deployment, and looks where its pods have gone.
func (c *cluster) checkPods(t *testing.T) {
	c.must(t, "create", "deployment", "web", "--image=registry.lab.example/web:1", "--replicas=0")
	c.must(t, "patch", "deployment", "web", "--patch", spread)
	c.must(t, "scale", "deployment", "web", "--replicas=4")
	c.must(t, "rollout", "status", "deployment/web", "--timeout=50s")
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ NodeName string }
			Status   struct{ Phase string }
		}
	}
	c.jsonOf(t, &list, "get", "pods", "-l", "app=web")
	on := map[string]int{}
	for _, p := range list.Items {
		on[p.Spec.NodeName]++
		if p.Status.Phase != "Running" {
			t.Errorf("pod %s on %s is %s", p.Metadata.Name, p.Spec.NodeName, p.Status.Phase)
		}
	}
	for _, n := range c.workers {
		if on[n.name] == 0 {
			t.Errorf("no pod of 4 went to %s: %v", n.name, on)
		}
	}
}
