package spec

// Codes on names and addresses, wherever one stands: a node, a further name,
// the endpoint, the domain.
const (
	sanIsNetwork     Code = "san-is-network"
	sanHasMask       Code = "san-has-mask"
	sanIsRange       Code = "san-is-range"
	sanIsURL         Code = "san-is-url"
	sanIsPath        Code = "san-is-path"
	sanIsEmail       Code = "san-is-email"
	sanHasPort       Code = "san-has-port"
	sanHasColon      Code = "san-has-colon"
	sanHasSpace      Code = "san-has-space"
	sanDuplicate     Code = "san-duplicate"
	sanNotDialled    Code = "san-not-dialled"
	sanInServices    Code = "san-in-service-subnet"
	sanInPods        Code = "san-in-pod-subnet"
	addrOctet        Code = "address-octet"
	addrZeros        Code = "address-leading-zero"
	addrParts        Code = "address-parts"
	addrBrackets     Code = "address-in-brackets"
	addrZone         Code = "address-zone"
	addrBad          Code = "address-bad"
	nameNotASCII     Code = "name-not-ascii"
	nameUnderscore   Code = "name-underscore"
	nameChar         Code = "name-character"
	nameHyphen       Code = "name-hyphen"
	nameEmptyLabel   Code = "name-empty-label"
	nameTrailingDot  Code = "name-trailing-dot"
	nameLabelLong    Code = "name-label-too-long"
	nameLong         Code = "name-too-long"
	nameUpper        Code = "name-upper-case"
	wildcardPlace    Code = "wildcard-place"
	wildcardTooWide  Code = "wildcard-too-wide"
	wildcardNotHere  Code = "wildcard-not-here"
	endpointPort     Code = "endpoint-port"
	endpointV6Port   Code = "endpoint-ipv6-port"
	endpointNoHost   Code = "endpoint-no-host"
	endpointURL      Code = "endpoint-is-url"
	endpointList     Code = "endpoint-several"
	endpointServices Code = "endpoint-in-service-subnet"
	endpointPods     Code = "endpoint-in-pod-subnet"

	endpointNoControl Code = "endpoint-not-control-plane"
)

var hostTexts = map[Code]text{
	sanIsNetwork: {Error,
		"%[1]q is a network, not an address",
		"a certificate cannot name a range",
		"Write each address, or reserve some under growth (certSANs).",
	},
	sanHasMask: {Error,
		"%[1]q has a prefix length",
		"a certificate names an address alone, and cfssl would make a DNS name of this text that matches nothing",
		"Write %[2]s.",
	},
	sanIsRange: {Error,
		"%[1]q is a range, not an address",
		"a certificate cannot name a range",
		"Write each address on its own.",
	},
	sanIsURL: {Error,
		"%[1]q is a URL",
		"clients compare the host alone with the certificate",
		"Write the host only: %[2]s.",
	},
	sanIsPath: {Error,
		"%[1]q is a path of a file",
		"a certificate names hosts",
		"Write a name such as kube-api.example.com, or an address.",
	},
	sanIsEmail: {Error,
		"%[1]q is an e-mail address",
		"cfssl would write it as one, and no component looks there",
		"Write a name such as kube-api.example.com, or an address.",
	},
	sanHasPort: {Error,
		"%[1]q has a port",
		"a certificate holds for every port of a host, and cfssl would make a URI of this text that matches nothing",
		"Write %[2]s.",
	},
	sanHasColon: {Error,
		"%[1]q is not a host name",
		"a colon stands only in IPv6 addresses, and cfssl would make a URI of this text that matches nothing",
		"Write a name such as kube-api.example.com, or an address.",
	},
	sanHasSpace: {Error,
		"%[1]q has a space",
		"cfssl would make one name of it that matches nothing",
		"Write one name or address on a line, or put commas between them.",
	},
	sanDuplicate: {Warning,
		"%[1]q is already on line %[2]d",
		"cfssl would write it twice into the certificate, so it is left out here",
		"Remove one of the two.",
	},
	sanNotDialled: {Warning,
		"%[1]q is %[2]s",
		"no client dials it to reach one machine, so the name serves nobody",
		"Write the address that clients use.",
	},
	sanInServices: {Warning,
		"%[1]s lies in the service network %[2]s",
		"Kubernetes hands these addresses to services, so no machine can have it",
		"Write an address outside of it, or another serviceSubnet.",
	},
	sanInPods: {Warning,
		"%[1]s lies in the pod network %[2]s",
		"these addresses go to pods, so no machine should have it",
		"Write an address outside of it, or another podSubnet.",
	},
	addrOctet: {Error,
		"%[1]q is not an address: %[2]s is over 255",
		"cfssl would make a DNS name of it that matches nothing",
		"Write four numbers from 0 to 255, such as 192.168.214.88.",
	},
	addrZeros: {Error,
		"%[1]q has leading zeros",
		"some programs read such a number as octal, so Go and Kubernetes refuse it",
		"Write %[2]s.",
	},
	addrParts: {Error,
		"%[1]q has the wrong number of parts for an IPv4 address",
		"an IPv4 address is four numbers, and a host name of digits and dots is not valid",
		"Write four numbers from 0 to 255, such as 192.168.214.88.",
	},
	addrBrackets: {Error,
		"%[1]q stands in brackets",
		"brackets belong to URLs, and cfssl would make a DNS name of this text that matches nothing",
		"Write %[2]s.",
	},
	addrZone: {Error,
		"%[1]q has a zone",
		"a zone has a meaning on one machine only, so a certificate cannot hold it",
		"Write an address that needs no zone, such as fd00::1.",
	},
	addrBad: {Error,
		"%[1]q is not an address",
		"a certificate would name something that no client dials",
		"Write an address such as 192.168.214.88 or fd00::88.",
	},
	nameNotASCII: {Error,
		"%[1]q has the character %[2]s, which DNS does not have",
		"certificates hold ASCII names, and cfssl crashes on others",
		"Write letters a-z, digits, hyphens and dots; an international name in its xn-- form.",
	},
	nameUnderscore: {Error,
		"%[1]q has an underscore",
		"host names have none, and Kubernetes refuses such a name",
		"Write letters, digits, hyphens and dots, such as %[2]s.",
	},
	nameChar: {Error,
		"%[1]q has the character %[2]q",
		"host names have letters, digits, hyphens and dots only",
		"Write a name such as kube-api.example.com, or an address.",
	},
	nameHyphen: {Error,
		"%[1]q has a part that starts or ends with a hyphen",
		"DNS does not allow it, and Kubernetes refuses such a name",
		"Write letters or digits at both ends of each part.",
	},
	nameEmptyLabel: {Error,
		"%[1]q has an empty part",
		"between two dots of a name there is at least one character",
		"Write a name such as kube-api.example.com.",
	},
	nameTrailingDot: {Error,
		"%[1]q ends with a dot",
		"clients compare names without the final dot, so the certificate would not match",
		"Write %[2]s.",
	},
	nameLabelLong: {Error,
		"%[1]q has a part of %[2]d characters",
		"DNS allows 63 between two dots",
		"Write a shorter name.",
	},
	nameLong: {Error,
		"%[1]q has %[2]d characters",
		"it may have %[3]d: DNS allows 253 for the longest name that is made with it",
		"Write a shorter name.",
	},
	nameUpper: {Warning,
		"%[1]q has capital letters",
		"DNS and Kubernetes take names in lower case, so %[2]s is used",
		"Write %[2]s.",
	},
	wildcardPlace: {Error,
		"%[1]q has a star in the wrong place",
		"only a star that is the whole first part of a name matches anything",
		"Write a name such as *.example.com.",
	},
	wildcardTooWide: {Error,
		"%[1]q is a wildcard without a domain of its own",
		"clients refuse a star that stands alone or for a whole top-level domain",
		"Write a name such as *.example.com.",
	},
	wildcardNotHere: {Error,
		"%[1]q is a wildcard",
		"this is the one name of a machine or domain; wildcards belong under certSANs",
		"Write the full name, such as kube-api.example.com.",
	},
	endpointPort: {Error,
		"%[1]q has the port %[2]q",
		"a port is a number from 1 to 65535, without leading zeros",
		"Write host:port, such as kube-api.example.com:6443.",
	},
	endpointV6Port: {Warning,
		"%[1]q is read as an address that ends in %[2]s, with port 6443",
		"without brackets the end of an IPv6 address and a port look alike",
		"Write [%[3]s]:%[2]s if %[2]s is the port, or [%[1]s]:6443.",
	},
	endpointNoHost: {Error,
		"%[1]q has no host",
		"clients need a name or an address to dial",
		"Write host:port, such as kube-api.example.com:6443.",
	},
	endpointURL: {Error,
		"%[1]q is a URL",
		"the endpoint is host and port; https:// is always put before it",
		"Write %[2]s.",
	},
	endpointList: {Error,
		"%[1]q has more than one endpoint",
		"clients dial one name or address, that of the load balancer",
		"Write one host:port here, and further names under certSANs.",
	},
	endpointServices: {Warning,
		"the endpoint %[1]s lies in the service network %[2]s",
		"nodes dial it before any service exists, so they would not get through",
		"Write the address of a load balancer or node, or another serviceSubnet.",
	},
	endpointPods: {Warning,
		"the endpoint %[1]s lies in the pod network %[2]s",
		"nodes dial it before any pod exists, so they would not get through",
		"Write the address of a load balancer or node, or another podSubnet.",
	},
	endpointNoControl: {Warning,
		"the endpoint %[1]s is the node %[2]s, which has the role %[3]s and not control-plane",
		"no kube-apiserver runs there, so every client is refused unless a load balancer runs on this node",
		"Write the address of a load balancer or of a control-plane node.",
	},
}
