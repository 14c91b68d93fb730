package plan

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/store"
)

// TestCut holds that a leaf never outlives its CA, and that one cut to the CA's
// end is not made again on every run.
func TestCut(t *testing.T) {
	b := newBench(t)
	b.cluster.Profiles[0].Expiry = 10 * year // the article's own: the leaf as long as its CA
	b.now = t0.Add(3 * year)
	p := b.make()
	end := b.cert("ca").NotAfter
	for _, name := range []string{"kubernetes", "admin", "kube-proxy"} {
		c := p.Find(name)
		if c.Cert != Renew || !c.Cut || !c.NotAfter.Equal(end) {
			t.Errorf("%s: %s, cut %v, expires %v; the CA ends %v", name, c.Cert, c.Cut, c.NotAfter, end)
		}
	}
	if p.Find("ca").Cert != Keep || p.Find("ca").Cut {
		t.Errorf("ca: %+v", p.Find("ca"))
	}
	want := []string{
		"cut to the end of the CA, which is earlier than the profile says: kubernetes on 2036-11-20, admin on 2036-11-20, kube-proxy on 2036-11-20; renew ca as well, by that name, and they last as long as the profile says: a CA that is renewed keeps its key",
		"admin is in system:masters: nothing but a new CA takes this access away before 2036-11-20",
	}
	if !slices.Equal(p.Warnings, want) {
		t.Errorf("warnings %q, want %q", p.Warnings, want)
	}
	b.run()
	for _, later := range []time.Duration{0, year} {
		b.now = t0.Add(3*year + later)
		if p = b.make(); p.Changes() || !p.Find("admin").Cut || len(p.Warnings) != 0 {
			t.Errorf("the run after: %s, cut %v, warnings %q", verbs(p), p.Find("admin").Cut, p.Warnings)
		}
	}
	// The CA gets longer: now there is room for the whole life.
	b.cluster.CA.Expiry = 30 * year
	if p = b.make(); verbs(p) != "ca KRK, kubernetes KRK, admin KRK, kube-proxy KRK" || p.Find("admin").Cut {
		t.Errorf("with a longer CA: %s, cut %v", verbs(p), p.Find("admin").Cut)
	}
}

func TestClock(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		now  time.Time
		want string
	}{
		{time.Time{}, "the clock says 0001-01-01 00:00 UTC"},
		{time.Unix(-1, 0), "the clock says 1969-12-31 23:59 UTC"},
		{time.Unix(0, 0), "the clock says 1970-01-01 00:00 UTC"},
		{time.Date(2019, 12, 31, 23, 59, 59, 0, time.UTC), "the clock says 2019-12-31 23:59 UTC"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "the clock says 10000"},
		{t0.AddDate(0, 0, -1), "the clock says 2026-11-22 09:30 UTC, but ca.pem is valid only from 2026-11-23 09:26 UTC"},
		{time.Date(9995, 1, 1, 0, 0, 0, 0, time.UTC), `certificate "ca" would expire in the year 10004`},
	} {
		_, err := Make(b.cluster, articleLayout(t), b.dir, test.now, Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q", test.now, err, test.want)
		}
	}
	// In an empty directory a clock that is merely early cannot be known for wrong.
	if _, err := Make(b.cluster, articleLayout(t), nil, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Options{}); err != nil {
		t.Error(err)
	}
	// In another zone than UTC the dates are the same.
	b.now = t0.In(time.FixedZone("CST", 8*3600))
	b.dir = store.Directory{}
	if c := b.make().Find("admin"); c.NotBefore.Location() != time.UTC || c.NotBefore.Format(time.RFC3339) != "2026-11-23T09:26:00Z" {
		t.Errorf("begins %v", c.NotBefore)
	}
}

func TestTooShort(t *testing.T) {
	b := &bench{t: t, cluster: testCluster()}
	b.cluster.Profiles[0].Expiry = 4 * time.Minute // less than the backdating
	if _, err := Make(b.cluster, articleLayout(t), nil, t0, Options{}); err == nil || !strings.Contains(err.Error(), `"kubernetes" would have expired on 2026-11-23 09:30 UTC`) {
		t.Errorf("got %v", err)
	}
}

func TestWarnings(t *testing.T) {
	base := newBench(t)
	for _, test := range []struct {
		name  string
		spoil func(*bench)
		want  []string
	}{
		{"nothing", func(*bench) {}, nil},
		{"31 days left", func(b *bench) { b.now = b.cert("admin").NotAfter.AddDate(0, 0, -31) }, nil},
		{"29 days left", func(b *bench) {
			b.sign("admin", func(c *x509.Certificate) {
				c.NotAfter = t0.AddDate(0, 0, 29).Truncate(time.Second)
				c.NotBefore = c.NotAfter.Add(-year)
			})
		}, []string{"kept, though near their expiry: admin on 2026-12-22"}},
		{"CA renewed", func(b *bench) { b.cluster.CA.Expiry = 20 * year },
			[]string{"ca.pem is rewritten for its old key: what it signed stays valid, and every component needs the new file before the old one ends"}},
		{"CA replaced", func(b *bench) {
			b.cluster.CA.Subject.CN = "x"
			b.opt.ReplaceKeys = []string{"ca"}
		}, []string{"ca becomes another CA: nothing that trusts the old ca.pem takes the new certificates until it has the new one",
			"admin is in system:masters: nothing but a new CA takes this access away before 2027-11-23"}},
		{"name gone", func(b *bench) { b.cluster.ServiceSubnets = nil },
			[]string{"kubernetes loses the names 10.254.0.1: clients that dial by them are refused then"}},
		{"word not needed", func(b *bench) { b.opt.ReplaceKeys = []string{"admin"} },
			[]string{"admin-key.pem is not replaced: it fits the answers, and the word only allows what they need; move the file away to get a new key"}},
		{"loose keys", func(b *bench) {
			b.dir["admin-key.pem"] = store.File{Data: b.dir["admin-key.pem"].Data, Mode: 0o644}
			b.dir["ca-key.pem"] = store.File{Data: b.dir["ca-key.pem"].Data, Mode: 0o620}
		}, []string{"others on this machine could read or write secrets until now: ca-key.pem (0620), admin-key.pem (0644)"}},
	} {
		b := base.clone(t)
		test.spoil(b)
		got := b.make().Warnings
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
