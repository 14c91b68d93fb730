package spec

import "certwright/pkigen/cluster/problem"

// Codes on the list of nodes. A wrong address or name in it has a code of
// texts_hosts.go.
var (
	nodeNoAddress = problem.Rule("node-no-address", problem.Error,
		"%[1]q has no address",
		"clients dial nodes by address, and the certificates have to name it",
		"Write name, address and roles, such as master1 192.168.214.88 control-plane,etcd.")
	nodeLineLong = problem.Rule("node-line-too-long", problem.Error,
		"the line has %[1]d words",
		"it is one machine, or one range, and %[2]d words are the limit",
		"Write one machine on a line.")
	nodeRole = problem.Rule("node-role-unknown", problem.Error,
		"%[1]q is neither an address nor a role",
		"the roles decide which certificates name a node",
		"Write control-plane, etcd, worker, or several with commas between them.")
	nodeRoleMisspelt = problem.Rule("node-role-misspelt", problem.Error,
		"%[1]q is not a role",
		"the roles decide which certificates name a node",
		"Write %[2]s.")
	nodeNameLikeRole = problem.Rule("node-name-like-role", problem.Warning,
		"%[1]q is taken for a name",
		"it is almost the role %[2]s, and a word that is no role names the node here",
		"Write %[2]s if the role is meant.")
	nodeDuplicateName = problem.Rule("node-duplicate-name", problem.Error,
		"%[1]q is already on line %[2]d",
		"two nodes of one name would be one node to Kubernetes",
		"Write another name, or put all addresses of one machine on one line with commas between them.")
	nodeDuplicateAddr = problem.Rule("node-duplicate-address", problem.Error,
		"%[1]s is already on line %[2]d",
		"two machines cannot have one address",
		"Write another address, or put all names of one machine on one line: address, name, further names.")
	nodeAliasTaken = problem.Rule("node-duplicate-alias", problem.Warning,
		"%[1]q is already on line %[2]d",
		"a name that several nodes share leads clients to any of them",
		"Keep it if it is the name of all of them, or better write it under {certSANs}.")
	nodeUpper = problem.Rule("node-upper-case", problem.Warning,
		"%[1]q has capital letters",
		"the kubelet registers its node in lower case, so %[2]s is used",
		"Write %[2]s.")
	nodeNameOver52 = problem.Rule("node-name-over-52", problem.Warning,
		"%[1]q has %[2]d characters",
		"over 52, the common name system:node:NAME passes the 64 characters of RFC 5280, and OpenSSL will not make a request for it",
		"Write a shorter name if the machine can have one.")
	nodeAddrSpecial = problem.Rule("node-address-special", problem.Error,
		"%[1]q is %[2]s",
		"other machines cannot reach this one by it",
		"Write the address that other machines dial, such as 192.168.214.88.")
	nodeAddrEnd = problem.Rule("node-address-network", problem.Warning,
		"%[1]s ends in %[2]s",
		"in most networks this is the address of the network or the broadcast address, and no machine has it",
		"Look it up on the machine with: ip addr.")
	nodeLoopbackLine = problem.Rule("node-hosts-loopback", problem.Warning,
		"%[1]q is a line that every /etc/hosts has, and is left out",
		"it names no machine of the cluster",
		"Remove the line.")
	nodeRangeBad = problem.Rule("node-range-bad", problem.Error,
		"%[1]q is not a range of addresses",
		"behind the hyphen stands the last number of the last address, or the whole of it",
		"Write a range such as 192.168.214.88-90.")
	nodeRangeBack = problem.Rule("node-range-backwards", problem.Error,
		"%[1]q ends before it begins",
		"a range runs upward",
		"Write %[2]s.")
	nodeRangeLarge = problem.Rule("node-range-too-large", problem.Error,
		"%[1]q has more than %[2]d addresses",
		"each would become a node",
		"Write a smaller range, or several lines.")
	nodeRangeMixed = problem.Rule("node-range-mixed", problem.Error,
		"one entry stands for %[1]d addresses and another for %[2]d",
		"each node of the line takes one address of each entry",
		"Write ranges of one length, or a line for each node.")
	nodeRangeAlias = problem.Rule("node-range-alias", problem.Error,
		"%[1]q is a further name for a whole range",
		"it cannot be the name of several machines",
		"Remove it, or write a line for each node.")
	nodeRangeNames = problem.Rule("node-range-names", problem.Error,
		"%[1]q stands for other machines than the addresses, which are %[2]d",
		"with a range of addresses a name such as master1-3 is a range too, one name for each",
		"Write %[3]s, or a line for each node.")
	nodesTooMany = problem.Rule("nodes-too-many", problem.Error,
		"there are more than %[1]d nodes",
		"Kubernetes supports 5,000 in one cluster",
		"Write fewer nodes, or make a second cluster.")
	nodesNoControl = problem.Rule("nodes-no-control-plane", problem.Error,
		"no node has the role control-plane",
		"kube-apiserver runs there, and its certificate has to name these nodes",
		"Give at least one node the role control-plane.")
	nodesNoRole = problem.Rule("nodes-no-role", problem.Warning,
		"no role is written for %[1]s; certwright assumes %[2]s",
		"the roles decide which keys a node holds",
		"Write the roles behind each, such as worker.")
	nodesEtcdEven = problem.Rule("nodes-etcd-even", problem.Warning,
		"etcd has an even number of members, %[1]d",
		"it survives the loss of %[2]d, no more than with %[3]d, and has one machine more that can break",
		"Give the role etcd to an odd number of nodes: 1, 3 or 5.")
	nodesEtcdMany = problem.Rule("nodes-etcd-many", problem.Warning,
		"etcd has %[1]d members",
		"each write goes to all of them, so more than %[2]d make the cluster slow and no safer",
		"Give the role etcd to 3 or 5 nodes.")
	nodeInServices = problem.Rule("node-in-service-subnet", problem.Error,
		"the address %[1]s of node %[2]s lies in the service network %[3]s",
		"Kubernetes hands these addresses to services, so the node could not be reached",
		"Write another {serviceSubnet}, one that no machine is in.")
	nodeInPods = problem.Rule("node-in-pod-subnet", problem.Error,
		"the address %[1]s of node %[2]s lies in the pod network %[3]s",
		"these addresses go to pods, so the node could not be reached",
		"Write another {podSubnet}, one that no machine is in.")
	nodeFamily = problem.Rule("node-lacks-family", problem.Warning,
		"node %[1]s has no %[2]s address, and the service network %[3]s is %[2]s",
		"kube-proxy cannot lead the pods of this node to these services",
		"Give each node an %[2]s address too, or take this network out of {serviceSubnet}.")
)
