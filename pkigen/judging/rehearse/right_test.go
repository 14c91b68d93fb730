package rehearse_test

import (
	"context"
	"testing"

	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

var background = context.Background()

// TestRightDirectories holds that nothing of ours fails, that what must be
// refused is, and that each connection and each refusal of the catalogue is tried.
func TestRightDirectories(t *testing.T) {
	ways := map[string]func(*spec.Cluster){
		"issued":          nil,
		"by path":         func(c *spec.Cluster) { c.Kubeconfigs = spec.ByPath },
		"token in Secret": func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapSecret, true },
		"token in file":   func(c *spec.Cluster) { c.Bootstrap, c.SignCSRs = spec.BootstrapFile, true },
	}
	for _, layout := range []string{"three-ca", "single-ca"} {
		tried := map[string]bool{}
		for name, way := range ways {
			w := shared(t, layout)
			if way != nil {
				c := cluster(layout)
				way(c)
				var err error
				if w, err = issue(c); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range w.run(t).Results {
				id, want := r.Case.Connection.ID, rehearse.Talks
				if r.Case.Refusal != nil {
					id, want = r.Case.Refusal.ID, rehearse.Refused
					if r.Case.Refusal.Open(w.layout) {
						want = rehearse.Known
					}
				}
				tried[id] = true
				if r.State != want {
					t.Errorf("%s, %s: want %s: %s", layout, name, want, title(&r))
				}
				if testing.Verbose() && name == "issued" {
					t.Log(title(&r), r.Identity)
				}
			}
		}
		for _, a := range connections.All {
			if !tried[a.ID] {
				t.Errorf("%s: %s was not tried", layout, a.ID)
			}
		}
		for _, r := range connections.Refusals {
			if !tried[r.ID] {
				t.Errorf("%s: %s was not tried", layout, r.ID)
			}
		}
	}
}
