package verify_test

import (
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/verify"
)

// healthyOnes run, whatever files and folders are called.
var healthyOnes = []reality{
	{name: "as kubeadm makes it", make: changed(func(*world, files) {}), want: verify.WouldRun, warn: "quiet"},
	{name: "two clusters of one plan", make: func() files {
		f := files{}
		for _, at := range []string{"s1/etc/kubernetes/", "s2/etc/kubernetes/"} {
			newWorld().node(f, at, "cp1", "172.20.0.5", "cp1=https://172.20.0.5:2380")
		}
		return f
	}, want: verify.WouldRun, warn: "quiet"},
	{name: "two masters", make: func() files { w := newWorld(); return two(w, w) }, want: verify.WouldRun, warn: "quiet"},
	{name: "etcd's CN is a word", make: changed(func(w *world, f files) {
		for _, one := range []string{"server", "peer"} {
			f.pair("pki/etcd/"+one, issue(leaf("etcd", "sc", "cp1 localhost 127.0.0.1 172.20.0.5"), w.etcd))
		}
	}), want: verify.WouldRun, warn: "quiet"},
	{name: "etcd at the loopback", make: changed(func(w *world, f files) {
		f.pair("pki/etcd/server", issue(leaf("cp1", "sc", "localhost 127.0.0.1"), w.etcd))
		f.flag(etcds, "--listen-client-urls", "https://127.0.0.1:2379")
		f.flag(etcds, "--advertise-client-urls", "https://127.0.0.1:2379")
	}), want: verify.WouldRun},
	{name: "peers of another CA", make: changed(func(_ *world, f files) {
		peers := issue(ca("etcd-peer-ca"), nil)
		f.pair("pki/etcd/peer-ca", peers)
		f.pair("pki/etcd/peer", issue(leaf("cp1", "sc", "cp1 172.20.0.5 127.0.0.1 localhost"), peers))
		f.flag(etcds, "--peer-trusted-ca-file", "/etc/kubernetes/pki/etcd/peer-ca.crt")
	}), want: verify.WouldRun},
	{name: "etcd below an intermediate", make: changed(func(_ *world, f files) {
		root := issue(ca("etcd-root"), nil)
		middle := issue(ca("etcd-issuing"), root)
		delete(f, "pki/etcd/ca.key")
		f["pki/etcd/ca.crt"] = root.pem
		for stem, c := range map[string]x509.Certificate{"etcd/server": leaf("cp1", "sc", "cp1 localhost 127.0.0.1 172.20.0.5"), "etcd/peer": leaf("cp1", "sc", "cp1 localhost 172.20.0.5"),
			"etcd/healthcheck-client": leaf("kube-etcd-healthcheck-client", "c", ""), "apiserver-etcd-client": leaf("kube-apiserver-etcd-client", "c", "")} {
			a := issue(c, middle)
			a.pem += middle.pem
			f.pair("pki/"+stem, a)
		}
	}), want: verify.WouldRun, warn: "quiet"},
	{name: "external etcd without its CA's key", make: changed(func(_ *world, f files) {
		for _, p := range []string{"pki/etcd/ca.key", "pki/etcd/server.crt", "pki/etcd/server.key", "pki/etcd/peer.crt", "pki/etcd/peer.key", "pki/etcd/healthcheck-client.crt", "pki/etcd/healthcheck-client.key", etcds} {
			delete(f, p)
		}
		f.flag(api, "--etcd-servers", "https://10.0.0.21:2379,https://10.0.0.22:2379")
	}), want: verify.WouldRun, warn: "quiet"},
	{name: "a public name by SNI", make: changed(func(w *world, f files) {
		pub := issue(ca("public-ca"), nil)
		f.pair("pki/api-example", issue(leaf("api.example.com", "s", "api.example.com"), pub))
		f.flag(api, "--tls-sni-cert-key", "/etc/kubernetes/pki/api-example.crt,/etc/kubernetes/pki/api-example.key:api.example.com")
		f["admin.conf"] = config("https://api.example.com:6443", pub.pem, issue(leaf(users["admin"], "c", ""), w.ca))
	}), want: verify.WouldRun},
	{name: "tls-server-name", make: changed(func(_ *world, f files) {
		f.edit("admin.conf", "server: https://172.20.0.5:6443", "server: https://203.0.113.50:6443\n    tls-server-name: kubernetes")
	}), want: verify.WouldRun},
	{name: "two keys for tokens", make: changed(func(_ *world, f files) {
		f["pki/sa-old.pub"] = public(issue(leaf("old", "", ""), nil))
		f.edit(api, "    - --service-account-key-file=/etc/kubernetes/pki/sa.pub\n", "    - --service-account-key-file=/etc/kubernetes/pki/sa-old.pub\n    - --service-account-key-file=/etc/kubernetes/pki/sa.pub\n")
	}), want: verify.WouldRun},
	{name: "the CA's own pair signs tokens", make: changed(func(_ *world, f files) {
		delete(f, "pki/sa.key")
		delete(f, "pki/sa.pub")
		f.flag(api, "--service-account-key-file", "/etc/kubernetes/pki/ca.crt")
		f.flag(api, "--service-account-signing-key-file", "/etc/kubernetes/pki/ca.key")
		f.flag(kcm, "--service-account-private-key-file", "/etc/kubernetes/pki/ca.key")
	}), want: verify.WouldRun, warn: "ca-signs-tokens"},
	{name: "one CA for the front proxy too", make: changed(func(w *world, f files) {
		for _, p := range []string{"pki/front-proxy-ca.crt", "pki/front-proxy-ca.key"} {
			delete(f, p)
		}
		f.pair("pki/front-proxy-client", issue(leaf("front-proxy-client", "c", ""), w.ca))
		f.flag(api, "--requestheader-client-ca-file", "/etc/kubernetes/pki/ca.crt")
		f.flag(kcm, "--requestheader-client-ca-file", "/etc/kubernetes/pki/ca.crt")
	}), want: verify.WouldRun},
	{name: "no front proxy", make: changed(func(_ *world, f files) {
		for p := range f {
			if strings.Contains(p, "front-proxy") {
				delete(f, p)
			}
		}
		for _, flag := range []string{"--proxy-client-cert-file", "--proxy-client-key-file", "--requestheader-allowed-names", "--requestheader-client-ca-file"} {
			f.without(api, flag)
		}
		f.without(kcm, "--requestheader-client-ca-file")
	}), want: verify.WouldRun},
	{name: "both CAs are trusted", make: changed(func(w *world, f files) {
		next := issue(ca("kubernetes-2026"), nil)
		f["pki/bundle.crt"] = bundle(next, w.ca)
		f.pair("pki/apiserver", issue(leaf("kube-apiserver", "s", apiNames("cp1", "172.20.0.5")), next))
		f.flag(api, "--client-ca-file", "/etc/kubernetes/pki/bundle.crt")
		f.flag(kcm, "--root-ca-file", "/etc/kubernetes/pki/bundle.crt")
		for p, text := range f {
			if strings.HasSuffix(p, ".conf") {
				f[p] = strings.ReplaceAll(text, b64(w.ca.pem), b64(f["pki/bundle.crt"]))
			}
		}
	}), want: verify.WouldRun},
	{name: "kubeconfigs as JSON", make: changed(func(w *world, f files) {
		for _, name := range []string{"admin", "scheduler", "controller-manager"} {
			u := issue(leaf(users[name], "c", ""), w.ca)
			text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "c",
				"clusters": []any{map[string]any{"name": "k", "cluster": map[string]any{"server": "https://172.20.0.5:6443", "certificate-authority-data": b64(w.ca.pem)}}},
				"users":    []any{map[string]any{"name": "u", "user": map[string]any{"client-certificate-data": b64(u.pem), "client-key-data": b64(string(u.KeyPEM))}}},
				"contexts": []any{map[string]any{"name": "c", "context": map[string]any{"cluster": "k", "user": "u"}}}})
			if err != nil {
				panic(err)
			}
			f[name+".conf"] = string(text)
		}
	}), want: verify.WouldRun},
	{name: "a client with a name that nobody dials", make: changed(func(w *world, f files) {
		f["kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("system:node:cp1/system:nodes", "c", "system:node:cp1"), w.ca))
	}), want: verify.WouldRun},
	{name: "hostname-override is the CN", make: func() files {
		f := files{}
		newWorld().node(f, "n/etc/kubernetes/", "node1.example.com", "172.20.0.5", "m1=https://172.20.0.5:2380")
		f.flag("n/etc/kubernetes/"+etcds, "--name", "m1")
		f["n/etc/systemd/system/kubelet.service"] = "[Service]\nExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf \\\n  --config=/var/lib/kubelet/config.yaml --hostname-override=Node1.example.com\n"
		return f
	}, want: verify.WouldRun, warn: "quiet"},
	{name: "files in a folder of minikube's", make: func() files {
		f := files{}
		newWorld().node(f, "n/etc/kubernetes/", "minikube", "192.168.49.2", "minikube=https://192.168.49.2:2380")
		for p, text := range f {
			if rest, ok := strings.CutPrefix(p, "n/etc/kubernetes/pki/"); ok {
				f["n/var/lib/minikube/certs/"+rest] = text
				delete(f, p)
			} else if strings.HasSuffix(p, ".yaml") {
				f[p] = strings.ReplaceAll(text, "/etc/kubernetes/pki/", "/var/lib/minikube/certs/")
			}
		}
		return f
	}, want: verify.WouldRun},
	{name: "a second control plane", make: func() files {
		f := files{}
		newWorld().node(f, "", "cp2", "172.20.0.6", "cp1=https://172.20.0.5:2380,cp2=https://172.20.0.6:2380")
		return f
	}, want: verify.WouldRun, warn: "quiet"},
	{name: "a mount under another path", make: changed(func(_ *world, f files) {
		f.edit(api, "/etc/kubernetes/pki/", "/certs/")
		f[api] += "    volumeMounts:\n    - {name: k, mountPath: /certs}\n  volumes:\n  - name: k\n    hostPath: {path: /etc/kubernetes/pki}\n"
	}), want: verify.WouldRun},
	{name: "PEM within other texts", make: changed(func(w *world, f files) {
		f["values.yaml"] = "tls: |\n  " + strings.ReplaceAll(w.ca.pem, "\n", "\n  ")
		f["README.md"] = "    -----BEGIN CERTIFICATE-----\n    MIID...\n"
		f["make.sh"] = "#!/bin/sh\ncat > /etc/systemd/system/etcd.service <<E\n[Service]\nExecStart=/usr/bin/etcd --cert-file=/nosuch/a.pem --key-file=/nosuch/b.pem\nE\n"
	}), want: verify.WouldRun, warn: "quiet"},
	{name: "text before certificates and CRLF", make: changed(func(_ *world, f files) {
		f["pki/apiserver.crt"] = "Certificate:\n    Data:\n" + f["pki/apiserver.crt"]
		f["admin.conf"] = strings.ReplaceAll(f["admin.conf"], "\n", "\r\n")
	}), want: verify.WouldRun},
	{name: "five days are left", make: changed(func(w *world, f files) {
		c := leaf("kube-apiserver", "s", apiNames("cp1", "172.20.0.5"))
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(96*time.Hour)
		f.pair("pki/apiserver", issue(c, w.ca))
	}), want: verify.WouldRun, warn: "ends-soon"},
	{name: "legacy tokens of another key", make: changed(func(_ *world, f files) {
		f["pki/cm.key"] = string(issue(leaf("cm", "", ""), nil).KeyPEM)
		f.flag(kcm, "--service-account-private-key-file", "/etc/kubernetes/pki/cm.key")
	}), want: verify.WouldRun, warn: "sa-legacy"},
	{name: "a kubelet that rotates", make: func() files {
		f, w := files{}, newWorld()
		w.node(f, "n/etc/kubernetes/", "cp1", "172.20.0.5", "cp1=https://172.20.0.5:2380")
		u := issue(leaf("system:node:cp1/system:nodes", "c", ""), w.ca)
		const current = "/var/lib/kubelet/pki/kubelet-client-current.pem"
		f["n/etc/kubernetes/kubelet.conf"] = strings.NewReplacer("certificate-data: "+b64(u.pem), "certificate: "+current, "key-data: "+b64(string(u.KeyPEM)), "key: "+current).Replace(config("https://172.20.0.5:6443", w.ca.pem, u))
		f["n/var/lib/kubelet/pki/kubelet-client-current.pem"] = u.pem + string(u.KeyPEM)
		return f
	}, want: verify.WouldRun, warn: "quiet"},
	{name: "an API server's pair without its key, and no word of it", make: func() files {
		w, f := newWorld(), files{}
		f.pem("ca", w.ca)
		f["kubernetes.pem"] = issue(leaf("kubernetes", "sc", "kubernetes kubernetes.default kubernetes.default.svc 10.32.0.1 127.0.0.1"), w.ca).pem
		f["admin.kubeconfig"] = config("https://127.0.0.1:6443", w.ca.pem, issue(leaf("admin/system:masters", "c", ""), w.ca))
		return f
	}, want: verify.CannotBeTold},
}

// TestIntermediateOfServer has a kubelet refused for its name only: that its
// kubeconfig trusts the root of the intermediate that the API server sends along
// is as it should be.
func TestIntermediateOfServer(t *testing.T) {
	w := newWorld()
	f := one(w)
	middle := issue(ca("kubernetes-issuing"), w.ca)
	server := issue(leaf("kube-apiserver", "s", apiNames("cp1", "172.20.0.5")), middle)
	server.pem += middle.pem
	f.pair("pki/apiserver", server)
	f["kubelet.conf"] = config("https://172.20.0.5:6443", w.ca.pem, issue(leaf("system:node:other/system:nodes", "c", ""), w.ca))
	f["etc/systemd/system/kubelet.service"] = "[Service]\nExecStart=/usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --hostname-override=cp1\n"
	j, err := verify.Directory(t.Context(), f.put(t), nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if j.Verdict() != verify.WouldNot {
		t.Errorf("the verdict is %v", j.Verdict())
	}
	for _, x := range j.Findings {
		if x.Check.ID == "kubeconfig-ca-stale" {
			t.Errorf("%s: %s", x.File, x.What())
		}
	}
}
