package steps

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/spec"
)

// Lines that are written out say today what they said then, and what says the same in
// both readings stays to the letter.
func TestWrittenOut(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"# all\nmaster1 10.0.0.1\n\nworker1 10.0.0.2 # rack 2\nw2 10.0.0.3 node",
			"# all\nmaster1 10.0.0.1 control-plane,etcd\n\nworker1 10.0.0.2 control-plane,etcd # rack 2\nw2 10.0.0.3 node"},
		{"m1-3 10.0.0.1-2 cp # two\nw 10.0.0.3-4 worker", "m1-3 10.0.0.1 control-plane # two\nm1-4 10.0.0.2 control-plane\nw 10.0.0.3-4 worker"},
		{"10.0.0.1 etcd1 store\nm 10.0.0.5-6 cp", "10.0.0.1 etcd1 store control-plane,etcd\nm 10.0.0.5-6 cp"},
	} {
		a := NewAnswers()
		if err := a.Set(nodesKey, tt.typed); err != nil {
			t.Fatal(err)
		}
		a.former = true
		then, _ := Build(a, testNow)
		out := a.WrittenOut()
		if got := out.Get(nodesKey); got != tt.want {
			t.Errorf("%q is written out as\n%s\nwant\n%s", tt.typed, got, tt.want)
		}
		now, ps := Build(out, testNow)
		if !slices.EqualFunc(then.Nodes, now.Nodes, func(a, b spec.Node) bool { return a.String() == b.String() }) {
			t.Errorf("%q was %v, and is %v when written out: %v", tt.typed, then.Nodes, now.Nodes, ps)
		}
		if a.Get(nodesKey) != tt.typed || !strings.Contains(string(a.YAML()), strings.SplitN(tt.typed, "\n", 2)[0]) {
			t.Error("the answers as they lie with the set were changed")
		}
	}
}

// What is given anew is read as lines are read now.
func TestGivenAnew(t *testing.T) {
	a := NewAnswers()
	a.former = true
	if err := a.Set(nodesKey, "master1 10.0.0.1\nworker1 10.0.0.2"); err != nil {
		t.Fatal(err)
	}
	if c, _ := Build(a, testNow); c.Nodes[1].Roles != spec.Worker {
		t.Errorf("worker1 is %s", c.Nodes[1].Roles)
	}
}

// A change of one node leaves the roles of the others, which were assumed beside it.
func TestApplyKeepsAssumedRoles(t *testing.T) {
	a := NewAnswers()
	if err := a.Set(nodesKey, "master1 10.0.0.1\nmaster2 10.0.0.2\nnode1-3 10.0.0.11-13 # rack\netcd1 10.0.0.9"); err != nil {
		t.Fatal(err)
	}
	before, _ := Build(a, testNow)
	after, _, err := a.Apply(before, Edit{RemoveNodes: []string{"etcd1", "node2"}, AddNodes: []string{"node4 10.0.0.14", "master1 10.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := Build(after, testNow)
	var got []string
	for _, n := range c.Nodes {
		got = append(got, n.String())
	}
	want := []string{"master1 10.0.0.1 control-plane", "master2 10.0.0.2 control-plane", "node1 10.0.0.11 worker", "node3 10.0.0.13 worker", "node4 10.0.0.14 worker"}
	if !slices.Equal(got, want) {
		t.Errorf("nodes %q, want %q", got, want)
	}
}
