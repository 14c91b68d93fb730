package adopt_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/restart"
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

// nodeTrees makes the trees of three nodes with one certificate for all of them, as a
// guide's commands leave them: named by their node, or by its address.
func nodeTrees(t *testing.T, folder func(node [2]string) string) string {
	t.Helper()
	m := &maker{t, filepath.Join(t.TempDir(), "trees")}
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
		members = append(members, n[0]+"=https://"+n[1]+":2380")
	}
	shared := m.sign(leaf, ca)
	for _, n := range nodesOfUnits {
		root := folder(n) + "/"
		m.files(root+"var/lib/kubernetes/ca", ca)
		for _, in := range []string{"var/lib/kubernetes/", "etc/etcd/"} {
			m.files(root+in+"kubernetes", shared)
		}
		m.write(root+"etc/etcd/ca.crt", ca.CertPEM, 0o644)
		unit := func(program string, flags ...string) {
			m.write(root+"etc/systemd/system/"+program+".service", []byte("[Service]\nExecStart=/usr/local/bin/"+program+" \\\n  "+strings.Join(flags, " \\\n  ")+"\n"), 0o644)
		}
		unit("etcd", "--name="+n[0], "--cert-file=/etc/etcd/kubernetes.crt", "--key-file=/etc/etcd/kubernetes.key", "--trusted-ca-file=/etc/etcd/ca.crt",
			"--peer-cert-file=/etc/etcd/kubernetes.crt", "--peer-key-file=/etc/etcd/kubernetes.key", "--peer-trusted-ca-file=/etc/etcd/ca.crt",
			"--advertise-client-urls=https://"+n[1]+":2379", "--initial-cluster="+strings.Join(members, ","))
		unit("kube-apiserver", "--advertise-address="+n[1], "--client-ca-file=/var/lib/kubernetes/ca.crt", "--tls-cert-file=/var/lib/kubernetes/kubernetes.crt",
			"--tls-private-key-file=/var/lib/kubernetes/kubernetes.key", "--service-cluster-ip-range=10.254.0.0/16")
	}
	return m.dir
}

// TestNodeTrees holds that a certificate that lies on all nodes names none of them, and
// that the plan of a rollout gives each node the files of its own tree and no others.
func TestNodeTrees(t *testing.T) {
	for name, folder := range map[string]func([2]string) string{
		"by name":    func(n [2]string) string { return n[0] },
		"by address": func(n [2]string) string { return n[1] },
		"below":      func(n [2]string) string { return "rootfs/" + n[0] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := nodeTrees(t, folder)
			c := clusterOf(t, look(t, dir, nil))
			for i, n := range nodesOfUnits {
				if i >= len(c.Nodes) || !slices.ContainsFunc(c.Nodes, func(o spec.Node) bool { return o.Name == n[0] && o.Addresses[0].String() == n[1] }) {
					t.Errorf("%s is not among %v", n, c.Nodes)
				}
			}
			r := run(t, dir, c, plan.Options{Renewal: &plan.Renewal{}})
			out := restart.Of(r.Plan, dir)
			if len(out.Copies) != len(nodesOfUnits) {
				t.Errorf("%d nodes get files", len(out.Copies))
			}
			for _, copied := range out.Copies {
				for _, n := range nodesOfUnits {
					if copied.Node == n[0] {
						if want := []string{folder(n) + "/etc/etcd/kubernetes.crt", folder(n) + "/var/lib/kubernetes/kubernetes.crt"}; !slices.Equal(copied.Files, want) {
							t.Errorf("%s gets %q, want %q", copied.Node, copied.Files, want)
						}
					}
				}
			}
			for _, s := range out.Steps {
				for _, f := range s.Files {
					if !strings.HasPrefix(f.Path, "/etc/etcd/") && !strings.HasPrefix(f.Path, "/var/lib/kubernetes/") {
						t.Errorf("%s of %s reads %s", s.Component, s.Node, f.Path)
					}
				}
				if text := s.Health.String(); s.Component == "etcd" && !strings.Contains(text, "--cert /etc/etcd/kubernetes.crt") && !strings.Contains(text, "--cert /var/lib/kubernetes/kubernetes.crt") {
					t.Errorf("on %s: %s", s.Node, text)
				}
			}
		})
	}
}
