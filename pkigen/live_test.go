package pkigen

import (
	"context"
	"crypto/tls"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/rotate"
	"certwright/pkigen/rollout/symptom"
)

// liveSet makes a set with a history, and a cluster that runs with it.
func liveSet(t testing.TB, c *spec.Cluster) *fakeCluster {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	job := described(dir, c, "generate")
	job.Now = at(time.Now().Add(-2 * time.Hour))
	if _, err := Run(context.Background(), job, nil); err != nil {
		t.Fatal(err)
	}
	return play(t, dir, c)
}

// codes are the findings of a view, but for what cannot be seen.
func codes(v *live.View) []string {
	var out []string
	for i := range v.Findings {
		if f := &v.Findings[i]; f.State() != symptom.Hidden && !strings.ContainsAny(f.What()+f.Next(), "{}") {
			out = append(out, string(f.Code)+" "+f.Program+" "+f.Node+": "+f.What())
		}
	}
	return out
}

// unwell fails for each program that is not in a state.
func unwell(t *testing.T, v *live.View, want symptom.State, of func(*live.Program) bool) {
	t.Helper()
	seen := 0
	for _, p := range v.Programs {
		if of(p) {
			if seen++; p.State != want {
				t.Errorf("%s on %s is %s, not %s", p.Name, p.Node, p.State, want)
			}
		}
	}
	if seen == 0 {
		t.Error("no program is looked at")
	}
	if t.Failed() {
		t.Logf("found:\n  %s", strings.Join(codes(v), "\n  "))
	}
}

func on(nodes ...string) func(*live.Program) bool {
	return func(p *live.Program) bool { return slices.Contains(nodes, p.Node) }
}

func everywhere(*live.Program) bool { return true }

// TestLiveRenewed follows a renewal of all leaves: nothing is done before a node has its
// files and has loaded them, and one that is held back is named.
func TestLiveRenewed(t *testing.T) {
	for _, layout := range treeLayouts {
		t.Run(layout, func(t *testing.T) {
			t.Parallel()
			c := treeCluster(layout, 1)
			f := liveSet(t, c)
			v := f.look()
			unwell(t, v, symptom.Fine, everywhere)
			for _, p := range v.Programs {
				if p.Healthy == nil || !*p.Healthy || p.Started.IsZero() {
					t.Errorf("%s on %s: healthy %v, started %s", p.Name, p.Node, p.Healthy, p.Started)
				}
			}
			job := described(f.dir, c, "renew")
			job.Options.Renewal = &plan.Renewal{}
			if _, err := Run(t.Context(), job, nil); err != nil {
				t.Fatal(err)
			}
			unwell(t, f.look(), symptom.Behind, everywhere)
			for _, s := range f.steps().Steps {
				if s.Done {
					t.Errorf("done before any node has its files: %s (%s)", s.Text, s.Evidence)
				}
			}
			held := "cp-2"
			for i := range c.Nodes {
				if c.Nodes[i].Name != held {
					f.restart(c.Nodes[i].Name)
				}
			}
			v = f.look()
			unwell(t, v, symptom.Behind, on(held))
			unwell(t, v, symptom.Fine, func(p *live.Program) bool { return p.Node != held })
			if text := strings.Join(codes(v), "\n"); !strings.Contains(text, "serves-earlier etcd cp-2: still serves the certificate of ") {
				t.Errorf("found:\n%s", text)
			}
			f.restart(held)
			r := f.steps()
			if !r.Done || r.Left > 0 || r.First {
				t.Errorf("all have loaded all: %d steps left, done %t\n  %s", r.Left, r.Done, strings.Join(codes(r.View), "\n  "))
				for _, s := range r.Steps {
					t.Logf("%t %s %s %+v", s.Done, s.Evidence, s.Text, s.Waits)
				}
			}
		})
	}
}

// TestLiveStages follows the replacement of each CA and of the service account keys: at
// each stage a node that is held back shows the one before, and a program that was well and
// is not any more is told.
func TestLiveStages(t *testing.T) {
	for _, name := range []string{id.CA, id.EtcdCA, id.FrontProxyCA, id.ServiceAccount} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := treeCluster("three-ca", 1)
			f := liveSet(t, c)
			for _, to := range stages {
				job := described(f.dir, c, "rotate")
				job.Options.Rotation = &plan.Rotation{Name: name, To: to}
				if _, err := Run(t.Context(), job, nil); err != nil {
					t.Fatal(err)
				}
				held := "cp-3"
				for i := range c.Nodes {
					if c.Nodes[i].Name != held {
						f.restart(c.Nodes[i].Name)
					}
				}
				v := f.look()
				unwell(t, v, symptom.Fine, func(p *live.Program) bool { return p.Node != held })
				// Which certificate the front proxy shows only an extension server sees.
				unseen := name == id.FrontProxyCA && to == plan.Switched
				if behind := v.Count(symptom.Behind); behind == 0 && !unseen {
					t.Errorf("%s at %s: %s was held back, and nothing is behind", name, to, held)
				}
				a, err := Job{Dir: f.dir, Cluster: c}.AskStage(t.Context(), rotate.Question{Name: name, Live: v, Said: []string{rotate.Tokens}})
				if err != nil {
					t.Fatal(err)
				}
				if stopped := slices.ContainsFunc(a.Stops, func(s rotate.Stop) bool { return strings.HasSuffix(s.File, " on "+held) }); stopped == (to == plan.Steady || unseen) {
					t.Errorf("%s at %s, %s was held back: the next stage stops at %+v", name, to, held, a.Stops)
				}
				if to == plan.Switched && name == id.EtcdCA {
					x := Explain("x509: certificate signed by unknown authority")
					if x.WeighLive(v) == 0 || !strings.Contains(x.Matches[0].Findings[0].File, " on "+held) {
						t.Errorf("an error is explained by %+v", x.Matches[0].Findings)
					}
				}
				f.restart(held)
				if v = f.look(); !v.OK() {
					t.Errorf("%s at %s: all have loaded all, and yet:\n  %s", name, to, strings.Join(codes(v), "\n  "))
				}
			}
		})
	}
}

// TestLiveKeepsItsCertificates holds that a server that has not proved itself sees no
// certificate, on any port: one of another CA, one for another name, one that is over.
func TestLiveKeepsItsCertificates(t *testing.T) {
	c := treeCluster("three-ca", 1)
	f := liveSet(t, c)
	if f.look(); len(f.shown) < 5 {
		t.Fatalf("the right cluster was shown certificates at %d ports; this test looks at nothing", len(f.shown))
	}
	other := liveSet(t, c) // of the same names, under other CAs
	for address := range f.servers {
		f.at[address] = other.at[address]
	}
	v := f.look()
	for address, shown := range other.shown {
		t.Errorf("%s was shown %q", address, shown)
	}
	if text := strings.Join(codes(v), "\n"); !strings.Contains(text, "two-cas") {
		t.Errorf("another cluster with the same names is found as:\n%s", text)
	}
	if n := v.Count(symptom.Fine); n > len(c.Nodes)+6 { // what serves plain HTTP, and what is made up
		t.Errorf("%d programs of another cluster are fine", n)
	}

	f = liveSet(t, c)
	moved := map[string]string{}
	for address := range f.servers { // each node answers at the address of another
		host, port, _ := net.SplitHostPort(address)
		to := map[string]string{"172.20.0.1": "172.20.0.2", "172.20.0.2": "172.20.0.1", "172.20.0.3": "172.20.0.3", "172.20.0.4": "172.20.0.4"}[host]
		if to != host {
			moved[address] = f.at[net.JoinHostPort(to, port)]
		}
	}
	for address, at := range moved {
		f.at[address] = at
	}
	v = f.look()
	for address, shown := range f.shown {
		if moved[address] != "" {
			t.Errorf("%s, dialled by the name of another, was shown %q", address, shown)
		}
	}
	if text := strings.Join(codes(v), "\n"); !strings.Contains(text, "wrong-name") {
		t.Errorf("a node at the address of another is found as:\n%s", text)
	}

	f = liveSet(t, c)
	v = f.look(func(o *live.Options) { o.Now = func() time.Time { return time.Now().AddDate(2, 0, 0) } })
	for address, shown := range f.shown {
		t.Errorf("%s, whose certificate is over, was shown %q", address, shown)
	}
	if text := strings.Join(codes(v), "\n"); !strings.Contains(text, "expired etcd cp-1") {
		t.Errorf("expired certificates are found as:\n%s", text)
	}
}

// hostile are servers that want something of whoever dials them.
var hostile = map[string]struct {
	serve func(net.Conn, *tls.Config)
	code  symptom.Code
}{
	"says nothing": {func(c net.Conn, _ *tls.Config) { time.Sleep(time.Minute) }, symptom.Silent},
	"closes":       {func(c net.Conn, _ *tls.Config) {}, symptom.HungUp},
	"is no TLS":    {func(c net.Conn, _ *tls.Config) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, symptom.NotTLS},
	"drips": {func(c net.Conn, _ *tls.Config) {
		for _, err := c.Write([]byte{22}); err == nil; _, err = c.Write([]byte{3}) {
			time.Sleep(50 * time.Millisecond)
		}
	}, symptom.Silent},
	"never ends": {func(c net.Conn, config *tls.Config) {
		s := tls.Server(c, config)
		if _, err := s.Write([]byte("HTTP/1.1 200 OK\r\n")); err != nil {
			return
		}
		for {
			if _, err := s.Write([]byte("X-Endless: yes\r\n")); err != nil {
				return
			}
		}
	}, symptom.ForeignCA},
	"sends an endless body": {func(c net.Conn, config *tls.Config) {
		s := tls.Server(c, config)
		if _, err := s.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")); err != nil {
			return
		}
		for block := make([]byte, 16<<10); ; {
			if _, err := s.Write(block); err != nil {
				return
			}
		}
	}, symptom.ForeignCA},
	"asks for a thousand CAs": {func(c net.Conn, config *tls.Config) {
		s := tls.Server(c, config)
		_ = s.Handshake()
		_, _ = s.Read(make([]byte, 1))
	}, symptom.ForeignCA},
	"says nothing after the handshake": {func(c net.Conn, config *tls.Config) {
		_ = tls.Server(c, config).Handshake()
		time.Sleep(time.Minute)
	}, symptom.ForeignCA},
}

// TestLiveHostile holds that a hostile server costs no more than its time, and learns
// nothing.
func TestLiveHostile(t *testing.T) {
	c := treeCluster("single-ca", 0)
	c.Nodes = c.Nodes[:1]
	f := liveSet(t, c)
	const limit = 700 * time.Millisecond
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) {
			config := &tls.Config{Certificates: []tls.Certificate{*madeUp("evil", time.Now())}, ClientAuth: tls.RequestClientCert, ClientCAs: manyCAs(t, 1000),
				VerifyConnection: func(s tls.ConnectionState) error {
					if len(s.PeerCertificates) > 0 {
						t.Errorf("was shown %s", s.PeerCertificates[0].Subject)
					}
					return nil
				}}
			for address := range f.servers {
				if strings.HasSuffix(address, ":10256") {
					continue
				}
				f.instead(address, listen(t, func(c net.Conn) { h.serve(c, config) }))
			}
			begun := time.Now()
			v := f.look(func(o *live.Options) { o.Limit = limit })
			if took := time.Since(begun); took > 4*limit {
				t.Errorf("one look took %s", took)
			}
			for _, program := range []string{id.Etcd, id.KubeAPIServer} {
				p := v.Find("cp-1", program)
				if p.State == symptom.Fine || !slices.ContainsFunc(v.Findings, func(f symptom.Finding) bool { return f.Program == program && f.Code == h.code }) {
					t.Errorf("%s is %s:\n  %s", program, p.State, strings.Join(codes(v), "\n  "))
				}
			}
		})
	}
}

// listen serves each connection by a function.
func listen(t *testing.T, serve func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				serve(c)
				_ = c.Close()
			}()
		}
	}()
	return l
}
