package plan

import (
	"crypto/elliptic"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

func TestSelect(t *testing.T) {
	c := testCluster()
	c.Layout, c.CertificatesDir, c.Kubeconfigs = "three-ca", "/etc/kubernetes/pki", spec.Embedded
	c.Nodes = append(c.Nodes, spec.Node{Name: "m2", Roles: spec.ControlPlane, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.10")}})
	l, _ := catalog.FindLayout(c.Layout)
	certs := l.Certificates(c)
	for word, want := range map[string][]string{
		"admin": {"admin"},
		"ca":    {"ca"},
		"nodes/m2/etc/kubernetes/pki/etcd/ca.crt": {"etcd-ca"},
		"m1/apiserver": {"m1/apiserver"},
		"apiserver":    {"m1/apiserver", "m2/apiserver"},
		"m2":           {"m2/apiserver", "m2/kubelet-client", "m2/kubelet-server"},
		"nodes/m1/etc/kubernetes/pki/etcd/peer.crt":                 {"m1/etcd-peer"},
		"./pki/nodes/m2/etc/kubernetes/pki/apiserver.key":           {"m2/apiserver"},
		"nodes/m2/etc/kubernetes/kubelet.conf":                      {"m2/kubelet-client"},
		"nodes/m2/etc/kubernetes/scheduler.conf":                    {"scheduler"},
		"cfssl/nodes/m1/etcd-server.csr":                            {"m1/etcd-server"},
		"nodes/m2/etc/kubernetes/pki/front-proxy-client.crt":        {"front-proxy-client"},
		"pki/nodes/m1/etc/kubernetes/pki/apiserver-etcd-client.crt": {"apiserver-etcd-client"},
	} {
		if got, err := Select(certs, "pki/", word); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", word, got, err)
		}
	}
	for word, want := range map[string]string{
		"sa":            "sa is a key pair and no certificate: it does not end",
		"aipserver":     `there is no certificate "aipserver": did you mean "apiserver"?`,
		"m1/apisever":   `did you mean "m1/apiserver"?`,
		"quite another": `there is no certificate "quite another"`,
		"":              `there is no certificate ""`,
	} {
		if got, err := Select(certs, "pki", word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", word, got, err)
		}
	}
}

// TestRenewal holds the verbs of a renewal, over what may lie there.
func TestRenewal(t *testing.T) {
	first := newBench(t)
	for name, test := range map[string]struct {
		renewal   Renewal
		spoil     func(*bench)
		key, cert Verb // of admin
		csr       Verb
		err       string
	}{
		"same key":      {key: Keep, cert: Renew, csr: Keep},
		"new key":       {renewal: Renewal{NewKeys: true}, key: Replace, cert: Replace, csr: Renew},
		"not so soon":   {renewal: Renewal{Within: time.Hour}, key: Keep, cert: Keep, csr: Keep},
		"soon":          {renewal: Renewal{Within: 2 * year}, key: Keep, cert: Renew, csr: Keep},
		"named":         {renewal: Renewal{Names: []string{"admin"}}, key: Keep, cert: Renew, csr: Keep},
		"another named": {renewal: Renewal{Names: []string{"kube-proxy"}}, key: Keep, cert: Keep, csr: Keep},
		"damaged key": {spoil: func(b *bench) { b.put("admin-key.pem", []byte("PRIVATE KEY")) },
			key: Refuse, cert: Refuse, csr: Keep},
		"damaged key, new": {renewal: Renewal{NewKeys: true}, spoil: func(b *bench) { b.put("admin-key.pem", []byte("PRIVATE KEY")) },
			key: Replace, cert: Replace, csr: Renew},
		"another's key is damaged": {renewal: Renewal{Names: []string{"kube-proxy"}, NewKeys: true},
			spoil: func(b *bench) { b.put("admin-key.pem", []byte("PRIVATE KEY")) }, key: Refuse, cert: Refuse, csr: Keep},
		"key of another kind": {renewal: Renewal{NewKeys: true}, spoil: func(b *bench) { b.putKey("admin", newECDSA(t, elliptic.P384())) },
			key: Replace, cert: Replace, csr: Renew},
		"lost key": {spoil: func(b *bench) { delete(b.dir, "admin-key.pem") }, key: Create, cert: Renew, csr: Renew},
		"lost certificate": {renewal: Renewal{Names: []string{"kube-proxy"}}, spoil: func(b *bench) { delete(b.dir, "admin.pem") },
			key: Keep, cert: Create, csr: Keep}, // stands in nobody's way
		"another damaged": {renewal: Renewal{Names: []string{"kube-proxy"}}, spoil: func(b *bench) { b.put("admin.pem", []byte("x")) },
			err: "more than what was asked for would be rewritten, so nothing was changed\n  admin: admin.pem holds no certificate"},
		"other config": {renewal: Renewal{Names: []string{"admin"}}, spoil: func(b *bench) { b.put("ca-config.json", []byte("{}")) },
			err: "\n  ca-config.json: is not what the answers make"},
	} {
		b := first.clone(t)
		if test.spoil != nil {
			test.spoil(b)
		}
		b.now, b.opt.Renewal = t0.Add(time.Hour), &test.renewal
		p, err := Make(b.cluster, articleLayout(t), b.dir, b.now, b.opt)
		switch {
		case test.err != "":
			var others *OtherChangesError
			if !errors.As(err, &others) || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := p.Find("admin"); c.Key != test.key || c.Cert != test.cert || c.CSR != test.csr {
			t.Errorf("%s: key %s, certificate %s, request %s", name, c.Key, c.Cert, c.CSR)
		}
		if ca := p.Find("ca"); ca.Key != Keep || ca.Cert != Keep || ca.Asked {
			t.Errorf("%s: the CA: %s, %s", name, ca.Key, ca.Cert)
		}
	}
}

// TestDifferences holds what a renewal shows of a certificate that the answers
// no longer describe.
func TestDifferences(t *testing.T) {
	b := newBench(t)
	b.cluster.Nodes[0].Addresses = b.cluster.Nodes[0].Addresses[:1]
	b.cluster.CA.Subject.L = "" // the CA keeps its own: only leaves are looked at
	b.cluster.Profiles[0].Usages = []string{"signing", "server auth", "client auth"}
	p := b.make()
	var got []string
	for _, d := range p.Find("kubernetes").Differences() {
		got = append(got, d.Field+" -"+strings.Join(d.Gone, ",")+" +"+strings.Join(d.New, ","))
	}
	want := []string{"subject -CN=kubernetes,OU=System,O=k8s,L=BeiJing,ST=BeiJing,C=CN +CN=kubernetes,OU=System,O=k8s,ST=BeiJing,C=CN",
		"names -10.0.0.9 +", "usages -key encipherment +",
		"extensions - +"} // in another order: cfssl puts the authority key id last
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if d := newBench(t).make().Find("kubernetes").Differences(); len(d) > 0 {
		t.Errorf("no change: %+v", d)
	}
}
