package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"time"

	"certwright/pkigen/judging/verify"
)

const again = "m/b/etc/kubernetes/"

// brokenOnes do not run.
var brokenOnes = []reality{
	{name: "a worker that kept the old CA", make: func() files {
		f, w, old := files{}, newWorld(), newWorld()
		w.node(f, "m/a/etc/kubernetes/", "cp1", "172.20.0.5", "cp1=https://172.20.0.5:2380")
		f["m/c/etc/kubernetes/pki/ca.crt"] = old.ca.pem
		f["m/c/etc/kubernetes/kubelet.conf"] = config("https://172.20.0.5:6443", old.ca.pem, issue(leaf("system:node:w1/system:nodes", "c", ""), old.ca))
		return f
	}, want: verify.WouldNot, wrong: "kubelet w1 > kube-apiserver", blame: "m/c/etc/kubernetes/kubelet.conf"},
	{name: "a worker whose kubelet.conf has expired", make: func() files {
		f, w := files{}, newWorld()
		w.node(f, "m/a/etc/kubernetes/", "cp1", "172.20.0.5", "cp1=https://172.20.0.5:2380")
		c := leaf("system:node:w1/system:nodes", "c", "")
		c.NotBefore, c.NotAfter = time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0)
		f["m/c/etc/kubernetes/kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(c, w.ca))
		return f
	}, want: verify.WouldNot, wrong: "kubelet w1 > kube-apiserver", blame: "m/c/etc/kubernetes/kubelet.conf"},
	{name: "a second master with CAs of its own", make: func() files { return two(newWorld(), newWorld()) }, want: verify.WouldNot, wrong: "etcd cp1 > etcd cp2"},
	{name: "a second master with another etcd CA", make: func() files {
		w := newWorld()
		other := *w
		other.etcd = issue(ca("etcd-ca"), nil)
		return two(w, &other)
	}, want: verify.WouldNot, wrong: "etcd cp2 > etcd cp1"},
	{name: "another pair for tokens on a second master", make: func() files {
		w := newWorld()
		other := *w
		other.sa = issue(leaf("sa", "", ""), nil)
		return two(w, &other)
	}, want: verify.WouldNot, wrong: "pods cp1 > kube-apiserver cp2"},
	{name: "peers that trust a CA which signed nothing", make: func() files {
		w := newWorld()
		f := two(w, w)
		for _, at := range []string{"m/a/etc/kubernetes/", again} {
			f[at+"pki/etcd/peer-ca.crt"] = issue(ca("etcd-peer-ca"), nil).pem
			f.flag(at+etcds, "--peer-trusted-ca-file", "/etc/kubernetes/pki/etcd/peer-ca.crt")
		}
		return f
	}, want: verify.WouldNot, wrong: "etcd cp1 > etcd cp2"},
	{name: "the pair of another node's etcd", make: func() files {
		f, w := files{}, newWorld()
		w.node(f, "", "cp2", "172.20.0.6", "cp1=https://172.20.0.5:2380,cp2=https://172.20.0.6:2380")
		f.pair("pki/etcd/peer", issue(leaf("cp1", "sc", "cp1 localhost 127.0.0.1 172.20.0.5"), w.etcd))
		return f
	}, want: verify.WouldNot, wrong: "etcd cp2 > etcd cp1", blame: "pki/etcd/peer.crt"},
	{name: "an intermediate for servers only among etcd's members", make: func() files {
		f := files{}
		w := newWorld()
		w.node(f, "", "cp2", "172.20.0.6", "cp1=https://172.20.0.5:2380,cp2=https://172.20.0.6:2380")
		middle := issue(ca("issuing-ca", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), w.etcd)
		a := issue(leaf("cp2", "sc", "cp2 localhost 127.0.0.1 172.20.0.6"), middle)
		a.pem += middle.pem
		f.pair("pki/etcd/peer", a)
		return f
	}, want: verify.WouldNot, wrong: "etcd cp2 > etcd cp1", warn: "ca-limited"},
	{name: "etcd is dialled where it has no name", make: changed(func(w *world, f files) {
		f.pair("pki/etcd/server", issue(leaf("cp1", "sc", "cp1 172.20.0.5"), w.etcd))
	}), want: verify.WouldNot, wrong: "kube-apiserver cp1 > etcd cp1", blame: "pki/etcd/server.crt"},
	{name: "etcd does not listen there", make: changed(func(_ *world, f files) { f.flag(etcds, "--listen-client-urls", "https://172.20.0.5:2379") }),
		want: verify.WouldNot, wrong: "kube-apiserver cp1 > etcd", warn: "etcd-servers"},
	{name: "hostname-override is not the CN", make: func() files {
		f := files{}
		newWorld().node(f, "n/etc/kubernetes/", "node1", "172.20.0.5", "node1=https://172.20.0.5:2380")
		f["n/lib/systemd/system/kubelet.service"] = "[Service]\nExecStart=/usr/bin/kubelet $ARGS\n"
		f["n/etc/systemd/system/kubelet.service.d/10.conf"] = "[Service]\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf $KUBELET_EXTRA_ARGS\n"
		f["n/etc/default/kubelet"] = "KUBELET_EXTRA_ARGS=\"--hostname-override=node1.example.com\"\n"
		return f
	}, want: verify.WouldNot, wrong: "kubelet node1.example.com > kube-apiserver", blame: "kubelet.conf"},
	{name: "a node's name in capitals", make: changed(func(w *world, f files) {
		f["kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("system:node:CP1/system:nodes", "c", ""), w.ca))
	}), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver", blame: "kubelet.conf"},
	{name: "admin.conf is the kubelet's", make: changed(func(_ *world, f files) { f["admin.conf"] = f["kubelet.conf"] }), want: verify.WouldNot, wrong: "kubectl", blame: "admin.conf"},
	{name: "a certificate without a CN", make: changed(func(w *world, f files) {
		f["admin.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("/mkcert", "c", ""), w.ca))
	}), want: verify.WouldNot, blame: "admin.conf"},
	{name: "kubeconfigs that kept the old CA", make: changed(func(w *world, f files) {
		f["kubelet.conf"] = config("https://172.20.0.5:6443", issue(ca("kubernetes"), nil).pem, issue(leaf("system:node:cp1/system:nodes", "c", ""), w.ca))
	}), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver", blame: "kubelet.conf"},
	{name: "a key for tokens that nothing checks", make: changed(func(_ *world, f files) { f["pki/sa.pub"] = public(issue(leaf("other", "", ""), nil)) }), want: verify.WouldNot, wrong: "pods cp1 > kube-apiserver"},
	{name: "neither of two keys is that which signs", make: changed(func(_ *world, f files) {
		f["pki/a.pub"], f["pki/b.pub"] = public(issue(leaf("a", "", ""), nil)), public(issue(leaf("b", "", ""), nil))
		f.edit(api, "--service-account-key-file=/etc/kubernetes/pki/sa.pub", "--service-account-key-file=/etc/kubernetes/pki/a.pub\n    - --service-account-key-file=/etc/kubernetes/pki/b.pub")
	}), want: verify.WouldNot, wrong: "pods cp1 > kube-apiserver"},
	{name: "one EC key in PKCS 8 for both flags", make: changed(func(_ *world, f files) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			panic(err)
		}
		f["pki/sa.key"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		f.flag(api, "--service-account-key-file", "/etc/kubernetes/pki/sa.key")
	}), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver", blame: "pki/sa.key"},
	{name: "no certificate for the front proxy", make: changed(func(_ *world, f files) { f["pki/front-proxy-client.crt"] = "garbage\n" }), want: verify.WouldNot,
		wrong: "kube-scheduler cp1 > kube-apiserver", blame: "pki/front-proxy-client.crt"},
	{name: "half a pair for the front proxy", make: changed(func(_ *world, f files) { f.without(api, "--proxy-client-cert-file") }), want: verify.WouldNot, warn: "flag-missing", blame: api},
	{name: "the SNI certificate has expired", make: changed(func(w *world, f files) {
		pub := issue(ca("public-ca"), nil)
		c := leaf("api.example.com", "s", "api.example.com")
		c.NotBefore, c.NotAfter = time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0)
		f.pair("pki/api-example", issue(c, pub))
		f.flag(api, "--tls-sni-cert-key", "/etc/kubernetes/pki/api-example.crt,/etc/kubernetes/pki/api-example.key:api.example.com")
		f["admin.conf"] = config("https://api.example.com:6443", pub.pem, issue(leaf(users["admin"], "c", ""), w.ca))
	}), want: verify.WouldNot, wrong: "kubectl cp1 > kube-apiserver", blame: "pki/api-example.crt"},
	{name: "the CA before the leaf", make: changed(func(w *world, f files) { f["pki/apiserver.crt"] = w.ca.pem + f["pki/apiserver.crt"] }), want: verify.WouldNot, warn: "cert-order", blame: "pki/apiserver.crt"},
	{name: "an end before the beginning", make: changed(func(w *world, f files) {
		c := leaf("kube-apiserver-etcd-client", "c", "")
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, 30), time.Now().AddDate(0, 0, 20)
		f.pair("pki/apiserver-etcd-client", issue(c, w.etcd))
	}), want: verify.WouldNot, warn: "never-valid", blame: "pki/apiserver-etcd-client.crt"},
	{name: "a CA of a few names", make: func() files {
		w := newWorld()
		w.ca = issue(ca("kubernetes", func(c *x509.Certificate) {
			c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.com"}
		}), nil)
		return one(w)
	}, want: verify.WouldNot, warn: "ca-limited", blame: "pki/ca.crt"},
	{name: "a CA of a few addresses", make: func() files {
		w := newWorld()
		_, n, _ := net.ParseCIDR("192.0.2.0/24")
		w.ca = issue(ca("kubernetes", func(c *x509.Certificate) {
			c.PermittedDNSDomainsCritical, c.PermittedIPRanges = true, []*net.IPNet{n}
		}), nil)
		return one(w)
	}, want: verify.WouldNot, warn: "ca-limited", blame: "pki/ca.crt"},
	{name: "a root without a level below", make: changed(func(_ *world, f files) {
		root := issue(ca("etcd-root", func(c *x509.Certificate) { c.MaxPathLenZero = true }), nil)
		middle := issue(ca("etcd-issuing"), root)
		f["pki/etcd/ca.crt"] = root.pem
		delete(f, "pki/etcd/ca.key")
		for stem, c := range map[string]x509.Certificate{"etcd/server": leaf("cp1", "sc", "cp1 localhost 127.0.0.1 172.20.0.5"), "apiserver-etcd-client": leaf("kube-apiserver-etcd-client", "c", "")} {
			a := issue(c, middle)
			a.pem += middle.pem
			f.pair("pki/"+stem, a)
		}
	}), want: verify.WouldNot, warn: "ca-limited", blame: "pki/etcd/ca.crt"},
	{name: "clients by a leaf", make: changed(func(_ *world, f files) { f.flag(api, "--client-ca-file", "/etc/kubernetes/pki/apiserver.crt") }), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver"},
	{name: "clients by another CA of another name", make: changed(func(_ *world, f files) {
		f["pki/old-ca.crt"] = issue(ca("old-ca"), nil).pem
		f.flag(api, "--client-ca-file", "/etc/kubernetes/pki/old-ca.crt")
	}), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver", blame: "old-ca.crt", warn: "other-ca"},
	{name: "two certificates to sign with", make: changed(func(w *world, f files) { f["pki/ca.crt"] = bundle(w.ca, w.etcd) }), want: verify.WouldNot, warn: "ca-bundle", blame: "pki/ca.crt"},
	{name: "a kubeconfig that is not there", make: changed(func(_ *world, f files) {
		delete(f, "controller-manager.conf")
		f.flag(kcm, "--kubeconfig", "/etc/kubernetes/cm.conf")
		f.flag(kcm, "--authentication-kubeconfig", "/etc/kubernetes/cm.conf")
	}), want: verify.WouldNot, wrong: "kube-controller-manager cp1 > kube-apiserver", blame: "cm.conf"},
	{name: "the front proxy's name is not allowed", make: changed(func(_ *world, f files) { f.flag(api, "--requestheader-allowed-names", "other") }), want: verify.WouldNot, warn: "allowed-names", blame: api},
	{name: "a token file of two columns", make: changed(func(_ *world, f files) {
		f["tokens.csv"] = "a,b\n"
		f.flag(api, "--token-auth-file", "/etc/kubernetes/tokens.csv")
	}), want: verify.WouldNot, wrong: "kubelet cp1 > kube-apiserver", blame: "tokens.csv"},
	{name: "a certificate that was copied out of YAML", make: changed(func(_ *world, f files) {
		f["pki/apiserver.crt"] = "  " + strings.ReplaceAll(f["pki/apiserver.crt"], "\n", "\n  ")
	}), want: verify.WouldNot, blame: "pki/apiserver.crt"},
}
