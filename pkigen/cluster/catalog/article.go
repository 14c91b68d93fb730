package catalog

import (
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// article is the layout of the article: one CA, three certificates, everything
// flat in one folder under the names that cfssljson gives.
var article = Layout{
	Name:  "article",
	Title: "a guide's files for a lab: one CA, four key pairs",
	Text: "Exactly the files of the article \"Kubernetes certificate collection\", flat in one folder, under the names that cfssljson gives them. " +
		"For labs that follow it step by step, and for clusters that were built with it.",
	Risk: "One key serves etcd, the API server and the registry, so that whoever reads kubernetes-key.pem on one machine can pose as all of them.",
	Entries: []Placed{
		{Entry: articleCA, Signer: id.CA, Files: flat("ca")},
		{Entry: articleKubernetes, Signer: id.CA, Files: flat("kubernetes")},
		{Entry: articleAdmin, Signer: id.CA, Files: flat("admin")},
		{Entry: articleKubeProxy, Signer: id.CA, Files: flat("kube-proxy")},
	},
	Config:    "ca-config.json",
	AllUsages: true, // the article's commands make such certificates
	Profiles: []ProfileDefault{{
		Name:   "kubernetes",
		Title:  "every certificate below the CA",
		Expiry: "87600h",
		Usages: []string{"signing", "key encipherment", "server auth", "client auth"},
	}},
}

// The Why sentences set right what the article gets wrong: a certificate's CN
// is not what browsers or clients check, "signing" makes no CA, and copying the
// whole folder to each node copies the root key.
var (
	articleCA = Entry{
		Name:  id.CA,
		Kind:  Authority,
		Title: "the root of trust of the whole cluster",
		Why: "Everything in the cluster trusts what this CA has signed, so ca.pem goes to every machine. " +
			"ca-key.pem stays at home: only a controller-manager that signs kubelet requests needs it, and no worker ever does, " +
			"although the article copies the whole folder to each node. " +
			"It should not sign service account tokens either: those need a key pair of their own, which kube-apiserver will not start without.",
		Subject: func(c *spec.Cluster, _ *spec.Node) spec.Subject { return c.CA.Subject },
		Uses: []Use{
			{Component: id.Etcd, Flag: "--trusted-ca-file", File: Cert},
			{Component: id.Etcd, Flag: "--peer-trusted-ca-file", File: Cert},
			{Component: id.KubeAPIServer, Flag: "--client-ca-file", File: Cert},
			{Component: id.KubeAPIServer, Flag: "--etcd-cafile", File: Cert},
			{Component: id.KubeControllerManager, Flag: "--root-ca-file", File: Cert},
			{Component: id.KubeControllerManager, Flag: "--cluster-signing-cert-file", File: Cert},
			{Component: id.KubeControllerManager, Flag: "--cluster-signing-key-file", File: Key},
			{Component: id.Kubelet, Flag: "authentication.x509.clientCAFile", File: Cert},
			{Component: id.Kubelet, Flag: "kubeconfig certificate-authority", File: Cert},
			{Component: id.KubeProxy, Flag: "kubeconfig certificate-authority", File: Cert},
			{Component: id.Kubectl, Flag: "kubeconfig certificate-authority", File: Cert},
		},
	}

	articleKubernetes = Entry{
		Name:  "kubernetes",
		Kind:  Leaf,
		Title: "API server, etcd and registry",
		Why: "One certificate shared by etcd, kube-apiserver and the private registry; clients look for the address they dialled among its names, never at its CN. " +
			"Each of these machines holds the same kubernetes-key.pem, so a leak on one is a leak on all. " +
			"As a client it is the user kubernetes, who may reach kubelets only after a binding to system:kubelet-api-admin.",
		Subject:  leafSubject("kubernetes", ""),
		Hosts:    sharedHosts,
		Profile:  "kubernetes",
		Purposes: []Purpose{Server, Client},
		Uses: []Use{
			{Component: id.Etcd, Flag: "--cert-file", File: Cert},
			{Component: id.Etcd, Flag: "--key-file", File: Key},
			{Component: id.Etcd, Flag: "--peer-cert-file", File: Cert},
			{Component: id.Etcd, Flag: "--peer-key-file", File: Key},
			{Component: id.KubeAPIServer, Flag: "--tls-cert-file", File: Cert},
			{Component: id.KubeAPIServer, Flag: "--tls-private-key-file", File: Key},
			{Component: id.KubeAPIServer, Flag: "--etcd-certfile", File: Cert},
			{Component: id.KubeAPIServer, Flag: "--etcd-keyfile", File: Key},
			{Component: id.KubeAPIServer, Flag: "--kubelet-client-certificate", File: Cert},
			{Component: id.KubeAPIServer, Flag: "--kubelet-client-key", File: Key},
		},
	}

	articleAdmin = Entry{
		Name:  id.Admin,
		Kind:  Leaf,
		Title: "the administrator, for kubectl",
		Why: "The group system:masters may do everything, before any RBAC rule is asked, and Kubernetes cannot revoke a certificate: " +
			"if admin-key.pem leaks, only a new CA takes this access away before the certificate ends. " +
			"kubectl uses it, not the kubelet; keep it for emergencies and give people certificates with groups that RBAC knows.",
		Subject:  leafSubject("admin", Masters),
		Profile:  "kubernetes",
		Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.Kubectl, Flag: "kubeconfig client-certificate", File: Cert},
			{Component: id.Kubectl, Flag: "kubeconfig client-key", File: Key},
		},
	}

	articleKubeProxy = Entry{
		Name:  id.KubeProxy,
		Kind:  Leaf,
		Title: "kube-proxy, as a client of the API server",
		Why: "kube-apiserver takes the CN as the user, and the built-in binding system:node-proxier lets the user system:kube-proxy watch services and endpoints. " +
			"It needs no names, because nobody dials it by this certificate.",
		Subject:  leafSubject("system:kube-proxy", ""),
		Profile:  "kubernetes",
		Purposes: []Purpose{Client},
		Uses: []Use{
			{Component: id.KubeProxy, Flag: "kubeconfig client-certificate", File: Cert},
			{Component: id.KubeProxy, Flag: "kubeconfig client-key", File: Key},
		},
	}
)

// Masters is the group that may do everything before any rule is asked, and
// that no binding can be taken from: kube-apiserver knows it by heart
// (https://kubernetes.io/docs/concepts/security/rbac-good-practices/).
const Masters = "system:masters"

// flat names the files as `cfssljson -bare NAME` does, beside NAME-csr.json.
func flat(name string) func(*spec.Cluster, *spec.Node) Files {
	return func(*spec.Cluster, *spec.Node) Files {
		return Files{Cert: name + ".pem", Key: name + "-key.pem", CSR: name + ".csr", Request: name + "-csr.json"}
	}
}

// leafSubject takes everything but the CN from the CA's answers, as the article
// does; o stands in for the CA's O unless it is empty, because the O of a client
// certificate is its group.
func leafSubject(cn, o string) func(*spec.Cluster, *spec.Node) spec.Subject {
	return func(c *spec.Cluster, _ *spec.Node) spec.Subject {
		s := c.CA.Subject
		s.CN = cn
		if o != "" {
			s.O = o
		}
		return s
	}
}
