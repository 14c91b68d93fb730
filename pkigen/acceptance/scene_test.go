package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The machines of a scene.
var (
	master1 = machine{"master1", []netip.Prefix{netip.MustParsePrefix("192.168.214.88/24")}, "control-plane,etcd"}
	member2 = machine{"etcd2", []netip.Prefix{netip.MustParsePrefix("192.168.214.82/24")}, "etcd"}
)

// verdict is what counts of certwright verify --format json.
type verdict struct {
	Runs             bool
	Findings         []finding
	Connections      map[string]int // by how they ended
	WrongConnections []connection
}

type finding struct {
	Check, Severity, File, What string
	Says                        []struct{ At, Text string }
}

func (f finding) String() string { return f.Severity + " " + f.Check + ": " + f.File + " " + f.What }

// connection is one that was rehearsed and ended wrong: At says Text, the other
// side Other.
type connection struct {
	Connection                string `json:"arrow"`
	Text, Other, Cause, Check string
	OtherQuiet                bool // Other is not logged by default
	From, To, At              place
}

type place struct{ Program, Machine string }

// other is the side that is not At.
func (c connection) other() place {
	if c.At == c.To {
		return c.From
	}
	return c.To
}

// printed is where the words of a side are to be read: what the API server meets
// at a kubelet, it tells its client.
func (c connection) printed(by place) place {
	if c.Connection == "apiserver-to-kubelet" && by == c.From {
		return place{Program: "kubectl"}
	}
	return by
}

// judge asks certwright of a directory.
func judge(t *testing.T, dir string, flags ...string) verdict {
	t.Helper()
	out, err := exec.Command(theHost.Certwright, append([]string{"verify", dir, "--format", "json"}, flags...)...).Output()
	exit := new(exec.ExitError)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("certwright verify: %v\n%s", err, exit.Stderr)
	}
	var v verdict
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("certwright verify: %v\n%s", err, out)
	}
	return v
}

// words is a text that a program must say.
type words struct {
	by   place
	text string
	re   *regexp.Regexp
	not  bool // it must not say so
}

// foretold makes a predicted text one to look for: all of it counts but what
// happens by chance.
func foretold(by place, text string) words {
	pattern := regexp.QuoteMeta(text)
	for _, chance := range []struct{ sample, pattern string }{
		{`current time [^ ]+ is`, `current time \S+ is`},
		{`ADDRESS`, `[0-9.]+`},
		{`:PORT`, `:[0-9]+`},
		{`:"ID"`, `:"[0-9a-f]+"`},
		{`(192\\\.168\\\.214\\\.[0-9]+|127\\\.0\\\.0\\\.1):40000`, `$1:[0-9]+`}, // the rehearsal's port of a client
		{`NAMESPACE/POD/CONTAINER`, `default/web/web`},
		{`pods/log POD`, `pods/log web`},
		{`"FILE"`, `\\?"[^"]+"`}, // klog's quotes within quotes
	} {
		pattern = regexp.MustCompile(chance.sample).ReplaceAllString(pattern, chance.pattern)
	}
	return words{by: by, text: text, re: regexp.MustCompile(pattern)}
}

// scene is the machines of one directory, and what must be said there.
type scene struct {
	t     *testing.T
	nodes []*node // master1 first
	await []words
}

// newScene makes a machine for each tree. One alone has no cable: others can
// have the same address at the same time.
func newScene(t *testing.T, dir string, machines ...machine) *scene {
	t.Helper()
	// The second member's name leads elsewhere: etcd looks whether it leads to where a peer comes from.
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s master1\n192.168.214.82 other\n192.168.214.99 etcd2\n", master1.addrs[0].Addr(), endpointName)
	s := &scene{t: t}
	for i, m := range machines {
		tree := filepath.Join(dir, "nodes", m.name)
		if len(machines) > 1 {
			s.nodes = append(s.nodes, bootNode(t, i, m.name, m.addrs, hosts, tree, dir))
			continue
		}
		n := newNode(t, strings.ReplaceAll(t.Name(), "/", "-"), m.name, m.addrs, hosts, tree, dir)
		n.loopback()
		s.nodes = append(s.nodes, n)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, n := range s.nodes {
				n.lastWords()
			}
		}
	})
	return s
}

// log is the file with what a program says; the clients' is on master1.
func (s *scene) log(by place) string {
	n := s.nodes[0]
	if i := slices.IndexFunc(s.nodes, func(n *node) bool { return n.name == by.Machine }); i >= 0 {
		n = s.nodes[i]
	}
	return filepath.Join(n.base, by.Program+".log")
}

// missing are the words that were not said; of all programs, or of one.
func (s *scene) missing(program string) []words {
	s.t.Helper()
	var out []words
	for _, w := range s.await {
		if !w.not && (program == "" || w.by.Program == program) && !s.heard(w) {
			out = append(out, w)
		}
	}
	return out
}

// heard reports whether words were said.
func (s *scene) heard(w words) bool {
	text, err := os.ReadFile(s.log(w.by))
	return err == nil && w.re.Match(text)
}

// ask runs a client on the first node, and keeps what it says under the name.
func (s *scene) ask(name string, args ...string) (string, error) {
	s.t.Helper()
	out, err := s.nodes[0].try(args...)
	said := out
	if err != nil {
		said = err.Error()
	}
	file, errLog := os.OpenFile(s.log(place{Program: name}), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if errLog != nil {
		s.t.Fatal(errLog)
	}
	defer func() { _ = file.Close() }()
	if _, errLog = fmt.Fprintln(file, said); errLog != nil {
		s.t.Fatal(errLog)
	}
	return out, err
}

// until polls until something is so. It gives up after a time that no slow
// machine needs.
func (s *scene) until(what string, so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(90 * time.Second); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			for _, w := range s.missing("") {
				s.t.Logf("%s on %q never said\n  %s", w.by.Program, w.by.Machine, w.text)
			}
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// start boots a program where its settings are, and goes on when it is ready, or
// has said what it must say, or has ended.
func (s *scene) start(program string) {
	s.t.Helper()
	var all []*component
	for _, n := range s.nodes {
		if _, err := os.Stat(n.path("/etc/kubernetes/" + program + ".env")); err != nil {
			continue
		}
		var lab []string
		if program == "kubelet" {
			lab = n.fakeRuntime(s.t)
		}
		all = append(all, n.start(s.t, program, lab...))
	}
	s.until(program+" being ready", func() bool {
		awaited := slices.ContainsFunc(s.await, func(w words) bool { return w.by.Program == program && !w.not })
		if awaited && len(s.missing(program)) == 0 {
			return true
		}
		return s.ready(program) || !slices.ContainsFunc(all, func(c *component) bool { return !c.ended() })
	})
}

// ready reports whether a program does its work.
func (s *scene) ready(program string) bool {
	switch program {
	case "kube-apiserver":
		// Whatever is wrong with its certificate.
		out, err := s.ask("probe", superAdmin("--insecure-skip-tls-verify", "get", "--raw", "/readyz")...)
		return err == nil && out == "ok"
	case "etcd":
		return s.said(program, `"msg":"ready to serve client requests"`)
	}
	return true
}

func (s *scene) said(program, text string) bool {
	data, err := os.ReadFile(s.log(place{Program: program}))
	return err == nil && strings.Contains(string(data), text)
}

// play starts the programs of some connections in the catalogue's order, and lets the
// clients ask until all has been said.
func (s *scene) play(connections []string) {
	s.t.Helper()
	for _, program := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"} {
		if slices.ContainsFunc(connections, func(a string) bool { return slices.Contains(acts[a].programs, program) }) {
			s.start(program)
		}
	}
	s.until("what was foretold", func() bool {
		if len(s.missing("")) == 0 {
			return true
		}
		for _, a := range connections {
			if ask := acts[a].ask; ask != nil {
				ask(s)
			}
		}
		return len(s.missing("")) == 0
	})
	for _, w := range s.await {
		if w.not && s.heard(w) {
			s.t.Errorf("%s says what it should not: %s", w.by.Program, w.text)
		}
	}
}

// act is how a connection comes about: the programs that must run, and what a
// client asks.
type act struct {
	programs []string
	ask      func(*scene)
}

func superAdmin(args ...string) []string {
	return append([]string{"kubectl", "--kubeconfig", "/harness/set/admin/super-admin.conf", "--request-timeout=5s"}, args...)
}

// acts are those of the connections.
var acts = map[string]act{
	"apiserver-to-etcd": {programs: []string{"etcd", "kube-apiserver"}},
	"etcd-peers":        {programs: []string{"etcd"}},
	// No extension server is there; kube-apiserver reads what it would show.
	"apiserver-to-extension": {programs: []string{"etcd", "kube-apiserver"}},
	"etcdctl-to-etcd": {[]string{"etcd"}, func(s *scene) {
		_, _ = s.ask("etcdctl", "etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", "/etc/kubernetes/pki/etcd/ca.crt",
			"--cert", "/etc/kubernetes/pki/etcd/healthcheck-client.crt", "--key", "/etc/kubernetes/pki/etcd/healthcheck-client.key",
			"--command-timeout=500ms", "put", "x", "y")
	}},
	// The gateway of an address turns HTTP into gRPC, which it dials with etcd's own certificate.
	"etcd-gateway": {[]string{"etcd"}, func(s *scene) {
		const body = "/tmp/range.json"
		if err := os.WriteFile(s.nodes[0].path(body), []byte(`{"key":"eA=="}`), 0o600); err != nil {
			s.t.Fatal(err)
		}
		_, _ = s.ask("gateway", "kubectl", "--server", "https://192.168.214.88:2379", "--certificate-authority", "/etc/kubernetes/pki/etcd/ca.crt",
			"--client-certificate", "/etc/kubernetes/pki/etcd/healthcheck-client.crt",
			"--client-key", "/etc/kubernetes/pki/etcd/healthcheck-client.key", "create", "--raw", "/v3/kv/range", "-f", body)
	}},
	"controller-manager-to-apiserver": {programs: []string{"etcd", "kube-apiserver", "kube-controller-manager"}},
	"scheduler-to-apiserver":          {programs: []string{"etcd", "kube-apiserver", "kube-scheduler"}},
	"kubelet-to-apiserver":            {programs: []string{"etcd", "kube-apiserver", "kubelet"}},
	"kube-proxy-to-apiserver":         {programs: []string{"etcd", "kube-apiserver", "kube-proxy"}},
	"admin-to-apiserver": {[]string{"etcd", "kube-apiserver"}, func(s *scene) {
		_, _ = s.ask("kubectl", "kubectl", "--kubeconfig", "/harness/set/admin/admin.conf", "--request-timeout=5s", "get", "nodes")
	}},
	"pods-to-apiserver": {[]string{"etcd", "kube-apiserver"}, func(s *scene) {
		_, _ = s.ask("probe", superAdmin("create", "serviceaccount", "default")...)
		token, err := s.ask("probe", superAdmin("create", "token", "default")...)
		if err != nil {
			return
		}
		_, _ = s.ask("pods", "kubectl", "--server", "https://"+endpointName+":"+endpointPort, "--request-timeout=5s",
			"--certificate-authority", "/etc/kubernetes/pki/ca.crt", "--token", strings.TrimSpace(token), "get", "pods")
	}},
	"apiserver-to-kubelet": {[]string{"etcd", "kube-apiserver", "kubelet"}, func(s *scene) {
		_, _ = s.ask("probe", superAdmin("create", "serviceaccount", "default")...)
		_, _ = s.ask("probe", superAdmin("apply", "-f", "/harness/set/manifests/")...)
		_, _ = s.ask("probe", superAdmin("run", "web", "--image=registry.lab.example/web:1", "--overrides",
			`{"spec":{"nodeName":"master1","automountServiceAccountToken":false}}`)...)
		_, _ = s.ask("kubectl", superAdmin("logs", "web")...)
	}},
}
