package connections

import (
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/spec"
)

func TestConnectionsStandInTheCatalogue(t *testing.T) {
	for _, l := range catalog.Layouts {
		if !l.PerNode {
			continue
		}
		roles := map[string]*catalog.Placed{}
		for i := range l.Entries {
			roles[l.Entries[i].Name] = &l.Entries[i]
		}
		drawn, ids := map[string]bool{}, map[string]bool{}
		for _, a := range All {
			if ids[a.ID] {
				t.Errorf("two connections are called %s", a.ID)
			}
			ids[a.ID] = true
			if a.Port == 0 || a.Why == "" || len(a.Failures) == 0 || a.Server.What == "" || a.Client.What == "" {
				t.Errorf("%s: port, reason, checks and failures must be there", a.ID)
			}
			for side, name := range map[string]string{a.ShowsText + "shows": a.Shows, a.AnswersText + "answers": a.Answers} {
				if name == "" && side != "its own certificateanswers" {
					t.Errorf("%s: %s neither a role nor a text", a.ID, side)
				}
				if name != "" && roles[name] == nil {
					t.Errorf("%s: layout %s has no role %s", a.ID, l.Name, name)
				}
				drawn[name] = true
			}
			for side, c := range []Proof{a.Server, a.Client} {
				by := []string{a.From, a.To}[side]
				if c.Component != "" {
					by = c.Component
				}
				told := c.Entry
				if told == "" {
					told = l.CAs[c.Domain]
				}
				if told == "" {
					continue // a token, or a CA that is not made here
				}
				drawn[told] = true
				if c.Domain != "" {
					drawn[l.CAs[c.Domain]] = true
				}
				if roles[told] == nil || !roles[told].Told(by, c.Flag) {
					t.Errorf("%s, %s: no use of %s by %s with %s", l.Name, a.ID, told, by, c.Flag)
				}
			}
			for _, f := range a.Failures {
				if f.At != a.From && f.At != a.To || f.Cause == "" || f.Text == "" {
					t.Errorf("%s: %+v must name one of its two sides, a cause and a text", a.ID, f)
				}
			}
		}
		for name := range roles {
			if drawn[name] == (roles[name].Dialled != "") {
				t.Errorf("%s: role %s is in a connection (%t), or says who dials it", l.Name, name, drawn[name])
			}
		}
	}
}

// The signing roles of both sides must be those that the other side checks by.
func TestConnectionsCheckTheCAThatSigned(t *testing.T) {
	l, _ := catalog.FindLayout("three-ca")
	signer := map[string]string{}
	for _, p := range l.Entries {
		signer[p.Name] = p.Signer
	}
	for _, a := range All {
		for side, c := range []Proof{a.Server, a.Client} {
			name := []string{a.Answers, a.Shows}[side]
			if name != "" && c.Domain != "" && signer[name] != l.CAs[c.Domain] {
				t.Errorf("%s: %s is signed by %q and checked by %q", a.ID, name, signer[name], l.CAs[c.Domain])
			}
		}
	}
}

func TestConnectionsOfBootstrapping(t *testing.T) {
	for way, want := range map[spec.Bootstrap]string{
		spec.BootstrapOff: "", spec.BootstrapSecret: "bootstrap-to-apiserver", spec.BootstrapFile: "bootstrap-file-to-apiserver",
	} {
		got := ""
		for _, a := range All {
			if a.When != nil && a.When(&spec.Cluster{Bootstrap: way}) {
				got += a.ID
			}
		}
		if got != want {
			t.Errorf("%s: connections %q, want %q", way, got, want)
		}
	}
}
