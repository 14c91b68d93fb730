package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnsible runs the playbooks that certwright writes: on bare machines, and again and
// again while their cluster runs.
func TestAnsible(t *testing.T) {
	needsAnsible(t)
	l := bootAnsibleLab(t)
	l.handOver(t)
	// Of three nodes a tenth would be one after another. What is edited stays from now on.
	l.write(t, l.operator, playbooks+"/group_vars/all/batches.yaml", []byte("---\ncertwright_worker_batch: [1, 2]\n"), 0o644)
	for _, stage := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"lint", l.lints},
		{"first installation", l.installs},
		{"first start", l.starts},
		{"renewal", l.renews},
		{"a check that fails", l.stops},
	} {
		if !t.Run(stage.name, stage.do) {
			t.FailNow()
		}
	}
}

// handOver writes the playbooks anew.
func (l *ansibleLab) handOver(t *testing.T) {
	t.Helper()
	l.certwrightThere(t, "handout", setOfOperator, "--ansible", playbooks)
}

// lints holds that Ansible's own judge has nothing to say of them.
func (l *ansibleLab) lints(t *testing.T) {
	l.operator.run(t, "sh", "-euc", "cd "+playbooks+" && ansible-lint --offline --profile production -p .")
}

// installs brings the nodes their files.
func (l *ansibleLab) installs(t *testing.T) {
	l.plays(t, l.nodes, "handout.yaml", "--check", "--diff")
	for _, n := range l.nodes {
		if _, err := os.Stat(n.path("/etc/kubernetes")); err == nil {
			t.Errorf("%s: --check has installed files", n.name)
		}
	}
	l.plays(t, l.workers, "handout.yaml", "--diff", "--limit", "worker1")
	p := l.plays(t, l.masters, "handout.yaml", "--diff", "-vvv")
	_, unpacking, _ := strings.Cut(p.out, "TASK [Unpack the files")
	unpacking, _, _ = strings.Cut(unpacking, "TASK [")
	if !strings.Contains(unpacking, "EXEC") || strings.Contains(unpacking, "PUT") {
		t.Errorf("the files of the nodes do not go by pipelining, or nothing says how:\n%s", unpacking)
	}
	l.checkInstalled(t)
	for _, n := range l.nodes {
		if left := n.run(t, "sh", "-c", "ls -A /root/.ansible/tmp /tmp 2>/dev/null | grep -v '^/\\|^$' || true"); left != "" {
			t.Errorf("%s: left behind: %s", n.name, left)
		}
	}
	l.plays(t, nil, "handout.yaml")
}

// starts starts the cluster in its order.
func (l *ansibleLab) starts(t *testing.T) {
	l.plays(t, l.nodes, "restart.yaml")
	inOrder(t, l.processes(t), [][]string{l.on("etcd", l.masters), l.on("kube-apiserver", l.masters), l.on("kube-controller-manager", l.masters),
		l.on("kube-scheduler", l.masters), l.on("kubelet", l.nodes), l.on("kube-proxy", l.nodes)})
	if nodes := l.must(t, "get", "nodes", "-o", "name"); strings.Count(nodes, "node/") != len(l.nodes) {
		t.Errorf("the cluster has the nodes %q", nodes)
	}
}

// renews replaces each certificate, and one CA's with it, on the worker first. Nothing is
// restarted before each node has its files.
func (l *ansibleLab) renews(t *testing.T) {
	l.certwrightThere(t, "renew", setOfOperator, "--all")
	l.certwrightThere(t, "renew", setOfOperator, "etcd-ca")
	l.handOver(t)
	before := l.processes(t)
	l.plays(t, l.workers, "handout.yaml", "--limit", "worker1")
	if p := l.play(t, "restart.yaml"); p.code == 0 || !strings.Contains(p.out, "Run handout.yaml first") {
		t.Errorf("nodes without their files: exit code %d\n%s", p.code, p.out)
	}
	l.plays(t, l.masters, "handout.yaml")
	l.plays(t, l.nodes, "restart.yaml", "--check")
	restarted(t, before, l.processes(t), nil)
	l.plays(t, l.workers, "restart.yaml", "--limit", "worker1")
	restarted(t, before, l.processes(t), slices.Concat(l.on("kubelet", l.workers), l.on("kube-proxy", l.workers)))
	l.plays(t, l.masters, "restart.yaml")
	after := l.processes(t)
	// Who leads ends by itself while its API server is away, and has its new files then: the
	// second run shows that nothing is left to restart.
	for _, name := range slices.Concat(l.on("kube-controller-manager", l.masters), l.on("kube-scheduler", l.masters)) {
		before[name] = after[name]
	}
	restarted(t, before, after, slices.Concat(l.on("etcd", l.masters), l.on("kube-apiserver", l.masters), l.on("kubelet", l.nodes), l.on("kube-proxy", l.nodes)))
	inOrder(t, after, [][]string{{"etcd on master1"}, {"etcd on master2"}, {"kube-apiserver on master1"}, {"kube-apiserver on master2"},
		l.on("kubelet", l.masters), l.on("kube-proxy", l.masters)})
	l.checkInstalled(t)
	l.plays(t, nil, "handout.yaml")
	l.plays(t, nil, "restart.yaml")
	restarted(t, after, l.processes(t), nil)
}

// stops has the API server refuse kube-controller-manager of the first master: nothing
// behind it is touched. When it has its own certificate again, all goes on from there.
func (l *ansibleLab) stops(t *testing.T) {
	conf := func(n *node) string {
		return filepath.Join(l.dir, "nodes", n.name, "etc/kubernetes/controller-manager.conf")
	}
	own := read(t, conf(l.masters[0]))
	touch := func(n *node, text string) {
		if err := os.WriteFile(conf(n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l.operator.run(t, "sh", "-euc", `cd "$1" && sha256sum $(sed "s/^[^ ]*  //" SHA256SUMS) >new && mv new SHA256SUMS`, "sh", setOfOperator+"/nodes/"+n.name)
	}
	spoilt := withPair(t, string(own), filepath.Join(l.dir, "nodes", l.masters[0].name, l.pki, "etcd/healthcheck-client"))
	before := l.processes(t)
	touch(l.masters[0], spoilt)
	touch(l.masters[1], string(read(t, conf(l.masters[1])))+"# another text\n")
	l.plays(t, l.masters, "handout.yaml")
	only := []string{"restart.yaml", "--tags", "kube-controller-manager,kube-scheduler"}
	p := l.play(t, only[0], append(only[1:], "-e", "certwright_patience=12")...)
	if p.code != 2 || !strings.Contains(p.out, "Status code was 500 and not [403]") {
		t.Errorf("a check that fails: exit code %d\n%s", p.code, p.out)
	}
	first, second := l.on("kube-controller-manager", l.masters[:1]), l.on("kube-controller-manager", l.masters[1:])
	restarted(t, before, l.processes(t), first)
	if p := l.play(t, only[0], append(only[1:], "-e", "certwright_patience=3")...); p.code != 2 {
		t.Errorf("once more, and nothing is better: exit code %d\n%s", p.code, p.out)
	}
	restarted(t, before, l.processes(t), first)
	touch(l.masters[0], string(own))
	l.plays(t, l.masters[:1], "handout.yaml")
	l.plays(t, l.masters, only[0], only[1:]...)
	restarted(t, before, l.processes(t), append(first, second...))
}

// on are the names of the processes of a program.
func (l *ansibleLab) on(program string, nodes []*node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, program+" on "+n.name)
	}
	return out
}

// restarted holds that these processes are new, and no others.
func restarted(t *testing.T, before, after map[string]int, want []string) {
	t.Helper()
	for name, started := range after {
		if now := started != before[name]; now != slices.Contains(want, name) {
			t.Errorf("%s was restarted: %t", name, now)
		}
	}
	if len(after) != len(before) {
		t.Errorf("there were %d processes, and now %d", len(before), len(after))
	}
}

// inOrder holds that the processes of each group were started before those of the next.
func inOrder(t *testing.T, started map[string]int, groups [][]string) {
	t.Helper()
	last, lastName := 0, ""
	for _, group := range groups {
		newest, newestName := last, lastName
		for _, name := range group {
			at, there := started[name]
			if !there || at <= last {
				t.Errorf("%s was started at %d, and %s before it at %d", name, at, lastName, last)
			}
			if at > newest {
				newest, newestName = at, name
			}
		}
		last, lastName = newest, newestName
	}
}
