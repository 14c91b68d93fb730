package acceptance

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pairOf writes the certificate and the key inside a kubeconfig of a node to
// files, and returns their paths. kubectl reads it, so it may hold them or name them.
func (c *cluster) pairOf(t *testing.T, n *node, conf string) (cert, key string) {
	t.Helper()
	var config struct {
		Users []struct {
			User struct {
				Cert []byte `json:"client-certificate-data"`
				Key  []byte `json:"client-key-data"`
			}
		}
	}
	out := n.run(t, "kubectl", "--kubeconfig", conf, "config", "view", "--raw", "--flatten", "-o", "json")
	if err := json.Unmarshal([]byte(out), &config); err != nil {
		t.Fatal(err)
	}
	if len(config.Users) != 1 {
		t.Fatalf("%s: %s names %d users, want 1", n.name, conf, len(config.Users))
	}
	cert, key = filepath.Join(t.TempDir(), "client.crt"), filepath.Join(t.TempDir(), "client.key")
	user := config.Users[0].User
	for path, text := range map[string][]byte{cert: onlyBlocks(user.Cert, "CERTIFICATE"), key: onlyBlocks(user.Key, "PRIVATE KEY")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// onlyBlocks keeps the blocks of one kind: a kubelet keeps certificate and key in one file.
func onlyBlocks(text []byte, kind string) []byte {
	var out bytes.Buffer
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, kind) {
			_ = pem.Encode(&out, block)
		}
	}
	return out.Bytes()
}

// checkEtcdDoor knocks at each member: without a certificate, with the API
// server's, and with a kubelet's. With one CA for everything a kubelet's opens
// it, which is the risk that the wizard tells of; with three it must not.
func (c *cluster) checkEtcdDoor(t *testing.T) {
	ca := filepath.Join(c.dir, "authority/ca.crt")
	if c.layout != "single-ca" {
		ca = filepath.Join(c.dir, "authority/etcd-ca.crt")
	}
	cert, key := c.pairOf(t, c.workers[0], "/etc/kubernetes/kubelet.conf")
	server := c.masters[0].path(filepath.Join(c.pki, "apiserver-etcd-client"))
	for _, n := range c.etcds {
		url := "https://" + netip.AddrPortFrom(n.addr(), 2379).String() + "/version"
		if _, err := get(c.clientTrusting(t, ca, server+".crt", server+".key"), url); err != nil {
			t.Errorf("the API server's certificate at %s: %v", n.name, err)
		}
		if _, err := get(c.clientTrusting(t, ca, "", ""), url); err == nil || !strings.Contains(err.Error(), "certificate required") {
			t.Errorf("no certificate at %s: want it refused with \"certificate required\", got %v", n.name, err)
		}
		_, err := get(c.clientTrusting(t, ca, cert, key), url)
		switch {
		case c.layout == "single-ca" && err != nil:
			t.Errorf("a kubelet's certificate at %s: one CA should open it: %v", n.name, err)
		case c.layout != "single-ca" && (err == nil || !strings.Contains(err.Error(), "remote error: tls: ")):
			t.Errorf("a kubelet's certificate at %s: want the handshake refused, got %v", n.name, err)
		}
	}
}

// frontProxyHeaders are how an authenticating proxy says for whom it asks.
var frontProxyHeaders = http.Header{"X-Remote-User": {"alice"}, "X-Remote-Group": {"visitors"}}

// checkFrontProxy asks on behalf of another: the front proxy is believed, no one else.
func (c *cluster) checkFrontProxy(t *testing.T) {
	proxy := c.masters[0].path(filepath.Join(c.pki, "front-proxy-client"))
	if got := c.whoIs(t, proxy+".crt", proxy+".key"); got != "alice" {
		t.Errorf("the front proxy asks for alice and is taken for %q", got)
	}
	for conf, want := range map[string]string{"admin": "kubernetes-admin", "super-admin": "kubernetes-super-admin"} {
		cert, key := c.pairOf(t, c.operator, "/harness/set/pki/admin/"+conf+".conf")
		if got := c.whoIs(t, cert, key); got != want {
			t.Errorf("%s asks for alice and is taken for %q, want %q", conf, got, want)
		}
	}
	cert, key := c.pairOf(t, c.workers[0], "/etc/kubernetes/kubelet.conf")
	if got := c.whoIs(t, cert, key); got != "system:node:"+c.workers[0].name {
		t.Errorf("a kubelet asks for alice and is taken for %q", got)
	}
	if got := c.whoIs(t, "", ""); !strings.HasPrefix(got, "refused") {
		t.Errorf("somebody without a certificate asks for alice and is taken for %q", got)
	}
}

// whoIs asks the API server who the holder of a certificate is that says it asks for alice.
func (c *cluster) whoIs(t *testing.T, cert, key string) string {
	t.Helper()
	body := `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		c.server(c.masters[0])+"/apis/authentication.k8s.io/v1/selfsubjectreviews", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = frontProxyHeaders.Clone()
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client(t, cert, key).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusCreated {
		return "refused: " + resp.Status
	}
	var review struct {
		Status struct{ UserInfo struct{ Username string } }
	}
	if err := json.Unmarshal(text, &review); err != nil {
		t.Fatal(err)
	}
	return review.Status.UserInfo.Username
}

// checkEndpoint calls each API server by every name under which somebody in a
// cluster looks for it: the endpoint's, the service's, its own, and the loopback's.
func (c *cluster) checkEndpoint(t *testing.T) {
	config := c.client(t, "", "").Transport.(*http.Transport).TLSClientConfig
	service := "10.254.0.1"
	if c.ipv6 {
		service = "fd00:254::1"
	}
	for _, n := range c.masters[:2] {
		for _, name := range []string{endpointName, c.virtual.String(), service, "kubernetes.default.svc.cluster.local", n.name, "127.0.0.1", "localhost"} {
			named := config.Clone()
			named.ServerName = name
			conn, err := tls.Dial("tcp", netip.AddrPortFrom(n.addr(), 6443).String(), named)
			if err != nil {
				t.Errorf("the API server of %s, called %s: %v", n.name, name, err)
				continue
			}
			_ = conn.Close()
		}
	}
}
