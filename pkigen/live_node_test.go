package pkigen

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
)

// nodeOnly makes of a node's tree its own /etc/kubernetes: programs are told of the files
// where they lie, and two of them answer on the node alone, as kubeadm has it.
func nodeOnly(t *testing.T, f *fakeCluster, node string) (root string, undo func()) {
	t.Helper()
	root = filepath.Join(f.dir, "nodes", node, "etc/kubernetes")
	was := map[string][]byte{}
	all, err := filepath.Glob(filepath.Join(root, "*.env"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no files of flags in %s: %v", root, err)
	}
	for _, name := range all {
		was[name] = readFile(t, root, filepath.Base(name))
		text := strings.ReplaceAll(string(was[name]), "/etc/kubernetes", root)
		if program := strings.TrimSuffix(filepath.Base(name), ".env"); program == id.KubeControllerManager || program == id.KubeScheduler {
			text = strings.Replace(text, "--", "--bind-address=127.0.0.1 --", 1)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, port := range []string{"10257", "10259"} {
		f.at["127.0.0.1:"+port] = f.at[net.JoinHostPort(f.node(node).Addresses[0].String(), port)]
	}
	return root, func() {
		for name, text := range was {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLiveOnNode looks at a node's own /etc/kubernetes, without answers and history: what
// was renewed by another tool and not restarted is told, by when each file came there, and
// from another machine what answers on the node alone is told to be seen there.
func TestLiveOnNode(t *testing.T) {
	c := treeCluster("three-ca", 0)
	c.Nodes = c.Nodes[:1]
	f := liveSet(t, c)
	f.restart("cp-1")
	root, undo := nodeOnly(t, f, "cp-1")
	address := c.Nodes[0].Addresses[0]
	look := func(own ...netip.Addr) *live.View {
		t.Helper()
		l := Dir(root).Live(func() (*Known, error) { return nil, nil }, 0)
		read := l.Read
		l.Read = func(ctx context.Context) (*live.Options, error) {
			o, err := read(ctx)
			o.Dial, o.Own = f.dial, own
			return o, err
		}
		v, err := l.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	unwell(t, look(address), symptom.Fine, everywhere)

	undo()
	f.since = time.Minute // the programs run since before
	f.restart("cp-1")
	job := Job{Dir: f.dir, Cluster: c}
	job.Options.Renewal = &plan.Renewal{}
	if _, err := Run(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	nodeOnly(t, f, "cp-1")
	v := look(address)
	for program, code := range map[string]symptom.Code{id.Etcd: symptom.OlderServed, id.KubeAPIServer: symptom.OlderServed,
		id.KubeControllerManager: symptom.NotRestarted, id.KubeScheduler: symptom.NotRestarted} {
		found := false
		for _, one := range v.Findings {
			found = found || one.Program == program && one.Code == code && one.Command.String() == "systemctl restart "+program
		}
		if !found {
			t.Errorf("%s was renewed and not restarted, and no %s is found:\n  %s", program, code, strings.Join(codes(v), "\n  "))
		}
	}
}

// TestLiveElsewhere looks from another machine at programs that answer on their node alone.
func TestLiveElsewhere(t *testing.T) {
	c := treeCluster("three-ca", 0)
	c.Nodes = c.Nodes[:1]
	f := liveSet(t, c)
	nodeOnly(t, f, "cp-1")
	v := f.look()
	if p := v.Find("cp-1", id.KubeScheduler); p == nil || p.State != symptom.Hidden {
		t.Errorf("a scheduler that answers on its node alone: %+v", p)
	}
	for i := range v.Findings {
		if one := &v.Findings[i]; one.Code == symptom.LoopbackOnly && !strings.Contains(one.Next(), "certwright live on cp-1") {
			t.Errorf("it does not say where it can be seen: %s", one.Next())
		}
	}
}

// TestLiveFirstStart follows a new cluster as it is started, program by program: a step is
// ticked when its program answers, and one that is stopped again is told.
func TestLiveFirstStart(t *testing.T) {
	c := treeCluster("three-ca", 1)
	f := liveSet(t, c)
	for address := range f.servers {
		f.stop(address)
	}
	looks := f.looks()
	steps := func() *live.Report {
		t.Helper()
		if _, err := looks.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := looks.Steps(func(string) *spec.Cluster { return nil })
		if err != nil || r == nil {
			t.Fatalf("the steps: %v, %v", r, err)
		}
		return r
	}
	done := func(r *live.Report, program string) (n int) {
		for _, s := range r.Steps {
			if s.Program == program && s.Done {
				n++
			}
		}
		return n
	}
	r := steps()
	if !r.First || r.Done {
		t.Fatalf("first %t, done %t before anything runs", r.First, r.Done)
	}
	for i := range components.All {
		program := components.All[i].Name
		if n := done(r, program); n > 0 {
			t.Errorf("%d starts of %s are ticked before", n, program)
		}
		nodes := 0
		for j := range c.Nodes {
			if c.Nodes[j].Roles&components.All[i].On != 0 {
				f.restart(c.Nodes[j].Name, program)
				nodes++
			}
		}
		if r = steps(); done(r, program) != nodes {
			t.Errorf("%s runs on %d nodes, %d starts are ticked", program, nodes, done(r, program))
		}
	}
	if !r.Done || r.Left > 0 {
		t.Errorf("all runs: %d left, done %t\n  %s", r.Left, r.Done, strings.Join(codes(r.View), "\n  "))
	}
	f.stop(c.Nodes[0].Addresses[0].String() + ":6443")
	for range 2 { // it stays lost, however often one looks
		r = steps()
		if !slices.ContainsFunc(r.Steps, func(s live.Tick) bool { return s.Lost && s.Program == id.KubeAPIServer && s.Node == "cp-1" }) {
			t.Error("an API server that was well is stopped, and no step says so")
		}
		if !slices.ContainsFunc(r.Lost, func(f symptom.Finding) bool { return f.Code == symptom.Refused && f.Node == "cp-1" }) {
			t.Errorf("an API server that was well is stopped, and lost are %+v", r.Lost)
		}
	}
	f.restart("cp-1", id.KubeAPIServer)
	if r = steps(); len(r.Lost) > 0 {
		t.Errorf("all runs again, and lost are %+v", r.Lost)
	}
}
