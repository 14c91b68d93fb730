package spec

import "certwright/pkigen/cluster/problem"

// Codes on names and addresses, wherever one stands: a node, a further name,
// the endpoint, the domain.
var (
	sanIsNetwork = problem.Rule("san-is-network", problem.Error,
		"%[1]q is a network, not an address",
		"a certificate cannot name a range",
		"Write each address<, or reserve some under growth ({certSANs})>.")
	sanHasMask = problem.Rule("san-has-mask", problem.Error,
		"%[1]q has a prefix length",
		"a certificate names an address alone, and cfssl would make a DNS name of this text that matches nothing",
		"Write %[2]s.")
	sanIsRange = problem.Rule("san-is-range", problem.Error,
		"%[1]q is a range, not an address",
		"a certificate cannot name a range",
		"Write each address on its own.")
	sanRangeLarge = problem.Rule("san-range-too-large", problem.Error,
		"%[1]q has more than %[2]d addresses",
		"each becomes a name in certificates, and no client takes one of that size",
		"Write a smaller range.")
	sanIsURL = problem.Rule("san-is-url", problem.Error,
		"%[1]q is a URL",
		"clients compare the host alone with the certificate",
		"Write the host only: %[2]s.")
	sanIsPath = problem.Rule("san-is-path", problem.Error,
		"%[1]q is a path of a file",
		"a certificate names hosts",
		"Write a name such as kube-api.example.com, or an address.")
	sanIsEmail = problem.Rule("san-is-email", problem.Error,
		"%[1]q is an e-mail address",
		"cfssl would write it as one, and no component looks there",
		"Write a name such as kube-api.example.com, or an address.")
	sanHasPort = problem.Rule("san-has-port", problem.Error,
		"%[1]q has a port",
		"a certificate holds for every port of a host, and cfssl would make a URI of this text that matches nothing",
		"Write %[2]s.")
	sanHasColon = problem.Rule("san-has-colon", problem.Error,
		"%[1]q is not a host name",
		"a colon stands only in IPv6 addresses, and cfssl would make a URI of this text that matches nothing",
		"Write a name such as kube-api.example.com, or an address.")
	sanHasSpace = problem.Rule("san-has-space", problem.Error,
		"%[1]q has a space",
		"cfssl would make one name of it that matches nothing",
		"Write one name or address on a line, or put commas between them.")
	sanDuplicate = problem.Rule("san-duplicate", problem.Warning,
		"%[1]q is already on line %[2]d",
		"cfssl would write it twice into the certificate, so it is left out here",
		"Remove one of the two.")
	sanNotDialled = problem.Rule("san-not-dialled", problem.Warning,
		"%[1]q is %[2]s",
		"no client dials it to reach one machine, so the name serves nobody",
		"Write the address that clients use.")
	sanInServices = problem.Rule("san-in-service-subnet", problem.Warning,
		"%[1]s lies in the service network %[2]s",
		"Kubernetes hands these addresses to services, so no machine can have it",
		"Write an address outside of it, or another {serviceSubnet}.")
	sanInPods = problem.Rule("san-in-pod-subnet", problem.Warning,
		"%[1]s lies in the pod network %[2]s",
		"these addresses go to pods, so no machine should have it",
		"Write an address outside of it, or another {podSubnet}.")
	addrOctet = problem.Rule("address-octet", problem.Error,
		"%[1]q is not an address: %[2]s is over 255",
		"cfssl would make a DNS name of it that matches nothing",
		"Write four numbers from 0 to 255, such as 192.168.214.88.")
	addrZeros = problem.Rule("address-leading-zero", problem.Error,
		"%[1]q has leading zeros",
		"some programs read such a number as octal, so Go and Kubernetes refuse it",
		"Write %[2]s.")
	addrParts = problem.Rule("address-parts", problem.Error,
		"%[1]q has the wrong number of parts for an IPv4 address",
		"an IPv4 address is four numbers, and a host name of digits and dots is not valid",
		"Write four numbers from 0 to 255, such as 192.168.214.88.")
	addrBrackets = problem.Rule("address-in-brackets", problem.Error,
		"%[1]q stands in brackets",
		"brackets belong to URLs, and cfssl would make a DNS name of this text that matches nothing",
		"Write %[2]s.")
	addrZone = problem.Rule("address-zone", problem.Error,
		"%[1]q has a zone",
		"a zone has a meaning on one machine only, so a certificate cannot hold it",
		"Write an address that needs no zone, such as fd00::1.")
	addrBad = problem.Rule("address-bad", problem.Error,
		"%[1]q is not an address",
		"a certificate would name something that no client dials",
		"Write an address such as 192.168.214.88 or fd00::88.")
	nameNotASCII = problem.Rule("name-not-ascii", problem.Error,
		"%[1]q has the character %[2]s, which DNS does not have",
		"certificates hold ASCII names, and cfssl crashes on others",
		"Write letters a-z, digits, hyphens and dots; an international name in its xn-- form.")
	nameUnderscore = problem.Rule("name-underscore", problem.Error,
		"%[1]q has an underscore",
		"host names have none, and Kubernetes refuses such a name",
		"Write letters, digits, hyphens and dots, such as %[2]s.")
	nameChar = problem.Rule("name-character", problem.Error,
		"%[1]q has the character %[2]q",
		"host names have letters, digits, hyphens and dots only",
		"Write a name such as kube-api.example.com, or an address.")
	nameHyphen = problem.Rule("name-hyphen", problem.Error,
		"%[1]q has a part that starts or ends with a hyphen",
		"DNS does not allow it, and Kubernetes refuses such a name",
		"Write letters or digits at both ends of each part.")
	nameNumber = problem.Rule("name-ends-in-number", problem.Error,
		"%[1]q ends in a number",
		"a name whose last part is a number is taken for an address",
		"Write a whole address, or a name such as node-7 or kube-api.example.com.")
	nameEmptyLabel = problem.Rule("name-empty-label", problem.Error,
		"%[1]q has an empty part",
		"between two dots of a name there is at least one character",
		"Write a name such as kube-api.example.com.")
	nameTrailingDot = problem.Rule("name-trailing-dot", problem.Error,
		"%[1]q ends with a dot",
		"clients compare names without the final dot, so the certificate would not match",
		"Write %[2]s.")
	nameLabelLong = problem.Rule("name-label-too-long", problem.Error,
		"%[1]q has a part of %[2]d characters",
		"DNS allows 63 between two dots",
		"Write a shorter name.")
	nameLong = problem.Rule("name-too-long", problem.Error,
		"%[1]q has %[2]d characters",
		"it may have %[3]d: DNS allows 253 for the longest name that is made with it",
		"Write a shorter name.")
	nameUpper = problem.Rule("name-upper-case", problem.Warning,
		"%[1]q has capital letters",
		"DNS and Kubernetes take names in lower case, so %[2]s is used",
		"Write %[2]s.")
	wildcardPlace = problem.Rule("wildcard-place", problem.Error,
		"%[1]q has a star in the wrong place",
		"only a star that is the whole first part of a name matches anything",
		"Write a name such as *.example.com.")
	wildcardTooWide = problem.Rule("wildcard-too-wide", problem.Error,
		"%[1]q is a wildcard without a domain of its own",
		"clients refuse a star that stands alone or for a whole top-level domain",
		"Write a name such as *.example.com.")
	wildcardNotHere = problem.Rule("wildcard-not-here", problem.Error,
		"%[1]q is a wildcard",
		"this is the one name of a machine or domain; wildcards belong under {certSANs}",
		"Write the full name, such as kube-api.example.com.")
	endpointPort = problem.Rule("endpoint-port", problem.Error,
		"%[1]q has the port %[2]q",
		"a port is a number from 1 to 65535, without leading zeros",
		"Write host:port, such as kube-api.example.com:6443.")
	endpointV6Port = problem.Rule("endpoint-ipv6-port", problem.Warning,
		"%[1]q is read as an address that ends in %[2]s, with port 6443",
		"without brackets the end of an IPv6 address and a port look alike",
		"Write [%[3]s]:%[2]s if %[2]s is the port, or [%[1]s]:6443.")
	endpointNoHost = problem.Rule("endpoint-no-host", problem.Error,
		"%[1]q has no host",
		"clients need a name or an address to dial",
		"Write host:port, such as kube-api.example.com:6443.")
	endpointURL = problem.Rule("endpoint-is-url", problem.Error,
		"%[1]q is a URL",
		"the endpoint is host and port; https:// is always put before it",
		"Write %[2]s.")
	endpointList = problem.Rule("endpoint-several", problem.Error,
		"%[1]q has more than one endpoint",
		"clients dial one name or address, that of the load balancer",
		"Write one host:port here, and further names under {certSANs}.")
	endpointServices = problem.Rule("endpoint-in-service-subnet", problem.Warning,
		"the endpoint %[1]s lies in the service network %[2]s",
		"nodes dial it before any service exists, so they would not get through",
		"Write the address of a load balancer or node, or another {serviceSubnet}.")
	endpointPods = problem.Rule("endpoint-in-pod-subnet", problem.Warning,
		"the endpoint %[1]s lies in the pod network %[2]s",
		"nodes dial it before any pod exists, so they would not get through",
		"Write the address of a load balancer or node, or another {podSubnet}.")
	endpointLoopback = problem.Rule("endpoint-loopback", problem.Warning,
		"every machine means itself by the endpoint %[1]s, and there are %[2]d",
		"a node without kube-apiserver would dial nobody, and no client outside of them gets through",
		"Write the name or address of a load balancer; keep it if one runs on each machine.")
	endpointNoControl = problem.Rule("endpoint-not-control-plane", problem.Warning,
		"the endpoint %[1]s is the node %[2]s, which has the role %[3]s and not control-plane",
		"no kube-apiserver runs there, so every client is refused unless a load balancer runs on this node",
		"Write the address of a load balancer or of a control-plane node.")
)
