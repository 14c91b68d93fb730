package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/rollout/restart"
)

// stepsOn makes a plan with one program that does one thing on n nodes.
func stepsOn(n int, s restart.Step) *restart.Plan {
	p := &restart.Plan{}
	for i := range n {
		node := fmt.Sprintf("n%d", i+1)
		p.Copies = append(p.Copies, restart.Copy{Node: node, Files: []string{"/a"}, Command: shell.Command("certwright handout pki").Word(node)})
		s.Node = node
		s.Health = shell.Command("check").Word(node)
		p.Steps = append(p.Steps, s)
	}
	return p
}

func TestRestart(t *testing.T) {
	for name, test := range map[string]struct {
		plan       *restart.Plan
		has, lacks []string
	}{
		"nothing": {plan: &restart.Plan{}, lacks: []string{"happen"}},
		"one": {
			plan:  stepsOn(1, restart.Step{Component: "etcd", What: restart.Restart, Alone: true, Command: "systemctl restart etcd"}),
			has:   []string{"1. copy the changed files to n1\n     $ certwright handout pki n1\n", "2. restart etcd on n1\n", "$ systemctl restart etcd\n", "$ check n1   # check, on the node"},
			lacks: []string{"one after another"},
		},
		"three": {
			plan: stepsOn(3, restart.Step{Component: "etcd", What: restart.Restart, Alone: true, Command: "systemctl restart etcd"}),
			has:  []string{`for node in n1 n2 n3; do certwright handout pki "$node"`, "restart etcd on n1, n2, n3, one after another: go on when the check", "$ check n3"},
		},
		"thousands": {
			plan:  stepsOn(4000, restart.Step{Component: "kubelet", What: restart.Restart, Command: "systemctl restart kubelet", HealthHere: true}),
			has:   []string{"certwright handout pki --force", "n8, and 3992 more, a few at a time", "$ check n1   # check, here, and so for the other 3999 nodes"},
			lacks: []string{"n9,"},
		},
		"by itself": {
			plan: stepsOn(2, restart.Step{Component: "kube-apiserver", What: restart.Reload, WithinSeconds: 300, Since: "1.31", Alone: true, Older: "systemctl restart kube-apiserver"}),
			has:  []string{"kube-apiserver on n1, n2: no restart, reads its new files by itself within 5 minutes since Kubernetes 1.31; older ones need systemctl restart kube-apiserver, one node at a time"},
		},
		"needs nothing": {plan: &restart.Plan{Steps: []restart.Step{{Node: "n1", Component: "etcdctl", What: restart.Nothing}}}, lacks: []string{"etcdctl"}},
		"yours": {
			plan: &restart.Plan{Notes: []string{"mind\x1b"}, Steps: []restart.Step{
				{Component: "kubectl", What: restart.Rewrite, Files: []restart.File{{Path: "admin/admin.conf"}}},
				{Component: "kubectl", What: restart.Rewrite, Files: []restart.File{{Path: "admin/super-admin.conf"}}},
			}},
			has: []string{"! mind\\u001b\n", "1. on your own machine: admin/admin.conf, admin/super-admin.conf changed; a copy"},
		},
		"flat": {
			plan: &restart.Plan{Copies: []restart.Copy{{Node: "m1", Files: []string{"a.pem", "b.pem"}}, {Node: "w1", Files: []string{"b.pem"}}, {Node: "w2", Files: []string{"b.pem"}}}},
			has:  []string{"1. copy to where they lie on the nodes, each beside its place and then by mv -f into it: a.pem, b.pem to m1; b.pem to w1, w2\n"},
		},
	} {
		var b bytes.Buffer
		if err := Restart(&b, test.plan, "pki", 0); err != nil {
			t.Fatal(err)
		}
		for _, s := range test.has {
			if !strings.Contains(b.String(), s) {
				t.Errorf("%s: no %q in\n%s", name, s, b.String())
			}
		}
		for _, s := range test.lacks {
			if strings.Contains(b.String(), s) {
				t.Errorf("%s: there is %q in\n%s", name, s, b.String())
			}
		}
	}
}
