package explain

import (
	"cmp"
	"slices"
	"strings"

	"certwright/pkigen/cluster/shell"
)

// party is one end of a connection: what it shows to the other end, and by what
// it checks what the other end shows.
type party struct {
	name   string     // "the webhook"
	shows  string     // its certificate, with the flag or field that names it
	trusts string     // its file or field of trusted CAs
	set    string     // a sentence: what gives it the right CA
	look   shell.Line // a command that shows what it trusts
}

// connection is who dials whom.
type connection struct {
	id             string
	domain         string // of the CA that signs for both ends
	client, server party
}

// The domains, as the catalogue of certificates calls them; none of its CAs takes
// part outside.
const (
	kubernetes = "kubernetes"
	ofEtcd     = "etcd"
	frontProxy = "front-proxy"
	outside    = "outside"
)

const (
	verifyFile = "openssl verify -CAfile CA FILE"
	configCA   = "kubectl --kubeconfig FILE config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d | openssl x509 -noout -subject -dates"
)

// anyone are the words where nobody knows which connection it is, and anySide where
// nobody knows either which end of it.
var (
	anyone = connection{
		client: party{"the side that dialled", "the client's certificate", "the CA file or kubeconfig of the side that dialled", "Compare the signer with the CA file, and put the right CA there.", verifyFile},
		server: party{"the server", "the server's certificate", "the server's file of trusted client CAs", "Compare the signer with the CA file, and put the right CA there.", verifyFile},
	}
	anySide = connection{
		client: party{"the side that checks", "the certificate of the side that prints this", "the file of trusted CAs of the side that checks", "Compare the signer with the CA file, and put the right CA there.", verifyFile},
		server: party{"the other side", "the certificate of the other side", "the file of trusted CAs of the other side", "", verifyFile},
	}
)

var (
	apiserver = party{"kube-apiserver", "kube-apiserver's serving certificate (--tls-cert-file)", "kube-apiserver's --client-ca-file",
		"Name the CA that signed the client's certificate in --client-ca-file, or have the certificate signed by the CA there.", verifyFile}
	kubelet = party{"kubelet", "the kubelet's serving certificate (tlsCertFile)", "the kubelet's authentication.x509.clientCAFile",
		"Name the CA of kube-apiserver's client certificate in the kubelet's clientCAFile, and restart the kubelet.", "openssl verify -CAfile /etc/kubernetes/pki/ca.crt FILE"}
	etcd = party{"etcd", "etcd's server certificate (--cert-file)", "etcd's --trusted-ca-file",
		"Have the client's certificate signed by the CA in --trusted-ca-file, or name its CA there.", verifyFile}
	member = party{"etcd", "the member's peer certificate (--peer-cert-file)", "etcd's --peer-trusted-ca-file",
		"Name one CA in --peer-trusted-ca-file of all members, and have all peer certificates signed by it.", verifyFile}
)

// connections are those that can be told by who speaks and of what.
var connections = []connection{
	{"config", kubernetes, party{"the client", "the client certificate of the kubeconfig", "certificate-authority-data of the kubeconfig", "Write the CA that signed kube-apiserver's certificate into the kubeconfig.", configCA}, apiserver},
	{"kubelet-api", kubernetes, party{"kubelet", "the kubelet's client certificate (kubelet-client-current.pem)", "certificate-authority of the kubelet's kubeconfig", "Write the CA that signed kube-apiserver's certificate into the kubelet's kubeconfig.", configCA}, apiserver},
	{"join", kubernetes, party{"kubeadm", "the bootstrap token", "the CA in the ConfigMap cluster-info, pinned by --discovery-token-ca-cert-hash", "Print a new join command on a control-plane node.", "kubeadm token create --print-join-command"}, apiserver},
	{"pod", kubernetes, party{"the pod", "the pod's service-account token", "ca.crt of the pod's service account (the ConfigMap kube-root-ca.crt)", "Name the present CA in --root-ca-file of kube-controller-manager, and restart the pod.", "kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' | openssl x509 -noout -subject -dates"}, apiserver},
	{"kubelet", kubernetes, party{"kube-apiserver", "kube-apiserver's client certificate for kubelets (--kubelet-client-certificate)", "kube-apiserver's --kubelet-certificate-authority", "Name the CA that signed the kubelets' serving certificates in --kubelet-certificate-authority.", verifyFile}, kubelet},
	{"scrape", kubernetes, party{"metrics-server", "the token of metrics-server's service account", "the CAs that metrics-server trusts for kubelets (--kubelet-certificate-authority)", "Name the CA that signed the kubelets' serving certificates in --kubelet-certificate-authority of metrics-server.", "kubectl get csr"}, kubelet},
	{"etcd", ofEtcd, party{"kube-apiserver", "kube-apiserver's client certificate for etcd (--etcd-certfile)", "kube-apiserver's --etcd-cafile", "Name etcd's CA in --etcd-cafile.", verifyFile}, etcd},
	{"etcdctl", ofEtcd, party{"the client of etcd", "the client's certificate (--cert)", "the CA file of the client (--cacert)", "Name etcd's CA with --cacert.", verifyFile}, etcd},
	{"peer", ofEtcd, member, member},
	{"secure", kubernetes, party{"the client", "the client's certificate", "the CA file of the side that dialled", "Give the component a certificate (--tls-cert-file), or trust the one that it made up.", verifyFile},
		party{"the component", "the component's serving certificate (--tls-cert-file)", "the component's --client-ca-file", "Name the CA of the client's certificate in --client-ca-file.", verifyFile}},
	{"webhook", outside, party{"kube-apiserver", "", "caBundle in the webhook's configuration", "Write the CA that signed the webhook's certificate into caBundle.", "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"},
		party{"the webhook", "the webhook's certificate", "", "", ""}},
	{"conversion", outside, party{"kube-apiserver", "", "caBundle of the CustomResourceDefinition (spec.conversion.webhook.clientConfig)", "Write the CA that signed the webhook's certificate into caBundle.", "kubectl get crds -o custom-columns=NAME:.metadata.name,CONVERSION:.spec.conversion.strategy"},
		party{"the conversion webhook", "the conversion webhook's certificate", "", "", ""}},
	{"hookfile", outside, party{"kube-apiserver", "", "certificate-authority in the file of the webhook's flag (--authentication-token-webhook-config-file, --authorization-webhook-config-file, --audit-webhook-config-file)", "Write the CA that signed the webhook's certificate into that file, and restart kube-apiserver.", verifyFile},
		party{"the webhook", "the webhook's certificate", "", "", ""}},
	{"oidc", outside, party{"kube-apiserver", "", "--oidc-ca-file, or certificateAuthority in the AuthenticationConfiguration", "Name the CA that signed the issuer's certificate in --oidc-ca-file, or in certificateAuthority of the AuthenticationConfiguration.", "openssl s_client -connect {server} -showcerts </dev/null"},
		party{"the OIDC issuer", "the certificate of the OIDC issuer", "", "", ""}},
	{"login", outside, party{"the login plugin of kubectl", "", "the CA that the login plugin was given (--certificate-authority of kubelogin)", "Give the login plugin the CA that signed the issuer's certificate.", "openssl s_client -connect {server} -showcerts </dev/null"},
		party{"the OIDC issuer", "the certificate of the OIDC issuer", "", "", ""}},
	{"aggregated", frontProxy, party{"kube-apiserver", "the front proxy's certificate (--proxy-client-cert-file)", "caBundle of the APIService", "Write the CA that signed the extension server's certificate into caBundle of the APIService.", "kubectl get apiservices"},
		party{"the extension server", "the extension server's certificate", "the requestheader CA in the ConfigMap extension-apiserver-authentication", "Name the CA that signed the front proxy's certificate in --requestheader-client-ca-file of kube-apiserver, and restart the extension server.", showFront}},
	{"web", outside, party{"the client", "", "the CAs of the machine that dialled (the system's, or the file of SSL_CERT_FILE)", "Give that machine the CA that signed the server's certificate.", "openssl s_client -connect {server} -showcerts </dev/null"},
		party{"the server", "the server's certificate", "", "", ""}},
	{"registry", outside, party{"the container runtime", "", "the CAs that the container runtime trusts for the registry (/etc/containerd/certs.d/HOST, /etc/docker/certs.d/HOST/ca.crt, or the system's)", "Put the registry's CA there on every node, and restart the runtime.", "openssl s_client -connect {server} -showcerts </dev/null"},
		party{"the registry", "the registry's certificate", "", "", ""}},
}

// Groups of connections, for the causes that are true of them alone.
const (
	byConfig = "config kubelet-api"                                                  // a kubeconfig takes part
	byFile   = "config kubelet-api join kubelet scrape etcd etcdctl peer secure pod" // both ends are the cluster's, with files
	byObject = "webhook conversion aggregated"                                       // an object of the API says what is trusted
)

// clue is what a line says of who speaks to whom. What stands empty is not asked
// for, and what an earlier clue has told is left.
type clue struct {
	// What is asked for: words of the line in small letters, the source file,
	// the beginning of the program's name, the end of the address that was dialled,
	// and the side, where an earlier clue has told it.
	text, file, program, port string
	of                        Side

	// What it tells.
	says string // the program
	side Side
	on   string // the ids of the connections that it may be
}

// clues are read in their order.
var clues = []clue{
	// What was dialled, and for what.
	{text: "failed calling webhook", says: "kube-apiserver", side: Client, on: "webhook"},
	{text: "failed calling admission webhook", says: "kube-apiserver", side: Client, on: "webhook"},
	{text: "failed to call webhook", says: "kube-apiserver", side: Client, on: "webhook"},
	{text: "conversion webhook for", says: "kube-apiserver", side: Client, on: "conversion"},
	{text: "conversion.webhook", says: "kube-apiserver", side: Client, on: "conversion"},
	{text: "clientconfig.cabundle", says: "kube-apiserver", side: Client, on: "webhook"},
	{text: "spec.cabundle", says: "kube-apiserver", side: Client, on: "aggregated"},
	{text: "webhook authorizer", says: "kube-apiserver", side: Client, on: "hookfile"},
	{text: "webhook authenticator", says: "kube-apiserver", side: Client, on: "hookfile"},
	{text: "audit plugin", says: "kube-apiserver", side: Client, on: "hookfile"},
	{text: "image policy webhook", says: "kube-apiserver", side: Client, on: "hookfile"},
	{text: "oidc authenticator", says: "kube-apiserver", side: Client, on: "oidc"},
	{text: "oidc: ", says: "kube-apiserver", side: Client, on: "oidc"},
	{text: "oidc discovery error", side: Client, on: "login"},
	{text: "get-token: ", side: Client, on: "login"},
	{text: "/.well-known/openid-configuration", side: Client, on: "oidc"},
	{text: "failing or missing response from", says: "kube-apiserver", side: Client, on: "aggregated"},
	{text: "no response from https://", says: "kube-apiserver", side: Client, on: "aggregated"},
	{text: "loading openapi spec for", says: "kube-apiserver", side: Client, on: "aggregated"},
	{text: "error trying to reach service", port: ":10250", says: "kube-apiserver", side: Client, on: "kubelet"},
	{text: "error trying to reach service", says: "kube-apiserver", side: Client, on: "aggregated"},
	{text: "resource metrics api", says: "kube-controller-manager", side: Client, on: "aggregated"},
	{text: "failed to scrape node", says: "metrics-server", side: Client, on: "scrape"},
	{text: "unable to fully scrape metrics", says: "metrics-server", side: Client, on: "scrape"},
	{text: "unable to fetch metrics from", says: "metrics-server", side: Client, on: "scrape"},
	{text: "unable to fetch node metrics", says: "metrics-server", side: Client, on: "scrape"},
	{text: "server returned http status 40", says: "prometheus", side: Client, on: "scrape"},
	{text: "error while proxying request", says: "kube-apiserver", side: Client, on: "kubelet aggregated"},
	{text: "error dialing backend", says: "kube-apiserver", side: Client, on: "kubelet"},
	{text: "/containerlogs/", says: "kube-apiserver", side: Client, on: "kubelet"},
	{text: "chart repository", says: "helm", side: Client, on: "web"},
	{text: "failed to pull image", says: "kubelet", side: Client, on: "registry"},
	{text: "failed to pull and unpack image", side: Client, on: "registry"},
	{text: "failed to resolve reference", side: Client, on: "registry"},
	{text: "errimagepull", says: "kubelet", side: Client, on: "registry"},
	{text: "pullimage", side: Client, on: "registry"},
	{text: "container registry", side: Client, on: "registry"},
	{text: "/v2/", side: Client, on: "registry"},
	{text: "etcdserver/api/rafthttp", says: "etcd", side: Client, on: "peer"},
	{text: "rafthttp: ", says: "etcd", side: Client, on: "peer"},
	{text: "prober detected unhealthy status", says: "etcd", side: Client, on: "peer"},
	{text: "failed to reach the peer url", says: "etcd", side: Client, on: "peer"},
	{text: "remote-peer-id", says: "etcd", side: Client, on: "peer"},
	{text: "rejected connection on peer endpoint", says: "etcd", side: Server, on: "peer"},
	{text: "rejected connection on client endpoint", says: "etcd", side: Server, on: "etcd etcdctl"},
	{text: "does not match any of dnsnames", says: "etcd", side: Server, on: "peer"},
	{text: "rejected connection", says: "etcd", side: Server, on: "etcd etcdctl peer"},
	{program: "an etcd client", side: Client, on: "etcd etcdctl"},
	{text: "etcd-endpoints://", side: Client, on: "etcd etcdctl"},
	{text: "couldn't validate the identity of the api server", says: "kubeadm", side: Client, on: "join"},
	{text: "[discovery] ", says: "kubeadm", side: Client, on: "join"},
	{text: "cluster-info configmap", says: "kubeadm", side: Client, on: "join"},

	// Who prints it.
	{text: "error execution phase", says: "kubeadm"},
	{text: "[certs] ", says: "kubeadm"},
	{text: "[kubeconfig] ", says: "kubeadm"},
	{file: "certs.go", text: "could not validate bounds", says: "kubeadm"},
	{text: "unable to connect to the server:", says: "kubectl", side: Client, on: "config"},
	{text: "you must be logged in to the server", says: "kubectl", side: Client},
	{file: "memcache.go", says: "kubectl", side: Client, on: "config"},
	{file: "server.go", text: "unable to authenticate the request", says: "kubelet"},
	{file: "kubelet.go", says: "kubelet"}, {file: "kubelet_node_status.go", says: "kubelet"}, {file: "kubelet_nodes.go", says: "kubelet"}, {file: "bootstrap.go", says: "kubelet"},
	{file: "certificate_manager.go", says: "kubelet"}, {file: "csi_plugin.go", says: "kubelet"}, {file: "scraper.go", says: "metrics-server"},
	{file: "available_controller.go", says: "kube-apiserver"}, {file: "remote_available_controller.go", says: "kube-apiserver"}, {file: "handler_proxy.go", says: "kube-apiserver"},
	{text: "scrape failed", says: "prometheus"},
	{text: "curl: (", says: "curl", side: Client},
	{text: "verify error:num=", says: "openssl", side: Client},
	{text: "while ssl handshaking to upstream", says: "nginx", side: Client},
	{text: "while ssl handshaking, client:", says: "nginx", side: Server},

	// Which side it is.
	{text: "unable to authenticate the request", side: Server},
	{text: "verifying certificate sn=", side: Server},
	{text: "tls handshake error from", side: Server},
	{text: "failed to verify client certificate", side: Server},
	{text: "failed to verify client's certificate", side: Server},
	{text: "transport: authentication handshake failed", side: Client},
	{text: "error while dialing", side: Client},
	{text: "failed to watch", side: Client},
	{text: "failed to list", side: Client},

	// What such a program dials or serves.
	{port: ":10250", program: "metrics-server", side: Client, on: "scrape"},
	{port: ":10250", program: "prometheus", side: Client, on: "scrape"},
	{port: ":10250", side: Client, on: "kubelet scrape"},
	{port: ":2380", side: Client, on: "peer"},
	{port: ":2379", program: "kube-apiserver", side: Client, on: "etcd"},
	{port: ":2379", program: "prometheus", side: Client, on: "etcdctl"},
	{port: ":2379", side: Client, on: "etcd etcdctl"},
	{port: ":10257", side: Client, on: "secure"}, {port: ":10259", side: Client, on: "secure"},
	{program: "etcdctl", side: Client, on: "etcdctl"},
	{port: ".0.1:443", side: Client, on: "pod"}, {port: "kubernetes.default.svc", side: Client, on: "pod"}, {port: "kubernetes.default.svc:443", side: Client, on: "pod"},
	{program: "kubelet", of: Client, on: "kubelet-api"},
	{program: "kubelet", of: Server, on: "kubelet"},
	{program: "etcd", of: Client, on: "peer"},
	{program: "etcd", of: Server, on: "etcd etcdctl peer"},
	{program: "metrics-server", of: Server, on: "aggregated"},
	{program: "kube-apiserver", of: Server, on: "config kubelet-api pod"},
	{program: "kube-apiserver", of: Client, on: "etcd kubelet aggregated webhook conversion oidc"},
	{program: "kube-controller-manager", of: Client, on: "config"}, {program: "kube-controller-manager", of: Server, on: "secure"},
	{program: "kube-scheduler", of: Client, on: "config"}, {program: "kube-scheduler", of: Server, on: "secure"},
	{program: "kube-proxy", of: Client, on: "config"}, {program: "kubectl", of: Client, on: "config"}, {program: "helm", of: Client, on: "config"},
	{program: "kubeadm", of: Client, on: "config"}, {port: ":6443", side: Client, on: "config kubelet-api"},
	{text: "unable to authenticate the request", of: Server, on: "config kubelet-api pod kubelet aggregated"},
	{text: "verifying certificate sn=", of: Server, on: "config kubelet-api pod kubelet aggregated"},
}

// ends are the two ends of the connection that a match is about: who prints it,
// and the other one. Of several that it may be they have what is true of all.
func (m *Match) ends() (self, peer party) {
	if len(m.Source.Connections) == 0 && m.Source.Side == Unknown {
		return anySide.client, anySide.server
	}
	var clients, servers []party
	for _, c := range connections {
		if slices.Contains(m.Source.Connections, c.id) {
			clients, servers = append(clients, c.client), append(servers, c.server)
		}
	}
	client, server := common(clients, anyone.client), common(servers, anyone.server)
	if m.Source.Side == Server {
		return server, client
	}
	return client, server
}

// common is what a party is that may be any of several.
func common(parties []party, other party) party {
	field := func(other string, most int, of func(*party) string) string {
		var all []string
		for i := range parties {
			if v := of(&parties[i]); v != "" && !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
		switch {
		case len(all) == 0 || len(all) > most:
			return other
		case len(all) == 1:
			return all[0]
		}
		last := len(all) - 1
		return strings.Join(all[:last], ", ") + " or " + all[last]
	}
	look := other.look
	if len(parties) > 0 && !slices.ContainsFunc(parties, func(p party) bool { return p.look != parties[0].look }) {
		look = cmp.Or(parties[0].look, look)
	}
	const told = 3 // of more the sentences get too long
	return party{
		field(other.name, told, func(p *party) string { return p.name }), field(other.shows, 1, func(p *party) string { return p.shows }),
		field(other.trusts, told, func(p *party) string { return p.trusts }), field(other.set, 1, func(p *party) string { return p.set }), look,
	}
}

// about fills the slots of both ends in a text of the table.
func (m *Match) about() *strings.Replacer {
	self, peer := m.ends()
	return strings.NewReplacer("{self}", cmp.Or(m.Source.Program, self.name), "{peer}", peer.name, "{own}", self.shows, "{shown}", peer.shows,
		"{trust}", self.trusts, "{judge}", peer.trusts, "{set}", self.set)
}
