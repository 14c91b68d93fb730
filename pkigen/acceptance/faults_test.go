package acceptance

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// fault is one thing wrong in a right directory.
type fault struct {
	name  string
	check string // what verify finds in the files
	// connections are the connections that are tried with the real programs. All of
	// them must be foretold to end wrong.
	connections []string
	plant       func(set)

	answers string   // of another directory: "secret", "members"
	flags   []string // for verify
	// by is who says the words of the finding's check; of a fault without connections,
	// or where they are worth a look of their own.
	by place
	// alone reports whether nothing can be asked of the other side: it never gets there.
	alone bool
}

var faults = []fault{
	// What stops etcd or kube-apiserver from starting.
	{name: "key of another pair", check: "key-mismatch", connections: []string{"etcdctl-to-etcd"},
		plant: func(s set) { s.write(pki+"etcd/server.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "swapped files", check: "swapped-files", connections: []string{"admin-to-apiserver"},
		plant: func(s set) {
			cert, key := s.read(pki+"apiserver.crt"), s.read(pki+"apiserver.key")
			s.write(pki+"apiserver.crt", key)
			s.write(pki+"apiserver.key", cert)
		}},
	{name: "request for certificate", check: "request-for-cert", connections: []string{"etcdctl-to-etcd"},
		plant: func(s set) { s.write(pki+"etcd/server.crt", s.read("cfssl/nodes/master1/etcd-server.csr")) }},
	{name: "encrypted key", check: "key-encrypted", connections: []string{"admin-to-apiserver"},
		plant: func(s set) {
			s.openssl("pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:1234", "-in", pki+"apiserver.key", "-out", "encrypted.key")
			s.write(pki+"apiserver.key", s.read("encrypted.key"))
		}},
	{name: "Ed25519 for service accounts", check: "sa-kind", connections: []string{"pods-to-apiserver"},
		plant: func(s set) { s.write(pki+"sa.pub", publicPEM(s.t, newEd25519(s.t))) }},
	{name: "front proxy of the cluster's CA", check: "front-proxy-shared", connections: []string{"admin-to-apiserver"}, flags: []string{"--no-answers"},
		plant: func(s set) {
			s.write(pki+"front-proxy-ca.crt", s.read(pki+"ca.crt"))
			s.resign(pki+"front-proxy-client.crt", s.ca("ca"), nil)
			s.edit(confs+"kube-apiserver.env", "--requestheader-allowed-names=front-proxy-client", "--requestheader-allowed-names=")
		}},

	{name: "peer's key of another pair", check: "key-mismatch", connections: []string{"etcd-peers"}, answers: "members",
		plant: func(s set) { s.write(pki+"etcd/peer.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "etcd client's key of another pair", check: "key-mismatch", connections: []string{"apiserver-to-etcd"},
		plant: func(s set) { s.write(pki+"apiserver-etcd-client.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "etcdctl's key of another pair", check: "key-mismatch", connections: []string{"etcdctl-to-etcd"},
		plant: func(s set) { s.write(pki+"etcd/healthcheck-client.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "client CA file without a certificate", check: "pem-broken", connections: []string{"admin-to-apiserver"},
		plant: func(s set) { s.write(pki+"front-proxy-ca.crt", []byte("no certificate\n")) }},

	// What etcd and its clients refuse.
	{name: "etcd server ended", check: "expired", connections: []string{"etcdctl-to-etcd", "apiserver-to-etcd"},
		plant: func(s set) { s.resign(pki+"etcd/server.crt", s.ca("etcd-ca"), expired) }},
	{name: "etcd server of another CA of the name", check: "two-cas-one-name", connections: []string{"etcdctl-to-etcd", "apiserver-to-etcd"},
		plant: func(s set) { s.resign(pki+"etcd/server.crt", s.twin("etcd-ca"), nil) }},
	{name: "etcd server without its address", check: "san-missing", connections: []string{"apiserver-to-etcd"},
		plant: func(s set) { s.resign(pki+"etcd/server.crt", s.ca("etcd-ca"), without("192.168.214.88")) }},
	{name: "etcd server for servers only", check: "usage-missing", connections: []string{"etcd-gateway"},
		plant: func(s set) { s.resign(pki+"etcd/server.crt", s.ca("etcd-ca"), forServersOnly) }},
	{name: "etcd client of the cluster's CA", check: "unknown-signer", connections: []string{"apiserver-to-etcd"},
		plant: func(s set) { s.resign(pki+"apiserver-etcd-client.crt", s.ca("ca"), nil) }},
	{name: "etcd client ended", check: "expired", connections: []string{"apiserver-to-etcd"},
		plant: func(s set) { s.resign(pki+"apiserver-etcd-client.crt", s.ca("etcd-ca"), expired) }},
	{name: "etcd client for servers only", check: "usage-missing", connections: []string{"etcdctl-to-etcd"},
		plant: func(s set) { s.resign(pki+"etcd/healthcheck-client.crt", s.ca("etcd-ca"), forServersOnly) }},
	{name: "peer without its address", check: "san-missing", connections: []string{"etcd-peers"}, answers: "members",
		plant: func(s set) {
			s.resign("nodes/etcd2/etc/kubernetes/pki/etcd/peer.crt", s.ca("etcd-ca"), without("192.168.214.82"))
		}},

	// What kube-apiserver and its clients refuse.
	{name: "API server without the endpoint", check: "san-missing", connections: []string{"admin-to-apiserver", "kubelet-to-apiserver"},
		plant: func(s set) { s.resign(pki+"apiserver.crt", s.ca("ca"), without(endpointName)) }},
	{name: "API server ended", check: "expired", connections: []string{"admin-to-apiserver"},
		plant: func(s set) { s.resign(pki+"apiserver.crt", s.ca("ca"), expired) }},
	{name: "kubeconfig with a CA that was replaced", check: "kubeconfig-ca-stale", connections: []string{"admin-to-apiserver"},
		plant: func(s set) { s.write("admin/admin.conf"+embeddedCA, encode("CERTIFICATE", s.twin("ca").cert.Raw)) }},
	{name: "key in a kubeconfig of another pair", check: "key-mismatch", connections: []string{"admin-to-apiserver"},
		plant: func(s set) { s.write("admin/admin.conf"+embeddedKey, keyPEM(s.t, newKey(s.t))) }},
	{name: "administrator of another CA of the name", check: "two-cas-one-name", connections: []string{"admin-to-apiserver"},
		plant: func(s set) { s.resign("admin/admin.conf"+embeddedCert, s.twin("ca"), nil) }},
	{name: "API server without its address", check: "san-missing", connections: []string{"controller-manager-to-apiserver", "scheduler-to-apiserver"},
		plant: func(s set) { s.resign(pki+"apiserver.crt", s.ca("ca"), without("192.168.214.88")) }},
	{name: "controller-manager of the etcd CA", check: "unknown-signer", connections: []string{"controller-manager-to-apiserver"},
		plant: func(s set) { s.resign(confs+"controller-manager.conf"+embeddedCert, s.ca("etcd-ca"), nil) }},
	{name: "scheduler by a wrong name", check: "identity-user", connections: []string{"scheduler-to-apiserver"},
		plant: func(s set) { s.resign(confs+"scheduler.conf"+embeddedCert, s.ca("ca"), named("scheduler")) }},
	{name: "kube-proxy for servers only", check: "usage-missing", connections: []string{"kube-proxy-to-apiserver"},
		plant: func(s set) { s.resign(confs+"kube-proxy.conf"+embeddedCert, s.ca("ca"), forServersOnly) }},
	{name: "scheduler ended", check: "expired", connections: []string{"scheduler-to-apiserver"},
		plant: func(s set) { s.resign(confs+"scheduler.conf"+embeddedCert, s.ca("ca"), expired) }},
	{name: "controller-manager by a wrong name", check: "identity-user", connections: []string{"controller-manager-to-apiserver"},
		plant: func(s set) {
			s.resign(confs+"controller-manager.conf"+embeddedCert, s.ca("ca"), named("kube-controller-manager"))
		}},
	{name: "service account keys of two pairs", check: "sa-mismatch", connections: []string{"pods-to-apiserver"},
		plant: func(s set) { s.write(pki+"sa.pub", publicPEM(s.t, newKey(s.t).Public())) }},
	{name: "two certificates to sign with", check: "ca-bundle", answers: "secret", by: place{"kube-controller-manager", "master1"},
		plant: func(s set) {
			s.write(pki+"ca-signing.crt", append(s.read(pki+"ca-signing.crt"), encode("CERTIFICATE", s.twin("ca").cert.Raw)...))
		}},

	{name: "kube-proxy by a wrong name", check: "identity-user", connections: []string{"kube-proxy-to-apiserver"},
		plant: func(s set) { s.resign(confs+"kube-proxy.conf"+embeddedCert, s.ca("ca"), named("kube-proxy")) }},
	{name: "scheduler's key of another pair", check: "key-mismatch", connections: []string{"scheduler-to-apiserver"},
		plant: func(s set) { s.write(confs+"scheduler.conf"+embeddedKey, keyPEM(s.t, newKey(s.t))) }},
	{name: "kube-proxy's key of another pair", check: "key-mismatch", connections: []string{"kube-proxy-to-apiserver"},
		plant: func(s set) { s.write(confs+"kube-proxy.conf"+embeddedKey, keyPEM(s.t, newKey(s.t))) }},
	{name: "controller-manager's key of another pair", check: "key-mismatch", connections: []string{"controller-manager-to-apiserver"},
		plant: func(s set) { s.write(confs+"controller-manager.conf"+embeddedKey, keyPEM(s.t, newKey(s.t))) }},
	{name: "kube-proxy with a CA that was replaced", check: "kubeconfig-ca-stale", connections: []string{"kube-proxy-to-apiserver"},
		plant: func(s set) { s.write(confs+"kube-proxy.conf"+embeddedCA, encode("CERTIFICATE", s.twin("ca").cert.Raw)) }},

	// What kubelets are told and say.
	{name: "kubelet's own key of another pair", check: "key-mismatch", connections: []string{"kubelet-to-apiserver"},
		plant: func(s set) { s.write(confs+"kubelet.conf"+embeddedKey, keyPEM(s.t, newKey(s.t))) }},
	{name: "key towards kubelets of another pair", check: "key-mismatch", connections: []string{"apiserver-to-kubelet"},
		plant: func(s set) { s.write(pki+"apiserver-kubelet-client.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "key towards extensions of another pair", check: "key-mismatch", connections: []string{"apiserver-to-extension"},
		plant: func(s set) { s.write(pki+"front-proxy-client.key", keyPEM(s.t, newKey(s.t))) }},
	{name: "kubelet by the name of another node", check: "node-name", connections: []string{"kubelet-to-apiserver"},
		plant: func(s set) {
			s.resign(confs+"kubelet.conf"+embeddedCert, s.ca("ca"), named("system:node:master2"))
		}},
	{name: "kubelet without its group", check: "identity-group", connections: []string{"kubelet-to-apiserver"},
		plant: func(s set) {
			s.resign(confs+"kubelet.conf"+embeddedCert, s.ca("ca"), func(c *x509.Certificate) { c.RawSubject, c.Subject.Organization = nil, nil })
		}},
	{name: "kubelet's key of another pair", check: "key-mismatch", connections: []string{"apiserver-to-kubelet"}, alone: true,
		plant: func(s set) {
			s.write("nodes/master1/var/lib/kubelet/pki/kubelet.key", keyPEM(s.t, newKey(s.t)))
		}},
	{name: "kubelet without its address", check: "san-missing", connections: []string{"apiserver-to-kubelet"},
		plant: func(s set) {
			s.resign("nodes/master1/var/lib/kubelet/pki/kubelet.crt", s.ca("ca"), without("192.168.214.88"))
		}},
	{name: "kubelet client ended", check: "expired", connections: []string{"apiserver-to-kubelet"},
		plant: func(s set) { s.resign(pki+"apiserver-kubelet-client.crt", s.ca("ca"), expired) }},
}

// TestFaults plants each fault in a right directory, asks verify what will be
// said and where, and starts the real programs on the same files: they must say
// it, there. Programs of the right directory must say nothing of it.
func TestFaults(t *testing.T) {
	needsHost(t)
	right := map[string]string{}
	for _, answers := range []string{"", "secret", "members"} {
		right[answers] = generateSet(t, answers)
	}
	calm := playRight(t, right[""])
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "set")
			if out, err := exec.Command("cp", "-a", right[f.answers], dir).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			f.plant(set{t, dir})
			await := f.foretold(t, dir)
			for _, w := range await {
				if w.re.MatchString(calm[w.by.Program]) {
					t.Errorf("%s says the same with the right directory: %s", w.by.Program, w.text)
				}
			}
			machines := []machine{master1}
			if f.answers == "members" {
				machines = append(machines, member2)
			}
			s := newScene(t, dir, machines...)
			s.await = await
			s.play(f.acts())
		})
	}
}

func (f fault) acts() []string {
	if f.by.Program == "kube-controller-manager" {
		return append(slices.Clone(f.connections), "controller-manager-to-apiserver")
	}
	return f.connections
}

// foretold is what verify says that the programs will say.
func (f fault) foretold(t *testing.T, dir string) []words {
	t.Helper()
	v := judge(t, dir, f.flags...)
	found := slices.IndexFunc(v.Findings, func(x finding) bool { return x.Check == f.check && x.Severity == "error" })
	if v.Runs || found < 0 {
		t.Fatalf("verify does not find %s, it says that the cluster would run: %t, and finds %v", f.check, v.Runs, v.Findings)
	}
	var out []words
	for _, connection := range f.connections {
		wrong := 0
		for _, c := range v.WrongConnections {
			if c.Connection != connection {
				continue
			}
			wrong++
			if c.Text == "" || c.Check != f.check {
				t.Errorf("%s: verify tells of %q, caused by %q (%s), want %s", connection, c.Text, c.Check, c.Cause, f.check)
			}
			out = append(out, foretold(c.printed(c.At), c.Text))
			// No pod runs here, so nothing is known of what it would print.
			if other := c.other(); c.Other != "" && other.Program != "pods" && !f.alone {
				w := foretold(c.printed(other), c.Other)
				w.not = c.OtherQuiet
				out = append(out, w)
			}
		}
		if wrong == 0 {
			t.Errorf("%s is foretold to work, with %v", connection, v.Findings[found])
		}
	}
	if f.by.Program != "" {
		for _, says := range v.Findings[found].Says {
			out = append(out, foretold(f.by, says.Text))
		}
	}
	if t.Failed() || len(out) == 0 {
		t.Fatalf("verify foretells %d texts: %+v", len(out), v.WrongConnections)
	}
	return out
}

// generateSet makes a right directory and asks verify of it.
func generateSet(t *testing.T, answers string) string {
	t.Helper()
	c := &cluster{cell: cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki"},
		virtual: master1.addrs[0].Addr()}
	machines := []machine{master1}
	switch answers {
	case "secret":
		c.bootstrap = "secret"
	case "members":
		machines = append(machines, member2)
	}
	c.generate(t, machines)
	if v := judge(t, c.dir); !v.Runs || len(v.WrongConnections) > 0 {
		t.Fatalf("verify does not take a right directory: %v, %v", v.Findings, v.WrongConnections)
	}
	return c.dir
}

// playRight starts every program on the right directory, sees all of them work,
// and returns what each said.
func playRight(t *testing.T, dir string) map[string]string {
	t.Helper()
	said := map[string]string{}
	t.Run("right", func(t *testing.T) {
		s := newScene(t, dir, master1)
		var connections []string
		for connection := range acts {
			connections = append(connections, connection)
		}
		works := map[string]string{
			"etcd": "", "kube-apiserver": "", // waited for before all others
			"etcdctl": "OK", "gateway": `"header":`,
			"kubectl":                 "NAME      STATUS",
			"kube-controller-manager": "Successfully acquired lease", "kube-scheduler": "Successfully acquired lease",
			"kubelet": "Successfully registered node", "kube-proxy": "Successfully retrieved NodeIPs",
			"pods": `User "system:serviceaccount:default:default" cannot list resource "pods"`, // known, and allowed nothing
		}
		for program, text := range works {
			if text != "" {
				s.await = append(s.await, foretold(place{Program: program}, text))
			}
		}
		// What the kubelet answers to kubectl logs: the runtime here writes none.
		s.await = append(s.await, foretold(place{Program: "kubectl"}, "failed to read log file"))
		s.play(connections)
		for program := range works {
			text, err := os.ReadFile(s.log(place{Program: program}))
			if err != nil {
				t.Error(err)
			}
			said[program] = string(text)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return said
}
