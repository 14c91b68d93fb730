package verify_test

import (
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/rehearse"
)

// TestOwnConnections holds that in a set of ours every connection of the catalogue is
// tried, by what the programs are told, and everything that must be refused.
func TestOwnConnections(t *testing.T) {
	for _, layout := range catalog.Layouts {
		for _, bootstrap := range []spec.Bootstrap{spec.BootstrapOff, spec.BootstrapSecret, spec.BootstrapFile} {
			t.Run(layout.Name+string(bootstrap), func(t *testing.T) {
				t.Parallel()
				c := cluster(layout.Name)
				c.Bootstrap, c.SignCSRs = bootstrap, bootstrap != spec.BootstrapOff
				made := func(name string) bool {
					p := layout.Find(name)
					return name == "" || p != nil && (p.When == nil || p.When(c))
				}
				states := map[string]rehearse.State{}
				for _, r := range judged(t, set(t, c), c)["answers"].Connections {
					if r.Case.Refusal != nil {
						states[r.Case.Refusal.ID] = r.State
					} else {
						states[r.Case.Connection.ID] = r.State
					}
				}
				for _, a := range connections.All {
					if (a.When == nil || a.When(c)) && made(a.Shows) && made(a.Answers) && states[a.ID] != rehearse.Talks {
						t.Errorf("%s: %q", a.ID, states[a.ID])
					}
				}
				for _, r := range connections.Refusals {
					want := rehearse.Refused
					if r.Open(&layout) {
						want = rehearse.Known
					}
					if made(r.Shows) && states[r.ID] != want {
						t.Errorf("%s: %q, want %q", r.ID, states[r.ID], want)
					}
				}
			})
		}
	}
}
