package main

import (
	"fmt"
	"strings"

	"certwright/pkigen/cluster/pkey"
)

// kubeaszTree is two masters and a worker of kubeasz: one CA, whose key signs the tokens
// too, and which the front proxy shares.
func kubeaszTree(m *tree) {
	const S = "/etc/kubernetes/ssl"
	ca := m.ca("kubernetes-ca/k8s", nil)
	api := m.leaf(ca, "kubernetes/k8s", "sc", apiNames+"k8s.example.com 127.0.0.1 192.168.1.1 192.168.1.2 10.68.0.1")
	etcd, proxy := m.leaf(ca, "etcd/k8s", "sc", "192.168.1.1 192.168.1.2 127.0.0.1"), m.leaf(ca, "aggregator/k8s", "sc", "")
	users := map[string]*pair{}
	for _, u := range []string{"kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		users[u] = m.leaf(ca, "system:"+u+"/system:"+u, "sc", "")
	}
	for i := 1; i <= 3; i++ {
		root, ip := fmt.Sprintf("node-0%d", i), fmt.Sprintf("192.168.1.%d", i)
		kubelet := m.leaf(ca, "system:node:"+root+"/system:nodes", "sc", root+" 127.0.0.1 "+ip)
		m.write(root+S+"/ca.pem", ca.text, 0o644)
		m.pem(root+S+"/kubelet", kubelet)
		m.config(root+"/etc/kubernetes/kubelet.kubeconfig", "127.0.0.1", ca.text, kubelet)
		m.config(root+"/etc/kubernetes/kube-proxy.kubeconfig", "127.0.0.1", ca.text, users["kube-proxy"])
		m.unit(root, "kubelet", flags("--hostname-override=N --kubeconfig=C/kubelet.kubeconfig --client-ca-file=S/ca.pem --tls-cert-file=S/kubelet.pem --tls-private-key-file=S/kubelet-key.pem",
			"N ", root+" ", "C/", "/etc/kubernetes/", "S/", S+"/"))
		m.unit(root, "kube-proxy", flags("--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig"))
		if i == 3 {
			continue
		}
		for stem, p := range map[string]*pair{"ca": ca, "etcd": etcd, "kubernetes": api, "aggregator-proxy": proxy} {
			m.pem(root+S+"/"+stem, p)
		}
		for _, u := range []string{"kube-controller-manager", "kube-scheduler"} {
			m.config(root+"/etc/kubernetes/"+u+".kubeconfig", "127.0.0.1", ca.text, users[u])
		}
		m.unit(root, "kube-scheduler", flags("--kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig"))
		m.unit(root, "etcd", flags(`--name=etcd-IP --cert-file=S/etcd.pem --key-file=S/etcd-key.pem --peer-cert-file=S/etcd.pem --peer-key-file=S/etcd-key.pem --trusted-ca-file=S/ca.pem
			--peer-trusted-ca-file=S/ca.pem --client-cert-auth --peer-client-cert-auth --initial-advertise-peer-urls=https://IP:2380 --listen-peer-urls=https://IP:2380
			--listen-client-urls=https://IP:2379 --advertise-client-urls=https://IP:2379 --initial-cluster=etcd-192.168.1.1=https://192.168.1.1:2380,etcd-192.168.1.2=https://192.168.1.2:2380`, "IP", ip, "S/", S+"/"))
		m.unit(root, "kube-apiserver", flags(`--authorization-mode=Node,RBAC --bind-address=IP --client-ca-file=S/ca.pem --etcd-cafile=S/ca.pem --etcd-certfile=S/kubernetes.pem --etcd-keyfile=S/kubernetes-key.pem
			--etcd-servers=https://192.168.1.1:2379,https://192.168.1.2:2379 --kubelet-certificate-authority=S/ca.pem --kubelet-client-certificate=S/kubernetes.pem --kubelet-client-key=S/kubernetes-key.pem
			--service-account-issuer=https://kubernetes.default.svc --service-account-signing-key-file=S/ca-key.pem --service-account-key-file=S/ca.pem --service-cluster-ip-range=10.68.0.0/16
			--tls-cert-file=S/kubernetes.pem --tls-private-key-file=S/kubernetes-key.pem --requestheader-client-ca-file=S/ca.pem --requestheader-allowed-names=aggregator
			--proxy-client-cert-file=S/aggregator-proxy.pem --proxy-client-key-file=S/aggregator-proxy-key.pem`, "IP", ip, "S/", S+"/"))
		m.unit(root, "kube-controller-manager", flags(`--cluster-signing-cert-file=S/ca.pem --cluster-signing-key-file=S/ca-key.pem --kubeconfig=C/kube-controller-manager.kubeconfig --root-ca-file=S/ca.pem
			--service-account-private-key-file=S/ca-key.pem --use-service-account-credentials=true`, "C/", "/etc/kubernetes/", "S/", S+"/"))
	}
}

// hardWayTree is a server and two workers of Kubernetes the hard way: etcd without TLS,
// and a certificate for the public key of the tokens.
func hardWayTree(m *tree) {
	const V, L, server = "/var/lib/kubernetes", "/var/lib/kubelet", "server.kubernetes.local"
	ca := m.ca("CA", nil)
	api := m.leaf(ca, "kubernetes", "sc", apiNames+server+" api-server.kubernetes.local 127.0.0.1 10.32.0.1")
	tokens, proxy := m.leaf(ca, "service-accounts", "sc", ""), m.leaf(ca, "system:kube-proxy/system:node-proxier", "sc", "")
	for _, n := range []string{"node-0", "node-1"} {
		p := m.leaf(ca, "system:node:"+n+"/system:nodes", "sc", n+" 127.0.0.1")
		m.crt(n+L+"/kubelet", p)
		m.write(n+L+"/ca.crt", ca.text, 0o644)
		m.config(n+L+"/kubeconfig", server, ca.text, p)
		m.config(n+"/var/lib/kube-proxy/kubeconfig", server, ca.text, proxy)
		m.write(n+L+"/kubelet-config.yaml", []byte("kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  x509:\n    clientCAFile: "+L+"/ca.crt\n"+
			"tlsCertFile: "+L+"/kubelet.crt\ntlsPrivateKeyFile: "+L+"/kubelet.key\n"), 0o644)
		m.unit(n, "kubelet", flags("--config=L/kubelet-config.yaml --kubeconfig=L/kubeconfig", "L/", L+"/"))
		m.unit(n, "kube-proxy", flags("--kubeconfig=/var/lib/kube-proxy/kubeconfig"))
	}
	for stem, p := range map[string]*pair{"ca": ca, "kube-api-server": api, "service-accounts": tokens} {
		m.crt("server"+V+"/"+stem, p)
	}
	for _, u := range []string{"kube-controller-manager", "kube-scheduler"} {
		m.config("server"+V+"/"+u+".kubeconfig", server, ca.text, m.leaf(ca, "system:"+u+"/system:"+u, "sc", ""))
	}
	m.unit("server", "etcd", flags("--name=controller --initial-advertise-peer-urls=http://127.0.0.1:2380 --listen-peer-urls=http://127.0.0.1:2380 --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 --initial-cluster=controller=http://127.0.0.1:2380"))
	m.unit("server", "kube-scheduler", flags("--kubeconfig=V/kube-scheduler.kubeconfig", "V/", V+"/"))
	m.unit("server", "kube-controller-manager", flags("--cluster-signing-cert-file=V/ca.crt --cluster-signing-key-file=V/ca.key --kubeconfig=V/kube-controller-manager.kubeconfig --root-ca-file=V/ca.crt --service-account-private-key-file=V/service-accounts.key", "V/", V+"/"))
	m.unit("server", "kube-apiserver", flags(`--authorization-mode=Node,RBAC --client-ca-file=V/ca.crt --etcd-servers=http://127.0.0.1:2379 --kubelet-certificate-authority=V/ca.crt --kubelet-client-certificate=V/kube-api-server.crt
		--kubelet-client-key=V/kube-api-server.key --service-account-key-file=V/service-accounts.crt --service-account-signing-key-file=V/service-accounts.key --service-account-issuer=https://SERVER:6443
		--service-cluster-ip-range=10.32.0.0/24 --tls-cert-file=V/kube-api-server.crt --tls-private-key-file=V/kube-api-server.key`, "V/", V+"/", "SERVER", server))
}

// openSSLTree is the guide whose CA and clients "openssl x509 -req" makes without any
// extension: they are of version 1.
func openSSLTree(m *tree) {
	const P = "/var/lib/kubernetes/pki"
	m.write("work/san.cnf", []byte("[api]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,nonRepudiation,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:kubernetes,DNS:kubernetes.default,"+
		"DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:192.168.56.11,IP:127.0.0.1\n"+
		"[etcd]\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nsubjectAltName=IP:192.168.56.11,IP:127.0.0.1\n"), 0o644)
	const subject = "/CN=KUBERNETES-CA/O=Kubernetes"
	m.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", "work/ca.key", "-out", "work/x.csr")
	m.openssl("x509", "-req", "-in", "work/x.csr", "-signkey", "work/ca.key", "-days", "1000", "-out", "work/ca.crt")
	if c, _ := pkey.Certificates(m.made("work/ca").text); c[0].Version != 1 { // since OpenSSL 3.4
		m.openssl("req", "-x509", "-x509v1", "-new", "-key", "work/ca.key", "-subj", subject, "-days", "1000", "-out", "work/ca.crt")
	}
	for file, subject := range map[string]string{"kube-apiserver": "/CN=kube-apiserver/O=Kubernetes", "etcd-server": "/CN=etcd-server/O=Kubernetes", "kube-controller-manager": "/CN=system:kube-controller-manager/O=system:kube-controller-manager",
		"kube-scheduler": "/CN=system:kube-scheduler/O=system:kube-scheduler", "admin": "/CN=admin/O=system:masters", "apiserver-kubelet-client": "/CN=kube-apiserver-kubelet-client/O=system:masters", "service-account": "/CN=service-accounts/O=Kubernetes"} {
		m.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", "work/"+file+".key", "-out", "work/x.csr")
		args := []string{"x509", "-req", "-in", "work/x.csr", "-CA", "work/ca.crt", "-CAkey", "work/ca.key", "-CAcreateserial", "-days", "100", "-out", "work/" + file + ".crt"}
		if section := map[string]string{"kube-apiserver": "api", "etcd-server": "etcd"}[file]; section != "" {
			args = append(args, "-extfile", "work/san.cnf", "-extensions", section)
		}
		m.openssl(args...)
	}
	at := "controlplane01"
	for _, stem := range []string{"ca", "kube-apiserver", "apiserver-kubelet-client", "service-account", "etcd-server"} {
		m.crt(at+P+"/"+stem, m.made("work/"+stem))
	}
	ca := m.made("work/ca")
	for _, u := range []string{"kube-controller-manager", "kube-scheduler"} {
		m.config(at+"/var/lib/kubernetes/"+u+".kubeconfig", "127.0.0.1", ca.text, m.made("work/"+u))
	}
	m.config("admin/admin.kubeconfig", "192.168.56.11", ca.text, m.made("work/admin"))
	m.gone("work")
	places := []string{"P/", P + "/", "W/", "/var/lib/kubernetes/"}
	m.unit(at, "etcd", flags(`--name=controlplane01 --cert-file=P/etcd-server.crt --key-file=P/etcd-server.key --peer-cert-file=P/etcd-server.crt --peer-key-file=P/etcd-server.key --trusted-ca-file=P/ca.crt --peer-trusted-ca-file=P/ca.crt
		--peer-client-cert-auth --client-cert-auth --initial-advertise-peer-urls=https://192.168.56.11:2380 --listen-peer-urls=https://192.168.56.11:2380 --listen-client-urls=https://192.168.56.11:2379,https://127.0.0.1:2379
		--advertise-client-urls=https://192.168.56.11:2379 --initial-cluster=controlplane01=https://192.168.56.11:2380`, places...))
	m.unit(at, "kube-apiserver", flags(`--advertise-address=192.168.56.11 --authorization-mode=Node,RBAC --client-ca-file=P/ca.crt --etcd-cafile=P/ca.crt --etcd-certfile=P/etcd-server.crt --etcd-keyfile=P/etcd-server.key --etcd-servers=https://192.168.56.11:2379
		--kubelet-certificate-authority=P/ca.crt --kubelet-client-certificate=P/apiserver-kubelet-client.crt --kubelet-client-key=P/apiserver-kubelet-client.key --service-account-key-file=P/service-account.crt
		--service-account-signing-key-file=P/service-account.key --service-account-issuer=https://192.168.56.11:6443 --service-cluster-ip-range=10.96.0.0/16 --tls-cert-file=P/kube-apiserver.crt --tls-private-key-file=P/kube-apiserver.key`, places...))
	m.unit(at, "kube-controller-manager", flags("--cluster-signing-cert-file=P/ca.crt --cluster-signing-key-file=P/ca.key --kubeconfig=W/kube-controller-manager.kubeconfig --root-ca-file=P/ca.crt --service-account-private-key-file=P/service-account.key", places...))
	m.unit(at, "kube-scheduler", flags("--kubeconfig=W/kube-scheduler.kubeconfig", places...))
}

// etcdTree is three members of etcd that are told by environment files, without the key
// of their CA where bare is set.
func etcdTree(bare bool) func(m *tree) {
	return func(m *tree) {
		const S = "/etc/ssl/etcd/ssl"
		ca := m.ca("etcd-ca", nil)
		if !bare {
			m.crt("safe/etcd", ca)
		}
		for i := 1; i <= 3; i++ {
			n, ip := fmt.Sprintf("node%d", i), fmt.Sprintf("10.3.0.%d", i)
			m.pem(n+S+"/member-"+n, m.leaf(ca, "etcd-member-"+n, "sc", "localhost "+n+" 127.0.0.1 "+ip))
			m.write(n+S+"/ca.pem", ca.text, 0o644)
			m.write(n+"/etc/systemd/system/etcd.service", []byte("[Service]\nType=notify\nEnvironmentFile=/etc/etcd.env\nExecStart=/usr/local/bin/etcd\n"), 0o644)
			m.write(n+"/etc/etcd.env", []byte(strings.Join(flags(`ETCD_NAME=etcdI ETCD_ADVERTISE_CLIENT_URLS=https://IP:2379 ETCD_INITIAL_ADVERTISE_PEER_URLS=https://IP:2380 ETCD_LISTEN_CLIENT_URLS=https://IP:2379
				ETCD_LISTEN_PEER_URLS=https://IP:2380 ETCD_INITIAL_CLUSTER=etcd1=https://10.3.0.1:2380,etcd2=https://10.3.0.2:2380,etcd3=https://10.3.0.3:2380 ETCD_TRUSTED_CA_FILE=S/ca.pem ETCD_CERT_FILE=S/member-N.pem
				ETCD_KEY_FILE=S/member-N-key.pem ETCD_CLIENT_CERT_AUTH=true ETCD_PEER_TRUSTED_CA_FILE=S/ca.pem ETCD_PEER_CERT_FILE=S/member-N.pem ETCD_PEER_KEY_FILE=S/member-N-key.pem ETCD_PEER_CLIENT_CERT_AUTH=true`,
				"etcdI", fmt.Sprintf("etcd%d", i), "IP", ip, "S/", S+"/", "-N", "-"+n), "\n")+"\n"), 0o644)
		}
	}
}

// workerTree is one worker alone, as a copy of its files.
func workerTree(m *tree) {
	hardWayTree(m)
	m.gone("server")
	m.gone("node-1")
}
