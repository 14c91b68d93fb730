package spec

// Codes on the service and pod networks, alone and together with the nodes,
// and on the cluster domain.
var (
	subnetBad = rule("subnet-bad", Error,
		"%[1]q is not a network",
		"kube-apiserver reads a network as address/length",
		"Write a network such as 10.254.0.0/16.")
	subnetAddr = rule("subnet-bad-address", Error,
		"%[1]q has the address %[2]q, which is not valid",
		"each of the four numbers is from 0 to 255, without leading zeros",
		"Write a network such as 10.254.0.0/16.")
	subnetNoMask = rule("subnet-no-mask", Error,
		"%[1]q is an address, not a network",
		"without its length nobody knows where the network ends",
		"Write the length behind a slash, such as %[2]s.")
	subnetMask = rule("subnet-bad-mask", Error,
		"%[1]q has the length %[2]q",
		"the length is a number from 0 to %[3]d, without leading zeros",
		"Write a network such as 10.254.0.0/16 or fd00:10:96::/112.")
	subnetNetmask = rule("subnet-dotted-mask", Error,
		"%[1]q has a mask with dots",
		"kube-apiserver takes the length of the mask",
		"Write %[2]s.")
	subnetIsRange = rule("subnet-is-range", Error,
		"%[1]q is a range of addresses",
		"kube-apiserver takes a network, not its first and last address",
		"Write a network such as 10.254.0.0/16.")
	subnetHostBits = rule("subnet-host-bits", Warning,
		"%[1]q is an address within a network",
		"the network itself is %[2]s, and is used",
		"Write %[2]s.")
	subnetSmall = rule("subnet-too-small", Error,
		"%[1]s is too small: it has %[2]d addresses",
		"kube-apiserver does not start with fewer than 8",
		"Write a length of /%[3]d or less; /16 for IPv4 and /112 for IPv6 are usual.")
	subnetLarge = rule("subnet-large", Warning,
		"%[1]s is large",
		"kube-apiserver before version 1.34, and kubeadm, refuse lengths below /%[2]d",
		"Write a length of /%[2]d or more, if any of them will see it.")
	subnetOver64 = rule("subnet-over-64", Error,
		"%[1]s is too large",
		"no version of kube-apiserver takes an IPv6 service network of a length below /64",
		"Write a length of /108 or more, such as fd00:10:96::/112.")
	subnetSpecial = rule("subnet-special", Error,
		"%[1]s meets %[2]s, which has a meaning of its own",
		"packets to these addresses never reach a service or pod",
		"Write a private network, such as 10.254.0.0/16.")
	subnetPublic = rule("subnet-public", Warning,
		"%[1]s is not a private network",
		"hosts in the Internet that have these addresses cannot be reached from the cluster",
		"Write a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or fd00::/8, unless the network is yours.")
	subnetThird = rule("subnet-third", Error,
		"%[1]s is one network too many",
		"Kubernetes takes one, or two of different families",
		"Write one IPv4 and one IPv6 network at most.")
	subnetSameFamily = rule("subnet-same-family", Error,
		"%[1]s and %[2]s are both %[3]s",
		"Kubernetes takes two networks only if they are of different families",
		"Write one of them, or one IPv4 and one IPv6 network.")
	subnetOverlap = rule("subnet-overlap", Error,
		"the pod network %[1]s meets the service network %[2]s",
		"an address could be a pod and a service at once, and one of them could not be reached",
		"Write networks that have no address in common.")
	subnetNodeFamily = rule("subnet-node-family", Error,
		"the first service network %[1]s is %[2]s, and node %[3]s has no such address",
		"kube-apiserver does not start unless its own address is of the same family",
		"Write a network of the other family first, or give the node an %[2]s address.")
	subnetNodeSecond = rule("subnet-node-second", Warning,
		"the first service network %[1]s is %[2]s, and the first address of node %[3]s is not",
		"kube-apiserver does not start unless --advertise-address is of the same family",
		"Write the %[2]s address of the node first.")
	podsOtherFamily = rule("pod-subnet-lacks-family", Warning,
		"the service network %[1]s is %[2]s, and no pod network is",
		"a service reaches pods only by addresses of its own family, and kubeadm refuses such networks",
		"Write an %[2]s pod network too, or another {serviceSubnet}.")
	domainIsAddress = rule("domain-is-address", Error,
		"%[1]q is an address",
		"services get names below the cluster domain",
		"Write a domain such as cluster.local.")
	clusterNameForm = rule("cluster-name", Error,
		"%[1]q cannot be the name of a cluster",
		"it becomes a part of file names and of kubeconfigs",
		"Write at most 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends.")
	dirRelative = rule("directory-relative", Error,
		"%[1]q is not an absolute path",
		"components start in different directories, so they would not find the files",
		"Write the path from the root, such as /etc/kubernetes/pki.")
	dirNotClean = rule("directory-not-clean", Error,
		"%[1]q takes a detour",
		"the path goes into the flags of the components as it is written",
		"Write %[2]s.")
	dirRoot = rule("directory-root", Error,
		"%[1]q is the root of the file system",
		"private keys want a folder of their own",
		"Write a folder such as /etc/kubernetes/pki.")
	dirCharacter = rule("directory-character", Error,
		"%[1]q has the character %[2]q",
		"shells and unit files would read the path otherwise",
		"Write letters, digits, slashes, dots, hyphens and underscores.")
	dirWindows = rule("directory-windows", Error,
		"%[1]q is a path of Windows",
		"the components of a control plane run on Linux",
		"Write a path such as /etc/kubernetes/pki.")
	dirLong = rule("directory-too-long", Error,
		"%[1]q has %[2]d characters",
		"it becomes a part of longer paths and of command lines; %[3]d are the limit here",
		"Write a path such as /etc/kubernetes/pki.")
	dirTaken = rule("directory-taken", Error,
		"%[1]q is where %[2]s",
		"two files would get in each other's way",
		"Write a folder of its own, such as /etc/kubernetes/pki.")
	dirFleeting = rule("directory-fleeting", Warning,
		"%[1]q lies in %[2]s",
		"what lies there is lost when the machine starts again, and no component starts without its certificates",
		"Write a folder that stays, such as /etc/kubernetes/pki.")
)
