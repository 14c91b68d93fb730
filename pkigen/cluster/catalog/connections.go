package catalog

import (
	"slices"

	"certwright/pkigen/cluster/spec"
)

// The ports beyond those of the API server and etcd.
const (
	kubeletPort   = 10250
	extensionPort = 443 // of the Service in front of it
)

// Connections are the connections of a running cluster, by the side that answers.
var Connections = slices.Concat(etcdConnections, apiConnections, tokenConnections, outwardConnections)

var etcdConnections = []Connection{
	{
		ID: "apiserver-to-etcd", From: "kube-apiserver", To: "etcd", Port: etcdClientPort,
		Shows: "apiserver-etcd-client", Answers: "etcd-server",
		Server: Proof{Domain: Etcd, Flag: "--etcd-cafile", What: checksNames},
		Client: Proof{Domain: Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:    "The API server keeps the whole state of the cluster in etcd, and nobody else needs to.",
		Failures: append([]Failure{missingName("kube-apiserver"), otherServerCA("kube-apiserver")},
			refusedByEtcd("kube-apiserver")...),
	},
	{
		ID: "etcdctl-to-etcd", From: "etcdctl", To: "etcd", Port: etcdClientPort,
		Shows: "etcd-healthcheck-client", Answers: "etcd-server",
		Server:   Proof{Domain: Etcd, Flag: "--cacert", What: checksNames},
		Client:   Proof{Domain: Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:      "Health checks and backups are clients of etcd like any other.",
		Failures: append([]Failure{missingName("etcdctl"), otherServerCA("etcdctl")}, refusedByEtcd("etcdctl")...),
	},
	{
		ID: "etcd-gateway", From: "etcd", To: "etcd", Port: etcdClientPort,
		Shows: "etcd-server", Answers: "etcd-server",
		Server: Proof{What: "nothing: it dials itself"},
		Client: Proof{Domain: Etcd, Flag: "--trusted-ca-file", What: checksClient},
		Why:    "etcd's HTTP gateway dials the etcd that it is part of, with the server certificate: that one must be for client auth too.",
		Failures: []Failure{
			{"etcd", "the server certificate is not for client auth", "remote error: tls: bad certificate"},
		},
	},
	{
		ID: "etcd-peers", From: "etcd", To: "etcd", Port: etcdPeerPort,
		Shows: "etcd-peer", Answers: "etcd-peer",
		Server: Proof{Domain: Etcd, Flag: "--peer-trusted-ca-file", What: checksNames},
		Client: Proof{Domain: Etcd, Flag: "--peer-trusted-ca-file",
			What: "signed by this CA, for client auth, with the address that the connection comes from among its names"},
		Why: "Members agree among themselves on every write. Both sides show the same kind of certificate, and both look at the other's address.",
		Failures: []Failure{
			{"etcd", "a member dials from an address that its certificate does not name", `rejected connection on peer endpoint: tls: "10.0.0.5" does not match any of DNSNames`},
			otherServerCA("etcd"),
			{"etcd", "the dialling member's certificate is of another CA", "remote error: tls: unknown certificate authority"},
		},
	},
}

// toAPI is a client of the API that shows a certificate by its kubeconfig.
func toAPI(id, from, shows, flag, why string) Connection {
	return Connection{
		ID: id, From: from, To: "kube-apiserver", Port: spec.DefaultPort,
		Shows: shows, Answers: "apiserver",
		Server:   Proof{Domain: Kubernetes, Entry: shows, Flag: flag, What: checksNames},
		Client:   Proof{Domain: Kubernetes, Flag: "--client-ca-file", What: checksUser},
		Why:      why,
		Failures: refusedByAPI(from),
	}
}

var apiConnections = []Connection{
	toAPI("controller-manager-to-apiserver", "kube-controller-manager", "controller-manager", "--kubeconfig",
		"All controllers work through the API; this one dials the API server of its own node."),
	toAPI("scheduler-to-apiserver", "kube-scheduler", "scheduler", "--kubeconfig",
		"The scheduler reads pods and writes where they run; it dials the API server of its own node."),
	toAPI("kubelet-to-apiserver", "kubelet", "kubelet-client", "--kubeconfig",
		"The kubelet learns which pods it runs and reports on its node: the CN must be system:node: and the node's name, or it may touch nothing."),
	toAPI("kube-proxy-to-apiserver", "kube-proxy", "kube-proxy", "clientConnection.kubeconfig",
		"kube-proxy watches services and endpoints to write the rules of its node."),
	toAPI("admin-to-apiserver", "kubectl", "admin", "--kubeconfig",
		"People come by the endpoint, which the API server's certificate must name."),
	toAPI("super-admin-to-apiserver", "kubectl", "super-admin", "--kubeconfig",
		"For the first manifests and for emergencies: nothing but a new CA takes this way in away."),
}

var tokenConnections = []Connection{
	{
		ID: "pods-to-apiserver", From: "pods", To: "kube-apiserver", Port: spec.DefaultPort,
		Shows: "sa", ShowsText: "a token that it signed", Answers: "apiserver",
		Server: Proof{Domain: Kubernetes, Component: "kube-controller-manager", Flag: "--root-ca-file",
			What: "signed by this CA, which lies in every pod as ca.crt, with the first service address among its names"},
		Client: Proof{Entry: "sa", Flag: "--service-account-key-file",
			What: "the token's signature, its issuer and its audience; no certificate is shown"},
		Why: "Pods have tokens and no certificates. They dial the first service address, and any API server may get a token that another one signed.",
		Failures: []Failure{
			missingName("pods"), otherServerCA("pods"),
			{"kube-apiserver", "the key pair differs among control-plane nodes, or was replaced", "invalid signature, no keys found"},
			{"pods", "the same is so", "Unauthorized"},
		},
	},
	bootstrapConnection("bootstrap-to-apiserver", spec.BootstrapSecret, "--enable-bootstrap-token-auth",
		"a Secret in kube-system has this token, and it has not ended"),
	bootstrapConnection("bootstrap-file-to-apiserver", spec.BootstrapFile, "--token-auth-file", "the token stands in this file"),
}

// bootstrapConnection is a new kubelet that has nothing but a token yet.
func bootstrapConnection(id string, way spec.Bootstrap, flag, what string) Connection {
	return Connection{
		ID: id, From: "new kubelet", To: "kube-apiserver", Port: spec.DefaultPort,
		Shows: "bootstrap-token", Answers: "apiserver",
		Server: Proof{Domain: Kubernetes, Entry: "bootstrap-token", Component: "kubelet", Flag: "--bootstrap-kubeconfig", What: checksNames},
		Client: Proof{Flag: flag, What: what + "; no certificate is shown"},
		Why:    "A new kubelet asks for its certificate with a token, and from then on shows the certificate.",
		Failures: []Failure{
			missingName("new kubelet"), otherServerCA("new kubelet"),
			{"new kubelet", "the token has ended, is mistyped, or is not known to this API server", "cannot create certificate signing request: Unauthorized"},
			{"new kubelet", "the binding to system:node-bootstrapper is missing", "certificatesigningrequests.certificates.k8s.io is forbidden"},
		},
		When: func(c *spec.Cluster) bool { return c.Bootstrap == way },
	}
}

var outwardConnections = []Connection{
	{
		ID: "apiserver-to-kubelet", From: "kube-apiserver", To: "kubelet", Port: kubeletPort,
		Shows: "apiserver-kubelet-client", Answers: "kubelet-server",
		Server: Proof{Domain: Kubernetes, Flag: "--kubelet-certificate-authority", What: checksNames},
		Client: Proof{Domain: Kubernetes, Flag: "authentication.x509.clientCAFile",
			What: checksUser + "; the kubelet asks the API whether this user may"},
		Why: "Logs, exec and port-forward go from kubectl to the API server, and from there to the kubelet.",
		Failures: []Failure{
			{"kube-apiserver", "the kubelet made a certificate up itself, without addresses", "x509: cannot validate certificate for ADDRESS because it doesn't contain any IP SANs"},
			otherServerCA("kube-apiserver"),
			{"kube-apiserver", "the user is not bound to system:kubelet-api-admin", "Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)"},
			{"kube-apiserver", "the kubelet does not trust the CA of the certificate shown, or none is shown", "Unauthorized"},
		},
	},
	{
		ID: "apiserver-to-extension", From: "kube-apiserver", To: "extension server", Port: extensionPort,
		Shows: "front-proxy-client", AnswersText: "its own certificate",
		Server: Proof{Flag: "caBundle", Component: "APIService", What: "signed by the CA in the APIService object, with the name of the service"},
		Client: Proof{Domain: FrontProxy, Component: "kube-apiserver", Flag: "--requestheader-client-ca-file",
			What: "signed by this CA, for client auth, with a CN of --requestheader-allowed-names; headers then say who asks. It reads both from the ConfigMap extension-apiserver-authentication"},
		Why: "Extension servers such as metrics-server are asked through the API server, in the name of the user.",
		Failures: []Failure{
			{"extension server", "the CN is missing in --requestheader-allowed-names", "x509: subject with cn=front-proxy-client is not in the allowed list"},
			{"extension server", "the certificate shown is of another CA", "x509: certificate signed by unknown authority"},
			{"kube-apiserver", "one CA serves both, and no name is set apart: it does not start",
				"--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified"},
		},
	},
}
