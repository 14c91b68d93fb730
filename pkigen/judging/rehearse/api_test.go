package rehearse_test

import (
	"crypto/x509"
	"net"
	"slices"
	"testing"

	"certwright/pkigen/cluster/kubeconfig"
)

// clients are the connections to the API by certificate, with one of their
// kubeconfigs, what their program says, and their words for a 403.
var clients = []struct{ connection, path, at, fails, denied, forbidden string }{
	{"controller-manager-to-apiserver", etc1 + "controller-manager.conf", "kube-controller-manager on cp1",
		`"Error retrieving lease lock" err="Get \"https://172.20.0.1:6443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager?timeout=5s\": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"Unauthorized", `leases.coordination.k8s.io \"kube-controller-manager\" is forbidden: User \"stranger\" cannot get resource \"leases\"`},
	{"scheduler-to-apiserver", etc1 + "scheduler.conf", "kube-scheduler on cp1",
		`"Failed to watch" err="failed to list *v1.Pod: Get \"https://172.20.0.1:6443/api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed&limit=500&resourceVersion=0\": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"Unauthorized", `failed to list *v1.Pod: pods is forbidden: User \"stranger\" cannot list resource \"pods\"`},
	{"kubelet-to-apiserver", "nodes/w1/etc/kubernetes/kubelet.conf", "kubelet on w1",
		`"Unable to register node with API server" err="Post \"https://api.example.com:6443/api/v1/nodes\": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"Unauthorized", `"Unable to register node with API server, error getting existing node" err="nodes \"w1\" is forbidden: User \"stranger\" cannot get resource \"nodes\"`},
	{"kube-proxy-to-apiserver", "nodes/w1/etc/kubernetes/kube-proxy.conf", "kube-proxy on w1",
		`"Failed to watch" err="failed to list *v1.Node: Get \"https://api.example.com:6443/api/v1/nodes?fieldSelector=metadata.name%3Dw1&limit=500&resourceVersion=0\": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"Unauthorized", `nodes \"w1\" is forbidden: User \"stranger\" cannot list resource \"nodes\"`},
	{"admin-to-apiserver", "admin/admin.conf", "kubectl",
		`Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"error: You must be logged in to the server (the server has asked for the client to provide credentials)", `Error from server (Forbidden): nodes is forbidden: User "stranger"`},
	{"super-admin-to-apiserver", "admin/super-admin.conf", "kubectl",
		`Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"error: You must be logged in to the server (the server has asked for the client to provide credentials)", `Error from server (Forbidden): nodes is forbidden: User "stranger"`},
}

func TestClientFaults(t *testing.T) {
	t.Parallel()
	for _, c := range clients {
		cert := func(ca string, change func(*x509.Certificate)) func(testing.TB, *world) {
			return func(t testing.TB, w *world) { w.user(t, c.path, w.ca(t, ca), change) }
		}
		connections := []string{c.connection}
		const log = `"Unable to authenticate the request" err="[`
		check, user := "identity-user", "stranger"
		if c.connection == "kubelet-to-apiserver" {
			check = "node-name"
		}
		t.Run(c.connection, func(t *testing.T) {
			t.Parallel()
			seeAll(t, []fault{
				{name: "of another CA", plant: cert("etcd-ca", nil), connections: connections, at: "kube-apiserver on", opens: opensEtcd(c.connection),
					text: log + "x509: certificate signed by unknown authority, verifying certificate SN=99, SKID=", other: c.denied, check: "unknown-signer", file: c.path},
				{name: "ended", plant: cert("ca", expired), connections: connections, at: "kube-apiserver on", text: "failed: x509: certificate has expired or is not yet valid",
					other: c.denied, check: "expired", file: c.path},
				{name: "for serving", plant: cert("ca", usage(x509.ExtKeyUsageServerAuth)), connections: connections, at: "kube-apiserver on",
					text: "failed: x509: certificate specifies an incompatible key usage", other: c.denied, check: "usage-missing", file: c.path},
				{name: "another user", plant: cert("ca", named(user)), connections: connections, at: c.at, text: c.forbidden, check: check, file: c.path},
				{name: "no user", plant: cert("ca", named("", "system:nodes")), connections: connections, at: "kube-apiserver on", text: `err="x509: certificate signed by unknown authority"`,
					other: c.denied, check: "empty-cn", file: c.path},
				{name: "stale CA", plant: func(t testing.TB, w *world) {
					w.config(t, c.path, func(k *kubeconfig.Config) { k.CA = newCA(t, w.ca(t, "ca").cert, nil).pem() })
				}, connections: connections, at: c.at, text: c.fails, other: quiet + "http: TLS handshake error from ", check: "kubeconfig-ca-stale", file: c.path},
				{name: "key of another run", plant: func(t testing.TB, w *world) {
					w.config(t, c.path, func(k *kubeconfig.Config) { k.Key = keyPEM(t, newKey(t)) })
				}, connections: connections, at: c.at, text: "tls: private key does not match public key", check: "key-mismatch", file: c.path},
				{name: "broken", plant: func(_ testing.TB, w *world) { w.files[c.path] = w.files[c.path][:len(w.files[c.path])/2] }, connections: connections, at: c.at,
					text: "error loading config file ", check: "kubeconfig-broken", file: c.path},
				{name: "missing", plant: func(_ testing.TB, w *world) { delete(w.files, c.path) }, connections: connections, state: "not tried", at: c.at,
					text: "no such file or directory", check: "kubeconfig-broken", file: c.path},
			})
		})
	}
}

// opensEtcd is what the certificate of a client opens where etcd's CA has signed it.
func opensEtcd(connection string) []string {
	switch connection {
	case "kubelet-to-apiserver":
		return []string{"kubelet-at-etcd"}
	case "admin-to-apiserver":
		return []string{"admin-at-etcd"}
	}
	return nil
}

func TestServerFaults(t *testing.T) {
	t.Parallel()
	const server, client, front, sa = pki1 + "apiserver", pki1 + "apiserver-kubelet-client", pki1 + "front-proxy-client", pki2 + "sa.pub"
	again := func(ca, base string, change func(*x509.Certificate)) func(testing.TB, *world) {
		return func(t testing.TB, w *world) { w.again(t, w.ca(t, ca), base, change) }
	}
	unnamed := func(name string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.DNSNames = slices.DeleteFunc(slices.Clone(c.DNSNames), func(n string) bool { return n == name })
		}
	}
	byEndpoint := []string{"admin-to-apiserver", "kube-proxy-to-apiserver", "kubelet-to-apiserver", "super-admin-to-apiserver"}
	local := []string{"controller-manager-to-apiserver", "scheduler-to-apiserver"}
	toAPI := append(append(slices.Clone(byEndpoint), local...), "pods-to-apiserver")
	toKubelet, toExtension, pods := []string{"apiserver-to-kubelet"}, []string{"apiserver-to-extension"}, []string{"pods-to-apiserver"}
	seeAll(t, []fault{
		{name: "no endpoint among the names", plant: again("ca", server, unnamed("api.example.com")), connections: byEndpoint, at: "kubectl",
			text: "Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for kubernetes,", other: quiet + "http: TLS handshake error from ",
			check: "san-missing", file: server + ".crt"},
		{name: "no service address", plant: again("ca", server, lacking("10.96.0.1")), connections: pods, at: "pods on",
			text: `Get "https://10.96.0.1:443/api/v1/namespaces/default/pods": tls: failed to verify certificate: x509: certificate is valid for`, other: quiet + "http: TLS handshake error from ",
			check: "san-missing", file: server + ".crt"},
		{name: "no own address", plant: again("ca", server, lacking("172.20.0.1")), connections: local, at: "kube-controller-manager on cp1",
			text: "not 172.20.0.1", check: "san-missing", file: server + ".crt"},
		{name: "no names", plant: again("ca", server, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }), connections: toAPI, at: "kubectl",
			text: "x509: certificate is not valid for any names, but wanted to match api.example.com", check: "san-none", file: server + ".crt"},
		{name: "the name in the CN", plant: again("ca", server, func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses, c.Subject.CommonName = nil, nil, "api.example.com"
		}), connections: toAPI, at: "kubectl", text: "x509: certificate relies on legacy Common Name field, use SANs instead", check: "san-none", file: server + ".crt"},
		{name: "a network among the names", plant: again("ca", server, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = []net.IP{net.IPv4(10, 96, 0, 1)}, []string{"172.20.0.0/16", "api.example.com"}
		}), connections: local, at: "kube-controller-manager on cp1", text: "not 172.20.0.1", check: "san-is-network", file: server + ".crt"},
		{name: "server of another CA", plant: again("front-proxy-ca", server, nil), connections: toAPI, at: "kubectl", text: "signed by unknown authority",
			other: quiet + "http: TLS handshake error from ", check: "unknown-signer", file: server + ".crt"},
		{name: "server ended", plant: again("ca", server, expired), connections: toAPI, at: "kubectl", text: "has expired", check: "expired", file: server + ".crt"},
		{name: "server for clients", plant: again("ca", server, usage(x509.ExtKeyUsageClientAuth)), connections: toAPI, at: "kubectl", text: "incompatible key usage", check: "usage-missing", file: server + ".crt"},
		{name: "server missing", plant: func(_ testing.TB, w *world) { delete(w.files, server+".crt") }, connections: toAPI, state: "not tried", at: "kube-apiserver on cp1",
			text: `"command failed" err="open /etc/kubernetes/pki/apiserver.crt: no such file or directory"`, other: "The connection to the server api.example.com:6443 was refused - did you specify the right host or port?",
			check: "cert-missing", file: server + ".crt"},
		{name: "swapped", plant: func(_ testing.TB, w *world) {
			w.files[server+".crt"], w.files[server+".key"] = w.files[server+".key"], w.files[server+".crt"]
		}, connections: toAPI, at: "kube-apiserver on cp1", text: "PEM inputs may have been switched", check: "swapped-files", file: server + ".crt"},
		{name: "request for certificate", plant: func(_ testing.TB, w *world) { w.files[server+".crt"] = w.files["cfssl/nodes/cp1/apiserver.csr"] },
			connections: toAPI, at: "kube-apiserver on cp1", text: "after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]", check: "request-for-cert", file: server + ".crt"},

		{name: "kubelet without addresses", plant: again("ca", var1+"kubelet", func(c *x509.Certificate) { c.IPAddresses = nil }), connections: toKubelet, at: "kube-apiserver on",
			text:  `Error from server: Get "https://172.20.0.3:10250/containerLogs/NAMESPACE/POD/CONTAINER": tls: failed to verify certificate: x509: cannot validate certificate for 172.20.0.3 because it doesn't contain any IP SANs`,
			other: "http: TLS handshake error from ", check: "san-missing", file: var1 + "kubelet.crt"},
		{name: "kubelet of another CA", plant: again("etcd-ca", var1+"kubelet", nil), connections: toKubelet, at: "kube-apiserver on", text: "signed by unknown authority", check: "unknown-signer", file: var1 + "kubelet.crt"},
		{name: "kubelet's key missing", plant: func(_ testing.TB, w *world) { delete(w.files, var1+"kubelet.key") }, connections: toKubelet, state: "not tried", at: "kubelet on w1",
			text: "failed to run Kubelet: failed to create kubelet: failed to initialize file based certificate manager: unable to set up dynamic certificate manager for kubelet server cert files: open /var/lib/kubelet/pki/kubelet.key: no such file or directory", check: "key-missing", file: var1 + "kubelet.key"},
		{name: "kubelet's client with a key of another run", plant: func(t testing.TB, w *world) { w.files[client+".key"] = keyPEM(t, newKey(t)) }, connections: toKubelet, at: "kube-apiserver on",
			text: `/containerLogs/NAMESPACE/POD/CONTAINER": tls: private key does not match public key`, check: "key-mismatch", file: client + ".key"},
		{name: "kubelet's client of another CA", plant: again("etcd-ca", client, nil), connections: toKubelet, at: "kubelet on",
			text: `"Unable to authenticate the request due to an error" err="verifying certificate SN=99, SKID=, AKID=`, other: "the server has asked for the client to provide credentials",
			check: "unknown-signer", file: client + ".crt"},
		{name: "kubelet's client is another user", plant: again("ca", client, named("kubernetes")), connections: toKubelet, at: "kube-apiserver on cp1",
			text: "Forbidden (user=kubernetes, verb=get, resource=nodes, subresource(s)=[proxy])", check: "identity-user", file: client + ".crt"},
		{name: "kubelet's client is nobody", plant: again("ca", client, named("")), connections: toKubelet, at: "kubelet on", text: "Unauthorized", check: "empty-cn", file: client + ".crt"},
		{name: "kubelet trusts another CA", plant: func(t testing.TB, w *world) {
			w.files["nodes/w1/etc/kubernetes/pki/ca.crt"] = newCA(t, w.ca(t, "ca").cert, nil).pem()
		},
			connections: toKubelet, at: "kubelet on w1", text: "possibly because of", check: "two-cas-one-name", file: "nodes/w1/etc/kubernetes/pki/ca.crt"},

		{name: "front proxy by another name", plant: again("front-proxy-ca", front, named("aggregator")), connections: toExtension, at: "extension server",
			text: `"Unable to authenticate the request" err="[x509: subject with cn=aggregator is not in the allowed list, verifying certificate`, check: "identity-user", file: front + ".crt"},
		{name: "front proxy of another CA", plant: again("etcd-ca", front, nil), connections: toExtension, at: "extension server", text: "signed by unknown authority",
			check: "unknown-signer", file: front + ".crt"},
		{name: "front proxy of the Kubernetes CA", plant: again("ca", front, nil), connections: toExtension, at: "kube-apiserver on cp1", text: `User "front-proxy-client" cannot list`,
			check: "identity-user", file: front + ".crt", opens: []string{"front-proxy-as-user"}},

		{name: "another key pair on the second node", plant: func(t testing.TB, w *world) { w.files[sa] = publicPEM(t, newKey(t).Public()) }, connections: pods, at: "kube-apiserver on cp2",
			text: `"Unable to authenticate the request" err="[invalid bearer token, invalid signature, no keys found]"`, other: "Unauthorized", check: "sa-differs", file: sa},
		{name: "public key not of the private one", plant: func(t testing.TB, w *world) { w.files[sa] = publicPEM(t, newKey(t).Public()) }, connections: pods, at: "kube-apiserver on cp2",
			text: "no keys found", check: "sa-mismatch", file: sa},
		{name: "account keys of no kind", plant: func(_ testing.TB, w *world) { w.files[sa] = encode("PUBLIC KEY", []byte("nonsense")) }, connections: pods, at: "kube-apiserver on cp2",
			text: "error reading public key file /etc/kubernetes/pki/sa.pub: data does not contain any valid RSA or ECDSA public keys", check: "sa-kind", file: sa},
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	seeAll(t, []fault{
		{name: "admin without its group", plant: func(t testing.TB, w *world) {
			w.user(t, "admin/admin.conf", w.ca(t, "ca"), named("kubernetes-admin", "kubeadm:cluster-admin"))
		}, connections: []string{"admin-to-apiserver"}, at: "kubectl", text: `User "kubernetes-admin" cannot list`, check: "identity-group", file: "admin/admin.conf"},
		{name: "kubelet without its group", plant: func(t testing.TB, w *world) {
			w.user(t, "nodes/w1/etc/kubernetes/kubelet.conf", w.ca(t, "ca"), named("system:node:w1", "system:node"))
		}, connections: []string{"kubelet-to-apiserver"}, at: "kubelet on w1", text: `User \"system:node:w1\" cannot get`, check: "identity-group", file: "w1/etc/kubernetes/kubelet.conf"},
		{name: "kubelet of another node", plant: func(t testing.TB, w *world) {
			w.files["nodes/w1/etc/kubernetes/kubelet.conf"] = w.files["nodes/w2/etc/kubernetes/kubelet.conf"]
		}, connections: []string{"kubelet-to-apiserver"}, at: "kubelet on w1", text: `node 'w2' cannot read 'w1', only its own Node object" node="w1"`, check: "node-name",
			file: "w1/etc/kubernetes/kubelet.conf", opens: []string{"kubelet-as-another-node"}},
	})
}
