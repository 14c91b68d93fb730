package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/problem"
)

const both = " control-plane,etcd"

var nodeCases = []struct {
	name, text string
	want       []string // nodes as lines
	codes      []string
}{
	{"article", "master1 192.168.214.88 control-plane,etcd\nmaster2 192.168.214.89 control-plane,etcd\nmaster3 192.168.214.90 control-plane,etcd\n",
		[]string{"master1 192.168.214.88" + both, "master2 192.168.214.89" + both, "master3 192.168.214.90" + both}, nil},
	{"bare address", "192.168.214.88", []string{"node-192-168-214-88 192.168.214.88" + both}, []string{"nodes-no-role"}},
	{"bare address v6", "fd00::1 worker\n10.0.0.1",
		[]string{"node-fd00-0000-0000-0000-0000-0000-0000-0001 fd00::1 worker", "node-10-0-0-1 10.0.0.1" + both}, []string{"nodes-no-role"}},
	{"no roles", "a 10.0.0.1", []string{"a 10.0.0.1" + both}, []string{"nodes-no-role"}},
	{"role words", "a 10.0.0.1 CP, Etcd\nb 10.0.0.2 NODE\nc 10.0.0.3 ControlPlane;worker\nd 10.0.0.4 etcd\ne 10.0.0.5 etcd",
		[]string{"a 10.0.0.1" + both, "b 10.0.0.2 worker", "c 10.0.0.3 control-plane,worker", "d 10.0.0.4 etcd", "e 10.0.0.5 etcd"}, nil},
	{"roles before address", "a etcd cp 10.0.0.1", []string{"a 10.0.0.1" + both}, nil},
	{"master as name and as role", "master 10.0.0.1 master\n10.0.0.2 master\nworker 10.0.0.3",
		[]string{"master 10.0.0.1 control-plane", "node-10-0-0-2 10.0.0.2 control-plane", "worker 10.0.0.3 worker"}, []string{"nodes-no-role"}},
	{"several addresses", "a 10.0.0.1,fd00::1 ; 10.0.1.1 etcd,cp", []string{"a 10.0.0.1,fd00::1,10.0.1.1" + both}, nil},
	{"mapped address", "a ::ffff:10.0.0.1", []string{"a 10.0.0.1" + both}, []string{"nodes-no-role"}},
	{"etc hosts", "10.0.0.1\tmaster1.example.com master1 # first\n10.0.0.2 w1 worker",
		[]string{"10.0.0.1 master1.example.com master1" + both, "w1 10.0.0.2 worker"}, []string{"nodes-no-role"}},
	{"whole etc hosts", "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n10.0.0.1 m1 m1",
		[]string{"m1 10.0.0.1" + both}, []string{"1:node-hosts-loopback", "2:node-hosts-loopback", "3:node-hosts-loopback", "nodes-no-role"}},
	{"machine named localhost", "10.0.0.1 cp localhost b", []string{"10.0.0.1 localhost b control-plane"}, nil},
	{"comments, blanks, CRLF, tabs", "\ufeff# nodes\r\n\r\n \t a\t10.0.0.1\tcp # the first\r\n",
		[]string{"a 10.0.0.1 control-plane"}, nil},
	{"full width", "ｍａｓｔｅｒ１　１９２．１６８．２１４．８８，ｆｄ００：：１　control-plane、etcd　＃　注释\nw 10.0.0.2；10.0.0.3 worker",
		[]string{"master1 192.168.214.88,fd00::1" + both, "w 10.0.0.2,10.0.0.3 worker"}, nil},
	{"range with name", "master 192.168.214.88-90 control-plane,etcd",
		[]string{"master1 192.168.214.88" + both, "master2 192.168.214.89" + both, "master3 192.168.214.90" + both}, nil},
	{"bare range", "192.168.214.88-88\n10.0.0.254-10.0.1.1 worker", []string{"node-192-168-214-88 192.168.214.88" + both,
		"node-10-0-0-254 10.0.0.254 worker", "node-10-0-0-255 10.0.0.255 worker", "node-10-0-1-0 10.0.1.0 worker", "node-10-0-1-1 10.0.1.1 worker"},
		[]string{"2:node-address-network", "nodes-no-role"}},
	{"range counts on", "n08.example.com 10.0.0.8-10 worker\nm 10.0.0.1 cp",
		[]string{"n08.example.com 10.0.0.8 worker", "n09.example.com 10.0.0.9 worker", "n10.example.com 10.0.0.10 worker", "m 10.0.0.1 control-plane"}, nil},
	{"ranges of two families", "m 10.0.0.1-2,fd00::a-b worker\nc 10.0.0.9 cp",
		[]string{"m1 10.0.0.1,fd00::a worker", "m2 10.0.0.2,fd00::b worker", "c 10.0.0.9 control-plane"}, nil},
	{"range with en dash", "m 10.0.0.1–3", []string{"m1 10.0.0.1" + both, "m2 10.0.0.2" + both, "m3 10.0.0.3" + both}, []string{"nodes-no-role"}},
	{"IPv6 range, whole", "m fd00::9-fd00::b", []string{"m1 fd00::9" + both, "m2 fd00::a" + both, "m3 fd00::b" + both}, []string{"nodes-no-role"}},
	{"capital letters", "Master1 10.0.0.1", []string{"master1 10.0.0.1" + both}, []string{"1:node-upper-case", "nodes-no-role"}},
	{"long name", strings.Repeat("n", 53) + " 10.0.0.1", []string{strings.Repeat("n", 53) + " 10.0.0.1" + both}, []string{"1:node-name-over-52", "nodes-no-role"}},
	{"52 characters", strings.Repeat("n", 52) + " 10.0.0.1", []string{strings.Repeat("n", 52) + " 10.0.0.1" + both}, []string{"nodes-no-role"}},
	{"ends in 0 and 255", "a 10.0.0.0\nb 10.0.0.255\nc 10.0.0.10",
		[]string{"a 10.0.0.0" + both, "b 10.0.0.255" + both, "c 10.0.0.10" + both}, []string{"1:node-address-network", "2:node-address-network", "nodes-no-role"}},
	{"alias twice", "10.0.0.1 a vip\n10.0.0.2 b vip\n10.0.0.3 c",
		[]string{"10.0.0.1 a vip" + both, "10.0.0.2 b vip" + both, "c 10.0.0.3" + both}, []string{"2:node-duplicate-alias", "nodes-no-role"}},
	{"name is another's alias", "10.0.0.1 a b worker\nb 10.0.0.2 cp", []string{"10.0.0.1 a b worker", "b 10.0.0.2 control-plane"}, []string{"2:node-duplicate-alias"}},
	{"name like a role", "10.0.0.1 wroker cp", []string{"wroker 10.0.0.1 control-plane"}, []string{"1:node-name-like-role"}},
	{"no control plane", "a 10.0.0.1 worker", []string{"a 10.0.0.1 worker"}, []string{"nodes-no-control-plane"}},
	{"roles for some", "a 10.0.0.1 cp,etcd\nb 10.0.0.2\nc 10.0.0.3", []string{"a 10.0.0.1" + both, "b 10.0.0.2" + both, "c 10.0.0.3" + both}, []string{"nodes-no-role"}},
	{"roles for workers alone", "a 10.0.0.1\nb 10.0.0.2 worker", []string{"a 10.0.0.1" + both, "b 10.0.0.2 worker"}, []string{"nodes-no-role"}},
	{"range into another family", "n ::ffff:255.255.255.250-::1:0:0:5", nil, []string{"1:node-range-bad"}},
	{"range of mapped addresses", "n ::ffff:10.0.0.1-::ffff:10.0.0.2 worker\nm 10.0.0.9 cp", []string{"n1 10.0.0.1 worker", "n2 10.0.0.2 worker", "m 10.0.0.9 control-plane"}, nil},
	{"even etcd", "a 10.0.0.1\nb 10.0.0.2", []string{"a 10.0.0.1" + both, "b 10.0.0.2" + both}, []string{"nodes-no-role", "nodes-etcd-even"}},
	{"external etcd", "a 10.0.0.1 cp\nb 10.0.0.2 cp", []string{"a 10.0.0.1 control-plane", "b 10.0.0.2 control-plane"}, nil},
	{"roles by name", "master1 10.0.0.1\nk8s-cp-2.example.com 10.0.0.2\nkube-control-plane3 10.0.0.3\nworker1 10.0.0.4\nnode5 10.0.0.5\nk8snode06 10.0.0.6",
		[]string{"master1 10.0.0.1" + both, "k8s-cp-2.example.com 10.0.0.2" + both, "kube-control-plane3 10.0.0.3" + both,
			"worker1 10.0.0.4 worker", "node5 10.0.0.5 worker", "k8snode06 10.0.0.6 worker"}, []string{"nodes-no-role"}},
	{"etcd on machines of its own, by name", "master1 10.0.0.1\na 10.0.0.2\netcd1 10.0.0.3",
		[]string{"master1 10.0.0.1 control-plane", "a 10.0.0.2 control-plane", "etcd1 10.0.0.3 etcd"}, []string{"nodes-no-role"}},
	{"etcd elsewhere, as a line says", "master1 10.0.0.1 control-plane\nmaster2 10.0.0.2",
		[]string{"master1 10.0.0.1 control-plane", "master2 10.0.0.2 control-plane"}, []string{"nodes-no-role"}},
	{"nodes alone", "node1 10.0.0.1\nnode2 10.0.0.2\nnode3 10.0.0.3",
		[]string{"node1 10.0.0.1" + both, "node2 10.0.0.2" + both, "node3 10.0.0.3" + both}, []string{"nodes-no-role"}},
	{"node beside an address", "10.0.0.1\nnode2 10.0.0.2", []string{"node-10-0-0-1 10.0.0.1" + both, "node2 10.0.0.2 worker"}, []string{"nodes-no-role"}},
	{"several roles by name", "master-etcd1 10.0.0.1\nmaster-node2 10.0.0.2\nmaster-worker3 10.0.0.3",
		[]string{"master-etcd1 10.0.0.1" + both, "master-node2 10.0.0.2" + both, "master-worker3 10.0.0.3 control-plane,etcd,worker"}, []string{"nodes-no-role"}},
	{"role in a further name", "10.0.0.1 a.example.com worker1\nb 10.0.0.2", []string{"10.0.0.1 a.example.com worker1 worker", "b 10.0.0.2" + both}, []string{"nodes-no-role"}},
	{"domain says no role", "a.worker.example.com 10.0.0.1", []string{"a.worker.example.com 10.0.0.1" + both}, []string{"nodes-no-role"}},
	{"workers alone by name", "worker1 10.0.0.1", []string{"worker1 10.0.0.1 worker"}, []string{"nodes-no-control-plane", "nodes-no-role"}},
	{"range of names", "master1-3 10.0.0.11-13 cp,etcd", []string{"master1 10.0.0.11" + both, "master2 10.0.0.12" + both, "master3 10.0.0.13" + both}, nil},
	{"range of whole names", "m 10.0.0.1 cp\nk8s-w08.lab 10.0.0.8 worker\n10.0.0.9-11 k8s-w09-k8s-w11.lab worker", []string{"m 10.0.0.1 control-plane", "k8s-w08.lab 10.0.0.8 worker",
		"k8s-w09.lab 10.0.0.9 worker", "k8s-w10.lab 10.0.0.10 worker", "k8s-w11.lab 10.0.0.11 worker"}, nil},
	{"name like a range", "rack1-3 10.0.0.1 cp", []string{"rack1-3 10.0.0.1 control-plane"}, nil},
	{"range of other names", "m1-3 10.0.0.1-4\ndc1-08.lab 10.0.0.8-10\nm9-3 10.0.0.21-22", nil, []string{"1:node-range-names", "2:node-range-names", "3:node-range-names"}},

	{"empty", "", nil, []string{"missing"}},
	{"comments only", "# none\n\n", nil, []string{"missing"}},
	{"network", "m 10.0.0.1\nmaster3 192.168.214.1/24 etcd", []string{"m 10.0.0.1" + both}, []string{"2:san-is-network"}},
	{"network first", "192.168.214.0/24", nil, []string{"1:san-is-network"}},
	{"host mask", "a 192.168.214.88/32", nil, []string{"1:san-has-mask"}},
	{"300", "a 192.168.214.300\n192.168.214.300", nil, []string{"1:address-octet", "2:address-octet"}},
	{"leading zeros", "a 010.0.0.1", nil, []string{"1:address-leading-zero"}},
	{"three parts", "a 10.0.1", nil, []string{"1:address-parts"}},
	{"port", "a 10.0.0.1:6443", nil, []string{"1:san-has-port"}},
	{"name with port", "a:2379 10.0.0.1", nil, []string{"1:san-has-port"}},
	{"URL", "a https://10.0.0.1:6443\nhttps://b.example.com", nil, []string{"1:san-is-url", "2:san-is-url"}},
	{"brackets", "a [fd00::1]\n[fd00::2]", nil, []string{"1:address-in-brackets", "2:address-in-brackets"}},
	{"bad IPv6", "a fd00:::1", nil, []string{"1:address-bad"}},
	{"zone", "a fe80::1%eth0\nfe80::1%eth0", nil, []string{"1:address-zone", "2:address-zone"}},
	{"duplicate name", "a 10.0.0.1\nb 10.0.0.2\nA 10.0.0.3", []string{"a 10.0.0.1" + both, "b 10.0.0.2" + both}, []string{"3:node-upper-case", "3:node-duplicate-name"}},
	{"duplicate address", "a 10.0.0.1\nb 10.0.0.1\nc ::ffff:10.0.0.1", []string{"a 10.0.0.1" + both}, []string{"2:node-duplicate-address", "3:node-duplicate-address"}},
	{"duplicate within a line", "a 10.0.0.1,10.0.0.1", nil, []string{"1:node-duplicate-address"}},
	{"duplicate out of a range", "a 10.0.0.2\nm 10.0.0.1-3", []string{"a 10.0.0.2" + both, "m1 10.0.0.1" + both}, []string{"2:node-duplicate-address"}},
	{"wildcard", "*.example.com 10.0.0.1", nil, []string{"1:wildcard-not-here"}},
	{"Chinese name", "节点一 10.0.0.1", nil, []string{"1:name-not-ascii"}},
	{"zero width", "a\u200bb 10.0.0.1", nil, []string{"1:text-invisible-character"}},
	{"not UTF-8", "a\xff 10.0.0.1", nil, []string{"1:text-not-utf8"}},
	{"underscore", "node_1 10.0.0.1", nil, []string{"1:name-underscore"}},
	{"not a folder", ".. 10.0.0.1\n. 10.0.0.2\n../a 10.0.0.3\na/b 10.0.0.4\na\\b 10.0.0.5\n.a 10.0.0.6\n10.0.0.7 ..", nil,
		[]string{"1:name-empty-label", "2:name-empty-label", "3:san-is-path", "4:san-is-url", "5:name-character", "6:name-empty-label", "7:name-empty-label"}},
	{"hyphen", "-a 10.0.0.1\nb- 10.0.0.2", nil, []string{"1:name-hyphen", "2:name-hyphen"}},
	{"label", strings.Repeat("a", 64) + " 10.0.0.1", nil, []string{"1:name-label-too-long"}},
	{"whole name", strings.Repeat("abcdefg.", 32) + "a 10.0.0.1", nil, []string{"1:name-too-long"}},
	{"numbered too long", strings.Repeat("a", 63) + " 10.0.0.1-2", nil, []string{"1:name-label-too-long"}},
	{"loopback", "a 127.0.0.1\nb ::1\n127.0.1.1 debian", nil, []string{"1:node-address-special", "2:node-address-special", "3:node-address-special"}},
	{"not one machine", "a 0.0.0.0\nb 224.0.0.1\nc ff02::1\nd fe80::1\ne 169.254.1.1\nf 255.255.255.255\ng ::\nh 0.0.0.9", nil,
		[]string{"1:node-address-special", "2:node-address-special", "3:node-address-special", "4:node-address-special",
			"5:node-address-special", "6:node-address-special", "7:node-address-special", "8:node-address-special"}},
	{"no address", "master1\nb etcd", nil, []string{"1:node-no-address", "2:node-no-address"}},
	{"address is a word", "master1 ten", nil, []string{"1:address-bad"}},
	{"unknown role", "a 10.0.0.1 boss", nil, []string{"1:node-role-unknown"}},
	{"misspelt role", "a 10.0.0.1 control-plan,etdc", nil, []string{"1:node-role-misspelt", "1:node-role-misspelt"}},
	{"range backwards", "m 10.0.0.9-5", nil, []string{"1:node-range-backwards"}},
	{"range to 300", "m 10.0.0.9-300", nil, []string{"1:node-range-bad"}},
	{"range of two families", "m 10.0.0.9-fd00::1\nfd00::1-fd00::10.0.0.1.2", nil, []string{"1:node-range-bad", "2:node-range-bad"}},
	{"range too large", "m 10.0.0.1-10.0.4.1", nil, []string{"1:node-range-too-large"}},
	{"range too large v6", "m fd00::1-fd01::1", nil, []string{"1:node-range-too-large"}},
	{"range into multicast", "m 223.255.255.250-224.0.0.3", nil, []string{"1:node-address-special"}},
	{"range and address", "m 10.0.0.1-3,10.0.1.1", nil, []string{"1:node-range-mixed"}},
	{"everything on one line", strings.Repeat("10.0.0.1 ", 65), nil, []string{"1:node-line-too-long"}},
	{"range and alias", "10.0.0.1-3 m vip", nil, []string{"1:node-range-alias"}},
	{"two faults on a line", "节点 10.0.0.1/24 boss", nil, []string{"1:san-is-network", "1:node-role-unknown", "1:name-not-ascii"}},
	{"hosts and roles in order of lines", "a 10.0.0.300\nB 10.0.0.1\nc 10.0.0.2/8", []string{"b 10.0.0.1" + both},
		[]string{"1:address-octet", "2:node-upper-case", "3:san-is-network"}},
}

func TestParseNodes(t *testing.T) {
	for _, tc := range nodeCases {
		t.Run(tc.name, func(t *testing.T) {
			nodes, ps := ParseNodes("nodes", tc.text)
			if got := strs(nodes); !slices.Equal(got, tc.want) {
				t.Errorf("nodes %q, want %q", got, tc.want)
			}
			wantPlaces(t, ps, tc.codes)
			wantKey(t, ps, "nodes")
		})
	}
}

func TestNodeLines(t *testing.T) {
	nodes, _ := ParseNodes("nodes", "# one\n\na 10.0.0.1\nm 10.0.0.2-3")
	var lines []int
	for _, n := range nodes {
		lines = append(lines, n.Line)
	}
	if !slices.Equal(lines, []int{3, 4, 4}) {
		t.Errorf("lines %v", lines)
	}
}

// A slice of one node must not reach into the addresses of the next.
func TestNodeAddressesApart(t *testing.T) {
	nodes, _ := ParseNodes("nodes", "a 10.0.0.1\nb 10.0.0.2\nc 10.0.0.3")
	_ = append(nodes[0].Addresses, nodes[2].Addresses[0])
	if got := nodes[1].Addresses[0].String(); got != "10.0.0.2" {
		t.Errorf("node b has %s after an append to node a", got)
	}
}

func TestNodesSentences(t *testing.T) {
	tests := []struct{ text, want string }{
		{"m 192.168.214.1/24", `nodes line 1: "192.168.214.1/24" is a network, not an address: a certificate cannot name a range. Write each address, or reserve some under growth (certSANs).`},
		{"m 192.168.214.300", `nodes line 1: "192.168.214.300" is not an address: 300 is over 255: cfssl would make a DNS name of it that matches nothing. Write four numbers from 0 to 255, such as 192.168.214.88.`},
		{"a 10.0.0.1\nm\n a 10.0.0.2", `nodes line 3: "a" is already on line 1: two nodes of one name would be one node to Kubernetes. Write another name, or put all addresses of one machine on one line with commas between them.`},
		{"a 10.0.0.1 wokrer", `nodes line 1: "wokrer" is not a role: the roles decide which certificates name a node. Write worker.`},
		{"m1-3 10.0.0.1-4", `nodes line 1: "m1-3" stands for other machines than the addresses, which are 4: with a range of addresses a name such as master1-3 is a range too, one name for each. Write m1-4, or a line for each node.`},
		{"master1 10.0.0.1\nworker1 10.0.0.2", `nodes: no role is written for 2 nodes; certwright assumes control-plane,etcd for master1 and worker for worker1: the roles decide which keys a node holds. Write the roles behind each, such as worker.`},
		{"a 010.0.0.01", `nodes line 1: "010.0.0.01" has leading zeros: some programs read such a number as octal, so Go and Kubernetes refuse it. Write 10.0.0.1.`},
	}
	for _, tc := range tests {
		_, ps := ParseNodes("nodes", tc.text)
		if len(ps) == 0 || ps[len(ps)-1].Error() != tc.want {
			t.Errorf("%q:\n got %v\nwant %s", tc.text, ps, tc.want)
		}
	}
}

func TestTooManyNodes(t *testing.T) {
	text := strings.Repeat("10.0.0.1-10.0.4.0 worker\n", 1)
	for i := range 10 {
		text += fmt.Sprintf("10.%d.0.1-10.%d.4.0 worker\n", i+1, i+1)
	}
	nodes, ps := ParseNodes("nodes", text)
	if len(nodes) != maxNodes {
		t.Errorf("%d nodes, want %d", len(nodes), maxNodes)
	}
	if last := ps[len(ps)-1]; last.Code != nodesTooMany || last.Line != 10 {
		t.Errorf("last problem %v", last)
	}
	// Exactly as many are fine, and one line more is not.
	text = lines(maxNodes)
	if nodes, ps := ParseNodes("nodes", text); len(nodes) != maxNodes || problem.HasErrors(ps) {
		t.Errorf("%d nodes, %v", len(nodes), ps)
	}
	_, ps = ParseNodes("nodes", text+"last 172.16.0.1")
	wantPlaces(t, ps, []string{"10001:nodes-too-many"})
}

func TestQuotedValuesAreShort(t *testing.T) {
	_, ps := ParseNodes("nodes", "a 10.0.0.1 "+strings.Repeat("x", 100000))
	if len(ps) != 1 || len(ps[0].Sentence()) > 500 {
		t.Errorf("%d problems, the first of %d bytes", len(ps), len(ps[0].Sentence()))
	}
}

func TestEtcdMany(t *testing.T) {
	_, ps := ParseNodes("nodes", "m 10.0.0.1-9 cp,etcd")
	wantPlaces(t, ps, []string{"nodes-etcd-many"})
}

// lines makes a list of n nodes, three of them control-plane and etcd.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		roles := "worker"
		if i < 3 {
			roles = "control-plane,etcd"
		}
		fmt.Fprintf(&b, "worker-%05d.example.com 10.%d.%d.%d %s\n", i, 1+i/40000, i/200%200, 1+i%200, roles)
	}
	return b.String()
}

func BenchmarkParseNodesAndCheck5000(b *testing.B) {
	text := lines(5000)
	c := &Cluster{ServiceSubnets: nets("10.254.0.0/16"), PodSubnets: nets("172.30.0.0/16")}
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		nodes, ps := ParseNodes("nodes", text)
		c.Nodes = nodes
		if ps = append(ps, Check(c, now)...); len(nodes) != 5000 || len(ps) != 0 {
			b.Fatal(len(nodes), ps)
		}
	}
}
