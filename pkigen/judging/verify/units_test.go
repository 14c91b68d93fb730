package verify_test

import (
	"crypto/x509"
	"fmt"
	"strings"

	"certwright/pkigen/judging/verify"
)

// guide is a cluster as guides for manual installs lay it out: units, one CA, pairs
// as cfssljson names them.
type guide struct {
	files
	ca *authority
}

const (
	lib    = "/var/lib/kubernetes/"
	lets   = "/var/lib/kubelet/"
	system = "/etc/systemd/system/"
)

func unit(program string, flags ...string) string {
	return "[Unit]\nDescription=" + program + "\n\n[Service]\nExecStart=/usr/local/bin/" + program + " \\\n  " + strings.Join(flags, " \\\n  ") + "\nRestart=on-failure\n"
}

// newGuide has two controllers with etcd and a worker.
func newGuide() *guide {
	g := &guide{files{}, issue(ca("Kubernetes"), nil)}
	all := issue(leaf("kubernetes/Kubernetes", "sc", "kubernetes kubernetes.default kubernetes.default.svc 10.32.0.1 10.240.0.10 10.240.0.11 203.0.113.3 127.0.0.1"), g.ca)
	sa := issue(leaf("service-accounts", "c", ""), g.ca)
	members := "c0=https://10.240.0.10:2380,c1=https://10.240.0.11:2380"
	for i := range 2 {
		at, ip := fmt.Sprintf("any%d", i), fmt.Sprintf("10.240.0.1%d", i)
		for stem, a := range map[string]*authority{"ca": g.ca, "kubernetes": all, "service-account": sa} {
			g.pem(at+lib+stem, a)
		}
		g.pem(at+"/etc/etcd/kubernetes", all)
		g.files[at+"/etc/etcd/ca.pem"] = g.ca.pem
		for _, p := range []string{"kube-controller-manager", "kube-scheduler"} {
			g.files[at+lib+p+".kubeconfig"] = config("https://127.0.0.1:6443", g.ca.pem, issue(leaf("system:"+p, "c", ""), g.ca))
		}
		g.files[at+"/etc/kubernetes/config/kube-scheduler.yaml"] = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection:\n  kubeconfig: \"" + lib + "kube-scheduler.kubeconfig\"\n"
		g.files[at+system+"kube-scheduler.service"] = unit("kube-scheduler", "--config=/etc/kubernetes/config/kube-scheduler.yaml")
		g.files[at+system+"etcd.service"] = unit("etcd", fmt.Sprintf("--name c%d", i), "--cert-file=/etc/etcd/kubernetes.pem", "--key-file=/etc/etcd/kubernetes-key.pem", "--peer-cert-file=/etc/etcd/kubernetes.pem",
			"--peer-key-file=/etc/etcd/kubernetes-key.pem", "--trusted-ca-file=/etc/etcd/ca.pem", "--peer-trusted-ca-file=/etc/etcd/ca.pem", "--peer-client-cert-auth", "--client-cert-auth",
			"--initial-advertise-peer-urls https://"+ip+":2380", "--listen-peer-urls https://"+ip+":2380", "--listen-client-urls https://"+ip+":2379,https://127.0.0.1:2379",
			"--advertise-client-urls https://"+ip+":2379", "--initial-cluster "+members)
		g.files[at+system+"kube-apiserver.service"] = unit("kube-apiserver", "--advertise-address="+ip, "--authorization-mode=Node,RBAC", "--client-ca-file="+lib+"ca.pem", "--etcd-cafile="+lib+"ca.pem",
			"--etcd-certfile="+lib+"kubernetes.pem", "--etcd-keyfile="+lib+"kubernetes-key.pem", "--etcd-servers=https://10.240.0.10:2379,https://10.240.0.11:2379", "--kubelet-certificate-authority="+lib+"ca.pem",
			"--kubelet-client-certificate="+lib+"kubernetes.pem", "--kubelet-client-key="+lib+"kubernetes-key.pem", "--service-account-key-file="+lib+"service-account.pem",
			"--service-account-signing-key-file="+lib+"service-account-key.pem", "--service-account-issuer=https://203.0.113.3:6443", "--service-cluster-ip-range=10.32.0.0/24",
			"--tls-cert-file="+lib+"kubernetes.pem", "--tls-private-key-file="+lib+"kubernetes-key.pem")
		g.files[at+system+"kube-controller-manager.service"] = unit("kube-controller-manager", "--cluster-signing-cert-file="+lib+"ca.pem", "--cluster-signing-key-file="+lib+"ca-key.pem",
			"--kubeconfig="+lib+"kube-controller-manager.kubeconfig", "--root-ca-file="+lib+"ca.pem", "--service-account-private-key-file="+lib+"service-account-key.pem")
	}
	g.worker("w", "w-0", g.ca)
	return g
}

// worker writes a worker of this CA.
func (g *guide) worker(at, name string, by *authority) {
	a := issue(leaf("system:node:"+name+"/system:nodes", "sc", name+" 10.240.0.20"), by)
	g.pem(at+lets+name, a)
	g.files[at+lib+"ca.pem"] = by.pem
	g.files[at+lets+"kubeconfig"] = config("https://203.0.113.3:6443", by.pem, a)
	g.files[at+"/var/lib/kube-proxy/kubeconfig"] = config("https://203.0.113.3:6443", by.pem, issue(leaf("system:kube-proxy/system:node-proxier", "c", ""), by))
	g.files[at+lets+"kubelet-config.yaml"] = "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  anonymous: {enabled: false}\n  x509:\n    clientCAFile: \"" + lib +
		"ca.pem\"\ntlsCertFile: \"" + lets + name + ".pem\"\ntlsPrivateKeyFile: \"" + lets + name + "-key.pem\"\n"
	g.files[at+"/var/lib/kube-proxy/kube-proxy-config.yaml"] = "kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nclientConnection:\n  kubeconfig: \"/var/lib/kube-proxy/kubeconfig\"\n"
	g.files[at+system+"kubelet.service"] = unit("kubelet", "--config="+lets+"kubelet-config.yaml", "--kubeconfig="+lets+"kubeconfig")
	g.files[at+system+"kube-proxy.service"] = unit("kube-proxy", "--config=/var/lib/kube-proxy/kube-proxy-config.yaml")
}

// guided is that cluster with one change.
func guided(change func(g *guide)) func() files {
	return func() files {
		g := newGuide()
		change(g)
		return g.files
	}
}

// variables has units that say $ARGS, and files of variables that say the rest.
func variables(g *guide) {
	for p, text := range g.files {
		at, name, ok := strings.Cut(p, system)
		if !ok || strings.HasSuffix(name, "etcd.service") {
			continue
		}
		program := strings.TrimSuffix(name, ".service")
		_, flags, _ := strings.Cut(text, program+" \\\n")
		flags, _, _ = strings.Cut(flags, "\nRestart")
		g.files[at+"/etc/kubernetes/"+program] = "# flags\nLOG=\"--v=2\"\nARGS=\"" + flags + "\"\n"
		g.files[p] = "[Service]\nEnvironmentFile=-/etc/kubernetes/" + program + "\nExecStart=/usr/bin/" + program + " $LOG $ARGS\n"
	}
}

// etcdVariables tells etcd by ETCD_ variables.
func etcdVariables(g *guide) {
	for i := range 2 {
		at, ip := fmt.Sprintf("any%d", i), fmt.Sprintf("10.240.0.1%d", i)
		g.files[at+system+"etcd.service"] = "[Service]\nEnvironmentFile=/etc/etcd.env\nExecStart=/usr/local/bin/etcd\n"
		g.files[at+"/etc/etcd.env"] = fmt.Sprintf("ETCD_NAME=c%d\nETCD_ADVERTISE_CLIENT_URLS=https://%[2]s:2379\nETCD_INITIAL_ADVERTISE_PEER_URLS=https://%[2]s:2380\nETCD_LISTEN_CLIENT_URLS=https://%[2]s:2379,https://127.0.0.1:2379\n"+
			"ETCD_LISTEN_PEER_URLS=https://%[2]s:2380\nETCD_INITIAL_CLUSTER=c0=https://10.240.0.10:2380,c1=https://10.240.0.11:2380\nETCD_TRUSTED_CA_FILE=\"/etc/etcd/ca.pem\"\nETCD_CERT_FILE=/etc/etcd/kubernetes.pem\n"+
			"ETCD_KEY_FILE=/etc/etcd/kubernetes-key.pem\nETCD_CLIENT_CERT_AUTH=true\nETCD_PEER_TRUSTED_CA_FILE=/etc/etcd/ca.pem\nETCD_PEER_CERT_FILE=/etc/etcd/kubernetes.pem\nETCD_PEER_KEY_FILE=/etc/etcd/kubernetes-key.pem\nETCD_PEER_CLIENT_CERT_AUTH=true\n", i, ip)
	}
}

// unitOnes are by units.
var unitOnes = []reality{
	{name: "units", make: guided(func(*guide) {}), want: verify.WouldRun, warn: "etcd-open"},
	{name: "units with variables", make: guided(variables), want: verify.WouldRun},
	{name: "etcd by variables", make: guided(etcdVariables), want: verify.WouldRun},
	{name: "an unrelated root that sorts first", make: guided(func(g *guide) { g.files["any0"+lib+"acme-root.pem"] = issue(ca("Example Root"), nil).pem }), want: verify.WouldRun},
	{name: "a worker that fits nobody", make: guided(func(g *guide) {
		g.worker("w", "w-0", issue(ca("another"), nil))
		g.edit("w"+lets+"kubeconfig", "203.0.113.3", "198.51.100.7")
		g.edit("w/var/lib/kube-proxy/kubeconfig", "203.0.113.3", "198.51.100.7")
	}), want: verify.WouldRun, warn: "machine-alone"},
	{name: "one worker alone", make: func() files {
		f := files{}
		for p, text := range newGuide().files {
			if rest, ok := strings.CutPrefix(p, "w/"); ok {
				f[rest] = text
			}
		}
		return f
	}, want: verify.CannotBeTold},
	{name: "a worker of another cluster", make: guided(func(g *guide) { g.worker("w", "w-0", issue(ca("Kubernetes"), nil)) }), want: verify.WouldNot, wrong: "kubelet w-0 > kube-apiserver"},
	{name: "the pair of another node", make: guided(func(g *guide) { g.pem("w"+lets+"w-0", issue(leaf("system:node:w-1/system:nodes", "sc", "w-1"), g.ca)) }),
		want: verify.WouldNot, wrong: "kube-apiserver any0 > kubelet w-0", blame: "w/var/lib/kubelet/w-0.pem"},
	{name: "a kubelet without its pair", make: guided(func(g *guide) {
		delete(g.files, "w"+lets+"w-0.pem")
		delete(g.files, "w"+lets+"w-0-key.pem")
	}), want: verify.WouldNot, wrong: "kubelet w-0 > kube-apiserver", blame: "w-0.pem"},
	{name: "a kubelet without its kubeconfig", make: guided(func(g *guide) { delete(g.files, "w"+lets+"kubeconfig") }), want: verify.WouldNot, blame: "w/var/lib/kubelet/kubeconfig"},
	{name: "a kubelet by another CA", make: guided(func(g *guide) { g.files["w"+lib+"ca.pem"] = issue(ca("other"), nil).pem }), want: verify.WouldNot, wrong: "kube-apiserver any1 > kubelet w-0", warn: "other-ca"},
	{name: "no key of etcd on one member", make: guided(func(g *guide) { delete(g.files, "any1/etc/etcd/kubernetes-key.pem") }), want: verify.WouldNot, wrong: "kube-apiserver any0 > etcd any1", blame: "any1/etc/etcd/kubernetes-key.pem"},
	{name: "a variable that names what is not there", make: guided(func(g *guide) {
		etcdVariables(g)
		g.edit("any1/etc/etcd.env", "ETCD_CERT_FILE=/etc/etcd/kubernetes.pem", "ETCD_CERT_FILE=/etc/etcd/member.pem")
	}), want: verify.WouldNot, wrong: "etcd any1"},
	{name: "a flag in a variable that names what is not there", make: guided(func(g *guide) {
		variables(g)
		g.edit("any0/etc/kubernetes/kube-apiserver", "--tls-private-key-file="+lib+"kubernetes-key.pem", "--tls-private-key-file="+lib+"api-key.pem")
	}), want: verify.WouldNot, wrong: "kubelet w-0 > kube-apiserver any0"},
	{name: "no pair for tokens", make: guided(func(g *guide) {
		for _, at := range []string{"any0", "any1"} {
			delete(g.files, at+lib+"service-account.pem")
			delete(g.files, at+lib+"service-account-key.pem")
		}
	}), want: verify.WouldNot, wrong: "kubelet w-0 > kube-apiserver", blame: "service-account-key.pem"},
	{name: "a CA that is no CA", make: func() files {
		w := &authority{}
		c := ca("lab-ca")
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = false, false, x509.KeyUsageDigitalSignature
		*w = *issue(c, nil)
		f := files{}
		f.pair("ca", w)
		f.pair("kube-apiserver", issue(leaf("kube-apiserver", "s", "kubernetes kubernetes.default 10.96.0.1 127.0.0.1"), w))
		f["admin.kubeconfig"] = config("https://127.0.0.1:6443", w.pem, issue(leaf("admin/system:masters", "c", ""), w))
		return f
	}, want: verify.WouldNot, warn: "not-a-ca", blame: "ca.crt"},
}
