package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ansibleLab is a cluster of machines that Ansible reaches by ssh, and that have nothing
// of the cluster but its programs and their units.
type ansibleLab struct {
	*cluster
	nodes []*node
}

// systemctlOfLab stands in for systemd's: a unit is a program with a file of flags, and is
// started again when it ends. A node may say how a program is started in the lab.
const systemctlOfLab = `#!/bin/sh
set -u
PATH=/harness/bin:$PATH
verb= unit=
for word; do
	case $word in
	-*) ;;
	*) if [ -z "$verb" ]; then verb=$word; else unit=${word%.service}; fi ;;
	esac
done
mkdir -p /run/units
at=/run/units/$unit

pid() { cat "$at.pid" 2>/dev/null || echo 0; }
alive() { [ "$(pid)" != 0 ] && grep -q '^State:[^Z]*$' "/proc/$(pid)/status" 2>/dev/null; }

start() {
	alive && return
	echo $$ >"$at.loop"
	date +%s%N >"$at.started"
	rm -f "$at.pid"
	setsid sh -c '
		unit=$1 at=$2 me=$3
		while [ "$(cat "$at.loop")" = "$me" ]; do
			. "/etc/kubernetes/$unit.env"
			eval "flags=\$$(echo "$unit" | tr a-z- A-Z_)_ARGS"
			more=
			[ ! -e "/harness/units/$unit" ] || . "/harness/units/$unit"
			"$unit" $flags $more &
			echo $! >"$at.pid.new"
			mv "$at.pid.new" "$at.pid"
			wait $!
			sleep 1
		done
	' sh "$unit" "$at" $$ </dev/null >>"/var/log/$unit.log" 2>&1 &
	while [ ! -e "$at.pid" ]; do sleep 0.05; done
}

stop() {
	: >"$at.loop"
	kill "$(pid)" 2>/dev/null
	for _ in $(seq 100); do
		alive || return 0
		sleep 0.1
	done
	kill -9 "$(pid)"
	sleep 0.2
}

case $verb in
start) start ;;
stop) stop ;;
restart) alive && stop; start ;;
enable) touch "$at.enabled" ;;
is-enabled) if [ -e "$at.enabled" ]; then echo enabled; else echo disabled; exit 1; fi ;;
is-active) if alive; then echo active; else echo inactive; exit 3; fi ;;
show)
	if ! command -v "$unit" >/dev/null; then
		echo LoadState=not-found
	elif alive; then
		printf '%s\n' "MainPID=$(pid)" LoadState=loaded ActiveState=active SubState=running "FragmentPath=/etc/systemd/system/$unit.service"
	else
		printf '%s\n' MainPID=0 LoadState=loaded ActiveState=inactive SubState=dead "FragmentPath=/etc/systemd/system/$unit.service"
	fi | case " $* " in *MainPID*) grep ^MainPID= ;; *) cat ;; esac
	;;
*) exit 1 ;;
esac
`

// unitsOfLab say how programs are started where there is no container engine, and no rights
// over the kernel's table of connections.
var unitsOfLab = map[string]string{
	"kubelet": "more=--config-dir=/harness/kubelet.d\n",
	"kube-proxy": `{ cat /etc/kubernetes/kube-proxy-config.yaml; echo 'conntrack: {maxPerCore: 0}'; } >/run/kube-proxy.yaml
more=--config=/run/kube-proxy.yaml
`,
}

// needsAnsible skips the test where Ansible, or what it reaches nodes by, is not there.
func needsAnsible(t *testing.T) {
	t.Helper()
	needsHost(t)
	for program, pkg := range map[string]string{"/usr/bin/ansible-playbook": "ansible-core", "/usr/bin/ansible-lint": "ansible-lint",
		"/usr/sbin/sshd": "openssh-server", "/usr/bin/sudo": "sudo", "/usr/sbin/iptables": "iptables"} {
		if _, err := os.Stat(program); err == nil {
			continue
		}
		const without = "%s is not there: apt-get install --no-install-recommends %s"
		if os.Getenv("CI") == "true" {
			t.Fatalf(without, program, pkg)
		}
		t.Skipf(without, program, pkg)
	}
}

// bootAnsibleLab makes a set, and machines for its nodes, with nothing of it on them.
func bootAnsibleLab(t *testing.T) *ansibleLab {
	t.Helper()
	c := &cluster{t: t, virtual: netip.MustParseAddr("192.168.214.210"),
		cell: cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki"}}
	var machines []machine
	for i, roles := range []string{"control-plane,etcd", "control-plane,etcd", "worker"} {
		name := fmt.Sprintf("%s%d", map[bool]string{true: "worker", false: "master"}[i == 2], i%2+1)
		machines = append(machines, machine{name, []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("192.168.214.%d/24", 88+i))}, roles})
	}
	c.generate(t, machines)
	l := &ansibleLab{cluster: c}
	hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", c.virtual, endpointName)
	for _, m := range machines {
		hosts += fmt.Sprintf("%s %s\n", m.addrs[0].Addr(), m.name)
	}
	for i, m := range machines {
		l.nodes = append(l.nodes, bootNode(t, i, m.name, m.addrs, hosts, "", ""))
	}
	c.all = l.nodes
	c.masters, c.etcds, c.workers = l.nodes[:2], l.nodes[:2], l.nodes[2:]
	c.masters[0].addAddr(netip.PrefixFrom(c.virtual, c.virtual.BitLen()))
	c.operator = bootNode(t, len(machines), "operator", []netip.Prefix{netip.MustParsePrefix("192.168.214.2/24")}, hosts, "", filepath.Dir(c.dir))
	l.openDoors(t)
	return l
}

// openDoors lets the operator into the nodes by ssh, and gives the nodes their units.
func (l *ansibleLab) openDoors(t *testing.T) {
	t.Helper()
	l.operator.run(t, "sh", "-euc", `rm -rf /root/.ssh /root/.ansible; mkdir -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519`)
	l.write(t, l.operator, "/usr/bin/certwright", read(t, theHost.Certwright), 0o755)
	own := read(t, l.operator.path("/root/.ssh/id_ed25519.pub"))
	var known bytes.Buffer
	for _, n := range l.nodes {
		n.run(t, "sh", "-euc", `rm -rf /root/.ssh /root/.ansible; mkdir -m 700 /root/.ssh; mkdir -p /run/sshd /harness/units; rm -f /usr/bin/systemctl
ssh-keygen -q -t ed25519 -N "" -f /run/host_key`)
		l.write(t, n, "/root/.ssh/authorized_keys", own, 0o600)
		l.write(t, n, "/usr/bin/systemctl", []byte(systemctlOfLab), 0o755)
		for unit, text := range unitsOfLab {
			l.write(t, n, "/harness/units/"+unit, []byte(text), 0o644)
		}
		n.fakeRuntime(t)
		sshd := &component{name: "sshd", log: filepath.Join(n.base, "sshd.log"), done: make(chan struct{})}
		sshd.cmd = n.command(context.Background(), "/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", "/run/host_key", "-o", "UsePAM=no")
		n.launch(t, sshd)
		t.Cleanup(func() { // what systemctl has started is no child of ours
			_, _ = n.try("sh", "-c", `for loop in /run/units/*.loop; do systemctl stop "$(basename "$loop" .loop)"; done`)
		})
		fmt.Fprintf(&known, "%s %s", n.addr(), read(t, n.path("/run/host_key.pub")))
	}
	l.write(t, l.operator, "/root/.ssh/known_hosts", known.Bytes(), 0o600)
}

func (l *ansibleLab) write(t *testing.T, n *node, file string, text []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(n.path(file), text, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The set and the playbooks on the operator's machine.
const (
	setOfOperator = "/harness/set/pki"
	playbooks     = "/root/rollout"
)

// certwrightThere runs the program on the operator's machine.
func (l *ansibleLab) certwrightThere(t *testing.T, args ...string) string {
	t.Helper()
	return l.operator.run(t, append([]string{"certwright"}, args...)...)
}

// played is what a run of a playbook came to.
type played struct {
	out     string
	code    int
	changed map[string]int // tasks that changed something, by the node
}

var recap = regexp.MustCompile(`(?m)^(\S+) +: ok=\d+ +changed=(\d+) `)

// play runs a playbook.
func (l *ansibleLab) play(t *testing.T, book string, args ...string) played {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	begin := time.Now()
	cmd := l.operator.command(ctx, append([]string{"ansible-playbook", "-i", playbooks + "/inventory.yaml", playbooks + "/" + book}, args...)...)
	// What handout.yaml needs of pipelining it says itself.
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=true", "ANSIBLE_LOCALHOST_WARNING=false",
		fmt.Sprintf("ANSIBLE_PIPELINING=%t", book != "handout.yaml"))
	cmd.WaitDelay = time.Second // its workers outlive it, and hold its output
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatalf("%s: %v\n%s", book, err, out)
	}
	p := played{out: string(out), code: cmd.ProcessState.ExitCode(), changed: map[string]int{}}
	for _, m := range recap.FindAllStringSubmatch(p.out, -1) {
		p.changed[m[1]], _ = strconv.Atoi(m[2])
	}
	t.Logf("%s %s: exit code %d after %s, changed %v", book, strings.Join(args, " "), p.code, time.Since(begin).Round(time.Second), p.changed)
	if strings.Contains(p.out, "PRIVATE KEY") {
		t.Errorf("%s prints a private key", book)
	}
	return p
}

// plays is play for what has to work, and changes these nodes, and no others.
func (l *ansibleLab) plays(t *testing.T, changes []*node, book string, args ...string) played {
	t.Helper()
	p := l.play(t, book, args...)
	if p.code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", book, strings.Join(args, " "), p.code, p.out)
	}
	want := map[string]bool{}
	for _, n := range changes {
		want[n.name] = true
	}
	for _, n := range l.nodes {
		if (p.changed[n.name] > 0) != want[n.name] {
			t.Errorf("%s %s: %s has %d changes, want some: %t\n%s", book, strings.Join(args, " "), n.name, p.changed[n.name], want[n.name], p.out)
		}
	}
	return p
}

// processes are when all units were started by systemctl, by their names: "etcd on
// master1". A program that has lost its lease ends and comes back by itself, which does not
// count.
func (l *ansibleLab) processes(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, n := range l.nodes {
		said := n.run(t, "sh", "-euc", `cd /run/units; for unit in *.started; do echo "${unit%.started} $(cat "$unit")"; done`)
		for line := range strings.Lines(said) {
			unit, at, _ := strings.Cut(strings.TrimSpace(line), " ")
			started, err := strconv.Atoi(at)
			if err != nil {
				t.Fatalf("%s: %q", n.name, said)
			}
			out[unit+" on "+n.name] = started
		}
	}
	return out
}
