package catalog

import (
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
)

// authority is the CA of one domain: the entry of a layout in which it serves that alone,
// and a part of the entry of one that serves several.
type authority struct {
	entry        // its file stands so in authority/ too
	cn    string // "" for the CN of the answers
}

// authorities is what the CA of each domain is for.
var authorities = map[Domain]authority{
	Kubernetes: {
		entry: entry{file: "ca", Entry: Entry{
			Name: id.CA, Leak: authorityLeak, Kind: Authority,
			Title: "the root of trust of the Kubernetes API",
			Why: "Clients trust the API server by it, and the API server knows its clients and the kubelets by it: whoever has its key can be anyone in the cluster. " +
				"The certificate goes to every node, the key stays at home unless the controller-manager signs the requests of kubelets.",
			Opens: "certificates for anybody, system:masters too, can be made with it",
			On:    spec.Kubelet,
			Uses: []Use{
				{Component: id.KubeAPIServer, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
				{Component: id.KubeAPIServer, Flag: "--kubelet-certificate-authority", File: Trust},
				{Component: id.KubeControllerManager, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
				{Component: id.KubeControllerManager, Flag: "--root-ca-file", File: Trust},
				{Component: id.KubeControllerManager, Flag: "--cluster-signing-cert-file", File: Cert, When: signs, Reread: byWatch},
				{Component: id.KubeControllerManager, Flag: "--cluster-signing-key-file", File: Key, When: signs, Reread: byWatch},
				{Component: id.KubeScheduler, Flag: "--client-ca-file", File: Trust, Reread: byWatch},
				{Component: id.Kubelet, Flag: "authentication.x509.clientCAFile", File: Trust, Reread: byWatch},
			},
		}},
	},
	Etcd: {
		cn: id.EtcdCA, entry: entry{file: "etcd/ca", Entry: Entry{
			Name: id.EtcdCA, Leak: authorityLeak, Kind: Authority,
			Words: []string{"etcd"},
			Opens: allOfEtcd,
			Title: "the root of trust of etcd",
			Why: "etcd asks no further question of a client that this CA has signed: it may read and write everything, all Secrets among it. " +
				"That is why it is a CA of its own, and signs nothing but etcd's members and the API server as their client.",
			On: spec.Etcd | spec.ControlPlane,
			Uses: []Use{
				{Component: id.Etcd, Flag: "--trusted-ca-file", File: Trust},
				{Component: id.Etcd, Flag: "--peer-trusted-ca-file", File: Trust},
				{Component: id.KubeAPIServer, Flag: "--etcd-cafile", File: Trust},
				{Component: id.Etcdctl, Flag: "--cacert", File: Trust, Reread: atUse},
			},
		}},
	},
	FrontProxy: {
		cn: id.FrontProxyCA, entry: entry{file: "front-proxy-ca", Entry: Entry{
			Name: id.FrontProxyCA, Leak: authorityLeak, Kind: Authority,
			Words: []string{"frontproxy", "aggregator", "requestheader", "proxyclient"}, // kubeadm's, kops', k3s', minikube's
			Title: "the root of trust for requests in a user's name",
			Opens: "the API in anybody's name, system:masters too",
			Why: "Whoever it has signed may tell the API server, or an extension server behind it, in whose name a request comes, and is believed. " +
				"kube-apiserver therefore wants it apart from the CA of ordinary clients.",
			On: spec.ControlPlane,
			Uses: []Use{
				{Component: id.KubeAPIServer, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
				{Component: id.KubeControllerManager, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
				{Component: id.KubeScheduler, Flag: "--requestheader-client-ca-file", File: Trust, Reread: byWatch},
			},
		}},
	},
}

// peerAuthority is the CA by which members of etcd check each other, where that is another
// one than their clients': no layout that is offered parts them.
var peerAuthority = Entry{
	Name: id.EtcdPeerCA, Leak: authorityLeak, Kind: Authority,
	Title: "the root of trust among etcd's members",
	Opens: allOfEtcd,
	Why:   "Members know each other by it, and no client: whoever has its key can join etcd's cluster, and read and write everything as a member.",
	On:    spec.Etcd,
	Uses:  []Use{{Component: id.Etcd, Flag: "--peer-trusted-ca-file", File: Trust}},
}

// signs reports whether the controller-manager signs certificate requests.
func signs(c *spec.Cluster) bool { return c.SignCSRs }

// place makes the CA that serves these domains, the first of which names it.
func (a authority) place(domains ...Domain) Placed {
	p := Placed{Entry: a.Entry, Signer: a.Name}
	p.On, p.Uses = 0, nil
	for _, d := range domains {
		p.On |= authorities[d].On
		p.Uses = append(p.Uses, authorities[d].Uses...)
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
