package text

import (
	"strings"
	"testing"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/judging/rehearse"
)

// TestMatrix lays out a matrix in any width: nothing is wider, nothing is lost, and
// a name cannot move the cursor.
func TestMatrix(t *testing.T) {
	api, kubelet := &connections.Connection{From: "kube-apiserver", To: "etcd"}, &connections.Connection{From: "kube-apiserver", To: "kubelet"}
	end := func(a *connections.Connection, from, to string, refusal *connections.Refusal, state rehearse.State) rehearse.Result {
		return rehearse.Result{State: state, Case: &rehearse.Case{Connection: a, Refusal: refusal,
			From: &rehearse.Side{Machine: from}, To: &rehearse.Side{Machine: to}}}
	}
	m := rehearse.NewMatrix([]rehearse.Result{
		end(api, "m1", "m1", nil, rehearse.Talks),
		end(kubelet, "m1", "北京", nil, rehearse.Broken),
		end(kubelet, "m1", "\x1b[2Jm2", nil, rehearse.Talks),
		end(api, "m1", "m1", &connections.Refusal{ID: "x", Who: "a kubelet"}, rehearse.Opened),
	})
	for _, width := range []int{60, 80, 200} {
		lines := matrixLines(m, width)
		text := strings.Join(lines, "\n")
		for _, l := range lines {
			if cellWidth(l) > width {
				t.Errorf("%d cells in %d: %q", cellWidth(l), width, l)
			}
		}
		for _, want := range []string{"who dials", "kube-apiserver", "北京", "talks", "BROKEN", "NOT REFUSED", "must be refused:", `\u001b`, "must work, and does not"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d: no %q in\n%s", width, want, text)
			}
		}
		if strings.Contains(text, "\x1b") || strings.Contains(text, "not tried") {
			t.Errorf("width %d:\n%q", width, text)
		}
	}
}

// TestMatrixKeepsNames: a long name is not broken, and two of them can be told apart.
func TestMatrixKeepsNames(t *testing.T) {
	a := &connections.Connection{From: "kube-apiserver", To: "kubelet"}
	var results []rehearse.Result
	names := []string{"worker-with-a-long-name-01.example.com", "worker-with-a-long-name-02.example.com"}
	for i, to := range names {
		results = append(results, rehearse.Result{State: []rehearse.State{rehearse.Talks, rehearse.Broken}[i],
			Case: &rehearse.Case{Connection: a, From: &rehearse.Side{Machine: to}, To: &rehearse.Side{Machine: to}}})
	}
	text := strings.Join(matrixLines(rehearse.NewMatrix(results), 80), "\n")
	for _, name := range names {
		if strings.Count(text, name) < 2 {
			t.Errorf("%s is not whole in\n%s", name, text)
		}
	}
}
