package trust

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

func cluster() *spec.Cluster {
	node := func(name, addr string, roles spec.NodeRoles) spec.Node {
		return spec.Node{Name: name, Addresses: []netip.Addr{netip.MustParseAddr(addr)}, Roles: roles}
	}
	return &spec.Cluster{CertificatesDir: "/srv/pki", Nodes: []spec.Node{
		node("etcd1", "10.0.0.1", spec.Etcd),
		node("master1", "10.0.0.2", spec.ControlPlane),
		node("master2", "10.0.0.3", spec.ControlPlane),
		node("worker1", "10.0.0.4", spec.Worker),
	}}
}

func resolve(t *testing.T, layout string, c *spec.Cluster) *Map {
	t.Helper()
	l, ok := catalog.FindLayout(layout)
	if !ok {
		t.Fatalf("no layout %s", layout)
	}
	return Resolve(l, c)
}

func connection(t *testing.T, m *Map, id string) Connection {
	t.Helper()
	i := slices.IndexFunc(m.Connections, func(a Connection) bool { return a.ID == id })
	if i < 0 {
		t.Fatalf("no connection %s in %s", id, m.Layout)
	}
	return m.Connections[i]
}

func TestResolveFiles(t *testing.T) {
	for _, tc := range []struct{ layout, id, shows, nodes, answers, server, client string }{
		{"three-ca", "apiserver-to-etcd", "/srv/pki/apiserver-etcd-client.crt", "master1 master2",
			"/srv/pki/etcd/server.crt", "/srv/pki/etcd/ca.crt", "/srv/pki/etcd/ca.crt"},
		{"single-ca", "apiserver-to-etcd", "/srv/pki/apiserver-etcd-client.crt", "master1 master2",
			"/srv/pki/etcd/server.crt", "/srv/pki/ca.crt", "/srv/pki/ca.crt"},
		{"article", "apiserver-to-etcd", "kubernetes.pem", "", "kubernetes.pem", "ca.pem", "ca.pem"},
		{"three-ca", "kubelet-to-apiserver", "/etc/kubernetes/kubelet.conf", "master1 master2 worker1",
			"/srv/pki/apiserver.crt", "/etc/kubernetes/kubelet.conf", "/srv/pki/ca.crt"},
		{"three-ca", "apiserver-to-kubelet", "/srv/pki/apiserver-kubelet-client.crt", "master1 master2",
			"/var/lib/kubelet/pki/kubelet.crt", "/srv/pki/ca.crt", "/srv/pki/ca.crt"},
		{"three-ca", "pods-to-apiserver", "/srv/pki/sa.key", "master1 master2",
			"/srv/pki/apiserver.crt", "/srv/pki/ca.crt", "/srv/pki/sa.pub"},
		{"three-ca", "apiserver-to-extension", "/srv/pki/front-proxy-client.crt", "master1 master2",
			"", "", "/srv/pki/front-proxy-ca.crt"},
		{"three-ca", "admin-to-apiserver", "admin/admin.conf", "", "/srv/pki/apiserver.crt", "admin/admin.conf", "/srv/pki/ca.crt"},
	} {
		a := connection(t, resolve(t, tc.layout, cluster()), tc.id)
		got := []string{a.Shows.File, strings.Join(a.Shows.Nodes, " "), a.Answers.File, a.Server.File, a.Client.File}
		want := []string{tc.shows, tc.nodes, tc.answers, tc.server, tc.client}
		if !slices.Equal(got, want) {
			t.Errorf("%s, %s: got %q, want %q", tc.layout, tc.id, got, want)
		}
	}
}

// Where kubelets ask for their certificates, the connections stay, and say so.
func TestResolveBootstrap(t *testing.T) {
	c := cluster()
	c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true
	m := resolve(t, "three-ca", c)
	if a := connection(t, m, "bootstrap-to-apiserver"); a.Shows.File != "/etc/kubernetes/bootstrap-kubelet.conf" {
		t.Errorf("the token is in %q", a.Shows.File)
	}
	for _, s := range []Side{connection(t, m, "kubelet-to-apiserver").Shows, connection(t, m, "apiserver-to-kubelet").Answers} {
		if s.File != "" || !strings.Contains(s.Text, "asks for it itself") {
			t.Errorf("%s: %+v", s.Entry, s)
		}
	}
}

func TestDangerOfOneCA(t *testing.T) {
	if d := resolve(t, "three-ca", cluster()).Danger; len(d) != 0 {
		t.Errorf("three-ca: %+v", d)
	}
	d := resolve(t, "single-ca", cluster()).Danger
	if len(d) != 1 || d[0].To != "etcd" || !strings.Contains(d[0].Text, "every kubelet's certificate opens etcd") {
		t.Fatalf("single-ca: %+v", d)
	}
	for name, want := range map[string]bool{"kubelet-client": true, "kube-proxy": true, "kubelet-server": false, "apiserver": false, "apiserver-etcd-client": false} {
		if slices.Contains(d[0].Roles, name) != want {
			t.Errorf("%s among those who open etcd: %t, want %t", name, !want, want)
		}
	}
}

// TestPeersApart names the CA by which etcd's members check each other, where an adopted
// directory has one for them.
func TestPeersApart(t *testing.T) {
	const etcd = "etcd-ca role=etcd-ca cert=e.crt key=e.key CN=e\nserver role=etcd-server signer=etcd-ca cert=s.crt key=s.key CN=s profile=peer\n" +
		"client role=apiserver-etcd-client signer=etcd-ca cert=c.crt key=c.key CN=c profile=client\n"
	for lines, want := range map[string]string{
		etcd + "peer role=etcd-peer signer=etcd-ca cert=p.crt key=p.key CN=p profile=peer":                                                  "etcd-ca",
		etcd + "peer role=etcd-peer signer=peers cert=p.crt key=p.key CN=p profile=peer\npeers role=etcd-peer-ca cert=q.crt key=q.key CN=q": "peers",
	} {
		c := cluster()
		c.Layout = adoption.Layout
		c.Adopted, _ = spec.ParseAdopted(adoption.CertificatesKey, lines)
		l, _ := catalog.LayoutOf(c)
		m := Resolve(l, c)
		if a := connection(t, m, "etcd-peers"); a.Server.CA != want || a.Client.CA != want || !slices.ContainsFunc(m.CAs, func(ca CA) bool { return ca.Name == want }) {
			t.Errorf("members check each other by %s and %s, want %s of %v", a.Server.CA, a.Client.CA, want, m.CAs)
		}
		if a := connection(t, m, "apiserver-to-etcd"); a.Server.CA != "etcd-ca" || a.Client.CA != "etcd-ca" {
			t.Errorf("clients of etcd are checked by %s", a.Client.CA)
		}
	}
}

func TestRoleOf(t *testing.T) {
	l, _ := catalog.FindLayout("three-ca")
	for name, want := range map[string]string{
		"master1/apiserver":                             "apiserver",
		"etcd-ca":                                       "etcd-ca",
		"nodes/master1/srv/pki/apiserver.crt":           "apiserver",
		"pki/nodes/master2/srv/pki/apiserver.key":       "apiserver",
		"/root/pki/admin/admin.conf":                    "admin",
		"/srv/pki/etcd/ca.crt":                          "etcd-ca",
		"/srv/pki/sa.pub":                               "sa",
		"./pki/cfssl/nodes/etcd1/etcd-server-csr.json":  "etcd-server",
		"/etc/kubernetes/scheduler.conf":                "scheduler",
		"/var/lib/kubelet/pki/kubelet.crt":              "kubelet-server",
		"pki/nodes/worker1/etc/kubernetes/kubelet.conf": "kubelet-client",
		"nodes/master9/srv/pki/apiserver.crt":           "",
		"apiserver.crt":                                 "",
		"":                                              "",
	} {
		got, ok := RoleOf(l, cluster(), name)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestOnly(t *testing.T) {
	m := resolve(t, "single-ca", cluster())
	for name, want := range map[string]struct{ connections, dangers int }{
		"etcd-peer": {1, 0}, "kubelet-client": {1, 1}, "etcd": {4, 1}, "nobody": {0, 0}, "sa": {1, 0},
	} {
		got := m.Only([]string{name})
		if len(got.Connections) != want.connections || len(got.Danger) != want.dangers {
			t.Errorf("%s: %d connections and %d dangers, want %+v", name, len(got.Connections), len(got.Danger), want)
		}
	}
	if len(m.Only(m.Names()).Connections) != len(m.Connections) {
		t.Error("all names do not give the whole map")
	}
}

// Every box stands in one frame, and every line has boxes at both ends.
func TestMermaid(t *testing.T) {
	for _, l := range catalog.Layouts {
		text := Resolve(&l, cluster()).Mermaid()
		boxes, open := map[string]bool{}, 0
		for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			f := strings.Fields(line)
			switch {
			case i == 0:
				if line != "flowchart LR" {
					t.Errorf("%s begins with %q", l.Name, line)
				}
			case f[0] == "subgraph":
				open++
			case f[0] == "end":
				open--
			case f[0] == "linkStyle":
			case strings.Contains(line, "-->") || strings.Contains(line, ".->"):
				if !boxes[f[0]] || !boxes[f[len(f)-1]] {
					t.Errorf("%s: a line without its boxes: %s", l.Name, line)
				}
			default:
				id, label, ok := strings.Cut(strings.TrimSpace(line), `["`)
				if !ok || !strings.HasSuffix(label, `"]`) || boxes[id] {
					t.Errorf("%s: no box, or twice: %s", l.Name, line)
				}
				boxes[id] = true
			}
			if strings.Count(line, `"`)%2 != 0 {
				t.Errorf("%s: open quotes: %s", l.Name, line)
			}
		}
		if open != 0 {
			t.Errorf("%s: %d frames stay open", l.Name, open)
		}
	}
}

func BenchmarkResolve5000Nodes(b *testing.B) {
	c := cluster()
	for range 5000 {
		c.Nodes = append(c.Nodes, c.Nodes[3])
	}
	l, _ := catalog.FindLayout("three-ca")
	for b.Loop() {
		Resolve(l, c)
	}
}
