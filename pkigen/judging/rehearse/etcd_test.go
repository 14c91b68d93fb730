package rehearse_test

import (
	"crypto/x509"
	"net"
	"testing"
)

const quoted = `\"` // in a text that stands within quotes

// lacking takes an address out of the names.
func lacking(addr string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		var left []net.IP
		for _, ip := range c.IPAddresses {
			if !ip.Equal(net.ParseIP(addr)) {
				left = append(left, ip)
			}
		}
		c.IPAddresses = left
	}
}

func TestEtcdFaults(t *testing.T) {
	t.Parallel()
	const client, server, peer, health = pki1 + "apiserver-etcd-client", pki1 + "etcd/server", pki1 + "etcd/peer", pki1 + "etcd/healthcheck-client"
	toEtcd := []string{"apiserver-to-etcd"}
	toMember := []string{"apiserver-to-etcd", "etcd-gateway", "etcdctl-to-etcd"}
	again := func(ca, base string, change func(*x509.Certificate)) func(testing.TB, *world) {
		return func(t testing.TB, w *world) { w.again(t, w.ca(t, ca), base, change) }
	}
	drop := func(path string) func(testing.TB, *world) {
		return func(_ testing.TB, w *world) { delete(w.files, path) }
	}
	seeAll(t, []fault{
		{name: "client of another CA", plant: again("ca", client, nil), connections: toEtcd, at: "etcd on",
			text:  `"msg":"rejected connection on client endpoint","remote-addr":"172.20.0.1:40000","server-name":"","error":"tls: failed to verify certificate: x509: certificate signed by unknown authority"`,
			other: `connection error: desc = "error reading server preface: remote error: tls: unknown certificate authority"`, check: "unknown-signer", file: client + ".crt"},
		{name: "client ended", plant: again("etcd-ca", client, expired), connections: toEtcd, at: "etcd on", text: "x509: certificate has expired or is not yet valid: current time",
			other: "remote error: tls: expired certificate", check: "expired", file: client + ".crt"},
		{name: "client before its time", plant: again("etcd-ca", client, early), connections: toEtcd, at: "etcd on", text: "is before",
			other: "remote error: tls: expired certificate", check: "not-yet-valid", file: client + ".crt"},
		{name: "client for serving", plant: again("etcd-ca", client, usage(x509.ExtKeyUsageServerAuth)), connections: toEtcd, at: "etcd on",
			text: "x509: certificate specifies an incompatible key usage", other: "remote error: tls: bad certificate", check: "usage-missing", file: client + ".crt"},
		{name: "client's key of another run", plant: func(t testing.TB, w *world) { w.files[client+".key"] = keyPEM(t, newKey(t)) }, connections: toEtcd,
			at: "kube-apiserver on cp1", text: `"command failed" err="error creating storage factory: tls: private key does not match public key"`, check: "key-mismatch", file: client + ".key"},
		{name: "client's key missing", plant: drop(client + ".key"), connections: toEtcd, state: "not tried", at: "kube-apiserver on cp1",
			text: "open /etc/kubernetes/pki/apiserver-etcd-client.key: no such file or directory", check: "key-missing", file: client + ".key"},
		{name: "client missing", plant: drop(client + ".crt"), connections: toEtcd, state: "not tried", at: "kube-apiserver on cp1",
			text: "open /etc/kubernetes/pki/apiserver-etcd-client.crt: no such file or directory", check: "cert-missing", file: client + ".crt"},
		{name: "member without its address", plant: again("etcd-ca", server, lacking("172.20.0.1")), connections: toEtcd, at: "kube-apiserver on",
			text:  `authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for 127.0.0.1, ::1, not 172.20.0.1`,
			other: `rejected connection on client endpoint`, check: "san-missing", file: server + ".crt"},
		{name: "member without loopback", plant: again("etcd-ca", server, lacking("127.0.0.1")), connections: []string{"etcdctl-to-etcd"}, at: "etcdctl on cp1",
			text:  "latest balancer error: connection error: desc = \\\"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for",
			other: "remote error: tls: bad certificate", check: "san-missing", file: server + ".crt"},
		{name: "member of another CA of the name", plant: func(t testing.TB, w *world) {
			twin := newCA(t, w.ca(t, "etcd-ca").cert, nil)
			w.again(t, twin, server, nil)
		}, connections: toMember, at: "kube-apiserver on",
			text:  `desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \"x509: ECDSA`,
			check: "two-cas-one-name", file: server + ".crt"},
		{name: "member's key of another run", plant: func(t testing.TB, w *world) { w.files[server+".key"] = keyPEM(t, newKey(t)) }, connections: toMember,
			at: "etcd on cp1", text: `"msg":"listener failed","error":"tls: private key does not match public key"`,
			other: `desc = "transport: Error while dialing: dial tcp 172.20.0.1:2379: connect: connection refused"`, check: "key-mismatch", file: server + ".key"},
		{name: "member's certificate without client auth", plant: again("etcd-ca", server, usage(x509.ExtKeyUsageServerAuth)), connections: []string{"etcd-gateway"},
			at: "etcd on cp1", text: "incompatible key usage", other: "remote error: tls: bad certificate", check: "usage-missing", file: server + ".crt"},
		{name: "member's certificate for clients", plant: again("etcd-ca", server, usage(x509.ExtKeyUsageClientAuth)), connections: []string{"apiserver-to-etcd", "etcdctl-to-etcd"},
			at: "kube-apiserver on", text: "incompatible key usage", other: "remote error: tls: bad certificate", check: "usage-missing", file: server + ".crt"},
		{name: "health client of another CA", plant: again("front-proxy-ca", health, nil), connections: []string{"etcdctl-to-etcd"}, at: "etcd on cp1",
			text: "signed by unknown authority", other: "remote error: tls: unknown certificate authority", check: "unknown-signer", file: health + ".crt"},
		{name: "peer comes from an address that it does not name", plant: again("etcd-ca", peer, lacking("172.20.0.1")), connections: []string{"etcd-peers"}, at: "etcd on cp2",
			text:  `"msg":"rejected connection on peer endpoint","remote-addr":"172.20.0.1:40000","server-name":"","ip-addresses":["127.0.0.1","::1"],"dns-names":["cp1","localhost"],"error":"tls: ` + quoted + `172.20.0.1` + quoted + ` does not match any of DNSNames [` + quoted + `cp1` + quoted,
			other: `"msg":"prober detected unhealthy status"`, check: "san-missing", file: peer + ".crt"},
		{name: "peer is dialled by an address that it does not name", plant: again("etcd-ca", peer, lacking("172.20.0.1")), connections: []string{"etcd-peers"}, at: "etcd on cp2",
			text:  `"msg":"prober detected unhealthy status","round-tripper-name":"ROUND_TRIPPER_RAFT_MESSAGE","remote-peer-id":"ID","rtt":"0s","error":"tls: failed to verify certificate: x509: certificate is valid for`,
			other: "rejected connection on peer endpoint", check: "san-missing", file: peer + ".crt"},
		{name: "peer of another CA", plant: again("ca", peer, nil), connections: []string{"etcd-peers"}, at: "etcd on cp2", text: "rejected connection on peer endpoint",
			other: "remote error: tls: unknown certificate authority", check: "unknown-signer", file: peer + ".crt"},
		{name: "peer for serving alone", plant: again("etcd-ca", peer, usage(x509.ExtKeyUsageServerAuth)), connections: []string{"etcd-peers"}, at: "etcd on cp2",
			text: "incompatible key usage", other: "remote error: tls: bad certificate", check: "usage-missing", file: peer + ".crt"},
		{name: "peer's key missing", plant: drop(peer + ".key"), connections: []string{"etcd-peers"}, state: "not tried", at: "etcd on cp1",
			text: `"msg":"discovery failed","error":"open /etc/kubernetes/pki/etcd/peer.key: no such file or directory"`, check: "key-missing", file: peer + ".key"},
	})
}

// TestCAFileFaults plants what stands in place of etcd's CA on one node, which
// all that is of etcd there goes by.
func TestCAFileFaults(t *testing.T) {
	t.Parallel()
	const file = pki1 + "etcd/ca.crt"
	all := []string{"apiserver-to-etcd", "etcd-gateway", "etcd-peers", "etcdctl-to-etcd"}
	put := func(data func(t testing.TB, w *world) []byte) func(testing.TB, *world) {
		return func(t testing.TB, w *world) { w.files[file] = data(t, w) }
	}
	seeAll(t, []fault{
		{name: "an old one of the same name", plant: put(func(t testing.TB, w *world) []byte { return newCA(t, w.ca(t, "etcd-ca").cert, nil).pem() }),
			connections: all, at: "etcd on cp1", text: "possibly because of", check: "two-cas-one-name", file: file},
		{name: "the Kubernetes CA", plant: put(func(_ testing.TB, w *world) []byte { return w.files["authority/ca.crt"] }),
			connections: all, at: "etcd on cp1", text: "signed by unknown authority", check: "unknown-signer", file: file, opens: []string{"admin-at-etcd", "kubelet-at-etcd"}},
		{name: "no CA", plant: put(func(t testing.TB, w *world) []byte {
			return newCA(t, w.ca(t, "etcd-ca").cert, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 }).pem()
		}), connections: all, at: "etcd on cp1", text: "signed by unknown authority", check: "not-a-ca", file: file},
		{name: "a CA that may not sign", plant: put(func(t testing.TB, w *world) []byte {
			return newCA(t, w.ca(t, "etcd-ca").cert, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }).pem()
		}), connections: all, at: "etcd on cp1", text: "signed by unknown authority", check: "ca-cannot-sign", file: file},
		{name: "an ended one", plant: put(func(t testing.TB, w *world) []byte {
			ca := w.ca(t, "etcd-ca")
			return ca.sign(t, ca.cert, ca.key.Public(), expired)
		}), connections: all, at: "etcd on cp1", text: "x509: certificate has expired or is not yet valid", check: "expired", file: file},
		{name: "a request", plant: put(func(_ testing.TB, w *world) []byte { return w.files["cfssl/etcd-ca.csr"] }),
			connections: all, at: "etcd on cp1", text: `"msg":"listener failed"`, check: "request-for-cert", file: file},
		{name: "a key", plant: put(func(_ testing.TB, w *world) []byte { return w.files["authority/etcd-ca.key"] }),
			connections: all, at: "etcd on cp1", text: `"msg":"listener failed"`, check: "swapped-files", file: file},
		{name: "missing", plant: func(_ testing.TB, w *world) { delete(w.files, file) },
			connections: all, state: "not tried", at: "etcd on cp1", text: "open /etc/kubernetes/pki/etcd/ca.crt: no such file or directory", check: "cert-missing", file: file},
	})
}
