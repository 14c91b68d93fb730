package tui

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/rollout/live"
	"certwright/steps"
	"certwright/tui/wizard"
)

// ports are listeners of this process in the place of the ports of nodes; what is not among
// them refuses.
type ports struct {
	mu sync.Mutex
	at map[string]net.Listener
}

func (p *ports) dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	l := p.at[address]
	p.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
}

// serve plays a member of etcd at an address of a node, with the pair of that name.
func (p *ports) serve(t *testing.T, address, folder, pair string) {
	t.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(folder, pair+".crt"), filepath.Join(folder, pair+".key"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"health":"true"}`)
	})}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	go func() { _ = s.Serve(tls.NewListener(l, config)) }()
	t.Cleanup(func() { _ = s.Close() })
	p.mu.Lock()
	p.at[address] = l
	p.mu.Unlock()
}

// TestFirstStartSeen follows the first start of a cluster by real looks: each member of etcd
// ticks its own start when it answers, and its node's copy with it, and nothing else does.
func TestFirstStartSeen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	a := answersIn(t, "three-ca.yaml")
	set(t, a, steps.DirKey, dir)
	p := &ports{at: map[string]net.Listener{}}
	opt := wizard.Options{Answers: a, Now: time.Now}
	opt.About.Operation = "generate" // leaves a history
	opt.Looks = func(dir string, known func() (*pkigen.Known, error)) wizard.Looks {
		l := pkigen.Dir(dir).Live(known, 0)
		read := l.Read
		l.Read = func(ctx context.Context) (*live.Options, error) {
			o, err := read(ctx)
			if o != nil {
				o.Dial, o.Own = p.dial, []netip.Addr{}
			}
			return o, err
		}
		return l
	}
	d := drive(t, 120, 50, opt)
	d.m.watch.rest = func(context.Context) bool { return false }
	for range d.m.Steps() {
		d.press("ctrl+n")
	}
	d.press("ctrl+n").see("Done").press("tab")
	list := d.m.finished.checklist
	was := len(list.steps)
	done := func(text string) bool {
		for i, s := range list.steps {
			if s.Text == text {
				return list.ticked[i]
			}
		}
		t.Fatalf("no step %q", text)
		return false
	}
	d.press("w").see("NOT as planned", "start etcd on master1")
	if len(list.steps) != was {
		t.Errorf("%d steps before a look and %d after it", was, len(list.steps))
	}
	if slices.Contains(list.ticked, true) {
		t.Errorf("nothing runs, and something is ticked:\n%s", d.screen())
	}
	folder := filepath.Join(dir, "nodes", "master1", "etc", "kubernetes", "pki", "etcd")
	p.serve(t, "192.168.214.88:2379", folder, "server")
	p.serve(t, "192.168.214.88:2380", folder, "peer")
	d.lookAgain()
	if !done("start etcd on master1") || done("start etcd on master2") || done("start kube-apiserver on master1") {
		t.Errorf("etcd runs on master1 alone:\n%s", d.screen())
	}
	p.mu.Lock()
	clear(p.at)
	p.mu.Unlock()
	d.lookAgain().see("It was well before: etcd on master1 does not listen at 192.168.214.88:2379")
	if done("start etcd on master1") {
		t.Error("etcd is stopped, and its start is still ticked")
	}
}
