package connections

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
)

// extensionPort is that of the Service in front of an extension server.
const extensionPort = 443

// All are the connections of a running cluster, by the side that answers.
var All = slices.Concat(etcdConnections, apiConnections, tokenConnections, outwardConnections)

var etcdConnections = []Connection{
	{
		ID: id.APIServerToEtcd, From: id.KubeAPIServer, To: id.Etcd, Port: components.EtcdPort,
		Shows: id.APIServerEtcdClient, Answers: id.EtcdServer,
		Server: Proof{Domain: catalog.Etcd, Flag: "--etcd-cafile", What: checksNames},
		Client: Proof{Domain: catalog.Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:    "The API server keeps the whole state of the cluster in etcd, and nobody else needs to.",
		Failures: append([]Failure{missingName(id.KubeAPIServer), otherServerCA(id.KubeAPIServer)},
			refusedByEtcd(id.KubeAPIServer)...),
	},
	{
		ID: id.EtcdctlToEtcd, From: id.Etcdctl, To: id.Etcd, Port: components.EtcdPort,
		Shows: id.EtcdHealthcheckClient, Answers: id.EtcdServer,
		Server:   Proof{Domain: catalog.Etcd, Flag: "--cacert", What: checksNames},
		Client:   Proof{Domain: catalog.Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:      "Health checks and backups are clients of etcd like any other.",
		Failures: append([]Failure{missingName(id.Etcdctl), otherServerCA(id.Etcdctl)}, refusedByEtcd(id.Etcdctl)...),
	},
	{
		ID: id.EtcdGateway, From: id.Etcd, To: id.Etcd, Port: components.EtcdPort, Itself: true,
		Shows: id.EtcdServer, Answers: id.EtcdServer,
		Server: Proof{What: "nothing: it dials itself"},
		Client: Proof{Domain: catalog.Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:    "etcd's HTTP gateway dials the etcd that it is part of, with the server certificate: that one must be for client auth too.",
		Failures: []Failure{
			{id.Etcd, "the server certificate is not for client auth", "remote error: tls: bad certificate"},
		},
	},
	{
		ID: id.EtcdPeers, From: id.Etcd, To: id.Etcd, Port: components.EtcdPeerPort, Peers: true,
		Shows: id.EtcdPeer, Answers: id.EtcdPeer,
		Server: Proof{Domain: catalog.Etcd, Flag: "--peer-trusted-ca-file", What: checksNames},
		Client: Proof{Domain: catalog.Etcd, Flag: "--peer-trusted-ca-file",
			What: "signed by this CA, for client auth, with the address that the connection comes from among its names"},
		Why: "Members agree among themselves on every write. Both sides show the same kind of certificate, and both look at the other's address.",
		Failures: []Failure{
			{id.Etcd, "a member dials from an address that its certificate does not name", `rejected connection on peer endpoint: tls: "10.0.0.5" does not match any of DNSNames`},
			otherServerCA(id.Etcd),
			{id.Etcd, "the dialling member's certificate is of another CA", "remote error: tls: unknown certificate authority"},
		},
	},
}

// toAPI is a client of the API that shows a certificate by its kubeconfig.
func toAPI(name, from, shows, flag, why string) Connection {
	return Connection{
		ID: name, From: from, To: id.KubeAPIServer, Port: spec.DefaultPort,
		Shows: shows, Answers: id.APIServer,
		Server:   Proof{Domain: catalog.Kubernetes, Entry: shows, Flag: flag, What: checksNames},
		Client:   Proof{Domain: catalog.Kubernetes, Flag: "--client-ca-file", What: checksUser},
		Why:      why,
		Failures: refusedByAPI(from),
	}
}

var apiConnections = []Connection{
	toAPI(id.ControllerManagerToAPIServer, id.KubeControllerManager, id.ControllerManager, "--kubeconfig",
		"All controllers work through the API; this one dials the API server of its own node."),
	toAPI(id.SchedulerToAPIServer, id.KubeScheduler, id.Scheduler, "--kubeconfig",
		"The scheduler reads pods and writes where they run; it dials the API server of its own node."),
	toAPI(id.KubeletToAPIServer, id.Kubelet, id.KubeletClient, "--kubeconfig",
		"The kubelet learns which pods it runs and reports on its node: the CN must be system:node: and the node's name, or it may touch nothing."),
	toAPI(id.KubeProxyToAPIServer, id.KubeProxy, id.KubeProxy, "clientConnection.kubeconfig",
		"kube-proxy watches services and endpoints to write the rules of its node."),
	toAPI(id.AdminToAPIServer, id.Kubectl, id.Admin, "--kubeconfig",
		"People come by the endpoint, which the API server's certificate must name."),
	toAPI(id.SuperAdminToAPIServer, id.Kubectl, id.SuperAdmin, "--kubeconfig",
		"For the first manifests and for emergencies: nothing but a new CA takes this way in away."),
}

var tokenConnections = []Connection{
	{
		ID: id.PodsToAPIServer, From: id.Pods, To: id.KubeAPIServer, Port: spec.DefaultPort,
		Shows: id.ServiceAccount, ShowsText: "a token that it signed", Answers: id.APIServer,
		Server: Proof{Domain: catalog.Kubernetes, Component: id.KubeControllerManager, Flag: "--root-ca-file",
			What: "signed by this CA, which lies in every pod as ca.crt, with the first service address among its names"},
		Client: Proof{Entry: id.ServiceAccount, Flag: "--service-account-key-file",
			What: "the token's signature, its issuer and its audience; no certificate is shown"},
		Why: "Pods have tokens and no certificates. They dial the first service address, and any API server may get a token that another one signed.",
		Failures: []Failure{
			missingName(id.Pods), otherServerCA(id.Pods),
			{id.KubeAPIServer, "the key pair differs among control-plane nodes, or was replaced", "invalid signature, no keys found"},
			{id.Pods, "the same is so", "Unauthorized"},
		},
	},
	bootstrapConnection(id.BootstrapToAPIServer, spec.BootstrapSecret, "--enable-bootstrap-token-auth",
		"a Secret in kube-system has this token, and it has not expired"),
	bootstrapConnection(id.BootstrapFileToAPIServer, spec.BootstrapFile, "--token-auth-file", "the token stands in this file"),
}

// bootstrapConnection is a new kubelet that has nothing but a token yet.
func bootstrapConnection(name string, way spec.Bootstrap, flag, what string) Connection {
	return Connection{
		ID: name, From: id.NewKubelet, To: id.KubeAPIServer, Port: spec.DefaultPort,
		Shows: id.BootstrapToken, Answers: id.APIServer,
		Server: Proof{Domain: catalog.Kubernetes, Entry: id.BootstrapToken, Component: id.Kubelet, Flag: "--bootstrap-kubeconfig", What: checksNames},
		Client: Proof{Flag: flag, What: what + "; no certificate is shown"},
		Why:    "A new kubelet asks for its certificate with a token, and from then on shows the certificate.",
		Failures: []Failure{
			missingName(id.NewKubelet), otherServerCA(id.NewKubelet),
			{id.NewKubelet, "the token has expired, is mistyped, or is not known to this API server", "cannot create certificate signing request: Unauthorized"},
			{id.NewKubelet, "the binding to system:node-bootstrapper is missing", "certificatesigningrequests.certificates.k8s.io is forbidden"},
		},
		When: func(c *spec.Cluster) bool { return c.Bootstrap == way },
	}
}

var outwardConnections = []Connection{
	{
		ID: id.APIServerToKubelet, From: id.KubeAPIServer, To: id.Kubelet, Port: components.KubeletPort,
		Shows: id.APIServerKubeletClient, Answers: id.KubeletServer,
		Server: Proof{Domain: catalog.Kubernetes, Flag: "--kubelet-certificate-authority", What: checksNames},
		Client: Proof{Domain: catalog.Kubernetes, Flag: "authentication.x509.clientCAFile",
			What: checksUser + "; the kubelet asks the API whether this user may"},
		Why: "Logs, exec and port-forward go from kubectl to the API server, and from there to the kubelet.",
		Failures: []Failure{
			{id.KubeAPIServer, "the kubelet made a certificate up itself, without addresses", "x509: cannot validate certificate for ADDRESS because it doesn't contain any IP SANs"},
			otherServerCA(id.KubeAPIServer),
			{id.KubeAPIServer, "the user is not bound to system:kubelet-api-admin", "Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)"},
			{id.KubeAPIServer, "the kubelet does not trust the CA of the certificate shown, or none is shown", "Unauthorized"},
		},
	},
	{
		ID: id.APIServerToExtension, From: id.KubeAPIServer, To: id.ExtensionServer, Port: extensionPort,
		Shows: id.FrontProxyClient, AnswersText: "its own certificate",
		Server: Proof{Flag: "caBundle", Component: "APIService", What: "signed by the CA in the APIService object, with the name of the service"},
		Client: Proof{Domain: catalog.FrontProxy, Component: id.KubeAPIServer, Flag: "--requestheader-client-ca-file",
			What: "signed by this CA, for client auth, with a CN of --requestheader-allowed-names; headers then say who asks. It reads both from the ConfigMap extension-apiserver-authentication"},
		Why: "Extension servers such as metrics-server are asked through the API server, in the name of the user.",
		Failures: []Failure{
			{id.ExtensionServer, "the CN is missing in --requestheader-allowed-names", "x509: subject with cn=front-proxy-client is not in the allowed list"},
			{id.ExtensionServer, "the certificate shown is of another CA", "x509: certificate signed by unknown authority"},
			{id.KubeAPIServer, "one CA serves both, and no name is set apart: it does not start",
				"--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified"},
		},
	},
}
