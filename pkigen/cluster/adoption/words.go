// Package adoption has the words of the answers about a directory that was made elsewhere.
package adoption

// Layout is the layout answer of a directory that was made elsewhere: its
// certificates are those that the answer CertificatesKey lists.
const Layout = "adopted"

// The keys of the answers that only an adopted directory has.
const (
	CertificatesKey = "certificates"
	OnNodesKey      = "directoryOnNodes" // where the directory lies on its nodes; may be empty
	StaticPodsKey   = "staticPods"
)

// The words that stand for other answers among the names of a certificate.
const (
	Node      = "$node"      // the name and the aliases of its node
	Addresses = "$addresses" // the addresses of its node
	Nodes     = "$nodes"     // the addresses of all nodes with control plane or etcd
	Service   = "$serviceSubnet"
	Endpoint  = "$controlPlaneEndpoint"
	SANs      = "$certSANs"
	Domain    = "$dnsDomain" // also at the end of a name: kubernetes.default.svc.$dnsDomain
)

// Words are all of them that are a whole name.
var Words = []string{Node, Addresses, Nodes, Service, Endpoint, SANs}
