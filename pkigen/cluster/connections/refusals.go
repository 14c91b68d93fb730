package connections

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
)

// Refusal is one connection that must fail: somebody shows, at the door of an
// connection, what does not belong there. An connection that talks proves little while
// these are not refused.
type Refusal struct {
	ID         string // stable: "kubelet-at-etcd"
	Who        string // who tries: "a kubelet"
	Connection string // ID of the connection through whose door it comes
	Shows      string // the entry whose certificate it shows; "" for none
	Poses      Pose   // as whom it wants to be taken
	Why        string // why it must be refused
	// Shared are domains whose common CA opens this door: a layout in which one
	// CA serves them all cannot refuse it. None means that no layout has to.
	Shared []catalog.Domain
	Danger string // what it means where it is open
	// Own reports whether only a set of ours is asked: by others' files nobody can tell.
	Own bool
}

// Pose is as whom somebody wants to be taken.
type Pose string

// The poses.
const (
	AsItself Pose = ""             // to get in is enough
	AsProxy  Pose = "front proxy"  // in the name of a user that its headers say
	AsNode   Pose = "another node" // as the kubelet of a node that it is not
)

// Open reports whether the layout cannot refuse it: the other side has no means to
// tell it from those whom it expects.
func (r *Refusal) Open(l *catalog.Layout) bool {
	return len(r.Shared) > 0 && !slices.ContainsFunc(r.Shared, func(d catalog.Domain) bool { return l.CA(d) != l.CA(r.Shared[0]) })
}

// Refusals are the connections that must fail, by the side that refuses.
var Refusals = []Refusal{
	{
		ID: "kubelet-at-etcd", Who: "a kubelet", Connection: id.APIServerToEtcd, Shows: id.KubeletClient,
		Why:    "etcd asks nothing but whose CA has signed: a kubelet that gets in reads all Secrets, past the API server.",
		Shared: []catalog.Domain{catalog.Kubernetes, catalog.Etcd},
		Danger: "whoever takes over one worker reads and writes all of etcd",
	},
	{
		ID: "admin-at-etcd", Who: "an administrator", Connection: id.APIServerToEtcd, Shows: id.Admin,
		Why:    "People come by the API, where RBAC and the audit log see them; etcd knows neither.",
		Shared: []catalog.Domain{catalog.Kubernetes, catalog.Etcd},
		Danger: "whoever holds the administrator's file reads and writes all of etcd, past RBAC and the audit log, also after its binding is taken away",
	},
	{
		ID: "nobody-at-etcd", Who: "no certificate", Connection: id.APIServerToEtcd,
		Why: "Without --client-cert-auth and a trusted CA, etcd lets everyone read and write who reaches its port.",
	},
	{
		ID: "client-as-front-proxy", Who: id.KubeProxy, Connection: id.KubeProxyToAPIServer, Shows: id.KubeProxy, Poses: AsProxy,
		Why: "Whoever passes as the front proxy says in headers who asks, and may be anyone: only the front-proxy CA's certificate with an allowed name may.",
	},
	{
		ID: "kubelet-as-another-node", Who: "a kubelet", Connection: id.KubeletToAPIServer, Shows: id.KubeletClient, Poses: AsNode, Own: true,
		Why: "The Node authorizer and NodeRestriction keep a kubelet to its own node by the user in its certificate: one that bears another's name reads the Secrets of that node.",
	},
	{
		ID: "front-proxy-as-user", Who: "the front proxy's certificate", Connection: id.AdminToAPIServer, Shows: id.FrontProxyClient, Own: true,
		Why:    "It is for saying in whose name a request comes, and is no user of its own.",
		Shared: []catalog.Domain{catalog.Kubernetes, catalog.FrontProxy},
		Danger: "the front proxy's certificate is also a user of the API, by its own name and without rights",
	},
}
