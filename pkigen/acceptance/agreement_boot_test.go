package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// layOut writes the directory that certwright is asked of, and the trees of the
// machines.
func (c *configuration) layOut(t *testing.T) (dir, tree, workerTree string) {
	t.Helper()
	dir, tree = t.TempDir(), t.TempDir()
	write := func(root, name string, data []byte) {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := dir
	if c.worker {
		workerTree, root = t.TempDir(), filepath.Join(dir, agreedNode)
		for name, data := range c.workerFiles {
			write(filepath.Join(dir, agreedWorker), name, data)
			write(workerTree, name, data)
		}
	}
	for name, data := range c.files {
		write(tree, name, data)
		switch {
		case c.hidden && c.etcdFiles[name]:
		case c.convention.flat:
			write(root, path.Base(name), data)
		default:
			write(root, name, data)
		}
	}
	return dir, tree, workerTree
}

// reality is what became of a booted configuration: of each connection that was
// watched whether it works, and why it does not.
type reality struct {
	works map[string]bool
	why   map[string]string
}

func (r *reality) saw(connection string, works bool, why string) {
	r.works[connection] = works
	if !works {
		r.why[connection] = why
	}
}

// runs reports whether every connection works.
func (r *reality) runs() bool {
	for _, works := range r.works {
		if !works {
			return false
		}
	}
	return true
}

// stand is a configuration's machines.
type stand struct {
	*configuration
	t       *testing.T
	reality *reality
	node    *node
	kubelet *node
}

// boot starts the real programs on the machines' trees, and watches.
func (c *configuration) boot(t *testing.T, tree, workerTree string) *reality {
	t.Helper()
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s %s\n%s %s\n", agreedAddr, agreedNode, endpointName, agreedWorkIP, agreedWorker)
	machine := func(name, addr, tree string) *node {
		return newNode(t, fmt.Sprintf("agreement-%d-%s", c.number, name), name, []netip.Prefix{netip.MustParsePrefix(addr + "/24")}, hosts, tree, "")
	}
	s := &stand{configuration: c, t: t, reality: &reality{map[string]bool{}, map[string]string{}}}
	s.node = machine(agreedNode, agreedAddr, tree)
	s.kubelet = s.node
	if c.worker {
		s.kubelet = machine(agreedWorker, agreedWorkIP, workerTree)
		s.cable()
	} else {
		s.node.loopback()
	}
	if err := shell(`nsenter -t "$1" -n ip addr add "$2" dev lo`, strconv.Itoa(s.node.pid), agreedService); err != nil {
		t.Fatal(err)
	}
	if s.startServer(s.startEtcd()) {
		s.watchClients()
	}
	return s.reality
}

// cable joins the two machines.
func (s *stand) cable() {
	s.t.Helper()
	err := shell(`ip link add eth0 netns "$1" type veth peer name eth0 netns "$2"
for one in "$1 $3" "$2 $4"; do
	set -- $one
	nsenter -t "$1" -n ip link set eth0 up
	nsenter -t "$1" -n ip addr add "$2" dev eth0
	nsenter -t "$1" -n ip route add default dev eth0
done`, strconv.Itoa(s.node.pid), strconv.Itoa(s.kubelet.pid), agreedAddr+"/24", agreedWorkIP+"/24")
	if err != nil {
		s.t.Fatal(err)
	}
}

// start runs a program as it is told to run.
func (s *stand) start(n *node, program string, lab ...string) *component {
	s.t.Helper()
	c := &component{name: program, log: filepath.Join(n.base, program+".log"), done: make(chan struct{})}
	args := append([]string{program}, s.flags[program]...)
	if program == "etcd" && s.convention.name == "kubeasz" {
		args = append(append([]string{"env"}, etcdVariables(s.flags[program])...), program)
	}
	c.cmd = n.command(context.Background(), append(args, lab...)...)
	n.launch(s.t, c)
	return c
}

// silence is how long nothing may be told by a program.
const silence = 150 * time.Second

// sign is a text by which a program shows what became of it.
type sign struct {
	good, bad *regexp.Regexp
	settled   time.Duration // a failure that lasts so long is one
	steady    time.Duration // so long it goes on after a success
}

// outcome waits until a program has shown what became of it.
func (s *stand) outcome(c *component, g sign) (bool, string) {
	s.t.Helper()
	var failed time.Time
	for end := time.Now().Add(silence); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		gone := c.ended()
		text, _ := os.ReadFile(c.log)
		if g.good.Match(text) && !gone {
			select {
			case <-c.done: // a controller-manager takes its lease, and ends at a file of a controller
			case <-time.After(g.steady):
				return true, ""
			}
			continue
		}
		if gone {
			return false, lastLine(text, g.bad)
		}
		bad := g.bad.Match(text)
		switch {
		case bad && failed.IsZero():
			failed = time.Now()
		case bad && time.Since(failed) > g.settled:
			return false, lastLine(text, g.bad)
		}
	}
	s.t.Fatalf("%s shows nothing:\n%s", c.name, tail(c.log, 12))
	return false, ""
}

// lastLine is the last line with the text, or the last of all.
func lastLine(text []byte, with *regexp.Regexp) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range slices.Backward(lines) {
		if with.MatchString(line) {
			return line
		}
	}
	return lines[len(lines)-1]
}

var tlsRefused = regexp.MustCompile(`x509: |remote error: tls|authentication handshake failed`)

// startEtcd waits until etcd serves. Where it ends it returns its last words.
func (s *stand) startEtcd() string {
	s.t.Helper()
	up, why := s.outcome(s.start(s.node, "etcd"), sign{good: regexp.MustCompile(`ready to serve client requests`), bad: regexp.MustCompile(`"level":"(fatal|error)"`), settled: silence})
	if up {
		return ""
	}
	return "etcd does not start: " + why
}

// startServer reports whether kube-apiserver is ready. One without etcd, which did not
// start, or refuses it, or is refused, is watched until it ends.
func (s *stand) startServer(refused string) bool {
	s.t.Helper()
	c := s.start(s.node, "kube-apiserver")
	for end := time.Now().Add(silence); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		text, _ := os.ReadFile(c.log)
		if refused == "" && tlsRefused.Match(text) && bytes.Contains(text, []byte(":2379")) {
			refused = lastLine(text, tlsRefused)
		}
		if c.ended() {
			s.serverEnded(refused, lastLine(text, regexp.MustCompile(`^(E\d|Error:)|command failed`)))
			return false
		}
		out, err := s.node.try("curl", "-sk", "--max-time", "5", "https://"+agreedAddr+":6443/readyz")
		if err == nil && out == "ok" {
			s.reality.saw(toEtcd, true, "")
			return true
		}
	}
	s.t.Fatalf("kube-apiserver neither ends nor is ready:\n%s", tail(c.log, 12))
	return false
}

// serverEnded records that nobody talks with kube-apiserver: etcd may have
// refused it, or it has not come so far.
func (s *stand) serverEnded(refused, last string) {
	why := "kube-apiserver does not start: " + last
	s.reality.saw(toEtcd, false, cmp.Or(refused, why))
	for _, connection := range append([]string{ofAdmin, ofPods, ofFront}, s.ofBooted()...) {
		s.reality.saw(connection, false, why)
	}
}

// ofBooted are the connections of the programs that the configuration boots
// beside etcd and kube-apiserver.
func (s *stand) ofBooted() []string {
	var out []string
	for _, program := range s.boots {
		out = append(out, connectionsOf[program])
	}
	return out
}

var connectionsOf = map[string]string{"kube-controller-manager": ofManager, "kube-scheduler": ofScheduler, "kubelet": ofKubelet}

var (
	leaseOf = sign{good: regexp.MustCompile(`[Ss]uccessfully acquired lease`), bad: regexp.MustCompile(`x509: |Unauthorized|forbidden|remote error: tls`), settled: 6 * time.Second, steady: 4 * time.Second}
	nodeOf  = sign{good: regexp.MustCompile(`Successfully registered node`), bad: regexp.MustCompile(`Unable to register node with API server|x509: |Unauthorized`), settled: 8 * time.Second}
)

// watchClients starts the other programs, and asks as the administrator, a pod
// and an aggregated API's caller do.
func (s *stand) watchClients() {
	s.t.Helper()
	started := map[string]*component{}
	for _, program := range s.boots {
		if program != "kubelet" {
			started[program] = s.start(s.node, program)
			continue
		}
		lab := s.kubelet.fakeRuntime(s.t)
		started[program] = s.start(s.kubelet, program, lab...)
	}
	_, err := s.node.try("kubectl", "--kubeconfig", s.convention.config("admin"), "--request-timeout=20s", "get", "--raw", "/api/v1/namespaces")
	s.reality.saw(ofAdmin, err == nil, errorText(err))
	s.watchFrontProxy()
	s.watchPods()
	for _, program := range s.boots {
		if program == "kubelet" {
			s.watchKubelet(started[program])
			continue
		}
		works, why := s.outcome(started[program], leaseOf)
		s.reality.saw(connectionsOf[program], works, why)
	}
}

// asLab asks as the lab's own administrator, who has no part in the cluster's
// files, and believes every server.
func (s *stand) asLab(args ...string) (string, error) {
	s.t.Helper()
	const crt, key = "/tmp/lab.crt", "/tmp/lab.key"
	if _, err := os.Stat(s.node.path(crt)); err != nil {
		pair := s.issue(s.t, &issued{subject: "lab/system:masters", usages: "c", by: "ca"})
		for i, p := range []string{crt, key} {
			if err := os.WriteFile(s.node.path(p), pair[i], 0o600); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return s.node.try(append([]string{"kubectl", "--server", "https://" + agreedAddr + ":6443", "--insecure-skip-tls-verify", "--client-certificate", crt, "--client-key", key, "--request-timeout=20s"}, args...)...)
}

// watchPods asks with a token as pods do, at the address of the service.
func (s *stand) watchPods() {
	s.t.Helper()
	if _, err := s.asLab("create", "serviceaccount", "probe"); err != nil {
		s.t.Fatal(err)
	}
	token, err := s.asLab("create", "token", "probe")
	if err != nil {
		s.t.Fatal(err)
	}
	const ca = "/tmp/root.crt"
	data := s.files[s.told("kube-controller-manager", "--root-ca-file")]
	if data == nil { // a controller-manager that ends publishes nothing; what pods have stays
		data = encode("CERTIFICATE", s.ca("ca").cert.Raw)
	}
	if err := os.WriteFile(s.node.path(ca), data, 0o644); err != nil {
		s.t.Fatal(err)
	}
	_, err = s.node.try("kubectl", "--server", "https://"+agreedService+":6443", "--certificate-authority", ca, "--token", strings.TrimSpace(token), "--request-timeout=20s",
		"create", "--raw", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "-f", s.review())
	if err != nil {
		err = errors.New(lastLine([]byte(err.Error()), tlsRefused))
	}
	s.reality.saw(ofPods, err == nil, errorText(err))
}

// review is a question that every known user may ask: who am I.
func (s *stand) review() string {
	s.t.Helper()
	const file = "/tmp/review.json"
	if err := os.WriteFile(s.node.path(file), []byte(`{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// watchFrontProxy speaks in a user's name: kube-apiserver believes it by the
// same CA and names that it publishes to the servers of aggregated APIs.
func (s *stand) watchFrontProxy() {
	s.t.Helper()
	if s.told("kube-apiserver", "--requestheader-client-ca-file") == "" {
		return
	}
	out, err := s.node.try("curl", "-sk", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}", "--cert", s.told("kube-apiserver", "--proxy-client-cert-file"), "--key", s.told("kube-apiserver", "--proxy-client-key-file"),
		"-H", "X-Remote-User: somebody", "-H", "X-Remote-Group: system:masters", "https://"+agreedAddr+":6443/api/v1/namespaces")
	if err != nil {
		out = err.Error()
	}
	s.reality.saw(ofFront, out == "200", out)
}

// watchKubelet waits until the kubelet has registered and keeps its lease, and
// has kube-apiserver ask it. Without the plugin NodeRestriction any node may
// register any other, and may do nothing with it after that.
func (s *stand) watchKubelet(c *component) {
	s.t.Helper()
	works, why := s.outcome(c, nodeOf)
	lease := regexp.MustCompile(`Failed to ensure lease exists`)
	for end := time.Now().Add(silence); works; time.Sleep(500 * time.Millisecond) {
		_, err := s.asLab("get", "lease", "--namespace", "kube-node-lease", s.configuration.kubelet)
		if err == nil {
			break
		}
		text, _ := os.ReadFile(c.log)
		if len(lease.FindAll(text, 5)) == 5 || time.Now().After(end) {
			works, why = false, lastLine(text, lease)
		}
	}
	s.reality.saw(ofKubelet, works, why)
	if !works {
		return
	}
	var err error
	for range 20 { // the node's address comes a little after the node
		if _, err = s.asLab("get", "--raw", "/api/v1/nodes/"+s.configuration.kubelet+"/proxy/healthz"); err == nil || !strings.Contains(err.Error(), "no preferred addresses") {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	s.reality.saw(toKubelet, err == nil, errorText(err))
}
