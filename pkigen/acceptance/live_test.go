package acceptance

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// liveView is what counts of certwright live --format json.
type liveView struct {
	Programs []struct {
		Node, Program, State string
		Started              time.Time
	}
	Findings []struct{ Code, State, Node, Program, What string }
}

// liveRollout is what counts of certwright live --plan --format json.
type liveRollout struct {
	Left, ByHand int
	Steps        []struct {
		Text, Node, Program, Evidence string
		Done                          bool
	}
}

// look asks certwright what runs.
func (c *cluster) look(t *testing.T) liveView {
	t.Helper()
	var v liveView
	out, said, code := c.certwright("live", c.dir, "--format", "json")
	if err := json.Unmarshal([]byte(out), &v); err != nil || code > 1 {
		t.Fatalf("certwright live: exit code %d, %v\n%s%s", code, err, out, said)
	}
	return v
}

// rollout asks certwright how far the last run has come.
func (c *cluster) rollout(t *testing.T) liveRollout {
	t.Helper()
	var r liveRollout
	out, said, code := c.certwright("live", c.dir, "--plan", "--format", "json")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code > 1 {
		t.Fatalf("certwright live --plan: exit code %d, %v\n%s%s", code, err, out, said)
	}
	return r
}

// runs are the programs that the lab runs on a node and that are told of certificates.
func (n *node) runs() []string {
	var out []string
	for _, c := range n.started {
		if c.name != containerEngine && !c.ended() {
			out = append(out, c.name)
		}
	}
	return out
}

// wrong are the programs of the lab that are not in a state, as certwright sees them.
func (c *cluster) wrong(v liveView, want string, of ...*node) []string {
	var out []string
	for _, n := range of {
		for _, program := range n.runs() {
			i := slices.IndexFunc(v.Programs, func(p struct {
				Node, Program, State string
				Started              time.Time
			}) bool {
				return p.Node == n.name && p.Program == program
			})
			if i < 0 || v.Programs[i].State != want {
				state := "not there"
				if i >= 0 {
					state = v.Programs[i].State
				}
				text := fmt.Sprintf("%s on %s: %s", program, n.name, state)
				for _, f := range v.Findings {
					if f.Node == n.name && f.Program == program {
						text += "\n    " + f.Code + ": " + f.What
					}
				}
				out = append(out, text)
			}
		}
	}
	return out
}

// wellOn looks until the programs of some nodes are well, and says what was seen where they do
// not become so.
func (c *cluster) wellOn(t *testing.T, of ...*node) {
	t.Helper()
	c.wait(t, "all that runs being as planned", func() error {
		if wrong := c.wrong(c.look(t), "ok", of...); len(wrong) > 0 {
			return fmt.Errorf("%d are not:\n  %s", len(wrong), strings.Join(wrong, "\n  "))
		}
		return nil
	})
}

// takes brings a node its files, and restarts all that runs there.
func (c *cluster) takes(t *testing.T, of ...*node) {
	t.Helper()
	for _, n := range of {
		c.bring(t, n)
		for _, running := range slices.Clone(n.started) {
			if running.name != containerEngine {
				n.restart(t, running)
			}
		}
	}
}

// TestLive has certwright look at a cluster while its leaves are renewed and its CA is
// replaced, and one node is held back on purpose at each stage.
func TestLive(t *testing.T) {
	needsHost(t)
	c := boot(t, cell{layout: "three-ca", algorithm: "ECDSA-P256", bootstrap: "off", kubeconfigs: "embedded", pki: "/etc/kubernetes/pki", later: true})
	c.revives = true
	for _, program := range []string{"kube-controller-manager", "kube-scheduler"} {
		c.masters[1].start(t, program)
	}
	running := append(slices.Clone(c.masters), c.workers...)
	c.wellOn(t, running...)

	t.Run("renewed", func(t *testing.T) {
		c.plan(t, "renew", c.dir, "--all", "--new-key")
		v := c.look(t)
		if wrong := c.wrong(v, "behind", running...); len(wrong) > 0 {
			t.Errorf("nothing has reached a node, and these are not behind:\n  %s", strings.Join(wrong, "\n  "))
		}
		c.nothingDone(t, running...)
		held, others := c.masters[1], []*node{c.masters[0], c.workers[0], c.workers[1]}
		c.takes(t, others...)
		c.wellOn(t, others...)
		if wrong := c.wrong(c.look(t), "behind", held); len(wrong) > 0 {
			t.Errorf("%s was held back, and is not behind:\n  %s", held.name, strings.Join(wrong, "\n  "))
		}
		c.nothingDone(t, held)
		c.shows(t, "live", c.dir)
		c.shows(t, "live", c.dir, "--plan")
		c.bring(t, held)
		c.onNode(t, held)
		c.takes(t, held)
		c.wellOn(t, running...)
		c.allDone(t, running...)
		c.shows(t, "live", c.dir)
	})
	names := []string{"ca"}
	if *liveAll {
		names = append(names, "etcd-ca", "sa")
	}
	for _, name := range names {
		c.stages(t, name, running)
		if t.Failed() {
			return
		}
	}
}

var liveAll = flag.Bool("live.all", false, "replace all CAs and keys in TestLive whose stages a process shows, not the Kubernetes CA alone")

// stages replaces a CA or the service account keys, and holds one node back at each stage
// that runs what shows it.
func (c *cluster) stages(t *testing.T, name string, running []*node) {
	if name != "ca" {
		running = c.masters // nothing of it is on the others
	}
	for i, stage := range []string{"widen", "switch", "narrow"} {
		t.Run(name+" "+stage, func(t *testing.T) {
			c.plan(t, "rotate", c.dir, name, "--stage", stage, "--live", "--confirm", "kubelets,tokens")
			c.nothingDone(t, running...)
			held := running[(i+1)%len(running)]
			others := slices.DeleteFunc(slices.Clone(running), func(n *node) bool { return n == held })
			c.takes(t, others...)
			c.wellOn(t, others...)
			if next := map[string]string{"widen": "switch", "switch": "narrow"}[stage]; next != "" {
				_, said, code := c.certwright("rotate", c.dir, name, "--stage", next, "--live", "--confirm", "kubelets,tokens")
				if code != 3 || !strings.Contains(said, "on "+held.name) {
					t.Errorf("%s was held back at %s, and rotate --stage %s --live says, with exit code %d:\n%s", held.name, stage, next, code, said)
				}
			}
			c.nothingDone(t, held)
			c.takes(t, held)
			c.wellOn(t, running...)
			c.allDone(t, running...)
		})
		if t.Failed() {
			return
		}
	}
}

// eachStep calls for each step of the rollout that is about a running program of some nodes.
func (c *cluster) eachStep(t *testing.T, of []*node, do func(text, evidence string, done bool)) {
	t.Helper()
	seen := 0
	for _, s := range c.rollout(t).Steps {
		for _, n := range of {
			if s.Node == n.name && slices.Contains(n.runs(), s.Program) {
				seen++
				do(s.Text, s.Evidence, s.Done)
			}
		}
	}
	if seen == 0 {
		t.Error("the rollout has no step for these nodes; this test looks at nothing")
	}
}

// nothingDone holds that no step is ticked of nodes that have not got their files.
func (c *cluster) nothingDone(t *testing.T, of ...*node) {
	t.Helper()
	c.eachStep(t, of, func(text, evidence string, done bool) {
		if done {
			t.Errorf("reported done too early (%s): %s", evidence, text)
		}
	})
}

// etcdPairRead is the step of an API server that gets a new certificate for etcd and nothing else:
// no process shows which one it has, so that it is for a person to tick.
const etcdPairRead = "reads its new files by itself at its next connection"

// allDone waits until each step is ticked that can be seen: a look that was cut short on a
// busy machine leaves some open, and the next one ticks them.
func (c *cluster) allDone(t *testing.T, of ...*node) {
	t.Helper()
	c.wait(t, "each step being ticked", func() error {
		var left []string
		c.eachStep(t, of, func(text, evidence string, done bool) {
			if !done && !(evidence == "unseen" && strings.HasPrefix(text, "kube-apiserver ") && strings.HasSuffix(text, etcdPairRead)) {
				left = append(left, fmt.Sprintf("not reported done (%s): %s", evidence, text))
			}
		})
		if len(left) > 0 {
			return errors.New(strings.Join(left, "\n  "))
		}
		return nil
	})
}

// shows logs what certwright prints, for whoever reads the log.
func (c *cluster) shows(t *testing.T, args ...string) {
	t.Helper()
	out, said, code := c.certwright(args...)
	t.Logf("certwright %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, said)
}

// onNode has the operator stand on a node that has its files, and whose programs were not
// restarted: by the node's own files, without answers, those are behind that read them at
// their start, and the others are not.
func (c *cluster) onNode(t *testing.T, n *node) {
	t.Helper()
	program, err := os.ReadFile(theHost.Certwright)
	if err == nil {
		err = os.WriteFile(n.path("/tmp/certwright"), program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	var v liveView
	c.wait(t, "what reads its files again by itself having done so", func() error {
		out, err := n.try("sh", "-c", "/tmp/certwright live /etc/kubernetes --format json || test $? = 1")
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		for _, f := range v.Findings {
			if f.Code == "serves-older" || f.Code == "serves-earlier" {
				return fmt.Errorf("%s on %s %s", f.Program, f.Node, f.What)
			}
		}
		return nil
	})
	for _, program := range n.runs() {
		behind := slices.ContainsFunc(v.Findings, func(f struct{ Code, State, Node, Program, What string }) bool {
			return f.Program == program && f.Code == "not-restarted"
		})
		if restarts := program == "kube-controller-manager" || program == "kube-scheduler"; behind != restarts {
			t.Errorf("on the node itself %s is behind: %t\n%+v", program, behind, v.Findings)
		}
	}
	out, err := n.try("sh", "-c", "/tmp/certwright live /etc/kubernetes --all || test $? = 1")
	t.Logf("certwright live /etc/kubernetes --all on %s: %v\n%s", n.name, err, out)
}
