package spec

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/problem"
)

var hostCases = []struct {
	in, want string
	code     string
}{
	{"10.0.0.1", "10.0.0.1", ""},
	{" 10.0.0.1\t", "10.0.0.1", ""},
	{"::1", "::1", ""},
	{"FD00::0001", "fd00::1", ""},
	{"::ffff:10.0.0.1", "10.0.0.1", ""},
	{"127.0.0.1", "127.0.0.1", ""},
	{"fe80::1", "fe80::1", ""},
	{"kube-api.wangk8s-master.com", "kube-api.wangk8s-master.com", ""},
	{"kubernetes.default.svc", "kubernetes.default.svc", ""},
	{"localhost", "localhost", ""},
	{"*.example.com", "*.example.com", ""},
	{"1", "", "name-ends-in-number"},
	{"3com.example", "3com.example", ""},
	{"xn--mnchen-3ya.de", "xn--mnchen-3ya.de", ""},
	{"１０．０．０．１", "10.0.0.1", ""},
	{"10。0。0。1", "10.0.0.1", ""},
	{"API.Example.com", "api.example.com", "name-upper-case"},
	{"0.0.0.0", "0.0.0.0", "san-not-dialled"},
	{"ff02::1", "ff02::1", "san-not-dialled"},
	{"255.255.255.255", "255.255.255.255", "san-not-dialled"},

	{"", "", "missing"},
	{"  ", "", "missing"},
	{"192.168.214.1/24", "", "san-is-network"},
	{"10.0.0.0/8", "", "san-is-network"},
	{"10.0.0.1/99", "", "san-is-network"},
	{"fd00::/64", "", "san-is-network"},
	{"10.0.0.1/32", "", "san-has-mask"},
	{"fd00::1/128", "", "san-has-mask"},
	{"10.0.0.256", "", "address-octet"},
	{"10.0.0.256/24", "", "address-octet"},
	{"10.0.0.99999999999999999999", "", "address-octet"},
	{"010.0.0.1", "", "address-leading-zero"},
	{"10.0.0.00", "", "address-leading-zero"},
	{"10.0.0", "", "address-parts"},
	{"10.0.0.1.5", "", "address-parts"},
	{"10..0.1", "", "address-parts"},
	{"[::1]", "", "address-in-brackets"},
	{"[::1", "", "address-bad"},
	{"[10.0.0.1]", "", "address-in-brackets"},
	{"[::1]:6443", "", "san-has-port"},
	{"10.0.0.1:6443", "", "san-has-port"},
	{"10.0.0.300:6443", "", "address-octet"},
	{"kubernetes:6443", "", "san-has-port"},
	{"localhost:2379", "", "san-has-port"},
	{"system:node:n1", "", "san-has-colon"},
	{"a:b", "", "san-has-colon"},
	{":6443", "", "san-has-colon"},
	{"fe80::1%eth0", "", "address-zone"},
	{"50%", "", "name-character"},
	{"fd00:::1", "", "address-bad"},
	{"1:2:3:4:5:6:7:8:9", "", "address-bad"},
	{"/etc/x", "", "san-is-path"},
	{"https://api.example:6443", "", "san-is-url"},
	{"https://", "", "san-is-url"},
	{"spiffe://cluster/ns/x", "", "san-is-url"},
	{"example.com/path", "", "san-is-url"},
	{"user@x", "", "san-is-email"},
	{"Bob <user@x>", "", "san-has-space"},
	{"a b", "", "san-has-space"},
	{"a\tb", "", "san-has-space"},
	{"a,b", "", "name-character"},
	{"host\nname", "", "text-several-lines"},
	{"a..b", "", "name-empty-label"},
	{"foo.123", "", "name-ends-in-number"},
	{".example.com", "", "name-empty-label"},
	{".", "", "name-empty-label"},
	{"-bad-", "", "name-hyphen"},
	{"a.-b.c", "", "name-hyphen"},
	{strings.Repeat("a.", 126) + "ab", "", "name-too-long"},
	{strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 126) + "a", ""},
	{strings.Repeat("a", 64) + ".com", "", "name-label-too-long"},
	{strings.Repeat("a", 63) + ".com", strings.Repeat("a", 63) + ".com", ""},
	{"foo.*.com", "", "wildcard-place"},
	{"f*.example.com", "", "wildcard-place"},
	{"*.*.com", "", "wildcard-place"},
	{"*", "", "wildcard-too-wide"},
	{"*.com", "", "wildcard-too-wide"},
	{"*.", "", "name-trailing-dot"},
	{"example.com.", "", "name-trailing-dot"},
	{"10.0.0.1.", "", "name-trailing-dot"},
	{"192.168.214.88-90", "", "san-is-range"},
	{"10.0.0.1-10.0.0.9", "", "san-is-range"},
	{"fd00::1-fd00::9", "", "san-is-range"},
	{"münchen.de", "", "name-not-ascii"},
	{"节点一", "", "name-not-ascii"},
	{"a\u200bb", "", "text-invisible-character"},
	{"a\u202eb", "", "text-invisible-character"},
	{"a\xffb", "", "text-not-utf8"},
	{"my_host", "", "name-underscore"},
	{"a!b", "", "name-character"},
}

func TestParseHost(t *testing.T) {
	for _, tc := range hostCases {
		h, ps := parseHost("certSANs", 7, tc.in)
		if h.String() != tc.want {
			t.Errorf("%q: host %q, want %q", tc.in, h, tc.want)
		}
		var want []string
		if tc.code != "" {
			want = []string{"7:" + tc.code}
		}
		if got := places(ps); !slices.Equal(got, want) {
			t.Errorf("%q: problems %q, want %q", tc.in, got, want)
		}
		if h.IsZero() != problem.HasErrors(ps) {
			t.Errorf("%q: host %q beside %v", tc.in, h, ps)
		}
	}
}

// Fixes that offer a value must offer one that is accepted.
func TestHostFixIsAccepted(t *testing.T) {
	for _, tc := range hostCases {
		_, ps := parseHost("k", 1, tc.in)
		for _, p := range ps {
			switch p.Code {
			case sanHasMask, sanIsURL, sanHasPort, addrZeros, addrBrackets, nameUnderscore, nameTrailingDot, nameUpper:
			default:
				continue
			}
			if p.Args[1] == "*" { // "*." has two faults
				continue
			}
			fix := p.Args[1].(string)
			if h, again := parseHost("k", 1, fix); h.IsZero() || len(again) > 0 {
				t.Errorf("%q: fix %q is refused: %v", tc.in, fix, again)
			}
		}
	}
}

func TestParseHosts(t *testing.T) {
	tests := []struct {
		name, in    string
		want, codes []string
	}{
		{"none", "", nil, nil},
		{"blank entries", "\n , ,\n#x\n\"\"", nil, nil},
		{"lines and commas", "10.0.0.1, a.example.com\n\nb;c # growth\n", []string{"10.0.0.1", "a.example.com", "b", "c"}, nil},
		{"pasted JSON", "\"127.0.0.1\",\r\n\"kubernetes\",\r\n'x'", []string{"127.0.0.1", "kubernetes", "x"}, nil},
		{"a pasted list in JSON", "\"hosts\": [\n\"127.0.0.1\",\n\"a.example.com\"\n],\n[\"b\", \"c\"]\n\"hosts\":[\"d\"]", []string{"127.0.0.1", "a.example.com", "b", "c", "d"}, nil},
		{"a pasted list in YAML", "- 10.0.0.1\n- 'a.example.com'", []string{"10.0.0.1", "a.example.com"}, nil},
		{"brackets around an address", "[fd00::1]", nil, []string{"1:address-in-brackets"}},
		{"full width", "10.0.0.1，a、b　\n＃ no", []string{"10.0.0.1", "a", "b"}, nil},
		{"the article's", "127.0.0.1\n192.168.214.1/24\nkubernetes", []string{"127.0.0.1", "kubernetes"}, []string{"2:san-is-network"}},
		{"twice", "a\nA\n::ffff:10.0.0.1,10.0.0.1", []string{"a", "10.0.0.1"},
			[]string{"2:name-upper-case", "2:san-duplicate", "3:san-duplicate"}},
		{"order of lines", "a_b\nc\n10.0.0.0/8,x", []string{"c", "x"}, []string{"1:name-underscore", "3:san-is-network"}},
		{"spaces and tabs", "10.0.0.1  a.example.com\tb \u00a0c ", []string{"10.0.0.1", "a.example.com", "b", "c"}, nil},
		{"ranges", "10.0.0.9-11 fd00::a-b\n192.168.0.1-192.168.0.2", []string{"10.0.0.9", "10.0.0.10", "10.0.0.11", "fd00::a", "fd00::b", "192.168.0.1", "192.168.0.2"}, nil},
		{"range over what is there", "10.0.0.2,10.0.0.3\n10.0.0.1-4", []string{"10.0.0.2", "10.0.0.3", "10.0.0.1", "10.0.0.4"}, []string{"2:san-duplicate"}},
		{"no ranges", "10.0.0.9-8\n10.0.0.1-300\n10.0.0.0-10.0.9.9\n10.0.0.1-fd00::1", nil,
			[]string{"1:node-range-backwards", "2:node-range-bad", "3:san-range-too-large", "4:node-range-bad"}},
		{"names with hyphens", "10-0-0-1.example.com node-1-3", []string{"10-0-0-1.example.com", "node-1-3"}, nil},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			hosts, ps := ParseHosts("certSANs", tc.in)
			if got := strs(hosts); !slices.Equal(got, tc.want) {
				t.Errorf("hosts %q, want %q", got, tc.want)
			}
			wantPlaces(t, ps, tc.codes)
			wantKey(t, ps, "certSANs")
		})
	}
}

var endpointCases = []struct{ in, want, code string }{
	{"", "", ""},
	{"kube-api.wangk8s-master.com:6443", "kube-api.wangk8s-master.com:6443", ""},
	{"kube-api.example.com", "kube-api.example.com:6443", ""},
	{"10.0.0.1:443", "10.0.0.1:443", ""},
	{"10.0.0.1：8443", "10.0.0.1:8443", ""},
	{"fd00::1", "[fd00::1]:6443", ""},
	{"[fd00::1]", "[fd00::1]:6443", ""},
	{"[FD00::1]:8443", "[fd00::1]:8443", ""},
	{"127.0.0.1:6443", "127.0.0.1:6443", ""},
	{"API:6443", "api:6443", "name-upper-case"},
	{"fd00::1:6443", "[fd00::1:6443]:6443", "endpoint-ipv6-port"},
	{"fd00::6443", "[fd00::6443]:6443", "endpoint-ipv6-port"},
	{"1:2:3:4:5:6:7:6443", "[1:2:3:4:5:6:7:6443]:6443", ""},
	{"https://kube-api.example.com:6443/", "", "endpoint-is-url"},
	{"https://", "", "endpoint-is-url"},
	{"kube-api:6443/healthz", "", "endpoint-is-url"},
	{"kube-api/", "", "endpoint-is-url"},
	{"10.0.0.0/24", "", "san-is-network"},
	{"a:0", "", "endpoint-port"},
	{"a:", "", "endpoint-port"},
	{"a:65536", "", "endpoint-port"},
	{"a:06443", "", "endpoint-port"},
	{"a:https", "", "endpoint-port"},
	{"[fd00::1]:x", "", "endpoint-port"},
	{":6443", "", "endpoint-no-host"},
	{"[10.0.0.1]:6443", "", "san-has-port"},
	{"[10.0.0.1]", "", "address-in-brackets"},
	{"[fd00::1]6443", "", "san-has-port"},
	{"*.example.com:6443", "", "wildcard-not-here"},
	{"*", "", "wildcard-not-here"},
	{"a b", "", "endpoint-several"},
	{"a:6443,b:6443", "", "endpoint-several"},
	{"0.0.0.0:6443", "", "node-address-special"},
	{"224.0.0.1", "", "node-address-special"},
	{"10.0.0.300:6443", "", "address-octet"},
	{"api_server:6443", "", "name-underscore"},
	{"节点:6443", "", "name-not-ascii"},
	{"a\u200b:6443", "", "text-invisible-character"},
	{"fe80::1%eth0", "", "address-zone"},
	{"[fe80::1%eth0]:6443", "", "address-zone"},
	{"kube-api.*.example.com", "", "wildcard-not-here"},
	{"kube-api.", "", "name-trailing-dot"},
	{"..", "", "name-empty-label"},
	{"admin@kube-api:6443", "", "san-is-email"},
	{"10.0.0.1-3:6443", "", "san-is-range"},
	{"192.168.214", "", "address-parts"},
	{"255.255.255.255", "", "node-address-special"},
}

func TestParseEndpoint(t *testing.T) {
	for _, tc := range endpointCases {
		e, ps := ParseEndpoint("controlPlaneEndpoint", tc.in)
		var want []string
		if tc.code != "" {
			want = []string{tc.code}
		}
		if got := places(ps); e.String() != tc.want || !slices.Equal(got, want) {
			t.Errorf("%q: %q %q, want %q %q", tc.in, e, got, tc.want, want)
		}
		if again, ps := ParseEndpoint("k", e.String()); again != e || len(ps) != 0 {
			t.Errorf("%q: %q does not read back: %v", tc.in, e, ps)
		}
	}
}

func TestEndpointSentences(t *testing.T) {
	_, ps := ParseEndpoint("controlPlaneEndpoint", "fd00::1:6443")
	if got, want := ps[0].Fix(), "Write [fd00::1]:6443 if 6443 is the port, or [fd00::1:6443]:6443."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, ps = ParseEndpoint("controlPlaneEndpoint", "https://kube-api:6443/x")
	if got, want := ps[0].Fix(), "Write kube-api:6443."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOutOf(t *testing.T) {
	for _, tc := range []struct{ text, host, want string }{
		{"a\nb", "a", "b"},
		{"10.0.0.1 a, b # growth", "a", "10.0.0.1, b # growth"},
		{"10.0.0.1-5 # growth", "10.0.0.3", "10.0.0.1-10.0.0.2, 10.0.0.4-10.0.0.5 # growth"},
		{"10.0.0.1-3", "10.0.0.1", "10.0.0.2-10.0.0.3"},
		{"10.0.0.1-2", "10.0.0.2", "10.0.0.1"},
		{"10.0.0.1-1\nx", "10.0.0.1", "x"},
		{"a # one", "b", "a # one"},
		{"# mine\na # old\nc", "a", "# mine\nc"},
		{"\"a\"; \"b\"", "a", "\"b\""},
	} {
		hosts, _ := ParseHosts("", tc.host)
		if got := hosts[0].OutOf(tc.text); got != tc.want {
			t.Errorf("%q without %s is %q, want %q", tc.text, tc.host, got, tc.want)
		}
	}
}
