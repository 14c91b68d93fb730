package pkigen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/live"
)

// fakeCluster plays the programs of a set on listeners of this process: each loads the
// files of its node when it is started, as the real ones do, and answers as they do
// (reference: what was seen on real clusters).
type fakeCluster struct {
	t       testing.TB
	dir     string
	cluster *spec.Cluster
	mu      sync.Mutex
	at      map[string]string // where an address of a node really leads
	servers map[string]*fakeServer
	renewed map[string]bool      // nodes with a lease
	shown   map[string][]string  // client certificates that an address has seen
	files   map[[3]string]string // by node, program and flag
	since   time.Duration        // how long what is started runs already
}

// fakeServer is one port of one program.
type fakeServer struct {
	address  string
	listener net.Listener
	pair     *tls.Certificate
	asks     []*x509.Certificate
	started  time.Time
}

// play starts every program of a set.
func play(t testing.TB, dir string, c *spec.Cluster) *fakeCluster {
	f := &fakeCluster{t: t, dir: dir, cluster: c, at: map[string]string{}, servers: map[string]*fakeServer{}, renewed: map[string]bool{}, shown: map[string][]string{}, since: time.Hour}
	for i := range c.Nodes {
		f.restart(c.Nodes[i].Name)
	}
	f.since = -2 * time.Second // runs are noted by the second
	t.Cleanup(func() {
		for _, s := range f.servers {
			_ = s.listener.Close()
		}
	})
	return f
}

func (f *fakeCluster) node(name string) *spec.Node {
	for i := range f.cluster.Nodes {
		if f.cluster.Nodes[i].Name == name {
			return &f.cluster.Nodes[i]
		}
	}
	f.t.Fatalf("no node %s", name)
	return nil
}

// restart has all programs of a node, or some, load their files of now.
func (f *fakeCluster) restart(node string, programs ...string) {
	n := f.node(node)
	for i := range components.All {
		c := &components.All[i]
		if n.Roles&c.On == 0 || len(programs) > 0 && !strings.Contains(strings.Join(programs, " "), c.Name) {
			continue
		}
		for j := range c.Endpoints {
			f.serve(n, c, &c.Endpoints[j])
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewed[node] = true
}

// stop ends a port.
func (f *fakeCluster) stop(address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.servers[address]; s != nil {
		_ = s.listener.Close()
	}
}

// instead puts another server in the place of a port.
func (f *fakeCluster) instead(address string, l net.Listener) {
	f.stop(address)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at[address] = l.Addr().String()
	f.t.Cleanup(func() { _ = l.Close() })
}

// dial leads to the listener behind an address.
func (f *fakeCluster) dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.Lock()
	real := f.at[address]
	f.mu.Unlock()
	if real == "" {
		return nil, fmt.Errorf("%s is dialled, and nobody is told of it", address)
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

// looks look at it.
func (f *fakeCluster) looks(tune ...func(*live.Options)) *live.Looks {
	l, _ := catalog.LayoutOf(f.cluster)
	out := Dir(f.dir).Live(func() (*Known, error) { return &Known{Layout: l, Cluster: f.cluster}, nil }, 0)
	read := out.Read
	out.Read = func(ctx context.Context) (*live.Options, error) {
		o, err := read(ctx)
		o.Dial, o.Own = f.dial, []netip.Addr{}
		for _, t := range tune {
			t(o)
		}
		return o, err
	}
	return out
}

// look looks at it once.
func (f *fakeCluster) look(tune ...func(*live.Options)) *live.View {
	f.t.Helper()
	v, err := f.looks(tune...).Look(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// steps looks at it, and holds the last run's steps against that.
func (f *fakeCluster) steps() *live.Report {
	f.t.Helper()
	l := f.looks()
	if _, err := l.Look(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	r, err := l.Steps(func(string) *spec.Cluster { return nil })
	if err != nil || r == nil {
		f.t.Fatalf("the steps: %v, %v", r, err)
	}
	return r
}

// serve loads what an endpoint serves and asks for, and listens.
func (f *fakeCluster) serve(n *spec.Node, c *components.Component, e *components.Endpoint) {
	address := net.JoinHostPort(n.Addresses[0].String(), fmt.Sprint(e.Port))
	s := &fakeServer{address: address, started: time.Now().Add(-f.since)}
	f.stop(address)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	s.listener = l
	f.mu.Lock()
	f.at[address], f.servers[address] = l.Addr().String(), s
	f.mu.Unlock()
	if !e.Plain {
		if cert := f.told(n, c.Name, e.Serves); cert != "" {
			pair, err := tls.LoadX509KeyPair(cert, strings.TrimSuffix(cert, ".crt")+".key")
			if err != nil {
				f.t.Fatal(err)
			}
			s.pair = &pair
		} else {
			s.pair = madeUp("localhost", s.started)
		}
		for _, flag := range e.Asks {
			s.asks = append(s.asks, certsIn(f.t, f.told(n, c.Name, flag))...)
		}
		l = tls.NewListener(l, f.config(s, e))
	}
	server := &http.Server{Handler: f.handler(n, c, e, s), ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }()
}

// config is TLS as a program does it.
func (f *fakeCluster) config(s *fakeServer, e *components.Endpoint) *tls.Config {
	pool := x509.NewCertPool()
	for _, c := range s.asks {
		pool.AddCert(c)
	}
	config := &tls.Config{Certificates: []tls.Certificate{*s.pair}, ClientCAs: pool, ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if e.StartName != "" && h.ServerName == e.StartName {
				return madeUp(e.StartName, s.started), nil
			}
			return s.pair, nil
		},
		VerifyConnection: func(c tls.ConnectionState) error {
			if len(c.PeerCertificates) > 0 {
				f.mu.Lock()
				f.shown[s.address] = append(f.shown[s.address], c.PeerCertificates[0].Subject.CommonName)
				f.mu.Unlock()
			}
			return nil
		}}
	if e.Mutual {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

// told is the file of a node that a program is told by a flag; "" for none.
func (f *fakeCluster) told(n *spec.Node, program, flag string) string {
	if f.files == nil {
		f.files = map[[3]string]string{}
		l, _ := catalog.LayoutOf(f.cluster)
		certs := l.Certificates(f.cluster)
		for i := range certs {
			for _, u := range certs[i].Entry.Uses {
				if u.When != nil && !u.When(f.cluster) {
					continue
				}
				for _, p := range certs[i].Places(u.File) {
					if node, _ := catalog.SplitNode(p); node != "" && (certs[i].Node == "" || certs[i].Node == node) {
						f.files[[3]string{node, u.Component, u.Flag}] = filepath.Join(f.dir, p)
					}
				}
			}
		}
	}
	return f.files[[3]string{n.Name, program, flag}]
}

// handler answers as a program does.
func (f *fakeCluster) handler(n *spec.Node, c *components.Component, e *components.Endpoint, s *fakeServer) http.Handler {
	mux := http.NewServeMux()
	say := func(pattern string, status int, text string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		})
	}
	switch {
	case c.Name == id.KubeAPIServer:
		f.api(mux, n, s)
	case c.Asked == components.AskDelegated:
		say("/", http.StatusForbidden, `forbidden: User "system:anonymous" cannot get path`)
		say("/readyz", http.StatusOK, "ok")
	case c.Name == id.Kubelet:
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			who := userOf(r, s.asks)
			switch {
			case who == "":
				w.WriteHeader(http.StatusUnauthorized)
			case strings.HasPrefix(who, "certwright-probe"):
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprintf(w, "Forbidden (user=%s)", who)
			}
		})
	}
	if c.Name != id.KubeAPIServer && e.Healthy != "" && c.Name != id.Kubelet && c.Asked != components.AskDelegated {
		say(e.Healthy, http.StatusOK, "ok")
	}
	if e.Metrics != "" && c.Name == id.Etcd {
		say(e.Metrics, http.StatusOK, fmt.Sprintf("# HELP x\nprocess_start_time_seconds %e\n", float64(s.started.Unix())))
	}
	if c.Name == id.Kubelet {
		mux.HandleFunc("/statusz", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"startTime": %q}`, s.started.UTC().Format(time.RFC3339))
		})
	}
	return mux
}

// userOf is whom a request names, by a certificate of one of these CAs.
func userOf(r *http.Request, trusted []*x509.Certificate) string {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return ""
	}
	for _, ca := range trusted {
		if r.TLS.PeerCertificates[0].CheckSignatureFrom(ca) == nil {
			return r.TLS.PeerCertificates[0].Subject.CommonName
		}
	}
	return ""
}

// api answers as kube-apiserver.
func (f *fakeCluster) api(mux *http.ServeMux, n *spec.Node, s *fakeServer) {
	public, private := f.told(n, id.KubeAPIServer, "--service-account-key-file"), f.told(n, id.KubeAPIServer, "--service-account-signing-key-file")
	kids, signer := keyNames(f.t, public), keyNames(f.t, private)
	front := certsIn(f.t, f.told(n, id.KubeAPIServer, "--requestheader-client-ca-file"))
	clients := certsIn(f.t, f.told(n, id.KubeAPIServer, "--client-ca-file"))
	rootCA, err := os.ReadFile(f.told(n, id.KubeControllerManager, "--root-ca-file"))
	if err != nil {
		f.t.Fatal(err)
	}
	allowed := func(pattern string, answer func(w http.ResponseWriter, r *http.Request, who string)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			who := userOf(r, clients)
			if userOf(r, front) != "" && r.Header.Get("X-Remote-User") != "" {
				who = r.Header.Get("X-Remote-User")
			}
			if who == "" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			answer(w, r, who)
		})
	}
	give := func(w http.ResponseWriter, status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	type object = map[string]any
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	allowed("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", func(w http.ResponseWriter, _ *http.Request, who string) {
		give(w, http.StatusCreated, object{"status": object{"userInfo": object{"username": who}}})
	})
	allowed("/openid/v1/jwks", func(w http.ResponseWriter, _ *http.Request, _ string) {
		var keys []object
		for _, k := range kids {
			keys = append(keys, object{"kid": k})
		}
		give(w, http.StatusOK, object{"keys": keys})
	})
	allowed("POST /api/v1/namespaces/default/serviceaccounts/default/token", func(w http.ResponseWriter, _ *http.Request, _ string) {
		head, _ := json.Marshal(object{"alg": "ES256", "kid": signer[0]})
		give(w, http.StatusCreated, object{"status": object{"token": base64.RawURLEncoding.EncodeToString(head) + ".e30.x"}})
	})
	allowed("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", func(w http.ResponseWriter, _ *http.Request, _ string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		items := []object{}
		for node := range f.renewed {
			items = append(items, object{"metadata": object{"name": node}, "spec": object{"renewTime": time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")}})
		}
		give(w, http.StatusOK, object{"items": items})
	})
	allowed("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", func(w http.ResponseWriter, _ *http.Request, _ string) {
		items := []object{}
		for _, name := range []string{id.KubeControllerManager, id.KubeScheduler} {
			items = append(items, object{"metadata": object{"name": name}, "spec": object{"holderIdentity": f.cluster.Nodes[0].Name + "_1", "renewTime": time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")}})
		}
		give(w, http.StatusOK, object{"items": items})
	})
	allowed("/apis/events.k8s.io/v1/namespaces/default/events", func(w http.ResponseWriter, _ *http.Request, _ string) {
		items := []object{}
		for i := range f.cluster.Nodes {
			m := &f.cluster.Nodes[i]
			f.mu.Lock()
			proxy := f.servers[net.JoinHostPort(m.Addresses[0].String(), "10256")]
			f.mu.Unlock()
			if proxy != nil {
				items = append(items, object{"eventTime": proxy.started.UTC().Format("2006-01-02T15:04:05.000000Z"), "reportingController": id.KubeProxy,
					"regarding": object{"kind": "Node", "name": m.Name}})
			}
		}
		give(w, http.StatusOK, object{"items": items})
	})
	allowed("/api/v1/namespaces/default/configmaps/kube-root-ca.crt", func(w http.ResponseWriter, _ *http.Request, _ string) {
		give(w, http.StatusOK, object{"data": object{"ca.crt": string(rootCA)}})
	})
	allowed("/api/v1/nodes/{name}/proxy/configz", func(w http.ResponseWriter, r *http.Request, _ string) {
		message := "invalid upgrade response: status code 200"
		if r.Header.Get("Upgrade") == "" {
			message = "an open connection answers"
		}
		give(w, http.StatusInternalServerError, object{"kind": "Status", "message": message})
	})
}
