package connections

import (
	"slices"
	"testing"

	"certwright/pkigen/cluster/catalog"
)

func TestRefusalsStandInTheCatalogue(t *testing.T) {
	threeCA, _ := catalog.FindLayout("three-ca")
	ids := map[string]bool{}
	for _, r := range Refusals {
		if ids[r.ID] || r.ID == "" || r.Who == "" || r.Why == "" || (len(r.Shared) > 0) != (r.Danger != "") {
			t.Errorf("%s: must be there once, with who, why, and the danger of a shared CA", r.ID)
		}
		ids[r.ID] = true
		at := slices.IndexFunc(All, func(a Connection) bool { return a.ID == r.Connection })
		if at < 0 {
			t.Fatalf("%s: there is no connection %q", r.ID, r.Connection)
		}
		if All[at].Shows == r.Shows && r.Poses == AsItself {
			t.Errorf("%s: shows what the connection itself shows", r.ID)
		}
		if r.Shows != "" && threeCA.Find(r.Shows) == nil {
			t.Errorf("%s: there is no role %q", r.ID, r.Shows)
		}
	}
}

func TestOpenWhereOneCAServesAll(t *testing.T) {
	for _, l := range catalog.Layouts {
		for _, r := range Refusals {
			want := l.Name != "three-ca" && len(r.Shared) > 0
			if got := r.Open(&l); got != want {
				t.Errorf("%s in %s: open %t, want %t", r.ID, l.Name, got, want)
			}
		}
	}
}
