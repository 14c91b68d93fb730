package acceptance

import "testing"

// The clusters: both layouts with both algorithms, with issued kubelet
// certificates and with bootstrapping. The other answers vary along with them,
// so that each occurs with each layout without more clusters.
var cells = []cell{
	{layout: "three-ca", algorithm: "RSA-2048", bootstrap: "off", kubeconfigs: "embedded"},
	{layout: "three-ca", algorithm: "RSA-2048", bootstrap: "secret", kubeconfigs: "files", apart: true},
	{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "files", ipv6: true, serving: true},
	{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "file", kubeconfigs: "embedded"},
	{layout: "single-ca", algorithm: "RSA-2048", bootstrap: "off", kubeconfigs: "files", pki: "/opt/kubernetes/ssl"},
	{layout: "single-ca", algorithm: "RSA-2048", bootstrap: "file", kubeconfigs: "embedded", ipv6: true},
	{layout: "single-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", apart: true},
	{layout: "single-ca", algorithm: "ECDSA-P256", bootstrap: "secret", kubeconfigs: "files"},
}

// TestCluster boots each cluster and asks it everything.
func TestCluster(t *testing.T) {
	needsHost(t)
	for _, cell := range cells {
		if cell.pki == "" {
			cell.pki = "/etc/kubernetes/pki"
		}
		t.Run(cell.String(), func(t *testing.T) {
			c := boot(t, cell)
			t.Run("installed", c.checkInstalled)
			if cell.bootstrap != "off" {
				t.Run("bootstrap", c.checkBootstrap)
			}
			t.Run("running", c.checkRunning)
		})
	}
}

// checkRunning runs side by side what needs nothing but a cluster that stands.
func (c *cluster) checkRunning(t *testing.T) {
	check := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t)
		})
	}
	check("pods", c.checkPods)
	check("kubelet API", c.checkKubeletAPI)
	check("node bounds", c.checkNodeBounds)
	check("service accounts", c.checkServiceAccounts)
	check("etcd", c.checkEtcdDoor)
	check("front proxy", c.checkFrontProxy)
	check("endpoint", c.checkEndpoint)
	check("kube-proxy", c.checkProxyConfig)
	for _, who := range c.identities() {
		check("who "+who.String(), func(t *testing.T) { c.checkIdentity(t, who) })
	}
	if c.layout == "three-ca" && !c.apart && !c.ipv6 {
		check("kubeadm", c.checkKubeadm)
	}
}
