package spec

import "certwright/pkigen/cluster/problem"

// Codes that only layouts with a tree for each node raise.
var (
	nodeNameOver63 = problem.Rule("node-name-over-63", problem.Error,
		"%[1]q has %[2]d characters",
		"the kubelet writes the name into the label kubernetes.io/hostname, which holds 63, so the node could not join",
		"Write the name without its domain, or a shorter one.")
	nodesNoEtcd = problem.Rule("nodes-no-etcd", problem.Error,
		"no node has the role etcd",
		"kube-apiserver keeps everything there and does not start without it, and etcd's certificates name these nodes",
		"Give the role etcd to one, three or five nodes; machines of their own are nodes with the role etcd alone.")
	endpointMissing = problem.Rule("endpoint-missing", problem.Warning,
		"there are %[1]d control-plane nodes and no endpoint",
		"every kubelet and administrator would dial %[2]s alone, and lose the API when this one machine is down",
		"Write the name or address of a load balancer, or a virtual address that moves between them.")
	bootstrapUnsigned = problem.Rule("bootstrap-not-signed", problem.Error,
		"kubelets shall ask for their certificates, and nobody would sign them",
		"only kube-controller-manager signs such requests, and it needs the key of the Kubernetes CA for it",
		"Write yes for {signCSRs}, or off for {tlsBootstrap}.")
)
