package catalog

import (
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// Nodes that run a kubelet: kubeadm has one on each control-plane node too.
const kubelets = spec.ControlPlane | spec.Worker

// authority is the CA of one domain, with all that a layout needs to make a
// entry of it, or a part of the entry of a CA that serves several domains.
type authority struct {
	name, file string // in authority/, and on the nodes
	cn         string // "" for the CN of the answers
	title, why string
	opens      string         // as Entry.Opens; "" where no node has its key
	words      []string       // as Entry.Words
	on         spec.NodeRoles // the nodes that check by it
	uses       []Use
}

// authorities is what the CA of each domain is for.
var authorities = map[Domain]authority{
	Kubernetes: {
		name: id.CA, file: "ca",
		title: "the root of trust of the Kubernetes API",
		why: "Clients trust the API server by it, and the API server knows its clients and the kubelets by it: whoever has its key can be anyone in the cluster. " +
			"The certificate goes to every node, the key stays at home unless the controller-manager signs the requests of kubelets.",
		opens: "certificates for anybody, system:masters too, can be made with it",
		on:    kubelets,
		uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
			{Component: id.KubeAPIServer, Flag: "--kubelet-certificate-authority", File: Trust},
			{Component: id.KubeControllerManager, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
			{Component: id.KubeControllerManager, Flag: "--root-ca-file", File: Trust},
			{Component: id.KubeControllerManager, Flag: "--cluster-signing-cert-file", File: Cert, When: signs, Reread: byWatch},
			{Component: id.KubeControllerManager, Flag: "--cluster-signing-key-file", File: Key, When: signs, Reread: byWatch},
			{Component: id.KubeScheduler, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
			{Component: id.Kubelet, Flag: "authentication.x509.clientCAFile", File: Trust, Reread: byWatch},
		},
	},
	Etcd: {
		name: id.EtcdCA, file: "etcd/ca", cn: "etcd-ca",
		words: []string{"etcd"},
		title: "the root of trust of etcd",
		why: "etcd asks no further question of a client that this CA has signed: it may read and write everything, all Secrets among it. " +
			"That is why it is a CA of its own, and signs nothing but etcd's members and the API server as their client.",
		on: spec.Etcd | spec.ControlPlane,
		uses: []Use{
			{Component: id.Etcd, Flag: "--trusted-ca-file", File: Trust},
			{Component: id.Etcd, Flag: "--peer-trusted-ca-file", File: Trust},
			{Component: id.KubeAPIServer, Flag: "--etcd-cafile", File: Trust},
			{Component: id.Etcdctl, Flag: "--cacert", File: Trust, Reread: atUse},
		},
	},
	FrontProxy: {
		name: id.FrontProxyCA, file: "front-proxy-ca", cn: "front-proxy-ca",
		words: []string{"frontproxy", "aggregator", "requestheader", "proxyclient"}, // kubeadm's, kops', k3s', minikube's
		title: "the root of trust for requests in a user's name",
		why: "Whoever it has signed may tell the API server, or an extension server behind it, in whose name a request comes, and is believed. " +
			"kube-apiserver therefore wants it apart from the CA of ordinary clients.",
		on: spec.ControlPlane,
		uses: []Use{
			{Component: id.KubeAPIServer, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
			{Component: id.KubeControllerManager, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
			{Component: id.KubeScheduler, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
		},
	},
}

// peerAuthority is the CA by which members of etcd check each other, where that is another
// one than their clients': no layout that is offered parts them.
var peerAuthority = authority{
	name: id.EtcdPeerCA, file: "etcd/peer-ca", cn: "etcd-peer-ca",
	title: "the root of trust among etcd's members",
	why:   "Members know each other by it, and no client: whoever has its key can join etcd's cluster, and read and write everything as a member.",
	on:    spec.Etcd,
	uses:  []Use{{Component: id.Etcd, Flag: "--peer-trusted-ca-file", File: Trust}},
}

// signs reports whether the controller-manager signs certificate requests.
func signs(c *spec.Cluster) bool { return c.SignCSRs }

// entry is the CA as an entry that no domain has a use for yet.
func (a authority) entry() Entry {
	return Entry{Name: a.name, Kind: Authority, Title: a.title, Why: a.why, Opens: a.opens, Words: a.words}
}

// place makes the CA that serves these domains, the first of which names it.
func (a authority) place(domains ...Domain) Placed {
	p := Placed{Entry: a.entry(), Signer: a.name}
	for _, d := range domains {
		p.On |= authorities[d].on
		p.Uses = append(p.Uses, authorities[d].uses...)
	}
	p.Subject = func(c *spec.Cluster, _ *spec.Node) spec.Subject {
		s := c.CA.Subject
		if a.cn != "" {
			s.CN = a.cn
		}
		return s
	}
	p.Files = placeAuthority(&p.Entry, a.file, domains[0] == Kubernetes)
	return p
}
