package catalog

import (
	"net/netip"
	"slices"
	"testing"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// adoptedCluster has one line for a server that does everything, under one CA.
func adoptedCluster(t *testing.T, lines string) *spec.Cluster {
	t.Helper()
	list, ps := spec.ParseAdopted(adoption.CertificatesKey, lines)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	addr := netip.MustParseAddr
	return &spec.Cluster{
		Layout: adoption.Layout, Adopted: list, Key: spec.RSA2048, DNSDomain: "cluster.local",
		Nodes: []spec.Node{
			{Name: "m1", Aliases: []string{"m1.example.com"}, Addresses: []netip.Addr{addr("10.0.0.1")}, Roles: spec.ControlPlane | spec.Etcd},
			{Name: "w1", Addresses: []netip.Addr{addr("10.0.0.2")}, Roles: spec.Worker},
		},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
		SANs:           []spec.Host{{Name: "api.example.com"}, {Addr: addr("10.0.0.9")}},
		Profiles:       []spec.Profile{{Name: "peer", Usages: []string{"signing", "server auth", "client auth"}, Expiry: 1000}},
	}
}

const (
	adoptedCA  = "ca role=ca role=etcd-ca cert=ca.pem key=ca-key.pem CN=kubernetes\n"
	adoptedAll = adoptedCA + "kubernetes role=apiserver role=etcd-server role=apiserver-etcd-client signer=ca cert=k.pem key=k-key.pem cert=copy.pem CN=kubernetes profile=peer " +
		"names=127.0.0.1,$nodes,$serviceSubnet,$certSANs,$controlPlaneEndpoint,kubernetes,kubernetes.default.svc.$dnsDomain,10.0.0.9\n" +
		"w role=kubelet-client node=w1 signer=ca cert=w.pem key=w-key.pem kubeconfig=w.conf CN=system:node:w1 O=system:nodes profile=peer names=$node,$addresses expiry=5h algorithm=ECDSA-P256 usages=\"client auth\""
)

func TestAdoptedLayout(t *testing.T) {
	c := adoptedCluster(t, adoptedAll)
	l, ok := LayoutOf(c)
	if !ok || l.CA(Kubernetes) != "ca" || l.CA(Etcd) != "ca" {
		t.Fatalf("the CAs are %v", l.CAs)
	}
	if ps := Check(c); len(ps) > 0 {
		t.Errorf("problems %v", ps)
	}
	certs := l.Certificates(c)
	if len(certs) != 3 || certs[1].Name != "kubernetes" || certs[2].Name != "w1/w" {
		t.Fatalf("certificates %v", certs)
	}
	var names []string
	for _, h := range certs[1].Hosts {
		names = append(names, h.String())
	}
	want := []string{"127.0.0.1", "10.0.0.1", "10.96.0.1", "api.example.com", "10.0.0.9", "kubernetes", "kubernetes.default.svc.cluster.local"}
	if !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	if r := certs[1].Entry; !r.Told("etcd", "--cert-file") || !r.Told("kube-apiserver", "--etcd-certfile") || r.On != spec.ControlPlane|spec.Etcd {
		t.Errorf("uses %v on %v", r.Uses, r.On)
	}
	if got := certs[1].Places(Cert); !slices.Equal(got, []string{"k.pem", "copy.pem"}) {
		t.Errorf("places %v", got)
	}
	w := certs[2]
	if w.Expiry.Hours() != 5 || w.Key != spec.ECDSAP256 || !slices.Equal(w.Usages, []string{"client auth"}) || w.Embedded() || len(w.Hosts) != 2 {
		t.Errorf("the line's own words do not count: %+v", w)
	}
	if !w.AsFound || !w.Entry.Told("kubelet", "--kubeconfig") {
		t.Errorf("uses %v", w.Entry.Uses)
	}
	if p := l.Find("etcd-server"); p == nil || p.Name != "kubernetes" {
		t.Errorf("etcd's certificate is %v", p)
	}
	if p := l.Find("super-admin"); p != nil {
		t.Errorf("nobody is super-admin, found %s", p.Name)
	}
}

// TestAdoptedPeers parts the CA of etcd's peers from that of its clients where there is one.
func TestAdoptedPeers(t *testing.T) {
	const etcd = "etcd-ca role=etcd-ca cert=e.crt key=e.key CN=e\n"
	of := func(lines string) *Placed {
		l, _ := LayoutOf(adoptedCluster(t, lines))
		return l.Find("etcd-ca")
	}
	alone, apart := of(etcd), of(etcd+"peers role=etcd-peer-ca cert=p.crt key=p.key CN=p")
	for flag, both := range map[string]bool{"--trusted-ca-file": true, "--peer-trusted-ca-file": false} {
		if !alone.Told("etcd", flag) || apart.Told("etcd", flag) != both {
			t.Errorf("etcd is told of the CA by %s: alone %v, apart %v", flag, alone.Told("etcd", flag), apart.Told("etcd", flag))
		}
	}
}

func TestAdoptedProblems(t *testing.T) {
	for line, want := range map[string]problem.Code{
		"a role=admim signer=ca cert=a.pem key=a.key CN=x profile=peer":             spec.AdoptedRole,
		"a role=apiserver node=m9 signer=ca cert=a.pem key=a.key CN=x profile=peer": spec.AdoptedNode,
		"a role=admin cert=a.pem key=a.key CN=x profile=peer":                       spec.AdoptedLacks,
		"a role=admin signer=ca cert=a.pem key=a.key CN=x":                          spec.AdoptedLacks,
		"a role=admin signer=ca cert=a.pem key=a.key CN=x profile=kubernetes":       problem.ChoiceUnknown,
	} {
		ps := Check(adoptedCluster(t, adoptedCA+line))
		if len(ps) != 1 || ps[0].Code != want || ps[0].Line != 2 {
			t.Errorf("%s: %v, want %s", line, ps, want)
		}
	}
}
