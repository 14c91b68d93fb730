package issue

import (
	"bytes"
	"errors"
	"log"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cloudflare/cfssl/csr"
	cferr "github.com/cloudflare/cfssl/errors"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
)

// TestRefused feeds Run what cfssl signs without a word, or panics on.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*plan.Plan)
		want   string
	}{
		{"unknown profile", func(p *plan.Plan) { p.Find("admin").Profile = "kubernets" }, `signing profile "kubernets" is unknown`},
		{"misspelt usage", func(p *plan.Plan) { p.Find("admin").Usages = []string{"signing", "Server Auth"} }, `unknown usage "Server Auth"`},
		{"no usages", func(p *plan.Plan) { p.Find("admin").Usages = nil }, "has no usages"},
		{"leaf that may sign", func(p *plan.Plan) { p.Find("admin").Usages = []string{"client auth", "cert sign"} }, "only a CA may have"},
		{"leaf beyond its CA", func(p *plan.Plan) { c := p.Find("admin"); c.NotAfter = c.NotAfter.Add(time.Second) }, `after its CA "ca"`},
		{"CA already ended", func(p *plan.Plan) {
			c := p.Find("ca")
			c.NotBefore, c.NotAfter = c.NotBefore.Add(-48*time.Hour), c.NotBefore.Add(-24*time.Hour)
		}, `its CA "ca" expired on`},
		{"CA not yet valid", func(p *plan.Plan) { c := p.Find("ca"); c.NotBefore = c.NotBefore.Add(time.Hour) }, `its CA "ca" is not valid before`},
		{"end before begin", func(p *plan.Plan) { c := p.Find("admin"); c.NotAfter = c.NotBefore.Add(-time.Hour) }, "before it begins"},
		{"no lifetime", func(p *plan.Plan) { c := p.Find("admin"); c.NotAfter = c.NotBefore }, "before it begins"},
		{"no dates", func(p *plan.Plan) { p.Find("admin").NotBefore = time.Time{} }, "no dates"},
		{"year 10000", func(p *plan.Plan) { p.Find("ca").NotAfter = time.Date(10000, 1, 2, 0, 0, 0, 0, time.UTC) }, "year 10000"},
		{"empty name", func(p *plan.Plan) { p.Find("admin").Hosts = []spec.Host{{}} }, "is empty"},
		{"network", hosts("192.168.214.1/24"), "neither an address nor a DNS name"},
		{"port", hosts("kubernetes:6443"), "neither an address nor a DNS name"},
		{"URL", hosts("https://kube"), "neither an address nor a DNS name"},
		{"e-mail", hosts("root@kube"), "neither an address nor a DNS name"},
		{"address 300", hosts("10.0.0.300"), "neither an address nor a DNS name"},
		{"trailing dot", hosts("kube.example."), "neither an address nor a DNS name"},
		{"inner wildcard", hosts("kube.*.example"), "neither an address nor a DNS name"},
		{"non-ASCII", hosts("münchen.de"), "neither an address nor a DNS name"},
		{"label too long", hosts(strings.Repeat("a", 64) + ".de"), "neither an address nor a DNS name"},
		{"name too long", hosts(strings.Repeat("a.", 130) + "de"), "neither an address nor a DNS name"},
		{"zone", func(p *plan.Plan) {
			p.Find("admin").Hosts = []spec.Host{{Addr: netip.MustParseAddr("fe80::1%eth0")}}
		}, "has no zone"},
		{"both", func(p *plan.Plan) {
			p.Find("admin").Hosts = []spec.Host{{Addr: netip.MustParseAddr("10.0.0.1"), Name: "a"}}
		}, "is both"},
		{"server without names", func(p *plan.Plan) { p.Find("kubernetes").Hosts = nil }, "names no address"},
		{"no common name", func(p *plan.Plan) { p.Find("admin").Subject.CN = "" }, "no common name"},
		{"subject is not UTF-8", func(p *plan.Plan) { p.Find("admin").Subject.O = "k8s\xff" }, "make the certificate request"},
		{"signer unknown", func(p *plan.Plan) { p.Find("admin").Signer = "other" }, `signer "other" does not stand before it`},
		{"signer is a leaf", func(p *plan.Plan) { p.Find("admin").Signer = "kubernetes" }, `signer "kubernetes" is not a CA`},
		{"self-signed leaf", func(p *plan.Plan) { p.Find("admin").Signer = "admin" }, "is not a CA"},
		{"intermediate", func(p *plan.Plan) {
			p.Certificates = append(p.Certificates, *p.Find("ca"))
			p.Certificates[4].Name = "sub"
		}, "only self-signed CAs"},
		{"twice", func(p *plan.Plan) { p.Find("admin").Name = "ca" }, "stands twice"},
		{"new key, old certificate", func(p *plan.Plan) { p.Find("admin").Cert = plan.Keep }, "fits the old one"},
		{"kept key is not there", func(p *plan.Plan) { p.Find("admin").Key = plan.Keep }, "it is not there"},
		{"refused certificate", func(p *plan.Plan) { p.Find("admin").Cert = plan.Refuse }, "refused by the plan"},
		{"file of nothing", func(p *plan.Plan) { p.Files[len(p.Files)-1].Certificate = "nobody" }, "nothing that makes it"},
		{"unknown algorithm", func(p *plan.Plan) { p.Find("admin").Certificate.Key = "RSA-1024" }, `"RSA-1024" is unknown`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlan(t, articleCluster(spec.ECDSAP256))
			tt.change(p)
			files, err := Run(t.Context(), p, nil, nil)
			if err == nil || files != nil {
				t.Fatalf("was made: %v", files)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), `"code"`) {
				t.Errorf("the error shows cfssl's JSON: %s", err)
			}
		})
	}
}

func hosts(bad string) func(*plan.Plan) {
	return func(p *plan.Plan) { p.Find("admin").Hosts = []spec.Host{name("good"), name(bad)} }
}

// TestHostsTaken are names that must not be refused.
func TestHostsTaken(t *testing.T) {
	for _, h := range []spec.Host{
		addr("10.0.0.1"), addr("::1"), addr("fd00::1"), addr("::ffff:10.0.0.1"),
		name("kubernetes"), name("kubernetes.default.svc"), name("*.example.com"), name("1a"), name("xn--mnchen-3ya.de"),
	} {
		if err := checkHost(h); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
}

// TestKeptCARefused: a kept CA is checked before the first key is made.
func TestKeptCARefused(t *testing.T) {
	p := newPlan(t, articleCluster(spec.ECDSAP256))
	files := mustRun(t, p, nil)
	other, err := newKey(spec.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(ca *plan.Certificate, p *plan.Plan)
		want   string
	}{
		{"another key", func(ca *plan.Certificate, p *plan.Plan) { ca.OldKey = other }, "does not fit its certificate"},
		{"no key", func(ca *plan.Certificate, p *plan.Plan) { ca.OldKey = nil }, "private key of the CA \"ca\" is not there"},
		{"no certificate", func(ca *plan.Certificate, p *plan.Plan) { ca.OldCert = nil }, "is not there"},
		{"a leaf", func(ca *plan.Certificate, p *plan.Plan) {
			ca.OldCert, ca.OldKey = p.Find("admin").OldCert, p.Find("admin").OldKey
		}, "is not a CA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next := keepKeys(t, p, files, "admin")
			tt.change(next.Find("ca"), next)
			_, err := Run(t.Context(), next, nil, func(e Event) { t.Errorf("work began: %v", e) })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestGuard calls cfssl where it is known to panic, so that the guard is held
// against the real thing. If cfssl stops panicking, the first half fails and the
// guard can be thought over.
func TestGuard(t *testing.T) {
	panics := func() error {
		_, _, err := csr.ParseRequest(&csr.CertificateRequest{CN: "a", Hosts: []string{"münchen.de"}, KeyRequest: csr.NewKeyRequest()})
		return err
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("csr.ParseRequest no longer panics on a host that is not ASCII")
			}
		}()
		silence()
		_ = panics()
	}()
	err := guard("make the request", panics)
	if err == nil || !strings.Contains(err.Error(), "make the request: cfssl cannot handle this input") {
		t.Errorf("error %v", err)
	}
	if r := safely(&item{}, func(*item) result { panic("boom") }); r.err == nil || r.it == nil {
		t.Errorf("a worker's panic became %+v", r)
	}
}

func TestHuman(t *testing.T) {
	wrapped := cferr.Wrap(cferr.CSRError, cferr.BadRequest, errors.New(`{"code":5100,"message":"Invalid policy: no key usage available"}`))
	for _, tt := range []struct {
		err  error
		want string
	}{
		{cferr.New(cferr.PolicyError, cferr.NoKeyUsages), "Invalid policy: no key usage available (cfssl 5100)"},
		{wrapped, "Invalid policy: no key usage available (cfssl 9300)"},
		{errors.New(`{"code":1003,"message":"Failed to parse certificate"}`), "Failed to parse certificate (cfssl 1003)"},
		{errors.New("plain"), "plain"},
		{errors.New(`{"code":1}`), `{"code":1}`},
	} {
		if got := human(tt.err).Error(); got != tt.want {
			t.Errorf("human(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestSilent: cfssl writes nothing to stderr or to the standard logger while we
// work, since either would land in the middle of a full screen.
func TestSilent(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	mustRun(t, newPlan(t, articleCluster(spec.ECDSAP256)), nil)
	if logged.Len() > 0 {
		t.Errorf("logged: %s", logged.String())
	}
}
