package catalog

import (
	"crypto/rand"
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"crypto/ecdsa"
	"crypto/elliptic"

	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
)

// addresses are further names of servers.
func addresses(n int) []spec.Host {
	var out []spec.Host
	addr := netip.MustParseAddr("10.20.0.0")
	for range n {
		out = append(out, spec.Host{Addr: addr})
		addr = addr.Next()
	}
	return out
}

func TestCheck(t *testing.T) {
	all := []string{"signing", "key encipherment", "server auth", "client auth"}
	without := func(word string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == word })
	}
	for _, test := range []struct {
		name   string
		change func(*spec.Cluster)
		want   []string // code, key and what it must say
	}{
		{"right", func(*spec.Cluster) {}, nil},
		{"article's own names", func(c *spec.Cluster) { c.CA.Subject.CN = "kubernetes" },
			[]string{"ca-dn-equals-leaf ca.CN kubernetes-ca"}},
		{"named like kube-proxy", func(c *spec.Cluster) { c.CA.Subject.CN = "system:kube-proxy" },
			[]string{"ca-dn-equals-leaf ca.CN kube-proxy"}},
		// Five of six fields: admin is system:masters, the CA is k8s.
		{"named like admin", func(c *spec.Cluster) { c.CA.Subject.CN = "admin" }, nil},
		{"wholly like admin", func(c *spec.Cluster) { c.CA.Subject.CN, c.CA.Subject.O = "admin", "system:masters" },
			[]string{"ca-dn-equals-leaf ca.CN admin-ca"}},
		{"other case", func(c *spec.Cluster) { c.CA.Subject.CN = "Kubernetes" }, nil},
		{"no CN yet", func(c *spec.Cluster) { c.CA.Subject.CN = "" }, nil},
		{"no signing", func(c *spec.Cluster) { c.Profiles[0].Usages = without("signing") },
			[]string{"profile-usage-missing profiles.kubernetes.usages signing"}},
		{"digital signature is the same", func(c *spec.Cluster) {
			c.Profiles[0].Usages = append(without("signing"), "digital signature")
		}, nil},
		{"no server auth", func(c *spec.Cluster) { c.Profiles[0].Usages = without("server auth") },
			[]string{"profile-usage-missing profiles.kubernetes.usages server auth"}},
		{"no client auth", func(c *spec.Cluster) { c.Profiles[0].Usages = without("client auth") },
			[]string{"profile-usage-missing profiles.kubernetes.usages client auth"}},
		{"no key encipherment", func(c *spec.Cluster) { c.Profiles[0].Usages = without("key encipherment") }, nil},
		{"as many addresses as OpenSSL takes", func(c *spec.Cluster) { c.SANs = addresses(16500) }, nil},
		{"more addresses than OpenSSL takes", func(c *spec.Cluster) { c.SANs = addresses(17500) }, []string{"san-many-openssl certSANs 100 KiB"}},
		{"more addresses than anybody takes", func(c *spec.Cluster) { c.SANs = addresses(45000) }, []string{"san-many certSANs 256 KiB"}},
		{"usages not answered", func(c *spec.Cluster) { c.Profiles[0].Usages = nil }, nil},
		{"both at once", func(c *spec.Cluster) {
			c.CA.Subject.CN = "kubernetes"
			c.Profiles[0].Usages = []string{"key encipherment"}
		}, []string{"ca-dn-equals-leaf ca.CN", "profile-usage-missing profiles.kubernetes.usages signing",
			"profile-usage-missing profiles.kubernetes.usages server auth", "profile-usage-missing profiles.kubernetes.usages client auth"}},
		{"unknown layout", func(c *spec.Cluster) { c.Layout, c.CA.Subject.CN = "?", "kubernetes" }, nil},
		{"nothing answered", func(c *spec.Cluster) { *c = spec.Cluster{Layout: "article"} }, nil},
	} {
		c := articleCluster()
		test.change(c)
		got := Check(c)
		if len(c.Nodes) > 0 && c.Layout == "article" {
			test.want = slices.Insert(test.want, 0, "one-ca-for-all layout three-ca")
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: got %v, want %q", test.name, got, test.want)
			continue
		}
		for i, p := range got {
			if (p.Severity() == problem.Error) == (p.Code == problem.SANsForOpenSSL || p.Code == problem.OneCAForAll) {
				t.Errorf("%s: %s is %q", test.name, p.Code, p.Severity())
			}
			said := string(p.Code) + " " + p.Key + " " + p.Sentence()
			words := strings.SplitN(test.want[i], " ", 3)
			if string(p.Code) != words[0] || p.Key != words[1] || len(words) > 2 && !strings.Contains(p.Sentence(), words[2]) {
				t.Errorf("%s: got %q, want %q", test.name, said, test.want[i])
			}
			if strings.Contains(said, "%!") {
				t.Errorf("%s: arguments do not fit the sentence: %q", test.name, said)
			}
		}
	}
}

// TestRawSubject holds our DER against what crypto/x509 writes for the same name.
func TestRawSubject(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []spec.Subject{
		{CN: "a", C: "CN", ST: "BeiJing", L: "BeiJing", O: "k8s", OU: "System"},
		{CN: "a"}, {O: "only"}, {CN: "北京", O: "R&D"}, {},
	} {
		want, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: PKIXName(s)}, key)
		if err != nil {
			t.Fatal(err)
		}
		req, err := x509.ParseCertificateRequest(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RawSubject(s)
		if err != nil || string(got) != string(req.RawSubject) {
			t.Errorf("%+v: got %x, %v; want %x", s, got, err, req.RawSubject)
		}
	}
	if _, err := RawSubject(spec.Subject{CN: "\xff"}); err == nil {
		t.Error("a subject that is not UTF-8 was encoded")
	}
}
