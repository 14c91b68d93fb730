package tui

import (
	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/problem"
	"certwright/steps"
)

// wrong is one answer that a rule speaks of. Everything else is answered as in
// the article's cluster.
type wrong struct {
	name  string
	key   string // the answer that is given
	value string
	code  problem.Code // of the rule
	at    string       // the answer that the rule speaks of; "" for key
	with  []string     // further answers: key, value, ...
	// given is for what cannot be typed on the full screen: another choice
	// than those offered, a control character. It comes from an answers file.
	given bool
	// noLine is for an empty answer, which line mode takes as the default.
	noLine bool
	// cures is for a wrong answer whose default follows the others: where line mode asks
	// again, Enter takes it.
	cures bool
}

// problemKey is the answer that the rule speaks of.
func (w wrong) problemKey() string {
	if w.at != "" {
		return w.at
	}
	return w.key
}

const (
	cp   = "master1 192.168.214.88 control-plane"
	long = "0123456789012345678901234567890123456789012345678901234567890123456789" // 70
)

// trees choose a layout with a tree for each node.
var trees = []string{"layout", "three-ca"}

// adopted choose that of a directory that was made elsewhere.
var adopted = []string{"layout", adoption.Layout, "certificates", "ca role=ca cert=ca.pem key=ca-key.pem CN=x"}

// wrongs has a line for each rule that a person meets, and at least one for
// each answer.
var wrongs = []wrong{
	{name: "layout misspelt", key: "layout", value: "articel", code: "choice-misspelt", given: true},
	{name: "layout unknown", key: "layout", value: "star", code: "choice-unknown", given: true},

	{name: "cluster name with a blank", key: "clusterName", value: "my lab", code: "cluster-name"},
	{name: "no common name", key: "ca.CN", value: "", code: "missing", noLine: true},
	{name: "CA and leaf of one name", key: "ca.CN", value: "kubernetes", code: "ca-dn-equals-leaf"},
	{name: "common name too long", key: "ca.CN", value: long, code: "subject-too-long"},
	{name: "control character", key: "ca.CN", value: "kube\x1b[31m", code: "text-invisible-character", given: true},
	{name: "direction override", key: "ca.CN", value: "kube\u202eetenr", code: "text-invisible-character"},
	{name: "country in words", key: "ca.C", value: "China", code: "country-two-letters"},
	{name: "country of one letter", key: "ca.C", value: "C", code: "country-two-letters"},
	{name: "country in lower case", key: "ca.C", value: "cn", code: "country-upper-case"},
	{name: "state too long", key: "ca.ST", value: long + long, code: "subject-too-long"},
	{name: "locality with an isolate", key: "ca.L", value: "Bei\u2066Jing", code: "text-invisible-character"},
	{name: "organization too long", key: "ca.O", value: long, code: "subject-too-long"},
	{name: "unit with a zero width space", key: "ca.OU", value: "Sys\u200btem", code: "text-invisible-character"},

	{name: "weak key", key: steps.AlgorithmKey, value: "RSA-1024", code: "key-algorithm-weak", given: true},
	{name: "key size nobody takes", key: steps.AlgorithmKey, value: "RSA-8192", code: "key-algorithm-not-offered", given: true},
	{name: "Ed25519", key: steps.AlgorithmKey, value: "Ed25519", code: "key-algorithm-ed25519", given: true},
	{name: "algorithm misspelt", key: steps.AlgorithmKey, value: "rsa2048", code: "key-algorithm-misspelt", given: true},
	{name: "algorithm unknown", key: steps.AlgorithmKey, value: "DSA", code: "key-algorithm-unknown", given: true},
	{name: "CA keys in another word", key: steps.CAKeysKey, value: "locked", code: "choice-unknown", with: trees, given: true},
	{name: "CA expiry unparsable", key: "ca.expiry", value: "for ever", code: "duration-bad"},
	{name: "CA expiry in words", key: "ca.expiry", value: "10 years", code: "duration-misspelt"},
	{name: "CA expiry as a date", key: "ca.expiry", value: "2036-11-20", code: "duration-is-date"},
	{name: "CA expiry in the past", key: "ca.expiry", value: "-1h", code: "duration-negative"},
	{name: "CA expiry of nothing", key: "ca.expiry", value: "0h", code: "duration-zero"},
	{name: "CA expiry of a minute", key: "ca.expiry", value: "1m", code: "duration-too-short"},
	{name: "CA expiry over 9999", key: "ca.expiry", value: "8000y", code: "duration-too-long"},
	{name: "ends spread in words", key: "expirySpread", value: "a quarter", code: "duration-bad", with: trees},
	{name: "expiry spread over more than half a life", key: "expirySpread", value: "300d", code: "spread-too-long", with: trees},
	{name: "CA for a day", key: "ca.expiry", value: "24h", code: "ca-short-lived", with: []string{"profiles.kubernetes.expiry", "24h"}},
	{name: "CA shorter than its leaves", key: "ca.expiry", value: "365d", code: "leaf-outlives-ca", at: "profiles.kubernetes.expiry", cures: true},

	{name: "no node", key: "nodes", value: "", code: "missing"},
	{name: "node of a network", key: "nodes", value: cp + "\nmaster3 192.168.214.1/24 control-plane", code: "san-is-network"},
	{name: "node with a prefix length", key: "nodes", value: "master1 192.168.214.88/32 control-plane", code: "san-has-mask"},
	{name: "node address 300", key: "nodes", value: cp + "\nn2 192.168.214.300 worker", code: "address-octet"},
	{name: "node address with a zero", key: "nodes", value: cp + "\nn2 192.168.214.089 worker", code: "address-leading-zero"},
	{name: "node with a port", key: "nodes", value: "master1 192.168.214.88:6443 control-plane", code: "san-has-port"},
	{name: "node as a URL", key: "nodes", value: cp + "\nn2 https://192.168.214.89 worker", code: "san-is-url"},
	{name: "node in brackets", key: "nodes", value: cp + "\nn2 [fd00::89] worker", code: "address-in-brackets"},
	{name: "node with a zone", key: "nodes", value: cp + "\nn2 fe80::1%eth0 worker", code: "address-zone"},
	{name: "node without address", key: "nodes", value: cp + "\nn2 worker", code: "node-no-address"},
	{name: "node name twice", key: "nodes", value: cp + "\nmaster1 192.168.214.89 worker", code: "node-duplicate-name"},
	{name: "node address twice", key: "nodes", value: cp + "\nn2 192.168.214.88 worker", code: "node-duplicate-address"},
	{name: "node name not ASCII", key: "nodes", value: cp + "\nknoten-ü 192.168.214.89 worker", code: "name-not-ascii"},
	{name: "node name with an underscore", key: "nodes", value: cp + "\nworker_1 192.168.214.89 worker", code: "name-underscore"},
	{name: "node name with capitals", key: "nodes", value: cp + "\nWorker1 192.168.214.89 worker", code: "node-upper-case"},
	{name: "node as a wildcard", key: "nodes", value: cp + "\n*.lab.example 192.168.214.89 worker", code: "wildcard-not-here"},
	{name: "role misspelt", key: "nodes", value: cp + "\nn2 192.168.214.89 workr", code: "node-role-misspelt"},
	{name: "no control plane", key: "nodes", value: "n2 192.168.214.89 worker", code: "nodes-no-control-plane"},
	{name: "node on a network address", key: "nodes", value: cp + "\nn2 192.168.214.0 worker", code: "node-address-network"},
	{name: "node on a broadcast address", key: "nodes", value: cp + "\nn2 192.168.214.255 worker", code: "node-address-network"},
	{name: "two etcd members", key: "nodes", value: cp + ",etcd\nn2 192.168.214.89 etcd", code: "nodes-etcd-even"},
	{name: "node on loopback", key: "nodes", value: cp + "\nn2 127.0.0.9 worker", code: "node-address-special"},
	{name: "worker of another family", key: "nodes", value: cp + "\nn2 fd00::9 worker", code: "node-lacks-family"},
	{name: "node in the service network", key: "nodes", value: cp + "\nn2 10.254.0.9 worker", code: "node-in-service-subnet"},
	{name: "node in the pod network", key: "nodes", value: cp + "\nn2 172.30.0.9 worker", code: "node-in-pod-subnet", with: []string{"podSubnet", "172.30.0.0/16"}},

	{name: "endpoint as a URL", key: "controlPlaneEndpoint", value: "https://kube-api.lab:6443", code: "endpoint-is-url"},
	{name: "endpoint with a wrong port", key: "controlPlaneEndpoint", value: "kube-api.lab:65536", code: "endpoint-port"},
	{name: "endpoint without a host", key: "controlPlaneEndpoint", value: ":6443", code: "endpoint-no-host"},
	{name: "two endpoints", key: "controlPlaneEndpoint", value: "a.lab, b.lab", code: "endpoint-several"},
	{name: "endpoint as a wildcard", key: "controlPlaneEndpoint", value: "*.lab.example", code: "wildcard-not-here"},
	{name: "endpoint with an underscore", key: "controlPlaneEndpoint", value: "kube_api.lab", code: "name-underscore"},
	{name: "endpoint with capitals", key: "controlPlaneEndpoint", value: "Kube-API.lab", code: "name-upper-case"},
	{name: "endpoint of IPv6 without brackets", key: "controlPlaneEndpoint", value: "fd00::1:6443", code: "endpoint-ipv6-port"},
	{name: "endpoint on an etcd node", key: "controlPlaneEndpoint", value: "192.168.214.200", code: "endpoint-not-control-plane"},
	{name: "endpoint that each machine takes for itself", key: "controlPlaneEndpoint", value: "localhost:6443", code: "endpoint-loopback"},
	{name: "endpoint in the service network", key: "controlPlaneEndpoint", value: "10.254.0.9", code: "endpoint-in-service-subnet"},

	{name: "name of a network", key: "certSANs", value: "192.168.214.1/24", code: "san-is-network"},
	{name: "name of address 300", key: "certSANs", value: "192.168.214.300", code: "address-octet"},
	{name: "name with three parts", key: "certSANs", value: "192.168.214", code: "address-parts"},
	{name: "name with a port", key: "certSANs", value: "kube-api.lab:6443", code: "san-has-port"},
	{name: "name as a URL", key: "certSANs", value: "https://kube-api.lab/", code: "san-is-url"},
	{name: "name in brackets", key: "certSANs", value: "[fd00::1]", code: "address-in-brackets"},
	{name: "range backwards among the names", key: "certSANs", value: "192.168.214.9-1", code: "node-range-backwards"},
	{name: "name as an e-mail address", key: "certSANs", value: "ops@lab.example", code: "san-is-email"},
	{name: "name twice", key: "certSANs", value: "kube-api.lab\nkube-api.lab", code: "san-duplicate"},
	{name: "star in the middle", key: "certSANs", value: "kube.*.example", code: "wildcard-place"},
	{name: "star alone", key: "certSANs", value: "*", code: "wildcard-too-wide"},
	{name: "name not ASCII", key: "certSANs", value: "北京.example", code: "name-not-ascii"},
	{name: "name with an underscore", key: "certSANs", value: "kube_api.lab", code: "name-underscore"},
	{name: "name with capitals", key: "certSANs", value: "Kube-API.lab", code: "name-upper-case"},
	{name: "name with a final dot", key: "certSANs", value: "kube-api.lab.", code: "name-trailing-dot"},
	{name: "name in the pod network", key: "certSANs", value: "172.30.0.9", code: "san-in-pod-subnet", with: []string{"podSubnet", "172.30.0.0/16"}},

	{name: "no service network", key: "serviceSubnet", value: "", code: "missing", noLine: true},
	{name: "service network without length", key: "serviceSubnet", value: "10.254.0.0", code: "subnet-no-mask"},
	{name: "service network of address 300", key: "serviceSubnet", value: "10.300.0.0/16", code: "subnet-bad-address"},
	{name: "service network of length 33", key: "serviceSubnet", value: "10.254.0.0/33", code: "subnet-bad-mask"},
	{name: "service network with a mask", key: "serviceSubnet", value: "10.254.0.0/255.255.0.0", code: "subnet-dotted-mask"},
	{name: "service network too small", key: "serviceSubnet", value: "10.254.0.0/30", code: "subnet-too-small"},
	{name: "two networks of one family", key: "serviceSubnet", value: "10.254.0.0/16,10.96.0.0/16", code: "subnet-same-family"},
	{name: "service network of another family", key: "serviceSubnet", value: "fd00:10:96::/112", code: "subnet-node-family"},
	{name: "address within the service network", key: "serviceSubnet", value: "10.254.0.1/16", code: "subnet-host-bits"},
	{name: "public service network", key: "serviceSubnet", value: "8.8.0.0/16", code: "subnet-public"},
	{name: "service network over the nodes", key: "serviceSubnet", value: "192.168.0.0/16", code: "node-in-service-subnet", at: "nodes"},
	{name: "pod network meets services", key: "podSubnet", value: "10.0.0.0/8", code: "subnet-overlap"},
	{name: "pod network of the other family", key: "podSubnet", value: "fd00:10:244::/56", code: "pod-subnet-lacks-family"},
	{name: "pod network over the nodes", key: "podSubnet", value: "192.168.0.0/16", code: "node-in-pod-subnet", at: "nodes"},
	{name: "domain as an address", key: "dnsDomain", value: "10.0.0.1", code: "domain-is-address"},
	{name: "domain with an underscore", key: "dnsDomain", value: "cluster_local", code: "name-underscore"},
	{name: "domain not ASCII", key: "dnsDomain", value: "集群.local", code: "name-not-ascii"},
	// The article's layout does not ask for it; an answers file may have it all
	// the same.
	{name: "relative directory", key: "certificatesDir", value: "kubernetes/pki", code: "directory-relative", given: true},
	{name: "directory of the kubelet", key: "certificatesDir", value: "/var/lib/kubelet/pki", code: "directory-taken", given: true},
	{name: "directory that is emptied", key: "certificatesDir", value: "/tmp/pki", code: "directory-fleeting", given: true},

	{name: "adopted certificate without a key", key: "certificates", value: "ca role=ca cert=ca.pem CN=x", code: "adopted-lacks", given: true, with: adopted},
	{name: "adopted directory at a relative place", key: "directoryOnNodes", value: "kubernetes", code: "directory-relative", given: true, with: adopted},
	{name: "static pods as a truth value", key: "staticPods", value: "true", code: "choice-unknown", given: true, with: adopted},
	{name: "kubeconfigs misspelt", key: "kubeconfigs", value: "embeded", code: "choice-misspelt", given: true, with: trees},
	{name: "bootstrapping unknown", key: "tlsBootstrap", value: "token", code: "choice-unknown", given: true, with: trees},
	{name: "signing as a truth value", key: "signCSRs", value: "true", code: "choice-unknown", given: true, with: trees},
	{name: "revocation as a truth value", key: "revocation", value: "yes", code: "choice-unknown", given: true, with: trees},
	{name: "serving certificates as a truth value", key: "servingCertificates", value: "true", code: "choice-unknown", given: true, with: trees},
	{name: "one CA for all", key: "layout", value: "article", code: "one-ca-for-all", given: true},
	{name: "a token without end", key: "tlsBootstrap", value: "file", code: "token-without-end", given: true, with: trees},
	{name: "the CA key on nodes", key: "signCSRs", value: "yes", code: "ca-key-on-nodes", given: true, with: trees},
	{name: "bootstrapping that nobody signs", key: "signCSRs", value: "no", code: "bootstrap-not-signed", given: true,
		with: append([]string{"tlsBootstrap", "secret"}, trees...)},
	{name: "bootstrapping in the article", key: "tlsBootstrap", value: "secret", code: "answer-not-used", given: true},
	{name: "the article's lifetime in trees", key: "profiles.kubernetes.expiry", value: "20y", code: "answer-not-used", given: true, with: trees},
	{name: "no etcd", key: "nodes", value: cp, code: "nodes-no-etcd", with: trees},
	{name: "several masters and no endpoint", key: "controlPlaneEndpoint", value: "", code: "endpoint-missing", with: trees, noLine: true},

	{name: "server lifetime", key: "profiles.server.expiry", value: "soon", code: "duration-bad", with: trees},
	{name: "server usages", key: "profiles.server.usages", value: "signing, server-auth, client auth", code: "usage-misspelt", with: trees},
	{name: "client lifetime", key: "profiles.client.expiry", value: "soon", code: "duration-bad", with: trees},
	{name: "client usages", key: "profiles.client.usages", value: "signing, server-auth, client auth", code: "usage-misspelt", with: trees},
	{name: "peer lifetime", key: "profiles.peer.expiry", value: "soon", code: "duration-bad", with: trees},
	{name: "peer usages", key: "profiles.peer.usages", value: "signing, server-auth, client auth", code: "usage-misspelt", with: trees},
	{name: "leaf outlives its CA", key: "profiles.kubernetes.expiry", value: "20y", code: "leaf-outlives-ca"},
	{name: "leaf expiry unparsable", key: "profiles.kubernetes.expiry", value: "soon", code: "duration-bad"},
	{name: "leaf expiry in the past", key: "profiles.kubernetes.expiry", value: "-8760h", code: "duration-negative"},
	{name: "leaf expiry over 9999", key: "profiles.kubernetes.expiry", value: "9999y", code: "duration-too-long"},
	{name: "no usages", key: "profiles.kubernetes.usages", value: "", code: "missing", noLine: true},
	{name: "usage misspelt", key: "profiles.kubernetes.usages", value: "signing, server-auth, client auth", code: "usage-misspelt"},
	{name: "usage unknown", key: "profiles.kubernetes.usages", value: "signing, server auth, client auth, flying", code: "usage-unknown"},
	{name: "usage twice", key: "profiles.kubernetes.usages", value: "signing, server auth, client auth, signing", code: "usage-duplicate"},
	{name: "usage of a CA", key: "profiles.kubernetes.usages", value: "signing, server auth, client auth, cert sign", code: "usage-cert-sign"},
	{name: "usage lacking", key: "profiles.kubernetes.usages", value: "signing, server auth", code: "profile-usage-missing"},
}
