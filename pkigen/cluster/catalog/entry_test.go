package catalog

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/leak"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/usage"
)

// articleCluster is the cluster of the article, with the one deliberate
// difference that the CA does not bear the leaf's name.
func articleCluster() *spec.Cluster {
	node := func(name, addr string, roles spec.NodeRoles) spec.Node {
		return spec.Node{Name: name, Addresses: []netip.Addr{netip.MustParseAddr(addr)}, Roles: roles}
	}
	return &spec.Cluster{
		Layout: "article",
		CA: spec.Authority{
			Subject: spec.Subject{CN: "kubernetes-ca", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
			Expiry:  87600 * time.Hour,
		},
		Key: spec.RSA2048,
		Nodes: []spec.Node{
			node("master1", "192.168.214.88", spec.ControlPlane),
			node("master2", "192.168.214.89", spec.ControlPlane),
			node("worker1", "192.168.214.91", spec.Worker),
			node("master3", "192.168.214.90", spec.ControlPlane),
			node("etcd1", "192.168.214.200", spec.Etcd),
			node("etcd2", "192.168.214.201", spec.Etcd),
			node("etcd3", "192.168.214.202", spec.Etcd),
		},
		Endpoint: spec.Endpoint{Host: spec.Host{Name: "kube-api.wangk8s-master.com"}, Port: 6443},
		SANs: []spec.Host{
			{Addr: netip.MustParseAddr("192.168.214.210")},
			{Name: "kube-api.wangk8s-master.com"},
		},
		ServiceSubnets: []netip.Prefix{netip.MustParsePrefix("10.254.0.0/16")},
		DNSDomain:      "cluster.local",
		Profiles: []spec.Profile{{
			Name:   "kubernetes",
			Expiry: 87600 * time.Hour,
			Usages: []string{"signing", "key encipherment", "server auth", "client auth"},
		}},
	}
}

func layout(t *testing.T) *Layout {
	t.Helper()
	l, ok := FindLayout("article")
	if !ok {
		t.Fatal(`layout "article" is not there`)
	}
	return l
}

func find(t *testing.T, c *spec.Cluster, name string) *Certificate {
	t.Helper()
	for _, cert := range layout(t).Certificates(c) {
		if cert.Name == name {
			return &cert
		}
	}
	t.Fatalf("certificate %q is not there", name)
	return nil
}

func hosts(t *testing.T, c *spec.Cluster) []string {
	t.Helper()
	var out []string
	for _, h := range find(t, c, "kubernetes").Hosts {
		out = append(out, h.String())
	}
	return out
}

// tree is a JSON text as data.
func tree(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func articleFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "article", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestArticleJSON holds our JSON against the article's own files. Two things
// are right to differ: the CA's name, and the network among the hosts.
func TestArticleJSON(t *testing.T) {
	c := articleCluster()
	amend := map[string]func(map[string]any){
		"ca": func(v map[string]any) { v["CN"] = "kubernetes-ca" },
		"kubernetes": func(v map[string]any) {
			v["hosts"] = slices.DeleteFunc(v["hosts"].([]any), func(h any) bool { return h == "192.168.214.1/24" })
		},
	}
	for _, name := range []string{"ca", "kubernetes", "admin", "kube-proxy"} {
		want := tree(t, articleFile(t, name+"-csr.json"))
		if f := amend[name]; f != nil {
			f(want)
		}
		got := find(t, c, name).RequestJSON()
		if !reflect.DeepEqual(tree(t, got), want) {
			t.Errorf("%s-csr.json: got %s\nwant %v", name, got, want)
		}
	}
	got := ConfigJSON(layout(t), c)
	if want := tree(t, articleFile(t, "ca-config.json")); !reflect.DeepEqual(tree(t, got), want) {
		t.Errorf("ca-config.json: got %s\nwant %v", got, want)
	}
}

func TestJSONForm(t *testing.T) {
	c := articleCluster()
	c.CA.Subject.O = "R&D <k8s>"
	const want = `{
  "CN": "kubernetes-ca",
  "key": {
    "algo": "rsa",
    "size": 2048
  },
  "names": [
    {
      "C": "CN",
      "ST": "BeiJing",
      "L": "BeiJing",
      "O": "R&D <k8s>",
      "OU": "System"
    }
  ],
  "ca": {
    "expiry": "87600h"
  }
}
`
	if got := string(find(t, c, "ca").RequestJSON()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := string(find(t, c, "admin").RequestJSON()); !strings.Contains(got, `"hosts": [],`) {
		t.Errorf("a client has no empty hosts, which cfssl warns about: %s", got)
	}
	for alg, want := range map[spec.KeyAlgorithm]string{
		spec.RSA2048: `{"algo":"rsa","size":2048}`, spec.RSA3072: `{"algo":"rsa","size":3072}`, spec.RSA4096: `{"algo":"rsa","size":4096}`,
		spec.ECDSAP256: `{"algo":"ecdsa","size":256}`, spec.ECDSAP384: `{"algo":"ecdsa","size":384}`,
	} {
		c.Key = alg
		var b bytes.Buffer
		if err := json.Compact(&b, find(t, c, "admin").RequestJSON()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `"key":`+want) {
			t.Errorf("%s: %s", alg, b.String())
		}
	}
	// A subject of a CN alone is a subject; an empty object among names is not a name.
	c.CA.Subject = spec.Subject{CN: "x"}
	if got := string(find(t, c, "ca").RequestJSON()); strings.Contains(got, "names") {
		t.Errorf("names without a name: %s", got)
	}
}

func TestDurationForCfssl(t *testing.T) {
	for d, want := range map[time.Duration]string{
		87600 * time.Hour: "87600h", 90 * time.Minute: "1h30m", time.Hour: "1h", 45 * time.Second: "45s",
	} {
		got := spec.DurationText(d)
		if got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
		if back, err := time.ParseDuration(got); err != nil || back != d {
			t.Errorf("cfssl would read %q as %v, %v", got, back, err)
		}
	}
}

func TestHosts(t *testing.T) {
	article := []string{
		"127.0.0.1", "192.168.214.88", "192.168.214.89", "192.168.214.90",
		"192.168.214.200", "192.168.214.201", "192.168.214.202", "10.254.0.1", "192.168.214.210",
		"kubernetes", "kube-api.wangk8s-master.com", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster", "kubernetes.default.svc.cluster.local",
	}
	replace := func(list []string, old string, now ...string) []string {
		i := slices.Index(list, old)
		return slices.Concat(list[:i], now, list[i+1:])
	}
	addr := netip.MustParseAddr
	for _, test := range []struct {
		name   string
		change func(*spec.Cluster)
		want   []string
	}{
		{"article", func(*spec.Cluster) {}, article},
		{"endpoint is an address", func(c *spec.Cluster) {
			c.Endpoint.Host = spec.Host{Addr: addr("192.168.214.250")}
		}, replace(article, "192.168.214.210", "192.168.214.210", "192.168.214.250")},
		{"endpoint is a node's address", func(c *spec.Cluster) {
			c.Endpoint.Host = spec.Host{Addr: addr("192.168.214.88")}
		}, article},
		{"no endpoint, no growth", func(c *spec.Cluster) { c.Endpoint, c.SANs = spec.Endpoint{}, nil },
			replace(replace(article, "kube-api.wangk8s-master.com"), "192.168.214.210")},
		{"node of two families", func(c *spec.Cluster) {
			c.Nodes[0].Addresses = append(c.Nodes[0].Addresses, addr("fd00::88"))
		}, replace(replace(article, "127.0.0.1", "127.0.0.1", "::1"), "192.168.214.88", "192.168.214.88", "fd00::88")},
		{"worker of two families", func(c *spec.Cluster) { c.Nodes[2].Addresses = []netip.Addr{addr("fd00::91")} },
			replace(article, "127.0.0.1", "127.0.0.1", "::1")},
		{"two service subnets", func(c *spec.Cluster) {
			c.ServiceSubnets = append(c.ServiceSubnets, netip.MustParsePrefix("fd00:10:96::/112"))
		}, replace(replace(article, "127.0.0.1", "127.0.0.1", "::1"), "10.254.0.1", "10.254.0.1", "fd00:10:96::1")},
		{"mapped address", func(c *spec.Cluster) { c.Nodes[0].Addresses = []netip.Addr{addr("::ffff:192.168.214.88")} }, article},
		{"etcd and control plane on one node", func(c *spec.Cluster) {
			c.Nodes = []spec.Node{{Name: "m", Addresses: []netip.Addr{addr("10.0.0.2")}, Roles: spec.ControlPlane | spec.Etcd}}
		}, slices.Concat([]string{"127.0.0.1", "10.0.0.2"}, article[7:])},
		{"domain of one label", func(c *spec.Cluster) { c.DNSDomain = "lab" },
			slices.Concat(article[:13], []string{"kubernetes.default.svc.lab"})},
		{"domain of three labels", func(c *spec.Cluster) { c.DNSDomain = "a.b.c" },
			slices.Concat(article[:13], []string{"kubernetes.default.svc.a", "kubernetes.default.svc.a.b", "kubernetes.default.svc.a.b.c"})},
		{"nothing answered", func(c *spec.Cluster) { *c = spec.Cluster{} },
			[]string{"127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}},
	} {
		c := articleCluster()
		test.change(c)
		if got := hosts(t, c); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
}

func TestCertificates(t *testing.T) {
	c := articleCluster()
	c.Profiles[0].Expiry = 8760 * time.Hour
	ca := c.CA.Subject
	type row struct {
		name, signer, profile string
		subject               spec.Subject
		expiry                time.Duration
		hosts                 int
	}
	with := func(cn, o string) spec.Subject { s := ca; s.CN, s.O = cn, o; return s }
	want := []row{
		{"ca", "ca", "", ca, 87600 * time.Hour, 0},
		{"kubernetes", "ca", "kubernetes", with("kubernetes", "k8s"), 8760 * time.Hour, 15},
		{"admin", "ca", "kubernetes", with("admin", "system:masters"), 8760 * time.Hour, 0},
		{"kube-proxy", "ca", "kubernetes", with("system:kube-proxy", "k8s"), 8760 * time.Hour, 0},
	}
	var got []row
	for _, cert := range layout(t).Certificates(c) {
		got = append(got, row{cert.Name, cert.Signer, cert.Profile, cert.Subject, cert.Expiry, len(cert.Hosts)})
		if cert.Key != spec.RSA2048 {
			t.Errorf("%s: key %s", cert.Name, cert.Key)
		}
		if !cert.IsCA() && !slices.Equal(cert.Usages, c.Profiles[0].Usages) {
			t.Errorf("%s: usages %q", cert.Name, cert.Usages)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestPaths holds the article's file list, and that no two files share a path.
func TestPaths(t *testing.T) {
	want := []string{
		"ca-config.json",
		"ca-csr.json", "ca.csr", "ca-key.pem", "ca.pem",
		"kubernetes-csr.json", "kubernetes.csr", "kubernetes-key.pem", "kubernetes.pem",
		"admin-csr.json", "admin.csr", "admin-key.pem", "admin.pem",
		"kube-proxy-csr.json", "kube-proxy.csr", "kube-proxy-key.pem", "kube-proxy.pem",
	}
	if got := layout(t).Paths(articleCluster()); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCommands(t *testing.T) {
	const leaf shell.Line = "cfssl gencert -ca=ca.pem -ca-key=ca-key.pem -config=ca-config.json -profile=kubernetes "
	want := []shell.Line{
		"cfssl gencert -initca ca-csr.json | cfssljson -bare ca",
		leaf + "kubernetes-csr.json | cfssljson -bare kubernetes",
		leaf + "admin-csr.json | cfssljson -bare admin",
		leaf + "kube-proxy-csr.json | cfssljson -bare kube-proxy",
	}
	if got := Commands(layout(t), articleCluster()); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestTables holds what every layout has to bring, so that a new entry that
// forgets something is found here and not on the screen.
func TestTables(t *testing.T) {
	for i := range Layouts {
		l := &Layouts[i]
		if l.Title == "" || l.Text == "" || l.Risk == "" || l.Config == "" {
			t.Errorf("layout %q says too little of itself", l.Name)
		}
		profiles := map[string]bool{}
		for _, p := range l.Profiles {
			profiles[p.Name] = true
			if _, _, unknown := usage.Bits(p.Usages); len(unknown) > 0 {
				t.Errorf("layout %q profile %q: unknown usages %q", l.Name, p.Name, unknown)
			}
		}
		kinds := map[string]Kind{}
		for _, r := range l.Entries {
			if _, twice := kinds[r.Name]; twice {
				t.Errorf("layout %q has %q twice", l.Name, r.Name)
			}
			kinds[r.Name] = r.Kind
		}
		for _, r := range l.Entries {
			where := l.Name + "/" + r.Name
			certified := r.Kind == Authority || r.Kind == Leaf
			if certified && kinds[r.Signer] != Authority {
				t.Errorf("%s: signer %q is no CA of the layout", where, r.Signer)
			}
			if r.Kind == Leaf && (!profiles[r.Profile] || len(r.Purposes) == 0) {
				t.Errorf("%s: profile %q, purposes %q", where, r.Profile, r.Purposes)
			}
			if r.Shares != "" && kinds[r.Shares] != Leaf {
				t.Errorf("%s: shares the certificate of %q, which is none", where, r.Shares)
			}
			if slices.Contains(r.Purposes, Server) && r.Hosts == nil {
				t.Errorf("%s: a server without names", where)
			}
			if r.Title == "" || r.Why == "" || len(r.Uses) == 0 || r.Files == nil {
				t.Errorf("%s says too little of itself", where)
			}
			for _, u := range r.Uses {
				if u.Component == "" || u.Flag == "" || !slices.Contains([]Part{Cert, Key, Trust, Config}, u.File) {
					t.Errorf("%s: use %+v", where, u)
				}
			}
		}
	}
	if _, ok := FindLayout("three-wheels"); ok {
		t.Error("a layout that does not exist was found")
	}
}

// TestUses holds which component is told of which file, as the article lists it.
func TestUses(t *testing.T) {
	want := map[string]map[string]string{ // role -> component -> parts
		"ca": {"etcd": "certificate", "kube-apiserver": "certificate", "kubelet": "certificate", "kube-proxy": "certificate",
			"kubectl": "certificate", "kube-controller-manager": "certificate, private key"},
		"kubernetes": {"etcd": "certificate, private key", "kube-apiserver": "certificate, private key"},
		"admin":      {"kubectl": "certificate, private key"},
		"kube-proxy": {"kube-proxy": "certificate, private key"},
	}
	for _, r := range layout(t).Entries {
		got := map[string]string{}
		for _, u := range r.Uses {
			if !strings.Contains(got[u.Component], string(u.File)) {
				got[u.Component] = strings.TrimPrefix(got[u.Component]+", "+string(u.File), ", ")
			}
		}
		if !reflect.DeepEqual(got, want[r.Name]) {
			t.Errorf("%s: got %q, want %q", r.Name, got, want[r.Name])
		}
	}
}

// TestLeaks: of each key somebody has to be able to say what its holder can do, what shuts
// him out, how fast, and what to look for.
func TestLeaks(t *testing.T) {
	for _, e := range wholeCatalogue {
		if e.Opens == "" || e.Leak.By == "" || e.Leak.Soon == "" || len(e.Leak.Look) == 0 {
			t.Errorf("%s: too little is known of its key: opens %q, %+v", e.Name, e.Opens, e.Leak)
		}
		client, signer := slices.Contains(e.Purposes, Client), e.Kind != Leaf
		if listed := e.Leak.By.Listed(); listed && (!client || signer) {
			t.Errorf("%s: no list is asked about it", e.Name)
		}
		if e.Leak.By == leak.CRL && e.Domain != Etcd {
			t.Errorf("%s: etcd does not see it", e.Name)
		}
	}
}
