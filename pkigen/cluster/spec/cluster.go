// Package spec is the typed description of a cluster, and every rule on it.
//
// It parses what an operator wrote (a node line, a CIDR, a duration, a subject
// field) and judges single values and the whole. It knows no question, no
// screen, no file and no cfssl: everything here is a pure function.
package spec

import (
	"net/netip"
	"strings"
	"time"
)

// Cluster is the validated description of one cluster: the only thing that
// leads to certificates. Values come from the Parse functions of this package
// and have passed Check.
type Cluster struct {
	Layout          string // a name of role.Layouts ("article"), or AdoptedLayout
	Name            string // clusterName: for people and for kubeconfigs
	CA              Authority
	Key             KeyAlgorithm
	Nodes           []Node
	Endpoint        Endpoint
	SANs            []Host         // certSANs: further names, and addresses reserved for growth
	ServiceSubnets  []netip.Prefix // one, or two of different families; the first is primary
	PodSubnets      []netip.Prefix // only checked for overlap; may be empty
	DNSDomain       string         // "cluster.local"
	CertificatesDir string         // where the files will lie on the nodes; of an adopted directory the answer OnNodesKey, or ""
	Profiles        []Profile      // in the layout's order
	// Spread is by how much earlier at most than their profiles say certificates may
	// end, so that not all nodes have their turn on one day; 0 for all as they say.
	Spread      time.Duration
	Kubeconfigs Kubeconfigs // how kubeconfigs hold certificate and key
	Bootstrap   Bootstrap   // how kubelets come to their certificates
	SignCSRs    bool        // the controller-manager signs requests, and needs the Kubernetes CA key for it
	// ServingCertificates reports whether kube-controller-manager and kube-scheduler answer
	// with certificates of the cluster, and not with ones that they make up.
	ServingCertificates bool
	// Revocation reports whether programs are told of lists, empty at first, by which a
	// certificate can be shut out before it expires. It needs Kubernetes 1.32.
	Revocation bool
	// EncryptCAKeys reports whether the private keys of the CAs lie behind a passphrase with
	// the operator. Copies that programs read are plain in any case.
	EncryptCAKeys bool
	Adopted       []Adopted // of a directory that was made elsewhere: what is in it
	StaticPods    bool      // of an adopted one: the kubelet runs the control plane and etcd, by manifests
}

// Kubeconfigs is how a kubeconfig holds its certificates and its key.
type Kubeconfigs string

// The two ways. Kubernetes reads both
// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/).
const (
	Embedded Kubeconfigs = "embedded" // the PEM texts stand in the kubeconfig, as kubeadm writes it
	ByPath   Kubeconfigs = "files"    // the kubeconfig names the paths of files beside it
)

// Bootstrap is how kubelets come to their certificates
// (https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/).
type Bootstrap string

// The ways. With a token the kubelets ask for their certificates themselves, and
// none are made for them.
const (
	BootstrapOff    Bootstrap = "off"    // every kubelet is handed its certificates
	BootstrapSecret Bootstrap = "secret" // a token that lies as a Secret in kube-system and ends by itself
	BootstrapFile   Bootstrap = "file"   // a token in a file that kube-apiserver reads (--token-auth-file)
	BootstrapDone   Bootstrap = "done"   // all kubelets have joined and renew their certificates; there is no token any more
)

// Bootstraps reports whether kubelets ask for their certificates themselves.
func (c *Cluster) Bootstraps() bool { return c.HasToken() || c.Bootstrap == BootstrapDone }

// HasToken reports whether a kubelet without a certificate gets one by a token.
func (c *Cluster) HasToken() bool {
	return c.Bootstrap == BootstrapSecret || c.Bootstrap == BootstrapFile
}

// Authority describes the certificate authorities: all CAs of a cluster share
// the subject fields below the common name, and the lifetime.
type Authority struct {
	Subject Subject
	Expiry  time.Duration
}

// Subject is a distinguished name in cfssl's field names. Kubernetes reads the
// CN of a client certificate as the user and its O as the group; it ignores
// the rest (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates).
type Subject struct {
	CN, C, ST, L, O, OU string

	moreO string // further groups of a certificate that was adopted, one a line
}

// Identity is for whom a certificate of the subject speaks: its CN and, where
// Kubernetes gives it a meaning, its O.
func (s *Subject) Identity() string {
	// Groups of Kubernetes and of its tools are written with a colon; the O of the
	// article's certificates is a company and no group that anything knows.
	if strings.Contains(s.O, ":") {
		return s.CN + ", " + s.O
	}
	return s.CN
}

// AddO adds a further O, which for Kubernetes is a further group.
func (s *Subject) AddO(o string) {
	if s.moreO != "" {
		s.moreO += "\n"
	}
	s.moreO += o
}

// MoreOs are those behind the first.
func (s Subject) MoreOs() []string {
	if all := s.Os(); len(all) > 1 {
		return all[1:]
	}
	return nil
}

// Os are all O, in order; none where there is none.
func (s Subject) Os() []string {
	switch {
	case s.O == "":
		return nil
	case s.moreO == "":
		return []string{s.O}
	}
	return append([]string{s.O}, strings.Split(s.moreO, "\n")...)
}

// Profile is one signing profile of ca-config.json.
type Profile struct {
	Name   string
	Expiry time.Duration
	Usages []string // cfssl's words: "signing", "key encipherment", "server auth"
}

// Profile finds a profile by name.
func (c *Cluster) Profile(name string) (Profile, bool) {
	for _, p := range c.Profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Endpoint is the address that clients of the API use: host (a name or an
// address without brackets) and port. The zero value means that none was given.
type Endpoint struct {
	Host Host
	Port int
}

// Host is one subject alternative name: an address, or a DNS name in lower
// case. Exactly one of the two is set.
type Host struct {
	Addr netip.Addr
	Name string
}

// String is the host as it stands in a certificate and in cfssl's "hosts".
func (h Host) String() string {
	if h.Addr.IsValid() {
		return h.Addr.String()
	}
	return h.Name
}

// IsZero reports whether no host is set.
func (h Host) IsZero() bool { return h.Name == "" && !h.Addr.IsValid() }

// Node is one machine of the cluster.
type Node struct {
	Name      string   // lower case, as the kubelet registers it
	Aliases   []string // further DNS names, from an /etc/hosts line
	Addresses []netip.Addr
	Roles     NodeRoles
	Assumed   bool // its line has no roles: these follow from its name and from the other lines
	Line      int  // where it stands in the answer, from 1
}

// NodeRoles is the set of roles that a node plays.
type NodeRoles uint8

// The roles, in the words of the nodes answer.
const (
	ControlPlane NodeRoles = 1 << iota // "control-plane"
	Etcd                               // "etcd"
	Worker                             // "worker"
)

// Has reports whether all roles of r are in the set.
func (n NodeRoles) Has(r NodeRoles) bool { return n&r == r }

// KeyAlgorithm is a kind of private key, in kubeadm's words
// (encryptionAlgorithm): "RSA-2048".
type KeyAlgorithm string

// The algorithms that Kubernetes components, OpenSSL and cfssl all take.
const (
	RSA2048   KeyAlgorithm = "RSA-2048"
	RSA3072   KeyAlgorithm = "RSA-3072"
	RSA4096   KeyAlgorithm = "RSA-4096"
	ECDSAP256 KeyAlgorithm = "ECDSA-P256"
	ECDSAP384 KeyAlgorithm = "ECDSA-P384"
)

// CFSSL is the algorithm in cfssl's two fields, "ecdsa" and 256. Anything else
// than KeyAlgorithms is "" and 0, which cfssl refuses.
func (a KeyAlgorithm) CFSSL() (algo string, size int) {
	switch a {
	case RSA2048:
		return "rsa", 2048
	case RSA3072:
		return "rsa", 3072
	case RSA4096:
		return "rsa", 4096
	case ECDSAP256:
		return "ecdsa", 256
	case ECDSAP384:
		return "ecdsa", 384
	}
	return "", 0
}

// ECDSA tells these keys, which sign and do nothing else, from RSA.
func (a KeyAlgorithm) ECDSA() bool { return a == ECDSAP256 || a == ECDSAP384 }

// KeyAlgorithms lists them in the order in which they are offered.
var KeyAlgorithms = []KeyAlgorithm{RSA2048, RSA3072, RSA4096, ECDSAP256, ECDSAP384}
