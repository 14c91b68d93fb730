package rehearse_test

import (
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/rehearse"
)

// told rehearses a right cluster whose sides are changed before.
func told(t *testing.T, change func(*rehearse.Case)) *rehearse.Report {
	t.Helper()
	w := shared(t, "three-ca")
	cases := catalogued(w.layout, w.cluster, w.files.read)
	for i := range cases {
		from, to := *cases[i].From, *cases[i].To
		cases[i].From, cases[i].To = &from, &to
		change(&cases[i])
	}
	r, err := rehearse.Run(t.Context(), cases, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ended are the IDs of what ended in a state.
func ended(r *rehearse.Report, state rehearse.State) string {
	seen := map[string]bool{}
	var out []string
	for i := range r.Results {
		c := r.Results[i].Case
		id := c.Connection.ID
		if c.Refusal != nil {
			id = c.Refusal.ID
		}
		if r.Results[i].State == state && !seen[id] {
			seen[id], out = true, append(out, id)
		}
	}
	return strings.Join(out, " ")
}

// TestHalt: nobody talks with a program that does not start.
func TestHalt(t *testing.T) {
	t.Parallel()
	r := told(t, func(c *rehearse.Case) {
		for _, s := range []*rehearse.Side{c.From, c.To} {
			if s.Program == "etcd" {
				s.Halt = &rehearse.Halt{Check: "flag-missing", File: "etcd.env", Text: "no --key-file is given", Cause: "etcd does not start"}
			}
		}
	})
	if got := ended(r, rehearse.Broken); got != "apiserver-to-etcd etcdctl-to-etcd etcd-gateway etcd-peers" {
		t.Errorf("broken are %s", got)
	}
	for i := range r.Results {
		if f := r.Results[i].Failure; r.Results[i].State == rehearse.Broken && (f.File != "etcd.env" || f.Check != "flag-missing" || f.Cause != "etcd does not start") {
			t.Errorf("got %s", title(&r.Results[i]))
		}
	}
}

// TestWithoutCA: a server that is told of no CA for clients.
func TestWithoutCA(t *testing.T) {
	t.Parallel()
	without := func(program string, change func(*rehearse.Side)) func(*rehearse.Case) {
		return func(c *rehearse.Case) {
			if c.To.Program == program && c.Connection.ID != "etcd-peers" {
				c.To.CA, c.To.Told = rehearse.File{}, "its.env"
				change(c.To)
			}
		}
	}
	for _, test := range []struct {
		name, program  string
		change         func(*rehearse.Side)
		broken, opened string
	}{
		{"etcd that asks nobody", "etcd", func(*rehearse.Side) {}, "", "kubelet-at-etcd admin-at-etcd nobody-at-etcd"},
		{"etcd that asks all the same", "etcd", func(s *rehearse.Side) { s.Asks = true }, "apiserver-to-etcd etcdctl-to-etcd etcd-gateway", ""},
		{"kube-apiserver", "kube-apiserver", func(*rehearse.Side) {}, "controller-manager-to-apiserver scheduler-to-apiserver kubelet-to-apiserver kube-proxy-to-apiserver admin-to-apiserver super-admin-to-apiserver", ""},
		{"kube-apiserver without a front proxy", "kube-apiserver", func(s *rehearse.Side) { s.HeaderCA = rehearse.File{} },
			"controller-manager-to-apiserver scheduler-to-apiserver kubelet-to-apiserver kube-proxy-to-apiserver admin-to-apiserver super-admin-to-apiserver", ""},
		{"kubelet", "kubelet", func(*rehearse.Side) {}, "apiserver-to-kubelet", ""},
	} {
		r := told(t, without(test.program, test.change))
		if got := ended(r, rehearse.Broken); got != test.broken {
			t.Errorf("%s: broken are %s", test.name, got)
		}
		if got := ended(r, rehearse.Opened); got != test.opened {
			t.Errorf("%s: open are %s", test.name, got)
		}
		for i := range r.Results {
			if f := r.Results[i].Failure; r.Results[i].State == rehearse.Broken && (f.Check != "flag-missing" || f.File != "its.env") {
				t.Errorf("%s: got %s", test.name, title(&r.Results[i]))
			}
		}
	}
}
