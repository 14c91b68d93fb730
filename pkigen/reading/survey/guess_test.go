package survey

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// seats writes who has what, a line each: "role machine node cert key config by".
func seats(s *Site) []string {
	var out []string
	for _, seat := range s.Seats {
		dash := func(s string) string {
			if s == "" {
				return "-"
			}
			return s
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %s %s by %s", seat.Entry.Name, seat.Machine, dash(seat.Node),
			dash(seat.Cert.Path), dash(seat.Key.Path+seat.Public.Path), dash(seat.Config.Path), seat.By))
	}
	slices.Sort(out)
	return out
}

func sameSeats(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(want)
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: has %q", what, g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: lacks %q", what, w)
		}
	}
}

// TestGuessFlat reads folders whose names say little: the certificates do.
func TestGuessFlat(t *testing.T) {
	ca, caKey := newCA(t, "CA")
	files := map[string]string{"ca.crt": ca.pem, "ca.key": caKey}
	pair := func(name, ext, keyName, subject, usages string, names ...string) {
		cert, key := ca.leaf(subject, usages, names...)
		files[name+ext], files[keyName] = cert, key
	}
	pair("kube-api-server", ".crt", "kube-api-server.key", "kubernetes", "server client", "kubernetes", "kubernetes.default", "10.32.0.1")
	pair("node-0", ".crt", "node-0.key", "system:node:node-0/system:nodes", "server client", "node-0")
	pair("n1", ".pem", "n1-key.pem", "system:node:node-1/system:nodes", "client")
	pair("n1-serving", ".pem", "n1-serving-key.pem", "system:node:node-1/system:nodes", "server", "node-1")
	pair("x", ".pem", "y.pem", "system:kube-scheduler", "client") // found by what fits
	pair("root", ".crt", "root.key", "somebody/system:masters", "client")
	pair("member", ".crt", "member.key", "node-0", "server client", "localhost", "127.0.0.1")
	pair("member-peer", ".crt", "member-peer.key", "node-0", "server client", "localhost")
	pair("web", ".crt", "web.key", "www.example.com", "server", "www.example.com")
	delete(files, "web.key")
	sameSeats(t, "flat", seats(Guess(read(t, put(t, files)))), []string{
		"ca . - ca.crt ca.key - by its name",
		"apiserver . - kube-api-server.crt kube-api-server.key - by its subject",
		"kubelet-client . node-0 node-0.crt node-0.key - by its subject",
		"kubelet-client . node-1 n1.pem n1-key.pem - by its subject",
		"kubelet-server . node-1 n1-serving.pem n1-serving-key.pem - by its subject",
		"scheduler . - x.pem y.pem - by its subject",
		"admin . - root.crt root.key - by its subject",
		"etcd-server . node-0 member.crt member.key - by its subject",
		"etcd-peer . node-0 member-peer.crt member-peer.key - by its subject",
		"other . - web.crt - - by its subject",
	})
}

// TestGuessKubeadm reads /etc/kubernetes, whole and in parts, and from below a
// folder with the trees of two machines.
func TestGuessKubeadm(t *testing.T) {
	ca, caKey := newCA(t, "kubernetes")
	server, serverKey := ca.leaf("kube-apiserver", "server", "kubernetes.default")
	client, clientKey := ca.leaf("kube-apiserver-etcd-client", "client")
	peer, peerKey := ca.leaf("m1", "server client", "m1", "localhost")
	serving, servingKey := ca.leaf("kube-controller-manager", "server", "m1", "localhost") // its CN is no node's name
	pki := map[string]string{
		"pki/ca.crt": ca.pem, "pki/ca.key": caKey, "pki/etcd/ca.crt": ca.pem,
		"pki/apiserver.crt": server, "pki/apiserver.key": serverKey,
		"pki/apiserver-etcd-client.crt": client, "pki/apiserver-etcd-client.key": clientKey,
		"pki/etcd/peer.crt": peer, "pki/etcd/peer.key": peerKey,
		"pki/controller-manager-server.crt": serving, "pki/controller-manager-server.key": servingKey,
		"pki/sa.key": caKey, "pki/old.key": "",
	}
	want := func(machine, prefix string) []string {
		lines := []string{
			"ca M - P/ca.crt P/ca.key - by its name",
			"etcd-ca M - P/etcd/ca.crt - - by its name",
			"apiserver M m1 P/apiserver.crt P/apiserver.key - by its name",
			"apiserver-etcd-client M - P/apiserver-etcd-client.crt P/apiserver-etcd-client.key - by its name",
			"etcd-peer M m1 P/etcd/peer.crt P/etcd/peer.key - by its name",
			"controller-manager-server M m1 P/controller-manager-server.crt P/controller-manager-server.key - by its name",
			"sa M - - P/sa.key - by its name",
		}
		for i, l := range lines {
			lines[i] = strings.ReplaceAll(strings.ReplaceAll(l, "P/", prefix), " M ", " "+machine+" ")
		}
		return lines
	}
	below := func(prefix, cut string) map[string]string {
		out := map[string]string{}
		for name, text := range pki {
			out[prefix+strings.TrimPrefix(name, cut)] = text
		}
		return out
	}
	sameSeats(t, "/etc/kubernetes", seats(Guess(read(t, put(t, pki)))), want(".", "pki/"))
	sameSeats(t, "/etc/kubernetes/pki", seats(Guess(read(t, put(t, below("", "pki/"))))), want(".", ""))
	sameSeats(t, "/", seats(Guess(read(t, put(t, below("etc/kubernetes/", ""))))), want(".", "etc/kubernetes/pki/"))
	two := below("m1/etc/kubernetes/", "")
	for name, text := range below("m2/", "") {
		two[name] = text
	}
	sameSeats(t, "two machines", seats(Guess(read(t, put(t, two)))),
		append(want("m1", "m1/etc/kubernetes/pki/"), want("m2", "m2/pki/")...))
}

// TestGuessFlags: what a program is told counts more than a name.
func TestGuessFlags(t *testing.T) {
	ca, caKey := newCA(t, "kubernetes")
	server, serverKey := ca.leaf("kubernetes", "server", "kubernetes.default")
	dir := put(t, map[string]string{
		"pki/ca.crt": ca.pem, "pki/ca.key": caKey, "pki/apiserver.crt": server, "pki/apiserver.key": serverKey,
		"pki/new/serving.crt": server, "pki/new/serving.key": serverKey,
		"manifests/kube-apiserver.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n" +
			"    - --tls-cert-file=/etc/kubernetes/pki/new/serving.crt\n    - --tls-private-key-file=/etc/kubernetes/pki/new/serving.key\n" +
			"    - --etcd-certfile=/etc/kubernetes/pki/gone.crt\n    - --advertise-address=10.0.0.1\n",
	})
	site := Guess(read(t, dir))
	sameSeats(t, "flags", seats(site), []string{
		"ca . - pki/ca.crt pki/ca.key - by its name",
		"apiserver . - pki/new/serving.crt pki/new/serving.key - by a flag",
		"apiserver . - pki/apiserver.crt pki/apiserver.key - by its subject",
		"apiserver-etcd-client . - pki/gone.crt - - by a flag",
	})
	if got := site.Setting(".", "kube-apiserver", "--advertise-address"); got != "10.0.0.1" {
		t.Errorf("--advertise-address is %q", got)
	}
	if !site.Kubeadm() {
		t.Error("a directory with static pods is not taken for kubeadm's")
	}
	if p := site.Resolve(".", "", "/var/lib/kubelet/pki/kubelet.crt"); p.Path != "" {
		t.Errorf("a file outside was looked for at %q", p.Path)
	}
}

// FuzzRead puts any bytes under the names by which files are read in their own
// ways: nothing may panic, and nothing secret may be told.
func FuzzRead(f *testing.F) {
	ca, caKey := newCA(f, "ca")
	for _, seed := range []string{ca.pem, caKey, ca.pem + caKey, "kind: Config\nclusters:\n- name: a\nusers: []\ncontexts: []\n",
		"a,b,c\n", "KUBELET_ARGS=\"--a=b\"", "apiVersion: v1\nkind: Pod\nspec: {containers: [{command: [etcd, --a=b]}]}",
		`{"cert":"-----BEGIN CERTIFICATE-----"}`, "\xef\xbb\xbf-----BEGIN ", "[Service]\nEnvironmentFile=-/etc/etcd.env\nExecStart=/usr/bin/etcd \\\n --a $B ${C}\"", "ETCD_NAME=\"a\nb", "name: a\nclient-transport-security: {cert-file: /a/b}\nlisten-client-urls: [1]\n", "bootstrap.kubernetes.io/token"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := map[string]string{}
		for _, name := range []string{"pki/ca.crt", "admin.conf", "tokens.csv", "kubelet.env", "manifests/etcd.yaml", "x", "etc/systemd/system/etcd.service", "etc/etcd.env"} {
			files[name] = string(data)
		}
		s := read(t, put(t, files))
		for _, seat := range Guess(s).Seats {
			seat.Leaf()
			seat.Private()
			seat.Name()
		}
	})
}

// TestSelfMade knows the certificate that a kubelet makes up, by its CA's name.
func TestSelfMade(t *testing.T) {
	own, _ := newCA(t, "w1-ca@1764000000")
	ca, _ := newCA(t, "kubernetes")
	files := map[string]string{"pki/ca.crt": ca.pem}
	files["w1/kubelet/pki/kubelet.crt"], files["w1/kubelet/pki/kubelet.key"] = own.leaf("w1@1764000000", "server", "w1")
	files["w2/kubelet/pki/kubelet.crt"], files["w2/kubelet/pki/kubelet.key"] = ca.leaf("system:node:w2/system:nodes", "server", "w2")
	made := 0
	for _, seat := range Guess(read(t, put(t, files))).Seats {
		if seat.Entry.Name == "kubelet-server" && seat.SelfMade() {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d kubelets have made their certificates up, want 1", made)
	}
}

// TestExpected: one half of a pair is missed, and nothing else that nobody is told of.
func TestExpected(t *testing.T) {
	ca, _ := newCA(t, "kubernetes")
	files := map[string]string{"pki/ca.crt": ca.pem}
	for _, name := range []string{"apiserver", "apiserver-kubelet-client", "front-proxy-client"} {
		files["pki/"+name+".crt"], files["pki/"+name+".key"] = ca.leaf(name, "server client", "kubernetes.default")
	}
	for _, test := range []struct{ gone, want string }{
		{"", ""},
		{"pki/apiserver.key", "pki/apiserver.key"},
		{"pki/apiserver.crt", "pki/apiserver.crt"},
		{"pki/apiserver.crt pki/apiserver.key", ""}, // nobody tells of it
		{"pki/ca.crt", ""},
	} {
		left := maps.Clone(files)
		for _, name := range strings.Fields(test.gone) {
			delete(left, name)
		}
		var missing []string
		for _, seat := range Guess(read(t, put(t, left))).Seats {
			for _, p := range []Place{seat.Cert, seat.Key} {
				if p.Missing() {
					missing = append(missing, p.Path)
				}
			}
		}
		if got := strings.Join(missing, " "); got != test.want {
			t.Errorf("without %q: %q is missed, want %q", test.gone, got, test.want)
		}
	}
}
