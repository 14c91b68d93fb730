package catalog

import (
	"fmt"
	"strconv"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// The catalogue of a whole cluster, with the identities that kubeadm v1.37 gives
// (cmd/kubeadm/app/phases/certs/certlist.go) and those that it leaves to others.

// allOfEtcd is what any certificate opens that etcd takes: it asks no further.
const allOfEtcd = "etcd with all that the cluster knows, Secrets too"

// etcdRoles are etcd's members and whoever looks after them.
var etcdRoles = []entry{
	{file: "etcd/server", Entry: Entry{
		Name: id.EtcdServer, Leak: memberLeak, Kind: Leaf, Domain: Etcd, Profile: "peer", On: spec.Etcd, Each: true,
		Title:   "etcd, as the API server dials it",
		Why:     "The API server and etcdctl look for the address they dialled among its names. It is a client certificate too, because etcd's own gateway dials etcd with it.",
		Subject: nodeSubject("", ""), Hosts: loopbackHosts, Purposes: []Purpose{Server, Client},
		Uses: []Use{
			{Component: id.Etcd, Flag: "--cert-file", File: Cert, Reread: atHandshake, Shown: loopback(components.EtcdPort)},
			{Component: id.Etcd, Flag: "--key-file", File: Key, Reread: atHandshake},
		},
		Opens:   allOfEtcd,
		Kubeadm: Kubeadm{"etcd-server", "certs etcd-server"},
		Shares:  id.APIServer,
	}},
	{file: "etcd/peer", Entry: Entry{
		Name: id.EtcdPeer, Leak: memberLeak, Kind: Leaf, Domain: Etcd, Profile: "peer", On: spec.Etcd, Each: true,
		Title:   "etcd, among its members",
		Why:     "Members dial each other and show it on both sides. The one that answers compares the address the other came from with these names, so a moved member needs a new one.",
		Subject: nodeSubject("", ""), Hosts: loopbackHosts, Purposes: []Purpose{Server, Client},
		Uses: []Use{
			{Component: id.Etcd, Flag: "--peer-cert-file", File: Cert, Reread: atHandshake, Shown: ":" + strconv.Itoa(components.EtcdPeerPort)},
			{Component: id.Etcd, Flag: "--peer-key-file", File: Key, Reread: atHandshake},
		},
		Opens:   allOfEtcd,
		Kubeadm: Kubeadm{"etcd-peer", "certs etcd-peer"},
		Shares:  id.EtcdServer,
	}},
	{file: "etcd/healthcheck-client", Entry: Entry{
		Name: id.EtcdHealthcheckClient, Leak: etcdLeak, Kind: Leaf, Domain: Etcd, Profile: "client", On: spec.Etcd,
		Title:   "etcdctl, health checks and backups",
		Why:     "etcd wants a certificate of everyone, also of those who only ask for its health. It may read and write everything in etcd.",
		Subject: subject("kube-etcd-healthcheck-client", ""), Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.Etcdctl, Flag: "--cert", File: Cert, Reread: atUse},
			{Component: id.Etcdctl, Flag: "--key", File: Key, Reread: atUse},
		},
		Opens:   allOfEtcd,
		Kubeadm: Kubeadm{"etcd-healthcheck-client", "certs etcd-healthcheck-client"},
	}},
	{file: "apiserver-etcd-client", Entry: Entry{
		Name: id.APIServerEtcdClient, Leak: etcdLeak, Kind: Leaf, Domain: Etcd, Profile: "client", On: spec.ControlPlane,
		Title:   "the API server, as etcd's client",
		Why:     "By it the API server reads and writes the whole state of the cluster. etcd asks only whether its CA has signed it.",
		Subject: subject("kube-apiserver-etcd-client", ""), Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--etcd-certfile", File: Cert, Reread: atHandshake},
			{Component: id.KubeAPIServer, Flag: "--etcd-keyfile", File: Key, Reread: atHandshake},
		},
		Opens:   allOfEtcd,
		Kubeadm: Kubeadm{"apiserver-etcd-client", "certs apiserver-etcd-client"},
		Shares:  id.APIServer,
	}},
}

// apiserverRoles are the API server as others dial it, and as it dials others.
var apiserverRoles = []entry{
	{file: "apiserver", Entry: Entry{
		Name: id.APIServer, Leak: apiserverLeak, Kind: Leaf, Domain: Kubernetes, Profile: "server", On: spec.ControlPlane, Each: true,
		Title:   "the API server, as all clients dial it",
		Why:     "Every client looks for what it dialled among its names: the node, the endpoint, or inside pods the first service address. A name that is missing ends as \"certificate is valid for A, not B\".",
		Subject: subject("kube-apiserver", ""), Hosts: apiserverHosts, Purposes: []Purpose{Server},
		Uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--tls-cert-file", File: Cert, Reread: byWatch, Shown: loopback(spec.DefaultPort)},
			{Component: id.KubeAPIServer, Flag: "--tls-private-key-file", File: Key, Reread: byWatch},
		},
		Opens:   "it can pose as the API server to whoever is led to it",
		Kubeadm: Kubeadm{"apiserver", "certs apiserver"},
		Known:   []string{"kubernetes", "kube-apiserver"},
		AnyCN:   true,
	}},
	{file: "apiserver-kubelet-client", Entry: Entry{
		Name: id.APIServerKubeletClient, Leak: toKubeletsLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client", On: spec.ControlPlane,
		Title:   "the API server, as the kubelets' client",
		Why:     "For logs, exec and port-forward the API server dials the kubelet, which asks back whether this user may. Nobody is allowed to by default: a manifest of this set binds it to system:kubelet-api-admin.",
		Subject: subject("kube-apiserver-kubelet-client", ""), Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--kubelet-client-certificate", File: Cert, Reread: byCompare},
			{Component: id.KubeAPIServer, Flag: "--kubelet-client-key", File: Key, Reread: byCompare},
		},
		Opens:   "every kubelet: exec, logs and port-forward into all pods",
		Kubeadm: Kubeadm{"apiserver-kubelet-client", "certs apiserver-kubelet-client"},
		Known:   []string{"kubelet-client"},
		AnyCN:   true, Shares: id.APIServer,
	}},
	{file: "front-proxy-client", Entry: Entry{
		Name: id.FrontProxyClient, Leak: frontProxyLeak, Kind: Leaf, Domain: FrontProxy, Profile: "client", On: spec.ControlPlane,
		Title:   "the API server, in front of extension servers",
		Why:     "With it the API server hands requests on to extension servers such as metrics-server, and says in headers who asked. They believe it by its CA and by its name.",
		Subject: subject("front-proxy-client", ""), Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--proxy-client-cert-file", File: Cert, Reread: byWatch},
			{Component: id.KubeAPIServer, Flag: "--proxy-client-key-file", File: Key, Reread: byWatch},
		},
		Opens:   "the API and extension servers in the name of any user, system:masters too",
		Kubeadm: Kubeadm{"front-proxy-client", "certs front-proxy-client"},
		Known:   []string{"aggregator"},
		AnyCN:   true,
	}},
}

// clientRoles are the users that log in to the API by certificate.
var clientRoles = []entry{
	{file: "controller-manager", Entry: Entry{
		Name: id.ControllerManager, Leak: controllersLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client", On: spec.ControlPlane,
		Title:   "kube-controller-manager, as a client of the API",
		Why:     "The CN is the user, and a binding that every cluster has lets system:kube-controller-manager run the controllers. It dials the API server of its own node, so that it works without the load balancer.",
		Subject: subject("system:kube-controller-manager", ""), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "controller-manager.conf", Local: true},
		Uses:       kubeconfigUses(components.Reread{}, id.KubeControllerManager, "--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"),
		Opens:      "the API as system:kube-controller-manager: all Secrets, every service account",
		Kubeadm:    Kubeadm{"controller-manager.conf", "kubeconfig controller-manager"},
	}},
	{file: "scheduler", Entry: Entry{
		Name: id.Scheduler, Leak: schedulerLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client", On: spec.ControlPlane,
		Title:   "kube-scheduler, as a client of the API",
		Why:     "The CN is the user, and a binding that every cluster has lets system:kube-scheduler place pods. It dials the API server of its own node.",
		Subject: subject("system:kube-scheduler", ""), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "scheduler.conf", Local: true},
		Uses:       kubeconfigUses(components.Reread{}, id.KubeScheduler, "--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"),
		Opens:      "the API as system:kube-scheduler",
		Kubeadm:    Kubeadm{"scheduler.conf", "kubeconfig scheduler"},
	}},
	{file: "kube-proxy", Entry: Entry{
		Name: id.KubeProxy, Leak: proxyLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client", On: spec.Kubelet,
		Title:   "kube-proxy, as a client of the API",
		Why:     "The CN is the user, and the built-in binding system:node-proxier lets system:kube-proxy watch services and endpoints. All nodes share it, because they all are this one user.",
		Subject: subject("system:kube-proxy", ""), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "kube-proxy.conf"},
		Uses:       kubeconfigUses(components.Reread{}, id.KubeProxy, "clientConnection.kubeconfig"),
		Opens:      "the API as system:kube-proxy: it may watch Services and endpoints",
	}},
	{file: "admin", Entry: Entry{
		Name: id.Admin, Leak: adminLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client",
		Title:   "the administrator, for kubectl every day",
		Why:     "Its group kubeadm:cluster-admins has all rights by a binding, which a manifest of this set makes and which can be taken away again if the file leaks.",
		Subject: subject("kubernetes-admin", "kubeadm:cluster-admins"), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "admin.conf"},
		Uses:       kubeconfigUses(atUse, id.Kubectl, "--kubeconfig"),
		Opens:      "everything in the cluster",
		Kubeadm:    Kubeadm{"admin.conf", "kubeconfig admin"},
		Known:      []string{"admin", "kube-admin"}, KnownGroup: Masters,
		AnyCN: true,
	}},
	{file: "super-admin", Entry: Entry{
		Name: id.SuperAdmin, Leak: mastersLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client",
		Title:   "the way in when nothing else works",
		Why:     "The group system:masters may do everything before any rule is asked, and only a new CA takes that away. Use it for the first manifests, then lock it away; it belongs on no node.",
		Subject: subject("kubernetes-super-admin", Masters), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "super-admin.conf"},
		Uses:       kubeconfigUses(atUse, id.Kubectl, "--kubeconfig"),
		Opens:      "everything in the cluster, whatever the bindings say",
		Kubeadm:    Kubeadm{"super-admin.conf", "kubeconfig super-admin"},
		AnyCN:      true,
	}},
}

// servingEntries are what kube-controller-manager and kube-scheduler answer with, where it is
// not a certificate that they make up at each start.
var servingEntries = []entry{
	serving("controller-manager-server", id.ControllerManagerServer, id.KubeControllerManager, components.ControllerManagerPort),
	serving("scheduler-server", id.SchedulerServer, id.KubeScheduler, components.SchedulerPort),
}

func serving(file, name, component string, port int) entry {
	return entry{file: file, Entry: Entry{
		Name: name, Leak: monitorLeak, Kind: Leaf, Domain: Kubernetes, Profile: "server", On: spec.ControlPlane, Each: true, When: servesCertificates,
		Title: component + ", as monitoring dials it",
		Why: fmt.Sprintf("It tells its health and metrics on port %d. Without this pair it makes up a certificate that nobody can check, "+
			"and monitoring has to skip the check.", port),
		Subject: subject(component, ""), Hosts: loopbackHosts, Purposes: []Purpose{Server},
		Uses: []Use{
			{Component: component, Flag: "--tls-cert-file", File: Cert, Reread: byWatch, Shown: loopback(port)},
			{Component: component, Flag: "--tls-private-key-file", File: Key, Reread: byWatch},
		},
		Dialled: "monitoring and health checks",
		Opens:   "it can pose as the " + component + " of NODE to monitoring",
		Known:   []string{component},
	}}
}

// servesCertificates reports whether those two answer with certificates of the cluster.
func servesCertificates(c *spec.Cluster) bool { return c.ServingCertificates }

// kubeletEntries are made where kubelets do not ask for them themselves.
var kubeletEntries = []entry{
	{file: kubeletFolder + "/kubelet-client", Entry: Entry{
		Name: id.KubeletClient, Leak: nodeLeak, Kind: Leaf, Domain: Kubernetes, Profile: "client", On: spec.Kubelet, Each: true, When: handsOut,
		Title:   "the kubelet, as a client of the API",
		Why:     "User system:node:NAME in the group system:nodes: by both together the Node authorizer lets it read and write what belongs to its own node, and nothing of another.",
		Subject: nodeSubject("system:node:", "system:nodes"), Purposes: []Purpose{Client},
		Kubeconfig: &Kubeconfig{File: "kubelet.conf"},
		Uses:       kubeconfigUses(components.Reread{}, id.Kubelet, "--kubeconfig"),
		Opens:      "the API as system:node:NODE, which may make its Node object again",
		Shuts:      "once the Node object and its pods are deleted it may read no Secret; else ",
		Kubeadm:    Kubeadm{Phase: "kubeconfig kubelet"},
	}},
	{file: kubeletFolder + "/kubelet", Entry: Entry{
		Name: id.KubeletServer, Leak: kubeletLeak, Kind: Leaf, Domain: Kubernetes, Profile: "server", On: spec.Kubelet, Each: true, When: handsOut,
		Title:   "the kubelet, as the API server dials it",
		Why:     "The API server dials the kubelet by its address and checks it by this certificate. Without one the kubelet makes one up that nobody can check.",
		Subject: nodeSubject("system:node:", "system:nodes"), Hosts: nodeHosts, Purposes: []Purpose{Server},
		Uses: []Use{
			{Component: id.Kubelet, Flag: "tlsCertFile", File: Cert, Reread: byKubelet, Shown: loopback(components.KubeletPort)},
			{Component: id.Kubelet, Flag: "tlsPrivateKeyFile", File: Key, Reread: byKubelet},
		},
		Opens:  "it can pose as the kubelet of NODE, where its address leads to it",
		Shares: id.KubeletClient,
	}},
}

// secretRoles are no certificates.
var secretRoles = []entry{
	{file: "sa", Entry: Entry{
		Name: id.ServiceAccount, Leak: accountsLeak, Kind: KeyPair, On: spec.ControlPlane,
		Title: "the signature under service account tokens",
		Why:   "A key pair and no certificate: the API server signs the tokens of pods with the one and checks them with the other. It must be the same on every control-plane node, or every second request of a pod fails.",
		Uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--service-account-key-file", File: Trust},
			{Component: id.KubeAPIServer, Flag: "--service-account-signing-key-file", File: Key},
			{Component: id.KubeControllerManager, Flag: "--service-account-private-key-file", File: Key},
		},
		Opens:   "tokens for every service account can be made with it",
		Shuts:   "only a new service account key",
		Kubeadm: Kubeadm{Phase: "certs sa"},
	}},
	{Entry: Entry{
		Name: id.BootstrapToken, Leak: tokenLeak, Kind: Token, On: spec.Kubelet, When: (*spec.Cluster).HasToken,
		Title:      "the word with which a new kubelet asks for a certificate",
		Why:        "Whoever has it may ask for the certificate of any node, so it is for the days of the installation: delete it when the nodes are there.",
		Kubeconfig: &Kubeconfig{File: "bootstrap-kubelet.conf"},
		Uses:       kubeconfigUses(atUse, id.Kubelet, "--bootstrap-kubeconfig"),
		Opens:      "the certificate of any kubelet can be asked for with it",
		Shuts:      "deleting its Secret, or its line in the file of tokens",
	}},
}

// handsOut reports whether kubelets get their certificates from here.
func handsOut(c *spec.Cluster) bool { return !c.Bootstraps() }

// kubeconfigUses are the flags by which a component is told about its kubeconfig.
func kubeconfigUses(reread components.Reread, component string, flags ...string) []Use {
	var out []Use
	for _, f := range flags {
		out = append(out, Use{Component: component, Flag: f, File: Config, Reread: reread})
	}
	return out
}

// subject is a common name and a group, as kubeadm has it: Kubernetes reads
// nothing else, and every further O would be a group.
func subject(cn, o string) func(*spec.Cluster, *spec.Node) spec.Subject {
	return func(*spec.Cluster, *spec.Node) spec.Subject { return spec.Subject{CN: cn, O: o} }
}

// nodeSubject has the name of the node behind a prefix.
func nodeSubject(prefix, o string) func(*spec.Cluster, *spec.Node) spec.Subject {
	return func(_ *spec.Cluster, n *spec.Node) spec.Subject { return spec.Subject{CN: prefix + n.Name, O: o} }
}
