package acceptance

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkInstalled looks at what copying a node's tree to / has done: the sums are
// right on the node, and no folder that belongs to the system has changed.
func (c *cluster) checkInstalled(t *testing.T) {
	for _, n := range c.all {
		if n == c.operator {
			continue
		}
		if _, err := n.try("sh", "-euc", "cd / && sha256sum --check --quiet --strict SHA256SUMS"); err != nil {
			t.Error(err)
		}
		for _, dir := range []string{"/", "/etc", "/var", "/var/lib"} {
			info, err := os.Stat(n.path(dir))
			if err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("%s: %s is %v after the installation, want 0755 (%v)", n.name, dir, info.Mode(), err)
			}
		}
		c.checkSecrets(t, n)
	}
}

// checkSecrets holds that a node has no key of a CA that it does not need.
func (c *cluster) checkSecrets(t *testing.T, n *node) {
	t.Helper()
	for _, key := range []string{"etcd/ca.key", "front-proxy-ca.key", "ca.key"} {
		if key == "ca.key" && c.bootstrap != "off" && strings.HasPrefix(n.name, "master") {
			continue // the controller-manager signs with it
		}
		if _, err := os.Stat(n.path(filepath.Join(c.pki, key))); err == nil {
			t.Errorf("%s holds %s", n.name, key)
		}
	}
	for _, conf := range []string{"super-admin.conf", "admin.conf"} {
		if _, err := os.Stat(n.path(filepath.Join("/etc/kubernetes", conf))); err == nil {
			t.Errorf("%s holds %s", n.name, conf)
		}
	}
}

// checkProxyConfig lets kube-proxy read its settings. It does not run here: it
// would need the machine's packet filter.
func (c *cluster) checkProxyConfig(t *testing.T) {
	c.workers[0].run(t, "sh", "-euc",
		`. /etc/kubernetes/kube-proxy.env; exec kube-proxy $KUBE_PROXY_ARGS --write-config-to=/tmp/kube-proxy.yaml`)
	text, err := os.ReadFile(c.workers[0].path("/tmp/kube-proxy.yaml"))
	if err != nil || !strings.Contains(string(text), "kubeconfig: /etc/kubernetes/kube-proxy.conf") {
		t.Errorf("kube-proxy took from its files (%v):\n%s", err, text)
	}
}

// kubeadmOfLab tells kubeadm the same as certwright was told.
const kubeadmOfLab = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: "%s"}
nodeRegistration: {name: %s, criSocket: "unix:///run/fakecri.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.0
controlPlaneEndpoint: %s:%s
encryptionAlgorithm: %s
networking: {serviceSubnet: 10.254.0.0/16, podSubnet: 172.30.0.0/16, dnsDomain: cluster.local}
certificatesDir: %s
apiServer: {certSANs: ["%s"]}
`

// checkKubeadm lets kubeadm take the files of a control-plane node for its own:
// it reads the expiry of each certificate, finds nothing to make, and changes
// nothing. Where the node holds no CA key, kubeadm calls that an external CA, and
// then it wants the administrators' kubeconfigs too, which stay with the operator.
func (c *cluster) checkKubeadm(t *testing.T) {
	n := c.masters[2]
	config := fmt.Sprintf(kubeadmOfLab, n.addr(), n.name, endpointName, endpointPort, c.algorithm, c.pki, c.virtual)
	if err := os.WriteFile(n.path("/tmp/kubeadm.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(n.path(filepath.Join(c.pki, "ca.key"))); err != nil {
		for _, conf := range []string{"admin.conf", "super-admin.conf"} {
			text, err := os.ReadFile(filepath.Join(c.dir, "admin", conf))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(n.path("/etc/kubernetes/"+conf), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := fingerprint(t, n.path("/etc/kubernetes"))
	expiry := n.run(t, "kubeadm", "certs", "check-expiration", "--config", "/tmp/kubeadm.yaml")
	for _, name := range []string{"apiserver", "apiserver-etcd-client", "apiserver-kubelet-client", "controller-manager.conf",
		"etcd-healthcheck-client", "etcd-peer", "etcd-server", "front-proxy-client", "scheduler.conf", "ca", "etcd-ca", "front-proxy-ca"} {
		if !hasLine(expiry, name, " UTC ") {
			t.Errorf("kubeadm sees no %s:\n%s", name, expiry)
		}
	}
	said := n.run(t, "kubeadm", "init", "phase", "certs", "all", "--config", "/tmp/kubeadm.yaml")
	if strings.Contains(said, "Generating") {
		t.Errorf("kubeadm makes what should be there:\n%s", said)
	}
	if after := fingerprint(t, n.path("/etc/kubernetes")); after != before {
		t.Errorf("kubeadm changed the files, before:\n%s\nafter:\n%s\nit said:\n%s", before, after, said)
	}
}

// hasLine says whether a line begins with the word and contains the text.
func hasLine(text, word, part string) bool {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == word && strings.Contains(line, part) {
			return true
		}
	}
	return false
}

// fingerprint lists every file below a folder with its mode and the sum of its bytes.
func fingerprint(t *testing.T, root string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%x %v %s\n", sha256.Sum256(text), info.Mode(), strings.TrimPrefix(path, root))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
