package verify_test

import (
	"fmt"
	"strings"

	"certwright/pkigen/judging/verify"
)

// replay is what somebody has who followed a guide or ran an installer.
type replay struct {
	name string
	make func() files
	want verify.Runs // for all that is as it should be
	// at are the files in which faults are planted, by what they are for: the
	// certificate of a pair, a kubeconfig, a public key.
	at map[string]string
	// assumed is true where no file tells what the programs are told: whether it runs is
	// a guess then, and that a file is named is what counts.
	assumed bool
}

const (
	ssl   = "/etc/kubernetes/ssl/"
	first = "10.0.0.1"
)

// accounts are the subjects of users, by their programs.
var accounts = map[string]string{"admin": "admin/system:masters", "kube-controller-manager": "system:kube-controller-manager",
	"kube-scheduler": "system:kube-scheduler", "kube-proxy": "system:kube-proxy/system:node-proxier"}

// pathConfig is a kubeconfig that names its files.
func pathConfig(server, ca, cert, key string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority: %s\n    server: %s\n  name: k\ncontexts:\n- context:\n    cluster: k\n    user: u\n  name: c\n"+
		"current-context: c\nusers:\n- name: u\n  user:\n    client-certificate: %s\n    client-key: %s\n", ca, server, cert, key)
}

// tlsFlags are those of a pair and a CA, for a program that takes them with a prefix.
func tlsFlags(prefix, ca, stem string) []string {
	return []string{"--" + prefix + "cert-file=" + stem + ".pem", "--" + prefix + "key-file=" + stem + "-key.pem", "--" + prefix + "trusted-ca-file=" + ca, "--" + prefix + "client-cert-auth=true"}
}

// etcdFlags are those of one member of several, or of one.
func etcdFlags(name, ip, members string) []string {
	return []string{"--name=" + name, "--initial-advertise-peer-urls=https://" + ip + ":2380", "--listen-peer-urls=https://" + ip + ":2380",
		"--listen-client-urls=https://" + ip + ":2379,https://127.0.0.1:2379", "--advertise-client-urls=https://" + ip + ":2379", "--initial-cluster=" + members}
}

func kubeletConfig(ca, cert, key string) string {
	text := "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  anonymous:\n    enabled: false\n  webhook:\n    enabled: true\n  x509:\n    clientCAFile: " + ca + "\nauthorization:\n  mode: Webhook\n"
	if cert != "" {
		text += "tlsCertFile: " + cert + "\ntlsPrivateKeyFile: " + key + "\n"
	}
	return text
}

// article is the flat folder of the guide that this project starts from: one CA, whose
// name the certificate of the servers has too.
func article() files {
	f, authority := files{}, issue(ca("kubernetes"), nil)
	f.pem("ca", authority)
	f.pem("kubernetes", issue(leaf("kubernetes", "sc", "127.0.0.1 192.168.214.88 192.168.214.89 192.168.214.90 192.168.214.200 192.168.214.201 192.168.214.202 10.254.0.1 192.168.214.210 192.168.214.1/24 "+
		"kubernetes kube-api.wangk8s-master.com kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.default.svc.cluster.local"), authority))
	f.pem("admin", issue(leaf("admin/system:masters", "sc", ""), authority))
	f.pem("kube-proxy", issue(leaf("system:kube-proxy/k8s", "sc", ""), authority))
	f["ca-config.json"] = `{"signing": {"default": {"expiry": "87600h"}, "profiles": {"kubernetes": {"usages": ["signing", "key encipherment", "server auth", "client auth"], "expiry": "87600h"}}}}`
	f["ca-csr.json"] = `{"CN": "kubernetes", "key": {"algo": "rsa", "size": 2048}, "ca": {"expiry": "87600h"}}`
	return f
}

// hardWayNow is "Kubernetes the hard way" since 2025: etcd by plain HTTP at the
// loopback, and the API server's pair for kubelets too.
func hardWayNow() files {
	f, authority := files{}, issue(ca("CA"), nil)
	const server, node = "server", "node-0"
	f.pair(server+lib+"ca", authority)
	api := issue(leaf("kubernetes", "sc", "127.0.0.1 10.32.0.1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.svc.cluster.local server.kubernetes.local api-server.kubernetes.local"), authority)
	f.pair(server+lib+"kube-api-server", api)
	f.pair(server+lib+"service-accounts", issue(leaf("service-accounts", "sc", ""), authority))
	for _, p := range []string{"kube-controller-manager", "kube-scheduler"} {
		f[server+lib+p+".kubeconfig"] = config("https://server.kubernetes.local:6443", authority.pem, issue(leaf(accounts[p], "sc", p+" 127.0.0.1"), authority))
	}
	f[server+"/root/admin.kubeconfig"] = config("https://127.0.0.1:6443", authority.pem, issue(leaf(accounts["admin"], "c", ""), authority))
	f[server+system+"etcd.service"] = unit("etcd", "--name controller", "--initial-advertise-peer-urls http://127.0.0.1:2380", "--listen-peer-urls http://127.0.0.1:2380", "--listen-client-urls http://127.0.0.1:2379",
		"--advertise-client-urls http://127.0.0.1:2379", "--initial-cluster controller=http://127.0.0.1:2380", "--initial-cluster-state new", "--data-dir=/var/lib/etcd")
	f[server+system+"kube-apiserver.service"] = unit("kube-apiserver", "--allow-privileged=true", "--authorization-mode=Node,RBAC", "--bind-address=0.0.0.0", "--client-ca-file="+lib+"ca.crt", "--etcd-servers=http://127.0.0.1:2379",
		"--kubelet-certificate-authority="+lib+"ca.crt", "--kubelet-client-certificate="+lib+"kube-api-server.crt", "--kubelet-client-key="+lib+"kube-api-server.key", "--service-account-key-file="+lib+"service-accounts.crt",
		"--service-account-signing-key-file="+lib+"service-accounts.key", "--service-account-issuer=https://server.kubernetes.local:6443", "--service-cluster-ip-range=10.32.0.0/24",
		"--tls-cert-file="+lib+"kube-api-server.crt", "--tls-private-key-file="+lib+"kube-api-server.key")
	f[server+system+"kube-controller-manager.service"] = unit("kube-controller-manager", "--cluster-signing-cert-file="+lib+"ca.crt", "--cluster-signing-key-file="+lib+"ca.key", "--kubeconfig="+lib+"kube-controller-manager.kubeconfig",
		"--root-ca-file="+lib+"ca.crt", "--service-account-private-key-file="+lib+"service-accounts.key", "--service-cluster-ip-range=10.32.0.0/24")
	f[server+"/etc/kubernetes/config/kube-scheduler.yaml"] = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection:\n  kubeconfig: \"" + lib + "kube-scheduler.kubeconfig\"\n"
	f[server+system+"kube-scheduler.service"] = unit("kube-scheduler", "--config=/etc/kubernetes/config/kube-scheduler.yaml", "--v=2")
	kubelet := issue(leaf("system:node:node-0/system:nodes", "sc", "node-0 127.0.0.1"), authority)
	f.pair(node+lets+"kubelet", kubelet)
	f[node+lets+"ca.crt"] = authority.pem
	f[node+lets+"kubeconfig"] = config("https://server.kubernetes.local:6443", authority.pem, kubelet)
	f[node+lets+"kubelet-config.yaml"] = kubeletConfig(lets+"ca.crt", lets+"kubelet.crt", lets+"kubelet.key")
	f[node+system+"kubelet.service"] = unit("kubelet", "--config="+lets+"kubelet-config.yaml", "--kubeconfig="+lets+"kubeconfig", "--v=2")
	f[node+"/var/lib/kube-proxy/kubeconfig"] = config("https://server.kubernetes.local:6443", authority.pem, issue(leaf(accounts["kube-proxy"], "sc", ""), authority))
	f[node+"/var/lib/kube-proxy/kube-proxy-config.yaml"] = "kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nclientConnection:\n  kubeconfig: \"/var/lib/kube-proxy/kubeconfig\"\nclusterCIDR: \"10.200.0.0/16\"\n"
	f[node+system+"kube-proxy.service"] = unit("kube-proxy", "--config=/var/lib/kube-proxy/kube-proxy-config.yaml")
	return f
}

// kubeadmSingle is what kubeadm init leaves on its node, kubelet and all.
func kubeadmSingle() files {
	f, w := files{}, newWorld()
	w.node(f, "etc/kubernetes/", "cp1", first, "cp1=https://"+first+":2380")
	u := issue(leaf("system:node:cp1/system:nodes", "c", ""), w.ca)
	const current = "/var/lib/kubelet/pki/kubelet-client-current.pem"
	f["etc/kubernetes/kubelet.conf"] = strings.NewReplacer("certificate-data: "+b64(u.pem), "certificate: "+current, "key-data: "+b64(string(u.KeyPEM)), "key: "+current).Replace(config("https://"+first+":6443", w.ca.pem, u))
	f[current[1:]] = u.pem + string(u.KeyPEM)
	f["var/lib/kubelet/config.yaml"] = kubeletConfig("/etc/kubernetes/pki/ca.crt", "", "") + "rotateCertificates: true\nstaticPodPath: /etc/kubernetes/manifests\n"
	f["var/lib/kubelet/kubeadm-flags.env"] = "KUBELET_KUBEADM_ARGS=\"--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock --pod-infra-container-image=registry.k8s.io/pause:3.10\"\n"
	f["usr/lib/systemd/system/kubelet.service"] = "[Unit]\nDescription=kubelet\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n"
	f["usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"] = "[Service]\nEnvironment=\"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf\"\n" +
		"Environment=\"KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml\"\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\n" +
		"ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n"
	return f
}

// kubeadmStacked has three control-plane nodes, each with a member of etcd.
func kubeadmStacked() files {
	f, w := files{}, newWorld()
	var members []string
	for i := 1; i <= 3; i++ {
		members = append(members, fmt.Sprintf("cp%d=https://10.0.0.%d:2380", i, i))
		w.node(f, fmt.Sprintf("backup/host%d/etc/kubernetes/", i), fmt.Sprintf("cp%d", i), fmt.Sprintf("10.0.0.%d", i), strings.Join(members, ","))
	}
	return f
}

// kubeasz lays all in /etc/kubernetes/ssl: one CA, whose key signs the tokens too, and
// a front proxy that is called aggregator.
func kubeasz() files {
	f, authority := files{}, issue(ca("kubernetes-ca"), nil)
	server := issue(leaf("kubernetes/k8s", "sc", "127.0.0.1 10.0.0.1 10.68.0.1 k8s.easzlab.io kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster kubernetes.default.svc.cluster.local"), authority)
	f.pem(ssl[1:]+"ca", authority)
	f.pem(ssl[1:]+"kubernetes", server)
	f.pem(ssl[1:]+"etcd", issue(leaf("etcd/k8s", "sc", "10.0.0.1 127.0.0.1"), authority))
	f.pem(ssl[1:]+"aggregator-proxy", issue(leaf("aggregator/k8s", "sc", ""), authority))
	node := issue(leaf("system:node:master-01/system:nodes", "sc", "127.0.0.1 10.0.0.1 master-01"), authority)
	f.pem(ssl[1:]+"kubelet", node)
	for _, name := range []string{"kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		f["etc/kubernetes/"+name+".kubeconfig"] = config("https://127.0.0.1:6443", authority.pem, issue(leaf(accounts[name], "sc", ""), authority))
	}
	f["etc/kubernetes/kubelet.kubeconfig"] = config("https://127.0.0.1:6443", authority.pem, node)
	f["root/.kube/config"] = config("https://"+first+":6443", authority.pem, issue(leaf(accounts["admin"], "sc", ""), authority))
	f[system[1:]+"etcd.service"] = unit("etcd", append(append(etcdFlags("etcd-"+first, first, "etcd-"+first+"=https://"+first+":2380"), tlsFlags("", ssl+"ca.pem", ssl+"etcd")...), tlsFlags("peer-", ssl+"ca.pem", ssl+"etcd")...)...)
	f[system[1:]+"kube-apiserver.service"] = unit("kube-apiserver", "--allow-privileged=true", "--anonymous-auth=false", "--api-audiences=api,istio-ca", "--authorization-mode=Node,RBAC", "--bind-address="+first, "--client-ca-file="+ssl+"ca.pem",
		"--etcd-cafile="+ssl+"ca.pem", "--etcd-certfile="+ssl+"kubernetes.pem", "--etcd-keyfile="+ssl+"kubernetes-key.pem", "--etcd-servers=https://"+first+":2379", "--kubelet-certificate-authority="+ssl+"ca.pem",
		"--kubelet-client-certificate="+ssl+"kubernetes.pem", "--kubelet-client-key="+ssl+"kubernetes-key.pem", "--secure-port=6443", "--service-account-issuer=https://kubernetes.default.svc", "--service-account-signing-key-file="+ssl+"ca-key.pem",
		"--service-account-key-file="+ssl+"ca.pem", "--service-cluster-ip-range=10.68.0.0/16", "--tls-cert-file="+ssl+"kubernetes.pem", "--tls-private-key-file="+ssl+"kubernetes-key.pem", "--requestheader-client-ca-file="+ssl+"ca.pem",
		"--requestheader-allowed-names=aggregator", "--proxy-client-cert-file="+ssl+"aggregator-proxy.pem", "--proxy-client-key-file="+ssl+"aggregator-proxy-key.pem", "--enable-aggregator-routing=true", "--v=2")
	f[system[1:]+"kube-controller-manager.service"] = unit("kube-controller-manager", "--authentication-kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig", "--cluster-signing-cert-file="+ssl+"ca.pem", "--cluster-signing-key-file="+ssl+"ca-key.pem",
		"--kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig", "--root-ca-file="+ssl+"ca.pem", "--service-account-private-key-file="+ssl+"ca-key.pem", "--service-cluster-ip-range=10.68.0.0/16")
	f[system[1:]+"kube-scheduler.service"] = unit("kube-scheduler", "--authentication-kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig", "--kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig", "--leader-elect=true")
	f["var/lib/kubelet/config.yaml"] = kubeletConfig(ssl+"ca.pem", ssl+"kubelet.pem", ssl+"kubelet-key.pem")
	f[system[1:]+"kubelet.service"] = unit("kubelet", "--config=/var/lib/kubelet/config.yaml", "--hostname-override=master-01", "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig")
	f["var/lib/kube-proxy/kube-proxy-config.yaml"] = "kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nclientConnection:\n  kubeconfig: \"/etc/kubernetes/kube-proxy.kubeconfig\"\nhostnameOverride: \"master-01\"\n"
	f[system[1:]+"kube-proxy.service"] = unit("kube-proxy", "--config=/var/lib/kube-proxy/kube-proxy-config.yaml")
	return f
}

// kubespray is kubeadm with its folder at /etc/kubernetes/ssl, and etcd on the host by
// an environment file, with certificates of its own.
func kubespray() files {
	f, w := files{}, newWorld()
	const etcd = "/etc/ssl/etcd/ssl/"
	for i := 1; i <= 3; i++ {
		name, ip, at := fmt.Sprintf("node%d", i), fmt.Sprintf("10.0.0.%d", i), fmt.Sprintf("node%d", i)
		made := files{}
		w.node(made, "", name, ip, "")
		for p, text := range made {
			rest, isPKI := strings.CutPrefix(p, "pki/")
			switch {
			case strings.HasPrefix(p, "pki/etcd/"), strings.HasPrefix(p, "pki/apiserver-etcd-client"), p == "manifests/etcd.yaml":
				continue
			case isPKI:
				p = "ssl/" + rest
			}
			f[at+"/etc/kubernetes/"+p] = strings.ReplaceAll(text, "/etc/kubernetes/pki/", ssl)
		}
		api := at + "/etc/kubernetes/" + api
		f.flag(api, "--etcd-cafile", etcd+"ca.pem")
		f.flag(api, "--etcd-certfile", etcd+"node-"+name+".pem")
		f.flag(api, "--etcd-keyfile", etcd+"node-"+name+"-key.pem")
		f.flag(api, "--etcd-servers", "https://10.0.0.1:2379,https://10.0.0.2:2379,https://10.0.0.3:2379")
		f.pem(at+etcd+"ca", w.etcd)
		const names = "localhost node1 node2 node3 lb-apiserver.kubernetes.local etcd.kube-system.svc.cluster.local etcd.kube-system.svc etcd.kube-system etcd 127.0.0.1 10.0.0.1 10.0.0.2 10.0.0.3"
		f.pem(at+etcd+"member-"+name, issue(leaf("etcd-member-"+name, "sc", names), w.etcd))
		f.pem(at+etcd+"admin-"+name, issue(leaf("etcd-admin-"+name, "sc", names), w.etcd))
		f.pem(at+etcd+"node-"+name, issue(leaf("etcd-node-"+name, "sc", names), w.etcd))
		f[at+"/etc/etcd.env"] = fmt.Sprintf("# Environment file for etcd 3.5.12\nETCD_DATA_DIR=/var/lib/etcd\nETCD_ADVERTISE_CLIENT_URLS=https://%[2]s:2379\nETCD_INITIAL_ADVERTISE_PEER_URLS=https://%[2]s:2380\nETCD_INITIAL_CLUSTER_STATE=existing\n"+
			"ETCD_LISTEN_CLIENT_URLS=https://%[2]s:2379,https://127.0.0.1:2379\nETCD_LISTEN_PEER_URLS=https://%[2]s:2380\nETCD_NAME=etcd%[1]d\nETCD_INITIAL_CLUSTER=etcd1=https://10.0.0.1:2380,etcd2=https://10.0.0.2:2380,etcd3=https://10.0.0.3:2380\n"+
			"# TLS settings\nETCD_TRUSTED_CA_FILE=%[3]sca.pem\nETCD_CERT_FILE=%[3]smember-%[4]s.pem\nETCD_KEY_FILE=%[3]smember-%[4]s-key.pem\nETCD_CLIENT_CERT_AUTH=true\n"+
			"ETCD_PEER_TRUSTED_CA_FILE=%[3]sca.pem\nETCD_PEER_CERT_FILE=%[3]smember-%[4]s.pem\nETCD_PEER_KEY_FILE=%[3]smember-%[4]s-key.pem\nETCD_PEER_CLIENT_CERT_AUTH=True\n", i, ip, etcd, name)
		f[at+system+"etcd.service"] = "[Unit]\nDescription=etcd\nAfter=network.target\n\n[Service]\nType=notify\nUser=root\nEnvironmentFile=/etc/etcd.env\nExecStart=/usr/local/bin/etcd\nNotifyAccess=all\nRestart=always\n"
	}
	return f
}
