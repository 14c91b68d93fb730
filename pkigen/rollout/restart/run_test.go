//go:build unix

package restart

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
)

// healthOf is the check of a step behind the change of a file.
func healthOf(t *testing.T, file, component string) shell.Line {
	t.Helper()
	c := cluster("three-ca")
	for _, s := range Make(layoutOf(t, c), c, "my pki", Changes{Written: []Change{{Path: file}}}).Steps {
		if s.Component == component {
			return s.Health
		}
	}
	t.Fatalf("%s: no step for %s", file, component)
	return ""
}

// passes runs a check in each shell, with programs of the test before all others, and
// reports whether it says that all is well.
func passes(t *testing.T, check shell.Line, programs map[string]string) bool {
	t.Helper()
	bin := t.TempDir()
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	said := map[bool]bool{}
	for _, name := range []string{"dash", "bash"} {
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		cmd := exec.Command(name, "-c", check.String())
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HERE="+bin)
		cmd.Stderr = os.Stderr
		said[cmd.Run() == nil] = true
	}
	if len(said) != 1 {
		t.Skipf("no shell here, or they disagree: %v", said)
	}
	return said[true]
}

// needs skips a test where a program of the node is not here.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(err)
		}
	}
}

// TestAsks: kube-controller-manager and kube-scheduler are well when they answer that
// the API server has refused a stranger. "ok" on /healthz says nothing.
func TestAsks(t *testing.T) {
	needs(t, "curl")
	for component, port := range map[string]string{"kube-controller-manager": "10257", "kube-scheduler": "10259"} {
		for code, well := range map[int]bool{http.StatusForbidden: true, http.StatusInternalServerError: false, http.StatusUnauthorized: false} {
			asked := map[string]bool{}
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked[r.URL.Path] = true
				if r.URL.Path == "/healthz" {
					return // that is healthy even while it is refused
				}
				w.WriteHeader(code)
			}))
			check := healthOf(t, "nodes/cp-1/etc/kubernetes/"+strings.TrimPrefix(component, "kube-")+".conf", component)
			here := shell.Line(strings.Replace(check.String(), "127.0.0.1:"+port, server.Listener.Addr().String(), 1))
			got := passes(t, here, nil)
			server.Close() // which waits for what was asked
			if here == check || got != well || len(asked) == 0 {
				t.Errorf("%s answers %d: %t, asked %v\n%s", component, code, got, asked, check)
			}
		}
		if passes(t, healthOf(t, "nodes/cp-1/etc/kubernetes/scheduler.conf", "kube-scheduler"), map[string]string{"curl": "exit 7"}) {
			t.Errorf("%s is away, and is well", component)
		}
	}
}

// TestRenews: a kubelet is well when the lease of its node moves. Ready says nothing,
// since a node stays so for a while.
func TestRenews(t *testing.T) {
	check := healthOf(t, "nodes/w-1/etc/kubernetes/kubelet.conf", "kubelet")
	const asked = `[ "$*" = "--kubeconfig my pki/admin/admin.conf -n kube-node-lease get lease w-1 -o jsonpath={.spec.renewTime}" ] || exit 1
`
	for name, test := range map[string]struct {
		kubectl string
		well    bool
	}{
		"moves":       {kubectl: asked + `echo >>"$HERE/calls"; wc -l <"$HERE/calls"`, well: true},
		"stands":      {kubectl: asked + `echo 2026-01-02T03:04:05Z`},
		"is not read": {kubectl: asked + `exit 1`},
	} {
		if got := passes(t, check, map[string]string{"kubectl": test.kubectl, "sleep": `[ "$1" -gt 10 ]`}); got != test.well {
			t.Errorf("a lease that %s: %t\n%s", name, got, check)
		}
	}
}

// TestShows: a program has read its new certificate when it shows it.
func TestShows(t *testing.T) {
	needs(t, "openssl", "cmp")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert} // as etcd
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	defer server.CloseClientConnections()
	dir := t.TempDir()
	shown := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(dir, "the file")
	for name, test := range map[string]struct {
		text string
		well bool
	}{
		"the file": {string(shown), true},
		"an older": {strings.Replace(string(shown), "M", "N", 1), false},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		n := cluster("three-ca").Nodes[0]
		if got := passes(t, shows(&n, map[string]string{server.Listener.Addr().String(): file}), nil); got != test.well {
			t.Errorf("it shows %s: %t", name, got)
		}
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	n := cluster("three-ca").Nodes[0]
	if passes(t, shows(&n, map[string]string{nobody.Addr().String(): file}), nil) {
		t.Error("nobody is there, and is well")
	}
}
