package acceptance

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// installNode makes the root of a node: what this machine has, with a layer of
// memory above it, so that everything can be written and nothing stays. Then the
// node's tree is copied to / exactly as the operator is told to, and the root
// becomes the root. The kernel's settings that a kubelet writes belong to the
// whole machine; it writes to copies instead.
//
// Arguments: name, scratch directory, programs, lines for /etc/hosts, tree to
// install, and a directory to show under /harness/set; either of the last may be empty.
const installNode = `
name=$1 base=$2 bin=$3 hosts=$4 tree=$5 set=$6
hostname "$name"
ip link set lo up
mkdir -p "$base/upper" "$base/work" "$base/root" "$base/sysctl"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
cd "$base/root"
rm -rf etc/kubernetes var/lib/kubelet var/lib/etcd etc/cni
mkdir -p harness/bin harness/set proc sys dev run tmp
mount --rbind "$bin" harness/bin
mount --rbind /proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
	kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
	[ -e "/proc/sys/$setting" ] || continue
	copy="$base/sysctl/$(echo "$setting" | tr / -)"
	cat "/proc/sys/$setting" >"$copy"
	mount --bind "$copy" "proc/sys/$setting"
done
printf '%s' "$hosts" >etc/hosts
[ -z "$tree" ] || cp -a "$tree/." .
[ -z "$set" ] || mount --bind "$set" harness/set
mkdir harness/old
pivot_root . harness/old
cd /
umount -l harness/old
echo ready
exec sleep infinity
`

// node is one machine of the lab: its own network, addresses, host name and root.
type node struct {
	t       *testing.T
	name    string
	addrs   []netip.Prefix
	pid     int
	base    string
	started []*component
}

// component is one running program of a node.
type component struct {
	name string
	log  string
	cmd  *exec.Cmd
	lab  []string      // what the lab alone tells it
	done chan struct{} // closed when the program has ended
}

// bootNode makes a node, installs the tree on it, or shows it the set, and lays
// its cable; "" means neither. The index tells the cables apart.
func bootNode(t *testing.T, index int, name string, addrs []netip.Prefix, hosts, tree, set string) *node {
	t.Helper()
	n := newNode(t, name, name, addrs, hosts, tree, set)
	t.Cleanup(func() {
		// The kernel takes an abandoned network down in its own time, and would
		// answer for the addresses until then.
		_ = shell(`ip link del "$1"`, "cable"+strconv.Itoa(index))
	})
	n.link(index)
	return n
}

// newNode makes a node that no cable leads to. The folder of what belongs to it
// is its own among all that run at one time.
func newNode(t *testing.T, folder, name string, addrs []netip.Prefix, hosts, tree, set string) *node {
	t.Helper()
	n := &node{t: t, name: name, addrs: addrs, base: filepath.Join(theHost.Work, "nodes", folder)}
	if err := os.MkdirAll(n.base, 0o755); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("sh", "-euc", installNode, "sh", name, n.base, filepath.Join(theHost.Work, "bin"), hosts, tree, set)
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS,
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.pid = cmd.Process.Pid
	t.Cleanup(func() {
		n.stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(n.base)
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("node %s: %s%s", name, line, stderr.String())
	}
	return n
}

// loopback gives a node without a cable its addresses: it talks to itself alone.
func (n *node) loopback() {
	n.t.Helper()
	for _, addr := range n.addrs {
		if err := shell(`nsenter -t "$1" -n ip addr add "$2" dev lo`, strconv.Itoa(n.pid), addr.Addr().String()); err != nil {
			n.t.Fatalf("node %s: address %s: %v", n.name, addr, err)
		}
	}
}

// link lays a cable from the node to the bridge and gives the node its addresses.
func (n *node) link(index int) {
	n.t.Helper()
	err := shell(`ip link add "$1" type veth peer name eth0 netns "$2"
ip link set "$1" master lan up
nsenter -t "$2" -n ip link set eth0 up
nsenter -t "$2" -n ip route add default dev eth0`, "cable"+strconv.Itoa(index), strconv.Itoa(n.pid))
	if err != nil {
		n.t.Fatalf("node %s: %v", n.name, err)
	}
	for _, addr := range n.addrs {
		n.addAddr(addr)
	}
}

// addAddr gives the node a further address, as a virtual address comes to the machine that holds it.
func (n *node) addAddr(addr netip.Prefix) {
	n.t.Helper()
	script := `nsenter -t "$1" -n ip addr add "$2" dev eth0`
	if addr.Addr().Is6() {
		script += " nodad"
	}
	if err := shell(script, strconv.Itoa(n.pid), addr.String()); err != nil {
		n.t.Fatalf("node %s: address %s: %v", n.name, addr, err)
	}
}

// addr returns the node's first address.
func (n *node) addr() netip.Addr { return n.addrs[0].Addr() }

// path returns where this program finds a file of the node's root.
func (n *node) path(file string) string {
	return filepath.Join("/proc", strconv.Itoa(n.pid), "root", file)
}

// command prepares a program that runs on the node, with the node's root, network and name.
func (n *node) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", strconv.Itoa(n.pid), "-m", "-n", "-u", "--"}, args...)...)
	cmd.Env = []string{"PATH=/harness/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	return cmd
}

// try runs a program on the node and returns what it printed; the error holds what it complained of.
func (n *node) try(args ...string) (string, error) {
	return n.tryWith("", args...)
}

// tryWith is try with an input.
func (n *node) tryWith(input string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := n.command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %s: %w: %s%s", n.name, strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// run is try for what must work.
func (n *node) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := n.try(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// start boots a component as its environment file says. The further arguments
// concern the lab alone: no certificate and no address is among them.
func (n *node) start(t *testing.T, name string, lab ...string) *component {
	t.Helper()
	c := &component{name: name, lab: lab, log: filepath.Join(n.base, name+".log"), done: make(chan struct{})}
	variable := strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_ARGS"
	script := fmt.Sprintf(`. /etc/kubernetes/%[1]s.env; exec %[1]s $%[2]s "$@"`, name, variable)
	c.cmd = n.command(context.Background(), append([]string{"sh", "-euc", script, name}, lab...)...)
	n.launch(t, c)
	return c
}

// launch runs a component in the background, its words in a file.
func (n *node) launch(t *testing.T, c *component) {
	t.Helper()
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	c.cmd.Stdout, c.cmd.Stderr = out, out
	if err := c.cmd.Start(); err != nil {
		t.Fatalf("%s: %s: %v", n.name, c.name, err)
	}
	n.started = append(n.started, c)
	go func() {
		_ = c.cmd.Wait()
		close(c.done)
	}()
}

// running is the component of that name; nil where the node has none.
func (n *node) running(name string) *component {
	for _, c := range n.started {
		if c.name == name {
			return c
		}
	}
	return nil
}

// restart ends a component as systemd does, and starts it by its files of now.
func (n *node) restart(t *testing.T, c *component) {
	t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(10 * time.Second): // kube-apiserver waits a minute for those who watch
		_ = c.cmd.Process.Kill()
		<-c.done
	}
	n.started = slices.DeleteFunc(n.started, func(old *component) bool { return old == c })
	n.start(t, c.name, c.lab...)
}

// end stops a component for good, if the node runs it.
func (n *node) end(name string) {
	c := n.running(name)
	if c == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	<-c.done
	n.started = slices.DeleteFunc(n.started, func(old *component) bool { return old == c })
}

// revive starts again what has ended by itself, as systemd does with Restart=always:
// a controller-manager ends when it cannot keep its lease.
func (n *node) revive(t *testing.T) {
	t.Helper()
	for _, c := range slices.Clone(n.started) {
		if c.ended() {
			n.restart(t, c)
		}
	}
}

// ended reports whether the program has ended by itself.
func (c *component) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// stop ends the node's components, the last first.
func (n *node) stop() {
	for _, c := range slices.Backward(n.started) {
		_ = c.cmd.Process.Kill()
		<-c.done
	}
	n.started = nil
}

// lastWords tells what each component of the node said last.
func (n *node) lastWords() {
	for _, c := range n.started {
		n.t.Logf("%s: %s said last:\n%s", n.name, c.name, tail(c.log, 12))
	}
}

// gone returns an error when a component of the node has ended by itself.
func (n *node) gone() error {
	for _, c := range n.started {
		if c.ended() {
			return fmt.Errorf("%s: %s ended: %s", n.name, c.name, c.cmd.ProcessState)
		}
	}
	return nil
}

// tail returns the last lines of a file, each cut to a readable length.
func tail(path string, count int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines = lines[max(0, len(lines)-count):]
	for i, line := range lines {
		lines[i] = line[:min(len(line), 300)]
	}
	return strings.Join(lines, "\n")
}
