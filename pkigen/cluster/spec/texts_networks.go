package spec

import "certwright/pkigen/cluster/problem"

// Codes on the service and pod networks, alone and together with the nodes,
// and on the cluster domain.
var (
	subnetBad = problem.Rule("subnet-bad", problem.Error,
		"%[1]q is not a network",
		"kube-apiserver reads a network as address/length",
		"Write a network such as 10.254.0.0/16.")
	subnetAddr = problem.Rule("subnet-bad-address", problem.Error,
		"%[1]q has the address %[2]q, which is not valid",
		"each of the four numbers is from 0 to 255, without leading zeros",
		"Write a network such as 10.254.0.0/16.")
	subnetNoMask = problem.Rule("subnet-no-mask", problem.Error,
		"%[1]q is an address, not a network",
		"without its length nobody knows where the network ends",
		"Write the length behind a slash, such as %[2]s.")
	subnetMask = problem.Rule("subnet-bad-mask", problem.Error,
		"%[1]q has the length %[2]q",
		"the length is a number from 0 to %[3]d, without leading zeros",
		"Write a network such as 10.254.0.0/16 or fd00:10:96::/112.")
	subnetNetmask = problem.Rule("subnet-dotted-mask", problem.Error,
		"%[1]q has a mask with dots",
		"kube-apiserver takes the length of the mask",
		"Write %[2]s.")
	subnetIsRange = problem.Rule("subnet-is-range", problem.Error,
		"%[1]q is a range of addresses",
		"kube-apiserver takes a network, not its first and last address",
		"Write a network such as 10.254.0.0/16.")
	subnetHostBits = problem.Rule("subnet-host-bits", problem.Warning,
		"%[1]q is an address within a network",
		"the network itself is %[2]s, and is used",
		"Write %[2]s.")
	subnetSmall = problem.Rule("subnet-too-small", problem.Error,
		"%[1]s is too small: it has %[2]d addresses",
		"kube-apiserver does not start with fewer than 8",
		"Write a length of /%[3]d or less; /16 for IPv4 and /112 for IPv6 are usual.")
	subnetLarge = problem.Rule("subnet-large", problem.Warning,
		"%[1]s is large",
		"kube-apiserver before version 1.34, and kubeadm, refuse lengths below /%[2]d",
		"Write a length of /%[2]d or more, if any of them will see it.")
	subnetOver64 = problem.Rule("subnet-over-64", problem.Error,
		"%[1]s is too large",
		"no version of kube-apiserver takes an IPv6 service network of a length below /64",
		"Write a length of /108 or more, such as fd00:10:96::/112.")
	subnetSpecial = problem.Rule("subnet-special", problem.Error,
		"%[1]s meets %[2]s, which has a meaning of its own",
		"packets to these addresses never reach a service or pod",
		"Write a private network, such as 10.254.0.0/16.")
	subnetPublic = problem.Rule("subnet-public", problem.Warning,
		"%[1]s is not a private network",
		"hosts in the Internet that have these addresses cannot be reached from the cluster",
		"Write a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or fd00::/8, unless the network is yours.")
	subnetThird = problem.Rule("subnet-third", problem.Error,
		"%[1]s is one network too many",
		"Kubernetes takes one, or two of different families",
		"Write one IPv4 and one IPv6 network at most.")
	subnetSameFamily = problem.Rule("subnet-same-family", problem.Error,
		"%[1]s and %[2]s are both %[3]s",
		"Kubernetes takes two networks only if they are of different families",
		"Write one of them, or one IPv4 and one IPv6 network.")
	subnetOverlap = problem.Rule("subnet-overlap", problem.Error,
		"the pod network %[1]s meets the service network %[2]s",
		"an address could be a pod and a service at once, and one of them could not be reached",
		"Write networks that have no address in common.")
	subnetNodeFamily = problem.Rule("subnet-node-family", problem.Error,
		"the first service network %[1]s is %[2]s, and node %[3]s has no such address",
		"kube-apiserver does not start unless its own address is of the same family",
		"Write a network of the other family first, or give the node an %[2]s address.")
	subnetNodeSecond = problem.Rule("subnet-node-second", problem.Warning,
		"the first service network %[1]s is %[2]s, and the first address of node %[3]s is not",
		"kube-apiserver does not start unless --advertise-address is of the same family",
		"Write the %[2]s address of the node first.")
	podsOtherFamily = problem.Rule("pod-subnet-lacks-family", problem.Warning,
		"the service network %[1]s is %[2]s, and no pod network is",
		"a service reaches pods only by addresses of its own family, and kubeadm refuses such networks",
		"Write an %[2]s pod network too, or another {serviceSubnet}.")
	domainIsAddress = problem.Rule("domain-is-address", problem.Error,
		"%[1]q is an address",
		"services get names below the cluster domain",
		"Write a domain such as cluster.local.")
	clusterNameForm = problem.Rule("cluster-name", problem.Error,
		"%[1]q cannot be the name of a cluster",
		"it becomes a part of file names and of kubeconfigs",
		"Write at most 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends.")
	dirRelative = problem.Rule("directory-relative", problem.Error,
		"%[1]q is not an absolute path",
		"components start in different directories, so they would not find the files",
		"Write the path from the root, such as /etc/kubernetes/pki.")
	dirNotClean = problem.Rule("directory-not-clean", problem.Error,
		"%[1]q takes a detour",
		"the path goes into the flags of the components as it is written",
		"Write %[2]s.")
	dirRoot = problem.Rule("directory-root", problem.Error,
		"%[1]q is the root of the file system",
		"private keys want a folder of their own",
		"Write a folder such as /etc/kubernetes/pki.")
	dirCharacter = problem.Rule("directory-character", problem.Error,
		"%[1]q has the character %[2]q",
		"shells and unit files would read the path otherwise",
		"Write letters, digits, slashes, dots, hyphens and underscores.")
	dirWindows = problem.Rule("directory-windows", problem.Error,
		"%[1]q is a path of Windows",
		"the components of a control plane run on Linux",
		"Write a path such as /etc/kubernetes/pki.")
	dirLong = problem.Rule("directory-too-long", problem.Error,
		"%[1]q has %[2]d characters",
		"it becomes a part of longer paths and of command lines; %[3]d are the limit here",
		"Write a path such as /etc/kubernetes/pki.")
	dirTaken = problem.Rule("directory-taken", problem.Error,
		"%[1]q is where %[2]s",
		"two files would get in each other's way",
		"Write a folder of its own, such as /etc/kubernetes/pki.")
	dirFleeting = problem.Rule("directory-fleeting", problem.Warning,
		"%[1]q lies in %[2]s",
		"what lies there is lost when the machine starts again, and no component starts without its certificates",
		"Write a folder that stays, such as /etc/kubernetes/pki.")
)
