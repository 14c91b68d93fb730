package imports

import (
	"net/netip"
	"net/url"
	"strings"

	"certwright/pkigen/cluster/spec"

	"go.yaml.in/yaml/v3"
)

const kubeadmGroup = "kubeadm.k8s.io/"

// The documents of kubeadm that say something here.
const (
	clusterKind = "ClusterConfiguration"
	initKind    = "InitConfiguration"
)

func showsKubeadm(n *yaml.Node) (string, bool) {
	kind := text(n, "kind")
	return "kubeadm's " + kind, kind != "" && strings.HasPrefix(text(n, "apiVersion"), kubeadmGroup)
}

// showsConfigMap is for what kubectl get configmap kubeadm-config -o yaml prints.
func showsConfigMap(n *yaml.Node) (string, bool) {
	return "kubeadm's " + clusterKind + " in its ConfigMap", text(n, "kind") == "ConfigMap" && text(n, "data", clusterKind) != ""
}

// clusterFields are the keys of ClusterConfiguration, of v1beta2 to v1beta4.
var clusterFields = fields{
	"apiVersion": nothing, "kind": nothing,
	"clusterName":          answer(clusterKey),
	"controlPlaneEndpoint": answer(endpointKey),
	"certificatesDir":      answer(directoryKey),
	"encryptionAlgorithm":  answer(algorithmKey),
	"networking": group(fields{
		"serviceSubnet": answer(servicesKey),
		"podSubnet":     answer(podsKey),
		"dnsDomain":     answer(domainKey),
	}),
	"apiServer":                   group(fields{"certSANs": answers(namesKey)}),
	"etcd":                        group(fields{"external": group(fields{"endpoints": etcdEndpoints})}),
	"featureGates":                group(fields{"PublicKeysECDSA": ecdsaGate}),
	"caCertificateValidityPeriod": answer(caExpiryKey),
	"certificateValidityPeriod":   leafExpiry,
}

// initFields are those of InitConfiguration; the node in it is read apart.
var initFields = fields{
	"apiVersion": nothing, "kind": nothing,
	"bootstrapTokens":  because(isSecret),
	"certificateKey":   because(isSecret),
	"localAPIEndpoint": group(fields{"advertiseAddress": nothing}),
	"nodeRegistration": group(fields{"name": nothing}),
}

func readKubeadm(r *reader, docs []*yaml.Node) {
	var kinds []string
	for _, doc := range docs {
		root := rootOf(doc)
		kind, group := text(root, "kind"), text(root, "apiVersion")
		at := r.at(root.Line, "")
		switch {
		case !strings.HasPrefix(group, kubeadmGroup):
			r.leave(at, otherDocument, kind)
		case kind == clusterKind:
			kinds = append(kinds, kind)
			r.cluster(at, root)
		case kind == initKind:
			kinds = append(kinds, kind)
			r.initial(at, root)
		default:
			r.leave(at, otherDocument, kind)
		}
	}
	if len(kinds) > 0 {
		r.in.Is = "kubeadm's " + strings.Join(kinds, " and ")
	}
}

// cluster reads what all nodes share. Without endpoints of others kubeadm starts etcd
// beside each API server.
func (r *reader) cluster(at Place, root *yaml.Node) {
	group(clusterFields)(r, at, root)
	r.in.stacked = value(root, "etcd", "external") == nil
}

// initial reads the one node that an InitConfiguration is about.
func (r *reader) initial(at Place, root *yaml.Node) {
	group(initFields)(r, at, root)
	const addressKey, nameKey = "localAPIEndpoint.advertiseAddress", "nodeRegistration.name"
	address := value(root, "localAPIEndpoint", "advertiseAddress")
	if address == nil || isEmpty(address) {
		return
	}
	at = r.at(address.Line, addressKey)
	name := text(root, "nodeRegistration", "name")
	addr, err := netip.ParseAddr(address.Value)
	switch {
	case err != nil:
		r.leave(at, notAddress, address.Value)
		return
	case addr == example && (name == "" || name == "node"):
		r.leave(at, isExample, address.Value)
		return
	}
	r.in.nodes = append(r.in.nodes, node{name: name, addrs: []netip.Addr{addr}, roles: spec.ControlPlane, knows: spec.ControlPlane, at: at})
}

// example is the address that kubeadm config print init-defaults puts in.
var example = netip.AddrFrom4([4]byte{1, 2, 3, 4})

// etcdEndpoints are https://192.0.2.1:2379 and so on: members without a name.
func etcdEndpoints(r *reader, at Place, n *yaml.Node) {
	for line, item := range r.texts(n, at.Key) {
		at := r.at(line, at.Key)
		u, err := url.Parse(item)
		if err != nil {
			r.leave(at, notAddress, item)
			continue
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err != nil {
			r.leave(at, notAddress, item)
		} else {
			r.in.nodes = append(r.in.nodes, node{addrs: []netip.Addr{addr}, roles: spec.Etcd, knows: spec.Etcd, at: at})
		}
	}
}

// ecdsaGate is how v1beta3 and older ask for keys of ECDSA.
func ecdsaGate(r *reader, at Place, n *yaml.Node) {
	if n.Value == "true" {
		r.say(algorithmKey, string(spec.ECDSAP256), at)
	}
}

// leafExpiry is one lifetime for all but CAs.
func leafExpiry(r *reader, at Place, n *yaml.Node) {
	if r.wants(n, yaml.ScalarNode, FaultWantsText, at.Key) {
		r.in.profiles = append(r.in.profiles, profile{name: every, expiry: n.Value, at: at})
	}
}

// readConfigMap reads the configuration that stands as a text in the ConfigMap.
func readConfigMap(r *reader, docs []*yaml.Node) {
	data := value(rootOf(docs[0]), "data", clusterKind)
	inner, err := documents([]byte(data.Value))
	if err != nil || len(inner) != 1 {
		r.fault(data, FaultWantsGroup, "data."+clusterKind)
		return
	}
	shift(inner[0], data.Line)
	if r.plain(inner) {
		r.cluster(r.at(data.Line, ""), rootOf(inner[0]))
	}
}

// shift moves a tree down by the lines above it.
func shift(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}
