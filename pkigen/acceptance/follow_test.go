package acceptance

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// restartPlan is what certwright says has to happen on the nodes.
type restartPlan struct {
	First  []restartStep
	Copies []struct{ Node, Command string }
	Steps  []restartStep
}

type restartStep struct {
	Node, Component, What string
	WithinSeconds         int
	Command, On, Health   string
	Here, HealthHere      bool
}

// certwright runs the program on the set, and returns what it printed and its
// exit code.
func (c *cluster) certwright(args ...string) (stdout, stderr string, code int) {
	var out, said bytes.Buffer
	cmd := exec.Command(theHost.Certwright, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		code, said = -1, *bytes.NewBufferString(err.Error())
	}
	return out.String(), said.String(), code
}

// change has certwright change the set, and follows what it says word for word.
func (c *cluster) change(t *testing.T, args ...string) {
	t.Helper()
	c.follow(t, c.plan(t, args...))
}

// plan has certwright change the set, and returns what has to happen then.
func (c *cluster) plan(t *testing.T, args ...string) restartPlan {
	t.Helper()
	out, said, code := c.certwright(append(args, "--format", "json")...)
	var r struct{ Restart restartPlan }
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("certwright %s: exit code %d, %v\n%s%s", strings.Join(args, " "), code, err, out, said)
	}
	if len(r.Restart.Steps) == 0 {
		t.Fatalf("certwright %s: says of nothing that it has to happen\n%s", strings.Join(args, " "), out)
	}
	return r.Restart
}

// patience is how long anybody waits for a program to read a file again: where it
// can take longer the program is restarted, which is right for any file.
const patience = 65 * time.Second

// follow does what a plan says: what comes first, the copies, then step by step.
func (c *cluster) follow(t *testing.T, p restartPlan) {
	t.Helper()
	for _, s := range p.First {
		c.once(t, s)
	}
	for _, cp := range p.Copies {
		c.handOut(t, cp.Node, cp.Command)
	}
	copied := time.Now()
	var reading []restartStep // steps that only need time, which passes for all at once
	settle := func() {
		for _, s := range reading {
			time.Sleep(time.Until(copied.Add(time.Duration(s.WithinSeconds)*time.Second + time.Second)))
			c.healthy(t, s)
		}
		reading = nil
	}
	for _, s := range p.Steps {
		within := time.Duration(s.WithinSeconds) * time.Second
		reads := s.What == "reload" || s.What == "restart"
		if n := c.node(s.Node); reads && n != nil && n.running(s.Component) == nil {
			continue // the lab runs one controller-manager, no kube-proxy, and so on
		}
		switch {
		case s.What == "reload" && within <= patience:
			reading = append(reading, s)
			continue
		case s.What == "restart", s.What == "reload":
			settle()
			c.away(s, func() {
				n := c.node(s.Node)
				n.restart(t, n.running(s.Component))
				c.healthy(t, s)
				if s.What == "reload" && s.Component == "kube-apiserver" {
					c.lets(t, n)
				}
			})
		case s.What == "rewrite", s.What == "nothing":
		default:
			settle()
			c.once(t, s)
		}
	}
	settle()
}

// lets waits until an API server that was restarted without need has read the RBAC
// rules: the step's own check asks only whether it shows its new certificate.
func (c *cluster) lets(t *testing.T, n *node) {
	t.Helper()
	c.wait(t, "the rights on "+n.name, func() error {
		_, err := c.operator.try("kubectl", "--kubeconfig", "/harness/set/pki/admin/admin.conf", "--server", c.server(n), "get", "namespace", "default")
		return err
	})
}

// once does a step that is no restart.
func (c *cluster) once(t *testing.T, s restartStep) {
	t.Helper()
	n := c.node(s.Node)
	switch {
	case s.What == "start" && s.Component == "kube-proxy":
		return // the lab has none
	case s.What == "start":
		begin, program, _ := strings.Cut(s.Command, "systemctl enable --now ")
		if begin != "" {
			n.run(t, "sh", "-euc", begin+"true")
		}
		var lab []string
		if program == "kubelet" {
			lab = n.fakeRuntime(t)
		}
		n.start(t, program, lab...)
	case s.What == "stop":
		for _, program := range strings.Fields(strings.TrimPrefix(s.Command, "systemctl disable --now ")) {
			n.end(program)
		}
	case s.Command == "":
	case s.Node == "" || s.Here:
		c.operator.run(t, "sh", "-c", c.onOperator(s.Command))
	case s.On != "":
		c.node(s.On).run(t, "sh", "-c", s.Command)
	default:
		n.run(t, "sh", "-c", s.Command)
	}
	c.healthy(t, s)
}

// node is the machine of a name; nil for none.
func (c *cluster) node(name string) *node {
	for _, n := range c.all {
		if n.name == name {
			return n
		}
	}
	return nil
}

// handOut runs the command that brings a node its files: what makes them here, and
// what takes them there on the node, in a shell as ssh does it.
func (c *cluster) handOut(t *testing.T, name, command string) {
	t.Helper()
	n := c.node(name)
	if n == nil {
		return // not there yet
	}
	pack, install, ok := strings.Cut(command, "| ssh root@"+name+" ")
	if !ok {
		t.Fatalf("no command for the files of %s in %q", name, command)
	}
	if _, err := n.tryWith(string(c.pack(t, pack)), "sh", "-c", "eval "+install); err != nil {
		t.Fatal(err)
	}
}

// pack runs a command of the operator that writes an archive.
func (c *cluster) pack(t *testing.T, command string) []byte {
	t.Helper()
	here := exec.Command("sh", "-euc", command)
	here.Env = append(os.Environ(), "PATH="+filepath.Dir(theHost.Certwright)+":"+os.Getenv("PATH"))
	files, err := here.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return files
}

// bring brings a node all its files, where no plan says so.
func (c *cluster) bring(t *testing.T, n *node) {
	t.Helper()
	files := c.pack(t, "certwright handout "+c.dir+" "+n.name+" --to -")
	if _, err := n.tryWith(string(files), "sh", "-euc", `d=$(mktemp -d); tar -xpf - -C "$d"; sh "$d/install.sh"`); err != nil {
		t.Fatal(err)
	}
}

// healthy waits until the command of a step says that all is well.
func (c *cluster) healthy(t *testing.T, s restartStep) {
	t.Helper()
	if s.Health == "" {
		return
	}
	c.wait(t, s.Component+" on "+s.Node, func() error {
		_, err := c.ask(s)
		return err
	})
}

// ask runs the command of a step that says whether all is well.
func (c *cluster) ask(s restartStep) (string, error) {
	if s.HealthHere {
		return c.operator.try("sh", "-c", c.onOperator(s.Health))
	}
	on := s.On
	if on == "" {
		on = s.Node
	}
	return c.node(on).try("sh", "-c", s.Health)
}

// onOperator is a command with the set where the operator's machine has it.
func (c *cluster) onOperator(command string) string {
	return strings.ReplaceAll(command, c.dir, "/harness/set/pki")
}
