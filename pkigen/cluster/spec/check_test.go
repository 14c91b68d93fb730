package spec

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/problem"
)

var subnetCases = []struct {
	in    string
	want  []string
	codes []string
}{
	{"10.254.0.0/16", []string{"10.254.0.0/16"}, nil},
	{"10.96.0.0/12", []string{"10.96.0.0/12"}, nil},
	{"fd00:10:96::/112", []string{"fd00:10:96::/112"}, nil},
	{"fd00:10:96::/108", []string{"fd00:10:96::/108"}, nil},
	{"10.254.0.0/16,fd00:10:96::/112", []string{"10.254.0.0/16", "fd00:10:96::/112"}, nil},
	{"fd00:10:96::/112\n10.254.0.0/16", []string{"fd00:10:96::/112", "10.254.0.0/16"}, nil},
	{"１０．２５４．０．０／１６", []string{"10.254.0.0/16"}, nil},
	{"10.0.0.0/29", []string{"10.0.0.0/29"}, nil},
	{"", nil, []string{"missing"}},
	{" , ", nil, []string{"missing"}},
	{"10.254.1.2/16", []string{"10.254.0.0/16"}, []string{"subnet-host-bits"}},
	{"10.0.0.0/11", []string{"10.0.0.0/11"}, []string{"subnet-large"}},
	{"fd00::/107", []string{"fd00::/107"}, []string{"subnet-large"}},
	{"fd00::/64", []string{"fd00::/64"}, []string{"subnet-large"}},
	{"fd00::/63", []string{"fd00::/63"}, []string{"subnet-over-64"}},
	{"10.0.0.0/30", []string{"10.0.0.0/30"}, []string{"subnet-too-small"}},
	{"10.0.0.1/32", []string{"10.0.0.1/32"}, []string{"subnet-too-small"}},
	{"fd00::/126", []string{"fd00::/126"}, []string{"subnet-too-small"}},
	{"fd00::/125", []string{"fd00::/125"}, nil},
	{"10.254.0.0", nil, []string{"subnet-no-mask"}},
	{"fd00::", nil, []string{"subnet-no-mask"}},
	{"10.254.0.0/33", nil, []string{"subnet-bad-mask"}},
	{"10.254.0.0/016", nil, []string{"subnet-bad-mask"}},
	{"10.254.0.0/", nil, []string{"subnet-bad-mask"}},
	{"10.254.0.0/255.255.0.0", nil, []string{"subnet-dotted-mask"}},
	{"10.254.0.0/255.0.255.0", nil, []string{"subnet-bad-mask"}},
	{"10.254.0.0-10.254.255.255", nil, []string{"subnet-is-range"}},
	{"10.254.0.300/16", nil, []string{"subnet-bad-address"}},
	{"010.254.0.0/16", nil, []string{"subnet-bad-address"}},
	{"services", nil, []string{"subnet-bad"}},
	{"services/16", nil, []string{"subnet-bad"}},
	{"::ffff:10.0.0.0/112", nil, []string{"subnet-bad"}},
	{"10.0.0.0\u200b/8", nil, []string{"text-invisible-character"}},
	{"8.8.0.0/16", []string{"8.8.0.0/16"}, []string{"subnet-public"}},
	{"2600::/112", []string{"2600::/112"}, []string{"subnet-public"}},
	{"172.15.0.0/16", []string{"172.15.0.0/16"}, []string{"subnet-public"}},
	{"127.0.0.0/16", []string{"127.0.0.0/16"}, []string{"subnet-special"}},
	{"224.0.0.0/16", []string{"224.0.0.0/16"}, []string{"subnet-special"}},
	{"fe80::/112", []string{"fe80::/112"}, []string{"subnet-special"}},
	{"0.0.0.0/0", []string{"0.0.0.0/0"}, []string{"subnet-large", "subnet-special"}},
	{"10.1.0.0/16,10.2.0.0/16", []string{"10.1.0.0/16", "10.2.0.0/16"}, []string{"subnet-same-family"}},
	{"10.1.0.0/16,fd00::/112,10.2.0.0/16", []string{"10.1.0.0/16", "fd00::/112", "10.2.0.0/16"}, []string{"subnet-third"}},
	{"10.1.0.0/16\nx\n10.2.0.1/16", []string{"10.1.0.0/16", "10.2.0.0/16"}, []string{"2:subnet-bad", "3:subnet-host-bits", "3:subnet-same-family"}},
}

func TestParseServiceSubnets(t *testing.T) {
	for _, tc := range subnetCases {
		t.Run(tc.in, func(t *testing.T) {
			got, ps := ParseServiceSubnets("serviceSubnet", tc.in)
			if !slices.Equal(strs(got), tc.want) {
				t.Errorf("networks %v, want %v", got, tc.want)
			}
			wantPlaces(t, ps, tc.codes)
			wantKey(t, ps, "serviceSubnet")
		})
	}
}

func TestParsePodSubnets(t *testing.T) {
	for in, codes := range map[string][]string{
		"":                          nil,
		"172.30.0.0/16":             nil,
		"10.0.0.0/8":                nil, // size is the controller-manager's business
		"fd00::/48":                 nil,
		"10.0.0.0/31":               nil,
		"8.0.0.0/8":                 {"subnet-public"},
		"172.30.0.0":                {"subnet-no-mask"},
		"10.0.0.0/16,10.1.0.0/16":   {"subnet-same-family"},
		"172.30.0.0/255.255.0.0":    {"subnet-dotted-mask"},
		"172.30.0.1/16, fd00::1/64": {"subnet-host-bits", "subnet-host-bits"},
	} {
		_, ps := ParsePodSubnets("podSubnet", in)
		if got := places(ps); !slices.Equal(got, codes) {
			t.Errorf("%q: %q, want %q", in, got, codes)
		}
	}
}

func TestFirstServiceAddr(t *testing.T) {
	for in, want := range map[string]string{
		"10.254.0.0/16": "10.254.0.1", "10.254.3.4/16": "10.254.0.1", "fd00:10:96::/112": "fd00:10:96::1",
	} {
		if got := FirstServiceAddr(netip.MustParsePrefix(in)); got.String() != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for _, p := range []netip.Prefix{{}, netip.MustParsePrefix("10.0.0.1/32")} {
		if got := FirstServiceAddr(p); got.IsValid() {
			t.Errorf("%v: %s", p, got)
		}
	}
}

// good is the article's cluster, as the parsers read it.
func good(t *testing.T) *Cluster {
	t.Helper()
	var all []problem.Problem
	note := func(ps []problem.Problem) { all = append(all, ps...) }
	c := &Cluster{Layout: "article", Name: "lab", Key: RSA2048, DNSDomain: "cluster.local", CertificatesDir: "/etc/kubernetes/pki"}
	var ps []problem.Problem
	c.Nodes, ps = ParseNodes(keyNodes, "master 192.168.214.88-90 control-plane,etcd\nworker1 192.168.214.91 worker")
	note(ps)
	c.Endpoint, ps = ParseEndpoint(keyEndpoint, "kube-api.wangk8s-master.com:6443")
	note(ps)
	c.SANs, ps = ParseHosts(keySANs, "192.168.214.210, kube-api.wangk8s-master.com")
	note(ps)
	c.ServiceSubnets, ps = ParseServiceSubnets(keyServices, "10.254.0.0/16")
	note(ps)
	c.PodSubnets, ps = ParsePodSubnets(keyPods, "172.30.0.0/16")
	note(ps)
	c.CA = Authority{Subject: Subject{CN: "kubernetes-ca"}, Expiry: 10 * year}
	c.Profiles = []Profile{{Name: "kubernetes", Expiry: 10 * year, Usages: []string{"signing", "server auth", "client auth"}}}
	if len(all) > 0 {
		t.Fatal(all)
	}
	return c
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func addrs(list ...string) []netip.Addr {
	var as []netip.Addr
	for _, s := range list {
		as = append(as, netip.MustParseAddr(s))
	}
	return as
}

var checkCases = []struct {
	name   string
	change func(*Cluster)
	now    time.Time
	want   []string // key line:code
}{
	{"good", func(*Cluster) {}, noon, nil},
	{"empty", func(c *Cluster) { *c = Cluster{} }, noon, nil},
	{"pods meet services", func(c *Cluster) { c.PodSubnets = nets("10.254.128.0/17") }, noon, []string{"podSubnet:subnet-overlap"}},
	{"pods around services", func(c *Cluster) { c.PodSubnets = nets("fd00::/64", "10.0.0.0/8") }, noon, []string{"podSubnet:subnet-overlap"}},
	{"node in services", func(c *Cluster) { c.ServiceSubnets = nets("192.168.214.90/31") }, noon,
		[]string{"nodes line 1:node-in-service-subnet", "nodes line 2:node-in-service-subnet"}},
	{"node in pods", func(c *Cluster) { c.PodSubnets = nets("192.168.214.91/32") }, noon, []string{"nodes line 2:node-in-pod-subnet"}},
	{"endpoint in services", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("10.254.0.1")} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-in-service-subnet"}},
	{"endpoint in pods", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("172.30.0.9")} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-in-pod-subnet"}},
	{"names in services and pods", func(c *Cluster) {
		c.SANs = []Host{{Addr: netip.MustParseAddr("10.254.0.10")}, {Name: "x"}, {Addr: netip.MustParseAddr("172.30.1.1")}}
	}, noon, []string{"certSANs:san-in-service-subnet", "certSANs:san-in-pod-subnet"}},
	{"first service address by hand", func(c *Cluster) { c.SANs = []Host{{Addr: netip.MustParseAddr("10.254.0.1")}} }, noon, nil},
	{"primary of the other family", func(c *Cluster) { c.ServiceSubnets = nets("fd00:10:96::/112", "10.254.0.0/16") }, noon,
		[]string{"serviceSubnet:subnet-node-family"}},
	{"primary of the second address", func(c *Cluster) {
		c.ServiceSubnets = nets("fd00:10:96::/112")
		for i := range c.Nodes {
			c.Nodes[i].Addresses = addrs("192.168.214.88", "fd01::1")
		}
	}, noon, []string{"serviceSubnet:subnet-node-second"}},
	{"one node without the family", func(c *Cluster) {
		c.ServiceSubnets = nets("fd00:10:96::/112")
		c.Nodes[0].Addresses = addrs("192.168.214.88", "fd01::1")
	}, noon, []string{"serviceSubnet:subnet-node-family"}},
	{"worker of the other family", func(c *Cluster) { c.Nodes[3].Addresses = addrs("fd01::1") }, noon,
		[]string{"nodes line 2:node-lacks-family"}},
	{"two families, nodes of one", func(c *Cluster) { c.ServiceSubnets = nets("10.254.0.0/16", "fd00:10:96::/112") }, noon,
		[]string{"podSubnet:pod-subnet-lacks-family", "nodes line 1:node-lacks-family"}},
	{"two families, nodes of both", func(c *Cluster) {
		c.PodSubnets = nets("172.30.0.0/16", "fd02::/48")
		c.ServiceSubnets = nets("10.254.0.0/16", "fd00:10:96::/112")
		for i := range c.Nodes {
			c.Nodes[i].Addresses = append(c.Nodes[i].Addresses, netip.MustParseAddr("fd01::1"))
		}
	}, noon, nil},
	{"etcd of the other family", func(c *Cluster) { c.Nodes[3].Addresses, c.Nodes[3].Roles = addrs("fd01::1"), Etcd }, noon, nil},
	{"endpoint on a worker", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("192.168.214.91")} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-not-control-plane"}},
	{"endpoint named as a worker", func(c *Cluster) { c.Endpoint.Host = Host{Name: "worker1"} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-not-control-plane"}},
	{"endpoint on a master", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("192.168.214.89")} }, noon, nil},
	{"endpoint is an alias of all", func(c *Cluster) {
		c.Endpoint.Host = Host{Name: "api"}
		c.Nodes[3].Aliases, c.Nodes[0].Aliases = []string{"api"}, []string{"api"}
	}, noon, nil},
	{"endpoint of each machine", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("127.0.0.1")} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-loopback"}},
	{"endpoint of each machine by IPv6", func(c *Cluster) { c.Endpoint.Host = Host{Addr: netip.MustParseAddr("::1")} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-loopback"}},
	{"endpoint of each machine by name", func(c *Cluster) { c.Endpoint.Host = Host{Name: "localhost"} }, noon,
		[]string{"controlPlaneEndpoint:endpoint-loopback"}},
	{"endpoint of the only machine", func(c *Cluster) { c.Endpoint.Host, c.Nodes = Host{Name: "localhost"}, c.Nodes[:1] }, noon, nil},
	{"pods of the other family", func(c *Cluster) { c.PodSubnets = nets("fd00::/48") }, noon, []string{"podSubnet:pod-subnet-lacks-family"}},
	{"pods of both families", func(c *Cluster) { c.PodSubnets = nets("fd00::/48", "172.30.0.0/16") }, noon, nil},
	{"no pods", func(c *Cluster) { c.PodSubnets = nil }, noon, nil},
	{"leaf equal to the CA", func(c *Cluster) { c.CA.Expiry = c.Profiles[0].Expiry }, noon, nil},
	{"leaf outlives the CA", func(c *Cluster) { c.Profiles[0].Expiry += time.Hour }, noon, []string{"profiles.kubernetes.expiry:leaf-outlives-ca"}},
	{"half of a leaf's life spread", func(c *Cluster) { c.Spread = c.Profiles[0].Expiry / 2 }, noon, nil},
	{"more than half spread", func(c *Cluster) { c.Spread = c.Profiles[0].Expiry/2 + time.Hour }, noon, []string{"expirySpread:spread-too-long"}},
	{"leaf of 826 days", func(c *Cluster) { c.Profiles[0].Expiry = 826 * day }, noon, nil},
	{"CA of 29 days", func(c *Cluster) { c.CA.Expiry, c.Profiles[0].Expiry = 29*day, day }, noon, []string{"ca.expiry:ca-short-lived"}},
	{"CA of 30 days", func(c *Cluster) { c.CA.Expiry, c.Profiles[0].Expiry = 30*day, day }, noon, nil},
	{"unread expiries", func(c *Cluster) { c.CA.Expiry = 0 }, noon, nil},
	{"after 9999", func(*Cluster) {}, time.Date(9990, 6, 1, 0, 0, 0, 0, time.UTC),
		[]string{"ca.expiry:expiry-after-9999", "profiles.kubernetes.expiry:expiry-after-9999"}},
	{"clock of 1969", func(*Cluster) {}, time.Unix(-1, 0), []string{"ca.expiry:clock-early"}},
}

func TestCheck(t *testing.T) {
	for _, tc := range checkCases {
		t.Run(tc.name, func(t *testing.T) {
			c := good(t)
			tc.change(c)
			var got []string
			for _, p := range Check(c, tc.now) {
				got = append(got, p.Place()+":"+string(p.Code))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("problems %q, want %q", got, tc.want)
			}
		})
	}
}

func TestLeafOutlivesCANamesTheLongest(t *testing.T) {
	c := good(t)
	c.CA.Expiry = year
	ps := Check(c, noon)
	want := `profile "kubernetes" lasts 10 years, longer than the CA, which lasts 1 year`
	if len(ps) != 1 || ps[0].What() != want || !strings.HasPrefix(ps[0].Fix(), "Write 8760h or less") {
		t.Errorf("%v", ps)
	}
}
