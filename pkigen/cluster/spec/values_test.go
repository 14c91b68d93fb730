package spec

import (
	"crypto/x509"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/usage"
)

var durationCases = []struct {
	in   string
	want time.Duration
	code string
}{
	{"87600h", 87600 * time.Hour, ""},
	{"10y", 87600 * time.Hour, ""},
	{"365d", 8760 * time.Hour, ""},
	{"1w", 168 * time.Hour, ""},
	{"1y30d12h", (8760 + 720 + 12) * time.Hour, ""},
	{"1h30m", 90 * time.Minute, ""},
	{"1.5h", 90 * time.Minute, ""},
	{"1h0.7s", time.Hour, ""},
	{" 1h ", time.Hour, ""},
	{"１０y", 87600 * time.Hour, ""},
	{"2562047h", 2562047 * time.Hour, ""},
	{"0", 0, "duration-zero"},
	{"0s", 0, "duration-zero"},
	{"0y", 0, "duration-zero"},
	{"-1h", 0, "duration-negative"},
	{"-10y", 0, "duration-negative"},
	{"59m", 0, "duration-too-short"},
	{"1ns", 0, "duration-too-short"},
	{"293y", 0, "duration-too-long"},
	{"2562048h", 0, "duration-too-long"},
	{"99999999999999999999999y", 0, "duration-too-long"},
	{"292y9999h", 0, "duration-too-long"},
	{"9223372036854775807h", 0, "duration-too-long"},
	{"", 0, "missing"},
	{"87600H", 0, "duration-misspelt"},
	{"87600", 0, "duration-no-unit"},
	{"10", 0, "duration-no-unit"},
	{"9999999999", 0, "duration-bad"},
	{"10 years", 0, "duration-misspelt"},
	{"10年", 0, "duration-misspelt"},
	{"365 Days", 0, "duration-misspelt"},
	{"87,600h", 0, "duration-misspelt"},
	{"2036-11-20", 0, "duration-is-date"},
	{"2036-11-20T00:00:00Z", 0, "duration-is-date"},
	{"ten", 0, "duration-bad"},
	{"1.5y", 0, "duration-bad"},
	{"-", 0, "duration-bad"},
	{"--1h", 0, "duration-bad"},
	{"1y-1h", 0, "duration-bad"},
	{"1h1y", 0, "duration-bad"},
	{"h", 0, "duration-bad"},
	{"1h\u200b", 0, "text-invisible-character"},
	{"1h\xff", 0, "text-not-utf8"},
}

func TestParseDuration(t *testing.T) {
	for _, tc := range durationCases {
		d, ps := ParseDuration("ca.expiry", tc.in)
		var want []string
		if tc.code != "" {
			want = []string{tc.code}
		}
		if got := places(ps); d != tc.want || !slices.Equal(got, want) {
			t.Errorf("%q: %v %q, want %v %q", tc.in, d, got, tc.want, want)
		}
	}
	_, ps := ParseDuration("ca.expiry", "87600H")
	if got := ps[0].Fix(); got != "Write 87600h." {
		t.Errorf("fix %q", got)
	}
}

func TestDurationForms(t *testing.T) {
	tests := []struct {
		d            time.Duration
		text, people string
	}{
		{87600 * time.Hour, "87600h", "10 years"},
		{8760 * time.Hour, "8760h", "1 year"},
		{90 * day, "2160h", "90 days"},
		{36 * time.Hour, "36h", "36 hours"},
		{24 * time.Hour, "24h", "1 day"},
		{395 * day, "9480h", "1 year 30 days"},
		{90 * time.Minute, "1h30m", "1 hour 30 minutes"},
		{time.Hour + time.Second, "1h0m1s", "1 hour 1 second"},
		{2*day + time.Hour, "49h", "2 days 1 hour"},
		{0, "0h", "0 seconds"},
		{-time.Hour, "-1h", "minus 1 hour"},
		{math.MinInt64, (math.MinInt64 * time.Nanosecond).String(), "minus 292 years 171 days 23 hours 47 minutes 16 seconds"},
	}
	for _, tc := range tests {
		if got := DurationText(tc.d); got != tc.text {
			t.Errorf("DurationText(%v) = %q, want %q", tc.d, got, tc.text)
		}
		if got := FormatDuration(tc.d); got != tc.people {
			t.Errorf("FormatDuration(%v) = %q, want %q", tc.d, got, tc.people)
		}
	}
}

var subjectCases = []struct {
	field, value, want, code string
}{
	{"CN", "kubernetes-ca", "kubernetes-ca", ""},
	{"CN", "  two words ", "two words", ""},
	{"CN", "", "", "missing"},
	{"CN", " \t", "", "missing"},
	{"CN", strings.Repeat("n", 64), strings.Repeat("n", 64), ""},
	{"CN", strings.Repeat("n", 65), "", "subject-too-long"},
	{"CN", strings.Repeat("京", 64), strings.Repeat("京", 64), ""},
	{"CN", "a\x00b", "", "text-invisible-character"},
	{"CN", "a\nb", "", "text-several-lines"},
	{"O", "a\u202eb", "", "text-invisible-character"},
	{"O", "a\u2066b", "", "text-invisible-character"},
	{"O", "a\u200bb", "", "text-invisible-character"},
	{"O", "a\ufeffb", "", "text-invisible-character"},
	{"O", "a\u3164b", "", "text-invisible-character"},
	{"O", "a\xffb", "", "text-not-utf8"},
	{"O", "a\ufffdb", "", "text-not-utf8"},
	{"O", "北京公司", "北京公司", ""},
	{"O", strings.Repeat("o", 65), "", "subject-too-long"},
	{"OU", strings.Repeat("o", 65), "", "subject-too-long"},
	{"OU", "", "", ""},
	{"ST", strings.Repeat("s", 128), strings.Repeat("s", 128), ""},
	{"ST", strings.Repeat("s", 129), "", "subject-too-long"},
	{"L", strings.Repeat("s", 129), "", "subject-too-long"},
	{"C", "CN", "CN", ""},
	{"C", "", "", ""},
	{"C", "cn", "", "country-upper-case"},
	{"C", "Cn", "", "country-upper-case"},
	{"C", "CHN", "", "country-two-letters"},
	{"C", "C", "", "country-two-letters"},
	{"C", "C1", "", "country-two-letters"},
	{"C", "ＣＮ", "", "country-two-letters"},
	{"C", "ß", "", "country-two-letters"},
}

func TestParseSubject(t *testing.T) {
	for _, tc := range subjectCases {
		s, ps := ParseSubject("ca", func(key string) string {
			switch key {
			case "ca." + tc.field:
				return tc.value
			case "ca.CN":
				return "x"
			}
			return ""
		})
		got := map[string]string{"CN": s.CN, "C": s.C, "ST": s.ST, "L": s.L, "O": s.O, "OU": s.OU}[tc.field]
		var want []string
		if tc.code != "" {
			want = []string{tc.code}
		}
		if codes := places(ps); got != tc.want || !slices.Equal(codes, want) {
			t.Errorf("%s %q: %q %q, want %q %q", tc.field, tc.value, got, codes, tc.want, want)
		}
		wantKey(t, ps, "ca."+tc.field)
	}
	_, ps := ParseSubject("ca", func(string) string { return "a\u202eb" })
	if got := ps[0].What(); !strings.Contains(got, "U+202E") {
		t.Errorf("%q does not name the code point", got)
	}
	_, ps = ParseSubject("ca", func(key string) string { return map[string]string{"ca.CN": "x", "ca.C": "cn"}[key] })
	if got := ps[0].Fix(); got != "Write CN." {
		t.Errorf("fix %q", got)
	}
}

// one is the shape of the parsers of one line.
type one func(key, s string) (string, []problem.Problem)

var lineCases = []struct {
	name  string
	parse one
	in    string
	want  string
	code  string
}{
	{"domain", ParseDomain, "cluster.local", "cluster.local", ""},
	{"domain", ParseDomain, "local", "local", ""},
	{"domain", ParseDomain, "Cluster.Local", "cluster.local", "name-upper-case"},
	{"domain", ParseDomain, "", "", "missing"},
	{"domain", ParseDomain, "cluster.local.", "", "name-trailing-dot"},
	{"domain", ParseDomain, "10.0.0.1", "", "domain-is-address"},
	{"domain", ParseDomain, "*.cluster.local", "", "wildcard-not-here"},
	{"domain", ParseDomain, "cluster_local", "", "name-underscore"},
	{"domain", ParseDomain, "a..b", "", "name-empty-label"},
	{"domain", ParseDomain, "http://cluster.local", "", "san-is-url"},
	{"domain", ParseDomain, strings.Repeat("a.", 115) + "a", "", "name-too-long"},
	{"domain", ParseDomain, strings.Repeat("a.", 114) + "a", strings.Repeat("a.", 114) + "a", ""},
	{"cluster", ParseClusterName, "lab", "lab", ""},
	{"cluster", ParseClusterName, "Lab_1.a-b", "Lab_1.a-b", ""},
	{"cluster", ParseClusterName, "", "", "missing"},
	{"cluster", ParseClusterName, "-lab", "", "cluster-name"},
	{"cluster", ParseClusterName, "../lab", "", "cluster-name"},
	{"cluster", ParseClusterName, "实验", "", "cluster-name"},
	{"cluster", ParseClusterName, "a\x1bb", "", "text-invisible-character"},
	{"cluster", ParseClusterName, strings.Repeat("a", 64), "", "cluster-name"},
	{"dir", ParseCertificatesDir, "/etc/kubernetes/pki", "/etc/kubernetes/pki", ""},
	{"dir", ParseCertificatesDir, "/etc/kubernetes/ssl/", "/etc/kubernetes/ssl", ""},
	{"dir", ParseCertificatesDir, "", "", "missing"},
	{"dir", ParseCertificatesDir, "pki", "", "directory-relative"},
	{"dir", ParseCertificatesDir, "~/pki", "", "directory-relative"},
	{"dir", ParseCertificatesDir, "/etc//pki", "", "directory-not-clean"},
	{"dir", ParseCertificatesDir, "/etc/../pki", "", "directory-not-clean"},
	{"dir", ParseCertificatesDir, "/", "", "directory-root"},
	{"dir", ParseCertificatesDir, "//", "", "directory-root"},
	{"dir", ParseCertificatesDir, "/a b", "", "directory-character"},
	{"dir", ParseCertificatesDir, "/a$b", "", "directory-character"},
	{"dir", ParseCertificatesDir, "/证书", "", "directory-character"},
	{"dir", ParseCertificatesDir, `C:\pki`, "", "directory-windows"},
	{"dir", ParseCertificatesDir, "/a\nb", "", "text-several-lines"},
	{"dir", ParseCertificatesDir, "/a%b", "", "directory-character"},
	{"dir", ParseCertificatesDir, "/a\"b", "", "directory-character"},
	{"dir", ParseCertificatesDir, "/etc/kubernetes", "/etc/kubernetes", ""},
	{"dir", ParseCertificatesDir, "/etc/kubernetes/pki.d/x.conf", "/etc/kubernetes/pki.d/x.conf", ""},
	{"dir", ParseCertificatesDir, "/etc/kubernetes/scheduler.conf", "", "directory-taken"},
	{"dir", ParseCertificatesDir, "/etc/kubernetes/etcd.env/pki", "", "directory-taken"},
	{"dir", ParseCertificatesDir, "/var/lib/kubelet/pki/", "", "directory-taken"},
	{"dir", ParseCertificatesDir, "/var/lib/kubelet/pki/ssl", "", "directory-taken"},
	{"dir", ParseCertificatesDir, "/var/lib/kubelet/pki2", "/var/lib/kubelet/pki2", ""},
	{"dir", ParseCertificatesDir, "/tmp/pki", "/tmp/pki", "directory-fleeting"},
	{"dir", ParseCertificatesDir, "/run", "/run", "directory-fleeting"},
	{"dir", ParseCertificatesDir, "/runner/pki", "/runner/pki", ""},
	{"dir", ParseCertificatesDir, "/" + strings.Repeat("a", 199), "/" + strings.Repeat("a", 199), ""},
	{"dir", ParseCertificatesDir, "/" + strings.Repeat("a", 200), "", "directory-too-long"},
	{"key", keyText, "RSA-2048", "RSA-2048", ""},
	{"key", keyText, "ECDSA-P384", "ECDSA-P384", ""},
	{"key", keyText, "", "", "missing"},
	{"key", keyText, "rsa2048", "", "key-algorithm-misspelt"},
	{"key", keyText, "rsa-2048", "", "key-algorithm-misspelt"},
	{"key", keyText, "P-256", "", "key-algorithm-misspelt"},
	{"key", keyText, "prime256v1", "", "key-algorithm-misspelt"},
	{"key", keyText, "RSA-2049", "", "key-algorithm-misspelt"},
	{"key", keyText, "4096", "", "key-algorithm-misspelt"},
	{"key", keyText, "ed25519", "", "key-algorithm-ed25519"},
	{"key", keyText, "RSA-1024", "", "key-algorithm-weak"},
	{"key", keyText, "P-521", "", "key-algorithm-not-offered"},
	{"key", keyText, "RSA-8192", "", "key-algorithm-not-offered"},
	{"key", keyText, "DSA", "", "key-algorithm-unknown"},
	{"key", keyText, "RSA\u200b-2048", "", "text-invisible-character"},
	{"usages", usagesText, "signing, key encipherment,server auth\nclient auth", "signing|key encipherment|server auth|client auth", ""},
	{"usages", usagesText, "\"signing\"，\"s/mime\"", "signing|s/mime", ""},
	{"usages", usagesText, "", "", "missing"},
	{"usages", usagesText, " , ", "", "missing"},
	{"usages", usagesText, "server-auth", "", "usage-misspelt"},
	{"usages", usagesText, "Server Auth", "", "usage-misspelt"},
	{"usages", usagesText, "serverAuth", "", "usage-misspelt"},
	{"usages", usagesText, "keyCertSign", "", "usage-misspelt"},
	{"usages", usagesText, "sever auth", "", "usage-misspelt"},
	{"usages", usagesText, "signing,frobnicate", "signing", "usage-unknown"},
	{"usages", usagesText, "signing,signing", "signing", "usage-duplicate"},
	{"usages", usagesText, "cert sign", "cert sign", "usage-cert-sign"},
	{"usages", usagesText, "sign\u200bing", "", "text-invisible-character"},
	{"choice", choiceText, " three-ca ", "three-ca", ""},
	{"choice", choiceText, "", "", "missing"},
	{"choice", choiceText, "Article", "", "choice-misspelt"},
	{"choice", choiceText, "artcle", "", "choice-misspelt"},
	{"choice", choiceText, "art", "", "choice-unknown"},
	{"choice", choiceText, "something else", "", "choice-unknown"},
}

func keyText(key, s string) (string, []problem.Problem) {
	a, ps := ParseKeyAlgorithm(key, s)
	return string(a), ps
}

func usagesText(key, s string) (string, []problem.Problem) {
	u, ps := ParseUsages(key, s)
	return strings.Join(u, "|"), ps
}

func choiceText(key, s string) (string, []problem.Problem) {
	return ParseChoice(key, s, []string{"article", "three-ca"})
}

func TestParseLines(t *testing.T) {
	for _, tc := range lineCases {
		got, ps := tc.parse("the.key", tc.in)
		var want []string
		if tc.code != "" {
			want = []string{tc.code}
		}
		if codes := places(ps); got != tc.want || !slices.Equal(codes, want) {
			t.Errorf("%s %q: %q %q, want %q %q", tc.name, tc.in, got, codes, tc.want, want)
		}
		wantKey(t, ps, "the.key")
	}
}

// What a suggestion names must be what is accepted.
func TestSuggestions(t *testing.T) {
	tests := []struct {
		parse    one
		in, want string
	}{
		{keyText, "rsa2048", "RSA-2048"}, {keyText, "p-256", "ECDSA-P256"}, {keyText, "secp384r1", "ECDSA-P384"},
		{keyText, "ECDSA_P256", "ECDSA-P256"}, {keyText, "Ed25519", "ECDSA-P256"}, {keyText, "RSA-1024", "RSA-2048"},
		{usagesText, "server-auth", "server auth"}, {usagesText, "clientAuth", "client auth"},
		{usagesText, "digitalSignature", "digital signature"}, {usagesText, "keyCertSign", "cert sign"},
		{usagesText, "signin", "signing"}, {choiceText, "three_ca", "three-ca"},
	}
	for _, tc := range tests {
		_, ps := tc.parse("k", tc.in)
		if len(ps) != 1 || !strings.HasPrefix(ps[0].Fix(), "Write "+tc.want) {
			t.Errorf("%q: %v, want a fix with %q", tc.in, ps, tc.want)
		}
		if v, _ := tc.parse("k", tc.want); v != tc.want {
			t.Errorf("suggested %q is refused", tc.want)
		}
	}
}

func TestUsageBits(t *testing.T) {
	key, ext, unknown := usage.Bits([]string{"signing", "client auth", "key encipherment", "Server Auth", "server auth", "digital signature"})
	if key != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment {
		t.Errorf("key usage %b", key)
	}
	if !slices.Equal(ext, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}) {
		t.Errorf("extended usages %v", ext)
	}
	if !slices.Equal(unknown, []string{"Server Auth"}) {
		t.Errorf("unknown %q", unknown)
	}
	for _, u := range usage.Table {
		if _, _, unknown := usage.Bits([]string{u.Word}); unknown != nil {
			t.Errorf("%q is unknown", u.Word)
		}
	}
}

// TestAdvisedDurations: what a sentence says to write is accepted when it is written.
func TestAdvisedDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		365 * day / 2: "182d12h", 30 * day: "30d", 36 * time.Hour: "1d12h", 90 * time.Minute: "1h30m", 10 * year: "3650d", day + time.Minute: "1d1m",
	} {
		got := shortDuration(d)
		if back, ps := ParseDuration("ca.expiry", got); got != want || back != d || len(ps) > 0 {
			t.Errorf("%v: %q, read as %v, %v", d, got, back, ps)
		}
	}
	c := &Cluster{Spread: year, Profiles: []Profile{{Name: "server", Expiry: year}}}
	if ps := checkSpread(c); len(ps) != 1 || ps[0].Fix() != "Write 182d12h or less, or off." {
		t.Errorf("%v", ps)
	}
	for number, want := range map[string]string{"10": "10h, 10d or 10y", "87600": "87600h or 87600d", "1,000": "1000h or 1000d"} {
		if _, ps := ParseDuration("ca.expiry", number); len(ps) != 1 || ps[0].Fix() != "Write "+want+"." {
			t.Errorf("%s: %v", number, ps)
		}
	}
}
