package symptom

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestTexts holds that each code has its sentences, in the form that they are joined in:
// "etcd on master1 serves ...: copy the node's files to it."
func TestTexts(t *testing.T) {
	if len(texts) < 30 {
		t.Fatalf("%d codes: this test looks at nothing", len(texts))
	}
	for code, text := range texts {
		if !slices.Contains(states, text.state) || text.state == Fine {
			t.Errorf("%s: state %q", code, text.state)
		}
		for _, s := range []string{text.what, text.next} {
			if s == "" || strings.HasSuffix(s, ".") || strings.ToLower(s[:1]) != s[:1] {
				t.Errorf("%s: %q", code, s)
			}
		}
		if strings.Contains(text.next, "{1}") && !strings.Contains(text.what+text.next, "{1}") {
			t.Errorf("%s: an argument is told in what to do alone", code)
		}
	}
}

// TestFinding holds that a program gets the code and the sentences.
func TestFinding(t *testing.T) {
	f := Finding{Code: EarlierServed, Node: "m1", Program: "etcd", Port: "a:1", Args: []any{"a:1", "2026-01-02", "2026-03-04"}}
	if got := f.What(); got != "still serves the certificate of 2026-01-02 at a:1: a run on 2026-03-04 has replaced it" {
		t.Error(got)
	}
	data, err := json.Marshal(f)
	if err != nil || !strings.Contains(string(data), `"code":"serves-earlier","state":"behind"`) || strings.Contains(string(data), "{1}") {
		t.Errorf("%s, %v", data, err)
	}
	if Worse(Hidden, Behind) != Behind || Worse(Away, Unwell) != Away || Fine.Rank() != 0 {
		t.Error("the order of the states")
	}
}
