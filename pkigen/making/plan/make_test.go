package plan

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/pkey"
)

// verbs is a plan in short: "ca KKK" is key, certificate and request of ca.
func verbs(p *Plan) string {
	letter := map[Verb]string{Create: "C", Keep: "K", Renew: "R", Replace: "X", Refuse: "!"}
	var out []string
	for i := range p.Certificates {
		c := &p.Certificates[i]
		out = append(out, c.Name+" "+letter[c.Key]+letter[c.Cert]+letter[c.CSR])
	}
	return strings.Join(out, ", ")
}

const allKept = "ca KKK, kubernetes KKK, admin KKK, kube-proxy KKK"

func TestEmptyDirectory(t *testing.T) {
	b := &bench{t: t, cluster: testCluster(), dir: nil, now: t0}
	p := b.make()
	if got, want := verbs(p), "ca CCC, kubernetes CCC, admin CCC, kube-proxy CCC"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var paths []string
	for _, a := range p.Files {
		paths = append(paths, a.Path)
		if a.Verb != Create || a.FixMode || a.Reason != "" {
			t.Errorf("%s: %+v", a.Path, a)
		}
		want := openMode
		if strings.HasSuffix(a.Path, "-key.pem") {
			want = keyMode
		}
		if a.Mode != want {
			t.Errorf("%s: mode %v, want %v", a.Path, a.Mode, want)
		}
		if isJSON := strings.HasSuffix(a.Path, ".json"); isJSON != (a.Data != nil) {
			t.Errorf("%s: has data %v", a.Path, a.Data != nil)
		}
	}
	if want := p.Layout.Paths(b.cluster); !slices.Equal(paths, want) {
		t.Errorf("files %q, want %q", paths, want)
	}
	if !p.Changes() || p.Count(Create) != 17 || p.Summary() != "create 17" || len(p.Warnings) != 1 || !strings.HasPrefix(p.Warnings[0], "admin is in system:masters") {
		t.Errorf("%d files, %q, warnings %q", p.Count(Create), p.Summary(), p.Warnings)
	}
	begin := time.Date(2026, 11, 23, 9, 26, 0, 0, time.UTC) // 09:30:40 rounded, less five minutes
	for i, years := range []int{10, 1, 1, 1} {
		c := &p.Certificates[i]
		if end := begin.Add(time.Duration(years) * year); !c.NotBefore.Equal(begin) || !c.NotAfter.Equal(end) || c.Cut {
			t.Errorf("%s: %v to %v, cut %v; want %v to %v", c.Name, c.NotBefore, c.NotAfter, c.Cut, begin, end)
		}
	}
}

func TestSecondRunKeepsAll(t *testing.T) {
	b := newBench(t)
	for _, later := range []time.Duration{0, time.Hour, 300 * 24 * time.Hour} {
		b.now = t0.Add(later)
		p := b.make()
		if verbs(p) != allKept || p.Changes() || p.Count(Keep) != 17 || len(p.Warnings) != 0 {
			t.Errorf("after %v: %s; %s; %q", later, verbs(p), p.Summary(), p.Warnings)
		}
		for i := range p.Certificates {
			c := &p.Certificates[i]
			if !pkey.Same(c.OldKey.Public(), b.keys[c.Name].Public()) || !c.OldCert.Equal(b.cert(c.Name)) ||
				!c.NotAfter.Equal(c.OldCert.NotAfter) || c.Reason != "" {
				t.Errorf("%s: %+v", c.Name, c)
			}
		}
	}
}

// TestOneDifference plants one difference in a good set and says what has to
// become of it, in verbs and in words.
func TestOneDifference(t *testing.T) {
	base := newBench(t)
	other := newBench(t)
	rsaKey := newRSA(t, 2048)
	const (
		kube     = "kubernetes"
		renewed  = "ca KKK, kubernetes KRK, admin KKK, kube-proxy KKK"
		renewedX = "ca KKK, kubernetes KRR, admin KKK, kube-proxy KKK"
		refused  = "ca KKK, kubernetes !!K, admin KKK, kube-proxy KKK"
		caOnly   = "ca KRK, kubernetes KKK, admin KKK, kube-proxy KKK"
		caNo     = "ca !!K, kubernetes KKK, admin KKK, kube-proxy KKK"
		caGone   = "ca XXR, kubernetes KRK, admin KRK, kube-proxy KRK"
	)
	resign := func(name string, change func(*x509.Certificate)) func(*bench) {
		return func(b *bench) { b.sign(name, change) }
	}
	putFile := func(path, data string) func(*bench) { return func(b *bench) { b.put(path, []byte(data)) } }
	garbage := string(encode("CERTIFICATE", []byte("garbage")))

	for _, test := range []struct {
		name   string
		spoil  func(*bench)
		verbs  string
		of     string // the certificate whose reason is meant
		reason string
	}{
		{"key gone", func(b *bench) { delete(b.dir, "kubernetes-key.pem") }, "ca KKK, kubernetes CRR, admin KKK, kube-proxy KKK", kube, "its private key is not here"},
		{"certificate gone", func(b *bench) { delete(b.dir, "kubernetes.pem") }, "ca KKK, kubernetes KCK, admin KKK, kube-proxy KKK", kube, "the certificate is not here, its private key is"},
		{"pair gone", func(b *bench) { delete(b.dir, "kubernetes.pem"); delete(b.dir, "kubernetes-key.pem") }, "ca KKK, kubernetes CCR, admin KKK, kube-proxy KKK", kube, ""},
		{"request gone", func(b *bench) { delete(b.dir, "kubernetes.csr") }, "ca KKK, kubernetes KKC, admin KKK, kube-proxy KKK", kube, ""},

		{"node more", func(b *bench) {
			b.cluster.Nodes[0].Addresses = append(b.cluster.Nodes[0].Addresses, netip.MustParseAddr("10.0.0.7"))
		}, renewedX, kube, "names changed: +10.0.0.7"},
		{"node exchanged", func(b *bench) { b.cluster.Nodes[0].Addresses[0] = netip.MustParseAddr("10.0.0.7") }, renewedX, kube, "names changed: +10.0.0.7 -10.0.0.8"},
		{"nodes in another order", func(b *bench) { slices.Reverse(b.cluster.Nodes[0].Addresses) }, renewedX, kube, "names are in another order"},
		{"many nodes more", func(b *bench) {
			for i := range 40 {
				b.cluster.Nodes[0].Addresses = append(b.cluster.Nodes[0].Addresses, netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}))
			}
		}, renewedX, kube, "names changed: +10.1.0.0 +10.1.0.1 +10.1.0.2 +10.1.0.3 +36 more"},
		{"names in another order", resign(kube, func(c *x509.Certificate) { slices.Reverse(c.DNSNames) }), renewed, kube, "names are in another order"},
		{"a name twice", resign(kube, func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, "kubernetes") }), renewed, kube, "names are in another order"},
		{"a URI as name", resign(kube, func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "spiffe", Host: "x"}} }), renewed, kube, "names changed: -spiffe://x"},
		{"e-mail as name", resign("admin", func(c *x509.Certificate) { c.EmailAddresses = []string{"a@b.c"} }), "ca KKK, kubernetes KKK, admin KRK, kube-proxy KKK", "admin", "names changed: -a@b.c"},

		{"other CN", resign(kube, func(c *x509.Certificate) { c.Subject.CommonName = "kube" }), renewed, kube, `subject changed: CN from "kube" to "kubernetes"`},
		{"two groups", resign("admin", func(c *x509.Certificate) { c.Subject.Organization = []string{"system:masters", "x"} }), "ca KKK, kubernetes KKK, admin KRK, kube-proxy KKK", "admin", `subject changed: O from "x+system:masters" to "system:masters"`},
		{"no OU", resign(kube, func(c *x509.Certificate) { c.Subject.OrganizationalUnit = nil }), renewed, kube, `subject changed: OU from "" to "System"`},
		{"subject in another order", func(b *bench) {
			b.sign(kube, func(c *x509.Certificate) { c.RawSubject = openSSLSubject(b.t, b.want(kube).Subject) })
		}, renewed, kube, "subject is written in another form or has further fields"},
		{"other OU asked for", func(b *bench) { b.cluster.CA.Subject.OU = "Lab" }, "ca !!K, kubernetes KRR, admin KRR, kube-proxy KRR", "ca", `subject changed: OU from "System" to "Lab"`},

		{"client only", resign(kube, func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] }), renewed, kube, "usages changed"},
		{"no key encipherment", resign(kube, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), renewed, kube, "usages changed"},
		{"usages in another order", resign(kube, func(c *x509.Certificate) { slices.Reverse(c.ExtKeyUsage) }), allKept, kube, ""},
		{"usages asked for", func(b *bench) {
			b.cluster.Profiles[0].Usages = []string{"signing", "server auth", "client auth"}
		}, "ca KKK, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "usages changed"},
		{"a leaf that is a CA", resign(kube, func(c *x509.Certificate) { c.IsCA = true }), renewed, kube, "is a CA"},

		{"shorter life asked for", func(b *bench) { b.cluster.Profiles[0].Expiry = year / 2 }, "ca KKK, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "lifetime changed from 8760h to 4380h"},
		{"ended", resign(kube, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = t0.AddDate(-1, 0, -3).Truncate(time.Minute), t0.AddDate(-1, 0, -3).Truncate(time.Minute).Add(year)
		}), renewed, kube, "expired 2026-11-20"},
		{"ended a second ago", func(b *bench) { b.now = b.cert(kube).NotAfter.Add(time.Second) }, "ca KKK, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "expired 2027-11-23"},
		{"not begun", resign(kube, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = t0.AddDate(1, 0, 0).Truncate(time.Second), t0.AddDate(1, 0, 0).Truncate(time.Second).Add(year)
		}), renewed, kube, "begins only on 2027-11-23"},
		{"longer life than asked for", resign(kube, func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(2 * year) }), renewed, kube, "lifetime changed from 17520h to 8760h"},
		{"outlives the CA", resign(kube, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.Add(20 * year) }), renewed, kube,
			"outlives its CA, which expires 2036-11-20"},

		{"signed by another CA", func(b *bench) {
			b.signBy(kube, b.template(kube), other.cert("ca"), other.keys["ca"])
		}, renewed, kube, "signed by another CA"},
		{"signed by another key of the CA's name", func(b *bench) {
			parent := *other.cert("ca")
			parent.SubjectKeyId = b.cert("ca").SubjectKeyId
			b.signBy(kube, b.template(kube), &parent, other.keys["ca"])
		}, renewed, kube, "signed by another CA"},
		{"signed by itself", func(b *bench) { b.signBy(kube, b.template(kube), b.template(kube), b.keys[kube]) }, renewed, kube, "signed by another CA"},
		{"signed with SHA-1", resign(kube, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }), renewed, kube, "signed with ECDSA-SHA1, which no component takes any more"},
		{"two differences", func(b *bench) {
			b.sign(kube, func(c *x509.Certificate) { c.DNSNames, c.ExtKeyUsage = c.DNSNames[1:], nil })
		}, renewed, kube, "names changed: +kubernetes; usages changed"},

		{"certificate of another key", func(b *bench) { b.dir["kubernetes.pem"] = b.dir["admin.pem"] }, renewed, kube, "belongs to another private key"},
		{"certificate garbage", putFile("kubernetes.pem", garbage), renewed, kube, "kubernetes.pem is a damaged certificate"},
		{"certificate empty", putFile("kubernetes.pem", ""), renewed, kube, "kubernetes.pem holds no certificate"},
		{"certificate with its CA", func(b *bench) {
			b.put("kubernetes.pem", slices.Concat(b.dir["kubernetes.pem"].Data, b.dir["ca.pem"].Data))
		}, renewed, kube, "the file holds more than the certificate"},

		{"certificate with text after it", func(b *bench) {
			b.put("kubernetes.pem", slices.Concat(b.dir["kubernetes.pem"].Data, []byte("see ticket 12\n")))
		}, renewed, kube, "the file holds more than the certificate"},
		{"certificate with text before it", func(b *bench) {
			b.put("kubernetes.pem", slices.Concat([]byte("subject: kubernetes\n"), b.dir["kubernetes.pem"].Data))
		}, allKept, kube, ""},
		{"certificate with a key beside it", func(b *bench) {
			b.put("kubernetes.pem", slices.Concat(b.dir["kubernetes.pem"].Data, pkcs8(b.t, other.keys[kube])))
		}, refused, kube, "kubernetes.pem holds a private key, which does not belong there: move it to a file of its own"},
		{"request that is a key", func(b *bench) { b.put("kubernetes.csr", pkcs8(b.t, other.keys[kube])) }, refused, kube,
			"kubernetes.csr holds a private key, which does not belong there: move it to a file of its own"},
		{"request as certificate", func(b *bench) { b.dir["kubernetes.pem"] = b.dir["kubernetes.csr"] }, renewed, kube, "kubernetes.pem holds no certificate"},

		{"key empty", putFile("kubernetes-key.pem", " \n"), refused, kube, "kubernetes-key.pem is empty: put the right private key there, without a passphrase"},
		{"key garbage", putFile("kubernetes-key.pem", "garbage"), refused, kube, "kubernetes-key.pem is no PEM file: put the right private key there, without a passphrase"},
		{"key of another curve", func(b *bench) { b.putKey(kube, newECDSA(b.t, elliptic.P384())) }, refused, kube, "the private key is ECDSA-P384, the answers say ECDSA-P256"},
		{"key RSA", func(b *bench) { b.putKey(kube, rsaKey) }, refused, kube, "the private key is RSA-2048, the answers say ECDSA-P256"},
		{"key of another algorithm, allowed", func(b *bench) {
			b.putKey(kube, rsaKey)
			b.opt.ReplaceKeys = []string{kube}
		}, "ca KKK, kubernetes XXR, admin KKK, kube-proxy KKK", kube, "the private key is RSA-2048, the answers say ECDSA-P256"},
		{"key empty, allowed, no certificate", func(b *bench) {
			b.put("kubernetes-key.pem", nil)
			delete(b.dir, "kubernetes.pem")
			b.opt.ReplaceKeys = []string{kube}
		}, "ca KKK, kubernetes XCR, admin KKK, kube-proxy KKK", kube, "kubernetes-key.pem is empty: put the right private key there, without a passphrase"},
		{"allowed, but nothing to replace", func(b *bench) { b.opt.ReplaceKeys = []string{"ca", kube} }, allKept, kube, ""},

		{"request of another key", func(b *bench) { b.dir["kubernetes.csr"] = other.dir["kubernetes.csr"] }, "ca KKK, kubernetes KKR, admin KKK, kube-proxy KKK", kube, ""},
		{"request of another subject", func(b *bench) { b.putRequest(kube, b.keys[kube], "kube", nil) }, "ca KKK, kubernetes KKR, admin KKK, kube-proxy KKK", kube, ""},
		{"request of further names", func(b *bench) { b.putRequest(kube, b.keys[kube], "kubernetes", []string{"x"}) }, "ca KKK, kubernetes KKR, admin KKK, kube-proxy KKK", kube, ""},
		{"request garbage", putFile("kubernetes.csr", "garbage"), "ca KKK, kubernetes KKR, admin KKK, kube-proxy KKK", kube, ""},

		{"CA key empty", putFile("ca-key.pem", ""), caNo, "ca", "ca-key.pem is empty: put the right private key there, without a passphrase, or move the file away until something is to be signed"},
		{"CA key away", func(b *bench) { delete(b.dir, "ca-key.pem") }, allKept, "ca", ""},
		{"CA key away, leaves to sign", func(b *bench) {
			delete(b.dir, "ca-key.pem")
			b.cluster.Nodes[0].Addresses = append(b.cluster.Nodes[0].Addresses, netip.MustParseAddr("10.0.0.7"))
			delete(b.dir, "admin.pem")
		}, "ca !!K, kubernetes KRR, admin KCK, kube-proxy KKK", "ca",
			"ca-key.pem is not here: put it back, since it has to sign kubernetes, admin; a new key would make a new CA"},
		{"CA key away, its own request gone", func(b *bench) { delete(b.dir, "ca-key.pem"); delete(b.dir, "ca.csr") }, allKept, "ca", ""},
		{"CA key away, a leaf's request gone", func(b *bench) { delete(b.dir, "ca-key.pem"); delete(b.dir, "admin.csr") },
			"ca KKK, kubernetes KKK, admin KKC, kube-proxy KKK", "ca", ""},
		{"CA key away, CA to renew", func(b *bench) {
			b.sign("ca", func(c *x509.Certificate) { c.NotAfter = b.now.Add(time.Hour) })
			delete(b.dir, "ca-key.pem")
		}, caNo, "ca", "ca-key.pem is not here: put it back, since it has to sign ca itself (lifetime changed from 1h4m40s to 87600h); a new key would make a new CA"},
		{"CA key away, another name for it", func(b *bench) { delete(b.dir, "ca-key.pem"); b.cluster.CA.Subject.CN = "lab-ca" }, caNo, "ca",
			`subject changed: CN from "kubernetes-ca" to "lab-ca"`},
		{"CA key away, other kinds of key", func(b *bench) { delete(b.dir, "ca-key.pem"); b.cluster.Key = "RSA-2048" }, "ca !!K, kubernetes !!K, admin !!K, kube-proxy !!K", "ca",
			"the private key is ECDSA-P256, the answers say RSA-2048"},
		{"CA key gone, allowed", func(b *bench) {
			delete(b.dir, "ca-key.pem")
			b.opt.ReplaceKeys = []string{"ca"}
		}, "ca CXR, kubernetes KRK, admin KRK, kube-proxy KRK", "ca", "ca-key.pem is not here: put it back, since a new key makes a new CA"},
		{"CA moved away", func(b *bench) { delete(b.dir, "ca-key.pem"); delete(b.dir, "ca.pem") }, caNo, "ca",
			"ca-key.pem and ca.pem are not here, but kubernetes.pem is signed by a CA: put them back, since what runs does not trust a new one"},
		{"CA moved away, allowed", func(b *bench) {
			delete(b.dir, "ca-key.pem")
			delete(b.dir, "ca.pem")
			b.opt.ReplaceKeys = []string{"ca"}
		}, "ca CCR, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "signed by another CA"},
		{"CA certificate gone", func(b *bench) { delete(b.dir, "ca.pem") }, "ca KCK, kubernetes KKK, admin KKK, kube-proxy KKK", "ca", "the certificate is not here, its private key is"},
		{"CA certificate garbage", putFile("ca.pem", garbage), caOnly, "ca", "ca.pem is a damaged certificate"},
		{"CA of another key", func(b *bench) { b.dir["ca.pem"] = other.dir["ca.pem"] }, "ca !!K, kubernetes KRK, admin KRK, kube-proxy KRK", "ca",
			"ca.pem belongs to another private key than ca-key.pem: put the right one back, or move a wrong key away"},
		{"two CAs in one file", func(b *bench) { b.put("ca.pem", slices.Concat(b.dir["ca.pem"].Data, other.dir["ca.pem"].Data)) }, caNo, "ca",
			"ca.pem holds more than one certificate, as in a change of CA: leave only the one that signs"},
		{"CA signed by another", func(b *bench) {
			root := *other.cert("ca")
			root.Subject.CommonName, root.RawSubject = "root", nil
			b.signBy("ca", b.template("ca"), &root, other.keys["ca"])
		}, caNo, "ca", `ca.pem is signed by "root", it is no root: this layout needs a CA that is signed by itself`},
		{"CA of another name asked for", func(b *bench) { b.cluster.CA.Subject.CN = "lab-ca" }, caNo, "ca", `subject changed: CN from "kubernetes-ca" to "lab-ca"`},
		{"CA of another name, allowed", func(b *bench) {
			b.cluster.CA.Subject.CN = "lab-ca"
			b.opt.ReplaceKeys = []string{"ca"}
		}, caGone, kube, "signed by another CA"},
		{"CA key of another curve, allowed", func(b *bench) {
			b.putKey("ca", newECDSA(b.t, elliptic.P384()))
			b.opt.ReplaceKeys = []string{"ca"}
		}, caGone, "ca", "the private key is ECDSA-P384, the answers say ECDSA-P256"},
		{"longer CA life", func(b *bench) { b.cluster.CA.Expiry = 20 * year }, caOnly, "ca", "lifetime changed from 87600h to 175200h"},
		{"shorter CA life", func(b *bench) { b.cluster.CA.Expiry = year / 2 }, "ca KRK, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "outlives its CA, which expires 2027-05-24"},
		{"CA ended", resign("ca", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = t0.Add(-11*year).Truncate(time.Second), t0.Add(-year).Truncate(time.Second)
		}), caOnly, "ca", "expired 2025-11-23"},
		{"CA is a leaf", resign("ca", func(c *x509.Certificate) { c.IsCA = false }), caOnly, "ca", "is not a CA"},
		{"CA without cert sign", resign("ca", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), caOnly, "ca", "must not sign certificates by its usages"},
		{"CA without key usages, which may do all", resign("ca", func(c *x509.Certificate) { c.KeyUsage = 0 }), allKept, "ca", ""},
		{"CA with kubeadm's usages and name", resign("ca", func(c *x509.Certificate) {
			c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
			c.DNSNames = []string{"kubernetes-ca"}
		}), allKept, "ca", ""},
		{"CA subject in OpenSSL's order", func(b *bench) {
			b.sign("ca", func(c *x509.Certificate) { c.RawSubject = openSSLSubject(b.t, b.cluster.CA.Subject) })
			for _, name := range []string{kube, "admin", "kube-proxy"} {
				b.sign(name, func(*x509.Certificate) {})
			}
		}, allKept, "ca", ""},
		{"CA with another key id", func(b *bench) {
			b.sign("ca", func(c *x509.Certificate) { c.SubjectKeyId = []byte{1, 2, 3} })
		}, "ca KKK, kubernetes KRK, admin KRK, kube-proxy KRK", kube, "signed by another CA"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := base.clone(t)
			test.spoil(b)
			p := b.make()
			if got := verbs(p); got != test.verbs {
				t.Errorf("got  %s\nwant %s", got, test.verbs)
			}
			if got := p.Find(test.of).Reason; got != test.reason {
				t.Errorf("reason of %s: got %q, want %q", test.of, got, test.reason)
			}
			consistent(t, p, b)
		})
	}
}

// consistent holds what is true of every plan: files say what certificates say,
// a kept key is at hand, and doing what the plan says ends in a set that is kept.
func consistent(t *testing.T, p *Plan, b *bench) {
	t.Helper()
	for i := range p.Certificates {
		c := &p.Certificates[i]
		if (c.OldKey != nil || c.Away != "") != (c.Key == Keep || c.Away != "" && c.Key == Refuse) {
			t.Errorf("%s: key %s, old key there: %v", c.Name, c.Key, c.OldKey != nil)
		}
		if ca := p.Find(c.Signer); ca.Cert != Refuse && c.NotAfter.After(ca.NotAfter) {
			t.Errorf("%s ends %v, after its CA, %v", c.Name, c.NotAfter, ca.NotAfter)
		}
		for path, verb := range map[string]Verb{c.Files.Key: c.Key, c.Files.Cert: c.Cert, c.Files.CSR: c.CSR} {
			if path == "" && c.Away != "" {
				continue
			}
			i := slices.IndexFunc(p.Files, func(a Action) bool { return a.Path == path })
			if _, there := b.dir[path]; p.Files[i].Verb != verb || verb == Create && there || (verb == Renew || verb == Replace) && !there {
				t.Errorf("%s: %s in files, %s in certificates, there: %v", path, p.Files[i].Verb, verb, there)
			}
			if (verb == Renew || verb == Replace || verb == Refuse) && p.Files[i].Reason == "" {
				t.Errorf("%s: %s without a reason", path, verb)
			}
		}
	}
	if len(p.Refused()) > 0 {
		return
	}
	b.run()
	b.opt = Options{}
	if p := b.make(); p.Changes() || len(p.Refused()) > 0 {
		t.Errorf("after the run there is still something to do: %s; %s", verbs(p), p.Find("ca").Reason)
	}
}

func TestNoKeyInPlanText(t *testing.T) {
	b := newBench(t)
	key := newRSA(t, 2048)
	b.putKey("admin", key)
	p := b.make()
	text := fmt.Sprint(p.Refused(), p.Warnings, (&RefusedError{p.Refused()}).Error())
	block, _ := pem.Decode(b.dir["admin-key.pem"].Data)
	if len(p.Refused()) == 0 || strings.Contains(text, "BEGIN") || strings.Contains(text, fmt.Sprint(block.Bytes[100:110])) {
		t.Errorf("a key in %q", text)
	}
	for _, a := range p.Files {
		if a.Part == "private key" && a.Data != nil {
			t.Errorf("%s carries bytes", a.Path)
		}
	}
}
