package adopt_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/adopt"
)

// sideBySide is a folder with the units of three nodes, whose names and addresses go
// together in another order than that of the files.
type sideBySide struct {
	member  func(node string) string // what etcd calls its members
	nodeIPs bool                     // each kubelet is told its address
	cluster bool                     // etcd is told --initial-cluster
}

var nodesOfUnits = [][2]string{{"lab-01", "172.27.0.3"}, {"lab-02", "172.27.0.1"}, {"lab-03", "172.27.0.2"}}

func (s sideBySide) make(t *testing.T) string {
	t.Helper()
	m := &maker{t, filepath.Join(t.TempDir(), "work")}
	from := time.Now().Add(-time.Hour)
	ca := m.sign(x509.Certificate{Subject: pkix.Name{CommonName: "kubernetes-ca"}, NotBefore: from, NotAfter: from.Add(87600 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	leaf := x509.Certificate{Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: from, NotAfter: from.Add(8760 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: bothAuth, BasicConstraintsValid: true, DNSNames: []string{"kubernetes", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}}
	var members []string
	for _, ip := range []string{"127.0.0.1", "10.254.0.1"} {
		leaf.IPAddresses = append(leaf.IPAddresses, net.ParseIP(ip))
	}
	for _, n := range nodesOfUnits {
		leaf.IPAddresses = append(leaf.IPAddresses, net.ParseIP(n[1]))
		members = append(members, s.member(n[0])+"=https://"+n[1]+":2380")
	}
	m.files("ca", ca)
	m.files("kubernetes", m.sign(leaf, ca))
	unit := func(file, program string, flags ...string) {
		text := "[Service]\nExecStart=/usr/local/bin/" + program
		for _, f := range flags {
			text += " \\\n  " + strings.ReplaceAll(f, "CERT/", "/etc/kubernetes/cert/")
		}
		m.write(file+".service", []byte(text+"\n"), 0o644)
	}
	for _, n := range nodesOfUnits {
		etcd := []string{"--name=" + s.member(n[0]), "--initial-advertise-peer-urls=https://" + n[1] + ":2380", "--cert-file=CERT/kubernetes.crt", "--key-file=CERT/kubernetes.key", "--trusted-ca-file=CERT/ca.crt",
			"--peer-cert-file=CERT/kubernetes.crt", "--peer-key-file=CERT/kubernetes.key", "--peer-trusted-ca-file=CERT/ca.crt"}
		if s.cluster {
			etcd = append(etcd, "--initial-cluster="+strings.Join(members, ","))
		}
		unit("etcd-"+n[1], "etcd", etcd...)
		unit("kube-apiserver-"+n[1], "kube-apiserver", "--advertise-address="+n[1], "--client-ca-file=CERT/ca.crt", "--tls-cert-file=CERT/kubernetes.crt",
			"--tls-private-key-file=CERT/kubernetes.key", "--service-cluster-ip-range=10.254.0.0/16")
		kubelet := []string{"--hostname-override=" + n[0], "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig"}
		if s.nodeIPs {
			kubelet = append(kubelet, "--node-ip="+n[1])
		}
		unit("kubelet-"+n[0], "kubelet", kubelet...)
	}
	return m.dir
}

// TestSideBySide holds that the name of one node never gets the address of another, and
// that no node is left out: what programs are told of both is taken, and the rest asked.
func TestSideBySide(t *testing.T) {
	same := func(node string) string { return node }
	other := func(node string) string { return strings.Replace(node, "lab-0", "etcd", 1) }
	all := "lab-01 172.27.0.3 control-plane,etcd\nlab-02 172.27.0.1 control-plane,etcd\nlab-03 172.27.0.2 control-plane,etcd"
	for _, test := range []struct {
		name string
		made sideBySide
		want string // "" where it is asked
	}{
		{"etcd tells", sideBySide{member: same, cluster: true}, all},
		{"kubelets tell", sideBySide{member: other, nodeIPs: true, cluster: true}, all},
		{"kubelets tell alone", sideBySide{member: other, nodeIPs: true}, all},
		{"members have other names", sideBySide{member: other, cluster: true}, ""},
		{"nothing tells", sideBySide{member: same}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := look(t, test.made.make(t), nil)
			if got := value(p, "nodes"); got != test.want {
				t.Errorf("nodes are\n%s, want\n%s", got, test.want)
			}
			if test.want != "" {
				clusterOf(t, p)
				return
			}
			q := question(p, "nodes")
			for _, n := range nodesOfUnits {
				for _, o := range nodesOfUnits {
					if n != o && strings.Contains(q.Example, n[0]+" "+o[1]) {
						t.Errorf("asked is\n%s", q.Example)
					}
				}
				if !strings.Contains(q.Example, n[0]) || !strings.Contains(q.Example, n[1]) || !strings.Contains(q.Why, n[1]) && !strings.Contains(q.Why, n[0]) {
					t.Errorf("%s is left out: %s\n%s", n, q.Why, q.Example)
				}
			}
		})
	}
}

// question is that about a key; the empty one for none.
func question(p *adopt.Proposal, key string) adopt.Question {
	for _, q := range p.Questions {
		if q.Key == key {
			return q
		}
	}
	return adopt.Question{Why: fmt.Sprintf("nothing is asked about %s", key)}
}
