package acceptance

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestKubeadmFiles lets kubeadm make its own files, as for a new control-plane
// node with its own etcd, and asks verify of them: of /etc/kubernetes, and of the
// certificates alone. kubeadm's work is right, so nothing may be found. Among the
// certificates alone nobody says that anything uses the client certificate of the
// health check, so that four are left: etcd's with itself, kube-apiserver's with etcd
// and with an extension's server, and the pods'.
func TestKubeadmFiles(t *testing.T) {
	needsHost(t)
	for _, algorithm := range []string{"RSA-2048", "ECDSA-P256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, "kubeadm-"+algorithm, master1.name, master1.addrs,
				fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", master1.addrs[0].Addr(), endpointName), "", "")
			n.loopback()
			const config = "/tmp/kubeadm.yaml"
			text := fmt.Sprintf(kubeadmOfLab, n.addr(), n.name, endpointName, endpointPort, algorithm, "/etc/kubernetes/pki", "192.168.214.210")
			if err := os.WriteFile(n.path(config), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, phase := range []string{"certs all", "kubeconfig all", "control-plane all", "etcd local"} {
				n.run(t, append(append([]string{"kubeadm", "init", "phase"}, strings.Fields(phase)...), "--config", config)...)
			}
			for dir, connections := range map[string]int{"/etc/kubernetes": 10, "/etc/kubernetes/pki": 4} {
				v := judge(t, n.path(dir))
				if !v.Runs || len(v.WrongConnections) > 0 {
					t.Errorf("%s: certwright says that the cluster would run: %t; wrong: %+v", dir, v.Runs, v.WrongConnections)
				}
				for _, f := range v.Findings {
					if f.Severity != "note" {
						t.Errorf("%s: false alarm: %v", dir, f)
					}
				}
				if v.Connections["talks"] < connections {
					t.Errorf("%s: %v connections were rehearsed, want %d that talk", dir, v.Connections, connections)
				}
			}
		})
	}
}
