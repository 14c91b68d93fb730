package verify_test

import (
	"fmt"
	"strings"
)

// opsnull lays certificates in /etc/kubernetes/cert and /etc/etcd/cert: one CA, whose
// key signs the tokens, pairs for the metrics of controller-manager and scheduler, and
// kubelets that rotate.
func opsnull() files {
	f, authority := files{}, issue(ca("kubernetes-ca"), nil)
	const cert, etcd = "/etc/kubernetes/cert/", "/etc/etcd/cert/"
	for i := 1; i <= 2; i++ {
		at, ip, name := fmt.Sprintf("m%d", i), fmt.Sprintf("10.0.0.%d", i), fmt.Sprintf("zhangjun-k8s-0%d", i)
		f.pem(at+cert+"ca", authority)
		f.pem(at+cert+"kubernetes", issue(leaf("kubernetes-master/opsnull", "sc", "127.0.0.1 10.0.0.1 10.0.0.2 10.254.0.1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.default.svc.cluster.local"), authority))
		f.pem(at+cert+"proxy-client", issue(leaf("aggregator/opsnull", "sc", ""), authority))
		f.pem(at+etcd+"etcd", issue(leaf("etcd/opsnull", "sc", "127.0.0.1 10.0.0.1 10.0.0.2"), authority))
		for _, p := range []string{"kube-controller-manager", "kube-scheduler"} {
			u := issue(leaf("system:"+p+"/system:"+p, "sc", "127.0.0.1 10.0.0.1 10.0.0.2"), authority)
			f.pem(at+cert+p, u)
			f[at+"/etc/kubernetes/"+p+".kubeconfig"] = config("https://"+ip+":6443", authority.pem, u)
		}
		members := "zhangjun-k8s-01=https://10.0.0.1:2380,zhangjun-k8s-02=https://10.0.0.2:2380"
		f[at+system+"etcd.service"] = unit("etcd", append(append(etcdFlags(name, ip, members), tlsFlags("", cert+"ca.pem", etcd+"etcd")...), tlsFlags("peer-", cert+"ca.pem", etcd+"etcd")...)...)
		f[at+system+"kube-apiserver.service"] = unit("kube-apiserver", "--advertise-address="+ip, "--authorization-mode=Node,RBAC", "--bind-address="+ip, "--secure-port=6443", "--tls-cert-file="+cert+"kubernetes.pem", "--tls-private-key-file="+cert+"kubernetes-key.pem",
			"--client-ca-file="+cert+"ca.pem", "--etcd-cafile="+cert+"ca.pem", "--etcd-certfile="+cert+"kubernetes.pem", "--etcd-keyfile="+cert+"kubernetes-key.pem", "--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379",
			"--kubelet-certificate-authority="+cert+"ca.pem", "--kubelet-client-certificate="+cert+"kubernetes.pem", "--kubelet-client-key="+cert+"kubernetes-key.pem", "--proxy-client-cert-file="+cert+"proxy-client.pem", "--proxy-client-key-file="+cert+"proxy-client-key.pem",
			"--requestheader-allowed-names=aggregator", "--requestheader-client-ca-file="+cert+"ca.pem", "--service-account-key-file="+cert+"ca.pem", "--service-account-signing-key-file="+cert+"ca-key.pem", "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.254.0.0/16")
		f[at+system+"kube-controller-manager.service"] = unit("kube-controller-manager", "--kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig", "--authentication-kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig", "--client-ca-file="+cert+"ca.pem",
			"--requestheader-allowed-names=aggregator", "--requestheader-client-ca-file="+cert+"ca.pem", "--cluster-signing-cert-file="+cert+"ca.pem", "--cluster-signing-key-file="+cert+"ca-key.pem", "--root-ca-file="+cert+"ca.pem", "--service-account-private-key-file="+cert+"ca-key.pem",
			"--tls-cert-file="+cert+"kube-controller-manager.pem", "--tls-private-key-file="+cert+"kube-controller-manager-key.pem", "--service-cluster-ip-range=10.254.0.0/16")
		f[at+"/etc/kubernetes/kube-scheduler.yaml"] = "apiVersion: kubescheduler.config.k8s.io/v1alpha1\nkind: KubeSchedulerConfiguration\nclientConnection:\n  kubeconfig: \"/etc/kubernetes/kube-scheduler.kubeconfig\"\n"
		f[at+system+"kube-scheduler.service"] = unit("kube-scheduler", "--config=/etc/kubernetes/kube-scheduler.yaml", "--client-ca-file="+cert+"ca.pem", "--tls-cert-file="+cert+"kube-scheduler.pem", "--tls-private-key-file="+cert+"kube-scheduler-key.pem")
		u := issue(leaf("system:node:"+name+"/system:nodes", "c", ""), authority)
		const current = cert + "kubelet-client-current.pem"
		f[at+current] = u.pem + string(u.KeyPEM)
		f[at+"/etc/kubernetes/kubelet.kubeconfig"] = strings.ReplaceAll(strings.NewReplacer("certificate-data: "+b64(u.pem), "certificate: "+current, "key-data: "+b64(string(u.KeyPEM)), "key: "+current).Replace(config("https://10.0.0.1:6443", authority.pem, u)), "name: u", "name: default-auth")
		f[at+"/etc/kubernetes/kubelet.kubeconfig"] = strings.ReplaceAll(f[at+"/etc/kubernetes/kubelet.kubeconfig"], "user: u", "user: default-auth")
		f[at+"/etc/kubernetes/kubelet-config.yaml"] = kubeletConfig(cert+"ca.pem", "", "") + "rotateCertificates: true\nserverTLSBootstrap: true\n"
		f[at+system+"kubelet.service"] = unit("kubelet", "--bootstrap-kubeconfig=/etc/kubernetes/kubelet-bootstrap.kubeconfig", "--cert-dir="+cert, "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig", "--config=/etc/kubernetes/kubelet-config.yaml", "--hostname-override="+name)
		f[at+"/root/.kube/config"] = config("https://"+ip+":6443", authority.pem, issue(leaf(accounts["admin"], "c", ""), authority))
	}
	return f
}

// rke is what RKE keeps in /etc/kubernetes/ssl: kubeconfigs that name their files, and no
// word of what its containers are told.
func rke() files {
	f, authority := files{}, issue(ca("kube-ca"), nil)
	proxies := issue(ca("kube-apiserver-requestheader-ca"), nil)
	f.pem(ssl[1:]+"kube-ca", authority)
	f.pem(ssl[1:]+"kube-apiserver-requestheader-ca", proxies)
	f.pem(ssl[1:]+"kube-apiserver", issue(leaf("system:kube-apiserver", "sc", "cp1 localhost kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local 10.0.0.1 127.0.0.1 10.43.0.1"), authority))
	f.pem(ssl[1:]+"kube-apiserver-proxy-client", issue(leaf("kube-apiserver-proxy-client", "c", ""), proxies))
	f.pem(ssl[1:]+"kube-etcd-10-0-0-1", issue(leaf("system:kube-etcd", "sc", "cp1 localhost kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local 10.0.0.1 127.0.0.1 10.43.0.1"), authority))
	f.pem(ssl[1:]+"kube-service-account-token", issue(leaf("kube-service-account-token", "sc", "cp1 localhost kubernetes 10.0.0.1 127.0.0.1"), authority))
	for name, user := range map[string]string{"kube-controller-manager": "system:kube-controller-manager", "kube-scheduler": "system:kube-scheduler", "kube-proxy": "system:kube-proxy", "kube-node": "system:node/system:nodes"} {
		f.pem(ssl[1:]+name, issue(leaf(user, "c", ""), authority))
		f[ssl[1:]+"kubecfg-"+name+".yaml"] = pathConfig("https://127.0.0.1:6443", ssl+"kube-ca.pem", ssl+name+".pem", ssl+name+"-key.pem")
	}
	f["kube_config_cluster.yml"] = config("https://10.0.0.1:6443", authority.pem, issue(leaf("kube-admin/system:masters", "c", ""), authority))
	return f
}

// minikubeMachine is the machine of minikube, where kubeadm's files lie elsewhere.
func minikubeMachine() files {
	f := files{}
	newWorld().node(f, "etc/kubernetes/", "minikube", "192.168.49.2", "minikube=https://192.168.49.2:2380")
	for p, text := range f {
		if rest, ok := strings.CutPrefix(p, "etc/kubernetes/pki/"); ok {
			f["var/lib/minikube/certs/"+rest] = text
			delete(f, p)
		} else if strings.HasSuffix(p, ".yaml") {
			f[p] = strings.ReplaceAll(text, "/etc/kubernetes/pki/", "/var/lib/minikube/certs/")
		}
	}
	return f
}

// k3s has CAs of their own for servers and for clients.
func k3s() files {
	f := files{}
	server, client, header := issue(ca("k3s-server-ca@1"), nil), issue(ca("k3s-client-ca@1"), nil), issue(ca("k3s-request-header-ca@1"), nil)
	members, peers := issue(ca("etcd-server-ca@1"), nil), issue(ca("etcd-peer-ca@1"), nil)
	const at = "var/lib/rancher/k3s/server/"
	for stem, a := range map[string]*authority{"server-ca": server, "client-ca": client, "request-header-ca": header, "etcd/server-ca": members, "etcd/peer-ca": peers,
		"serving-kube-apiserver": issue(leaf("kube-apiserver", "s", "kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local localhost n1 127.0.0.1 10.0.0.1 10.43.0.1"), server),
		"client-admin":           issue(leaf("system:admin/system:masters", "c", ""), client), "client-kube-apiserver": issue(leaf("system:apiserver/system:masters", "c", ""), client),
		"client-controller": issue(leaf("system:kube-controller-manager", "c", ""), client), "client-scheduler": issue(leaf("system:kube-scheduler", "c", ""), client),
		"client-kube-proxy": issue(leaf("system:kube-proxy", "c", ""), client), "client-auth-proxy": issue(leaf("system:auth-proxy", "c", ""), header),
		"etcd/client": issue(leaf("etcd-client", "c", ""), members), "etcd/server-client": issue(leaf("etcd-server", "sc", "n1 localhost 10.0.0.1 127.0.0.1"), members),
		"etcd/peer-server-client": issue(leaf("etcd-peer", "sc", "n1 localhost 10.0.0.1 127.0.0.1"), peers)} {
		f.pair(at+"tls/"+stem, a)
	}
	for name, stem := range map[string]string{"admin": "client-admin", "controller": "client-controller", "scheduler": "client-scheduler"} {
		f[at+"cred/"+name+".kubeconfig"] = pathConfig("https://127.0.0.1:6444", "/"+at+"tls/server-ca.crt", "/"+at+"tls/"+stem+".crt", "/"+at+"tls/"+stem+".key")
	}
	f[at+"tls/service.key"] = string(issue(leaf("sa", "", ""), nil).KeyPEM)
	return f
}

// opensslGuide is the hard way as mmumshad teaches it: OpenSSL's pairs in
// /var/lib/kubernetes/pki, etcd's in /etc/etcd, and kubeconfigs that name their files.
func opensslGuide() files {
	f, root := files{}, issue(ca("KUBERNETES-CA"), nil)
	const pki = "/var/lib/kubernetes/pki/"
	const names = "kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.default.svc.cluster.local 10.96.0.1 10.0.0.1 10.0.0.2 10.0.0.30 127.0.0.1"
	api, clients := issue(leaf("kube-apiserver/Kubernetes", "s", names), root), issue(leaf("kube-apiserver-kubelet-client/system:masters", "c", ""), root)
	sa, etcd := issue(leaf("service-accounts/Kubernetes", "", ""), root), issue(leaf("etcd-server/Kubernetes", "sc", "10.0.0.1 10.0.0.2 127.0.0.1"), root)
	accountsOf := map[string]*authority{}
	for _, p := range []string{"kube-controller-manager", "kube-scheduler"} {
		accountsOf[p] = issue(leaf(accounts[p]+"/"+accounts[p], "c", ""), root)
	}
	for i := 1; i <= 2; i++ {
		at, ip := fmt.Sprintf("controlplane0%d", i), fmt.Sprintf("10.0.0.%d", i)
		f.pair(at+pki+"ca", root)
		f.pair(at+pki+"kube-apiserver", api)
		f.pair(at+pki+"apiserver-kubelet-client", clients)
		f.pair(at+pki+"service-account", sa)
		f.pair(at+pki+"etcd-server", etcd)
		f.pair(at+"/etc/etcd/etcd-server", etcd)
		f[at+"/etc/etcd/ca.crt"] = root.pem
		for p, a := range accountsOf {
			f.pair(at+pki+p, a)
			f[at+lib+p+".kubeconfig"] = pathConfig("https://127.0.0.1:6443", pki+"ca.crt", pki+p+".crt", pki+p+".key")
		}
		f[at+system+"etcd.service"] = unit("etcd", append(etcdFlags(at, ip, "controlplane01=https://10.0.0.1:2380,controlplane02=https://10.0.0.2:2380"), "--cert-file=/etc/etcd/etcd-server.crt", "--key-file=/etc/etcd/etcd-server.key", "--peer-cert-file=/etc/etcd/etcd-server.crt",
			"--peer-key-file=/etc/etcd/etcd-server.key", "--trusted-ca-file=/etc/etcd/ca.crt", "--peer-trusted-ca-file=/etc/etcd/ca.crt", "--peer-client-cert-auth", "--client-cert-auth")...)
		f[at+system+"kube-apiserver.service"] = unit("kube-apiserver", "--advertise-address="+ip, "--authorization-mode=Node,RBAC", "--bind-address=0.0.0.0", "--client-ca-file="+pki+"ca.crt", "--enable-bootstrap-token-auth=true", "--etcd-cafile="+pki+"ca.crt",
			"--etcd-certfile="+pki+"etcd-server.crt", "--etcd-keyfile="+pki+"etcd-server.key", "--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379", "--kubelet-certificate-root="+pki+"ca.crt", "--kubelet-client-certificate="+pki+"apiserver-kubelet-client.crt",
			"--kubelet-client-key="+pki+"apiserver-kubelet-client.key", "--service-account-key-file="+pki+"service-account.crt", "--service-account-signing-key-file="+pki+"service-account.key", "--service-account-issuer=https://10.0.0.30:6443", "--service-cluster-ip-range=10.96.0.0/16",
			"--tls-cert-file="+pki+"kube-apiserver.crt", "--tls-private-key-file="+pki+"kube-apiserver.key")
		f[at+system+"kube-controller-manager.service"] = unit("kube-controller-manager", "--authentication-kubeconfig="+lib+"kube-controller-manager.kubeconfig", "--authorization-kubeconfig="+lib+"kube-controller-manager.kubeconfig", "--client-ca-file="+pki+"ca.crt",
			"--cluster-signing-cert-file="+pki+"ca.crt", "--cluster-signing-key-file="+pki+"ca.key", "--controllers=*,bootstrapsigner,tokencleaner", "--kubeconfig="+lib+"kube-controller-manager.kubeconfig", "--requestheader-client-ca-file="+pki+"ca.crt", "--root-ca-file="+pki+"ca.crt",
			"--service-account-private-key-file="+pki+"service-account.key", "--service-cluster-ip-range=10.96.0.0/16")
		f[at+system+"kube-scheduler.service"] = unit("kube-scheduler", "--kubeconfig="+lib+"kube-scheduler.kubeconfig", "--leader-elect=true")
	}
	const node = "node01"
	f.pair(node+pki+node, issue(leaf("system:node:node01/system:nodes", "sc", "node01 10.0.0.3"), root))
	f.pair(node+pki+"kube-proxy", issue(leaf(accounts["kube-proxy"], "c", ""), root))
	f[node+pki+"ca.crt"] = root.pem
	f[node+lets+"kubelet.kubeconfig"] = pathConfig("https://10.0.0.30:6443", pki+"ca.crt", pki+"node01.crt", pki+"node01.key")
	f[node+lets+"kubelet-config.yaml"] = kubeletConfig(pki+"ca.crt", pki+"node01.crt", pki+"node01.key")
	f[node+system+"kubelet.service"] = unit("kubelet", "--config="+lets+"kubelet-config.yaml", "--kubeconfig="+lets+"kubelet.kubeconfig", "--v=2")
	f[node+"/var/lib/kube-proxy/kube-proxy.kubeconfig"] = pathConfig("https://10.0.0.30:6443", pki+"ca.crt", pki+"kube-proxy.crt", pki+"kube-proxy.key")
	f[node+"/var/lib/kube-proxy/kube-proxy-config.yaml"] = "kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nclientConnection:\n  kubeconfig: /var/lib/kube-proxy/kube-proxy.kubeconfig\n"
	f[node+system+"kube-proxy.service"] = unit("kube-proxy", "--config=/var/lib/kube-proxy/kube-proxy-config.yaml")
	f["admin.kubeconfig"] = config("https://10.0.0.30:6443", root.pem, issue(leaf(accounts["admin"], "c", ""), root))
	return f
}

// externalEtcd is "Set up a High Availability etcd Cluster with kubeadm": three hosts with
// nothing but etcd, and the API server's client beside.
func externalEtcd() files {
	f, w := files{}, newWorld()
	const members = "infra0=https://10.0.0.6:2380,infra1=https://10.0.0.7:2380,infra2=https://10.0.0.8:2380"
	client := issue(leaf("kube-apiserver-etcd-client", "c", ""), w.etcd)
	for i := range 3 {
		made := files{}
		w.node(made, "", fmt.Sprintf("infra%d", i), fmt.Sprintf("10.0.0.%d", 6+i), members)
		for p, text := range made {
			if strings.HasPrefix(p, "pki/etcd/") || p == etcds {
				f[fmt.Sprintf("tmp/10.0.0.%d/etc/kubernetes/%s", 6+i, p)] = text
			}
		}
		f.pair(fmt.Sprintf("tmp/10.0.0.%d/etc/kubernetes/pki/apiserver-etcd-client", 6+i), client)
		if i > 0 { // "clean up certs that should not be copied off this host"
			delete(f, fmt.Sprintf("tmp/10.0.0.%d/etc/kubernetes/pki/etcd/ca.key", 6+i))
		}
	}
	return f
}
