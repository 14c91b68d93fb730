package livetext

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/restart"
	"certwright/pkigen/rollout/symptom"
)

// aView is a look at three nodes, of which one is behind.
func aView() *live.View {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	v := &live.View{Time: now}
	for _, node := range []string{"master1", "master2", "worker1"} {
		for _, name := range []string{id.Etcd, id.KubeAPIServer, id.KubeControllerManager, id.KubeScheduler, id.Kubelet, id.KubeProxy} {
			if node == "worker1" && name != id.Kubelet && name != id.KubeProxy {
				continue
			}
			p := &live.Program{Node: node, Name: name, State: symptom.Fine}
			if name != id.KubeProxy {
				p.Ports = []*live.Port{{Served: &live.Served{Which: live.OfFile, NotAfter: now.AddDate(1, 0, 0), DaysLeft: 365}}}
			}
			v.Programs = append(v.Programs, p)
		}
	}
	return v
}

func behind(v *live.View) *live.View {
	v.Find("master2", id.Etcd).State = symptom.Behind
	v.Findings = []symptom.Finding{{Code: symptom.EarlierServed, Node: "master2", Program: id.Etcd, Port: "192.168.214.89:2379",
		Args: []any{"192.168.214.89:2379", "2026-01-02", "2026-11-29"}, Command: "systemctl restart etcd"}}
	return v
}

func printed(t *testing.T, width int, write func(w *strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > width && !strings.Contains(line, "$ ") {
			t.Errorf("wider than %d: %q", width, line)
		}
	}
	return b.String()
}

// TestView holds what stands on the page: whether all is as planned, the table, and of a
// program that is behind who it is, what is so, what to do, and the command.
func TestView(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			fine := printed(t, width, func(w *strings.Builder) error { return View(w, aView(), "pki", false, width) })
			if !strings.HasPrefix(strings.Join(strings.Fields(fine), " "), "pki: All as planned: 14 programs on 3 nodes have loaded what lies here. The first certificate that is served expires ") {
				t.Error(fine)
			}
			wrong := printed(t, width, func(w *strings.Builder) error { return View(w, behind(aView()), "pki", false, width) })
			flat := strings.Join(strings.Fields(wrong), " ")
			for _, want := range []string{"pki: NOT as planned: of 14 programs on 3 nodes 1 behind.",
				"etcd on master2 still serves the certificate of 2026-01-02 at 192.168.214.89:2379: a run on 2026-11-29 has replaced it: copy the node's files",
				"$ systemctl restart etcd # on master2"} {
				if !strings.Contains(flat, want) {
					t.Errorf("%q is missing in\n%s", want, wrong)
				}
			}
		})
	}
	table := printed(t, 80, func(w *strings.Builder) error {
		t, _ := Matrix(behind(aView()), false)
		return t.Write(w, 80)
	})
	if want := `NODE     etcd     apiserver  controller  scheduler  kubelet  proxy
master1  ok 365d  ok 365d    ok 365d     ok 365d    ok 365d  ok
master2  behind   ok 365d    ok 365d     ok 365d    ok 365d  ok
worker1  -        -          -           -          ok 365d  ok
`; table != want {
		t.Errorf("the table is\n%s, not\n%s", table, want)
	}
}

// TestManyNodes holds that of many nodes those are shown on which something is wrong.
func TestManyNodes(t *testing.T) {
	v := &live.View{}
	for i := range 200 {
		v.Programs = append(v.Programs, &live.Program{Node: fmt.Sprintf("worker%d", i), Name: id.Kubelet, State: symptom.Fine})
	}
	v.Programs[77].State = symptom.Away
	got := printed(t, 80, func(w *strings.Builder) error { return View(w, v, "pki", false, 80) })
	if !strings.Contains(got, "NODE      kubelet\nworker77  away\n199 other nodes: ok\n") {
		t.Error(got)
	}
}

// TestGroups holds that the same of several nodes is told once, and of a program one thing;
// who is behind has a line of its own on each node.
func TestGroups(t *testing.T) {
	v := aView()
	for _, f := range []struct {
		code symptom.Code
		node string
	}{{symptom.Refused, "master1"}, {symptom.Refused, "worker1"}, {symptom.NotReady, "worker1"}, {symptom.TrustsFew, "master1"}, {symptom.TrustsFew, "master2"}} {
		program := id.KubeProxy
		if f.code == symptom.TrustsFew {
			program = id.KubeAPIServer
		}
		v.Findings = append(v.Findings, symptom.Finding{Code: f.code, Node: f.node, Program: program, Args: []any{"a", "b", 1, 2}})
	}
	got := printed(t, 80, func(w *strings.Builder) error { return View(w, v, "pki", false, 80) })
	for text, n := range map[string]int{"kube-proxy on master1, worker1 does not listen": 1, "is not well": 0, "kube-apiserver on master": 2} {
		if strings.Count(got, text) != n {
			t.Errorf("%q is not there %d times:\n%s", text, n, got)
		}
	}
}

// TestRollout holds how steps are ticked.
func TestRollout(t *testing.T) {
	item := func(text string) restart.Item {
		return restart.Item{Task: restart.Task{Text: text, Commands: []restart.Command{{Line: "do it", Where: "on m1"}}}}
	}
	r := &live.Report{Time: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), Left: 2, ByHand: 1, View: behind(aView()), Steps: []live.Tick{
		{Item: item("seen"), Text: "seen", Done: true, Evidence: live.Seen},
		{Item: item("inferred"), Text: "inferred", Done: true, Evidence: live.Inferred},
		{Item: item("not yet"), Text: "not yet", Evidence: live.Seen, Node: "master2", Program: id.Etcd, Waits: []live.Wait{{File: "server.crt"}}},
		{Item: item("lost"), Text: "lost", Evidence: live.Seen, Lost: true},
		{Item: item("by hand"), Text: "by hand", Evidence: live.Unseen},
	}, Lost: []symptom.Finding{{Code: symptom.Refused, Node: "m1", Program: id.Etcd, Args: []any{"10.0.0.1:2379"}}}}
	for i, want := range []string{"seen", "inferred", "not yet: server.crt", "was well before", "by hand"} {
		if got := Beside(&r.Steps[i]); got != want {
			t.Errorf("beside %q stands %q, want %q", r.Steps[i].Text, got, want)
		}
	}
	if got := NowLine(r); got != "Now: not yet" {
		t.Errorf("what to do now is %q", got)
	}
	got := printed(t, 80, func(w *strings.Builder) error { return Rollout(w, r, 80) })
	if want := `The rollout of 2026-11-30 09:00:00: 2 of 5 steps done, 1 to tick by hand.
  ! It was well before: etcd on m1 does not listen at 10.0.0.1:2379: start it,
    or look at its log: it may have ended for a file that it cannot use.

  [x] seen
  [x] inferred (inferred)
  [ ] not yet
      waits for server.crt
      $ do it   # on m1
  [!] lost - it was well before, and is not any more
  [?] by hand (by hand: it cannot be seen from here)
`; got != want {
		t.Errorf("printed\n%s\nnot\n%s", got, want)
	}
}
