package steps

import "testing"

// TestReplay holds that a file is the same by what it answers, and not by how.
func TestReplay(t *testing.T) {
	a := NewAnswers()
	for k, v := range map[string]string{"layout": "three-ca", "nodes": "m1 10.0.0.1 control-plane,etcd", "ca.CN": "lab-ca", DirKey: "pki"} {
		if err := a.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	r := a.Replay()
	if !a.InSet() {
		t.Error("a layout with trees keeps no answers")
	}
	const short = "# mine\nnodes:\n- m1 10.0.0.1 control-plane,etcd\nca:\n  CN: lab-ca\n"
	for text, want := range map[string]bool{
		string(r.Text): true,
		short:          true,
		"layout: three-ca\n" + short + "dnsDomain: cluster.local\n": true,
		short + "dnsDomain: lab.local\n":                            false,
		short + "layout: article\n":                                 false,
		short + "unknown: 1\n":                                      false,
		"{":                                                         false,
		"":                                                          false,
	} {
		if got := r.Same([]byte(text)); got != want {
			t.Errorf("%q: same %t, want %t", text, got, want)
		}
	}
	// Later changes of the answers do not reach what was handed down.
	if err := a.Set("ca.CN", "other-ca"); err != nil {
		t.Fatal(err)
	}
	if !r.Same([]byte(short)) {
		t.Error("the file changed with the answers")
	}
	if err := a.Set("layout", "article"); err != nil {
		t.Fatal(err)
	}
	if a.InSet() {
		t.Error("a flat layout keeps answers in its directory")
	}
}
