package line

import (
	"strings"
	"testing"
)

// A list is judged line by line while it is typed, and says what a line stands for where
// that is more than it says.
func TestListIsJudgedWhileTyped(t *testing.T) {
	typed := []string{"master1-3 10.0.0.11-13", "worker1 10.0.0.300", "2: worker1 10.0.0.21", "master1 10.0.0.99", "3:",
		"node5 10.0.0.25 worker", "10.0.0.26 Worker6", "."}
	out, _, _ := walked(t, strings.NewReader(toNodes+strings.Join(typed, "\n")+"\n"))
	_, out, _ = strings.Cut(out, "Step 5 of")
	for _, want := range []string{
		"1: master1-3 10.0.0.11-13\n= master1 to master3 · 10.0.0.11 to 10.0.0.13 · assumed control-plane,etcd\n",
		"2: worker1 10.0.0.300\n! line 2: \"10.0.0.300\" is not an address",
		"3: 2: worker1 10.0.0.21\n= worker1 · 10.0.0.21 · assumed worker\n",
		"3: master1 10.0.0.99\n! line 3: \"master1\" is already on line 1",
		"3: node5 10.0.0.25 worker\n4: 10.0.0.26 Worker6\n! line 4: warning: \"Worker6\" has capital letters",
		"! warning: no role is written for 5 nodes",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "has capital letters"); n != 1 {
		t.Errorf("a warning is told %d times\n%s", n, out)
	}
}

// A text of another program that is pasted is judged as a whole: it is taken, or it is said
// why not, and its lines are no nodes.
func TestListTakesATextOfAnotherProgram(t *testing.T) {
	const inventory = "all:\n  hosts:\n    n1:\n      ip: 10.3.0.1\n    n2:\n      ip: 10.3.0.2\n  children:\n" +
		"    kube_control_plane:\n      hosts:\n        n1:\n    kube_node:\n      hosts:\n        n2:\n    etcd:\n      hosts:\n        n1:\n.\n"
	out, answers, _ := walked(t, strings.NewReader(toNodes+inventory))
	if got, want := answers.Get("nodes"), "n1 10.3.0.1 control-plane,etcd\nn2 10.3.0.2 worker"; got != want {
		t.Errorf("nodes %q, want %q", got, want)
	}
	if _, out, _ = strings.Cut(out, "Step 5 of"); !strings.Contains(out, "an inventory of Ansible") || strings.Contains(out, "is not a host name") {
		t.Errorf("said\n%s", out)
	}
	out, answers, _ = walked(t, strings.NewReader(toNodes+"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n.\n"))
	if got := answers.Get("nodes"); got != "" || !strings.Contains(out, "Nothing was taken of what was pasted") {
		t.Errorf("nodes %q, said\n%s", got, out)
	}
}
