package rehearse_test

import (
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/judging/rehearse"
)

// fault is something wrong in a right directory, and what must be seen of it.
type fault struct {
	name        string
	plant       func(t testing.TB, w *world)
	connections []string // all that fail, sorted
	at          string   // the side with the telling text, of the first of connections
	text        string   // in that text
	other       string   // in what the other side sees; "" for nothing looked at
	check       string
	file        string // the end of its path
	state       rehearse.State
	layout      string   // "" for three-ca
	opens       []string // refusals that do not hold any more, sorted
}

// quiet stands before what the other side sees and does not log by default.
const quiet = "quiet: "

// see plants a fault, and looks for exactly it.
func (f *fault) see(t *testing.T) {
	t.Helper()
	if f.layout == "" {
		f.layout = "three-ca"
	}
	if f.state == "" {
		f.state = rehearse.Broken
	}
	w := shared(t, f.layout)
	f.plant(t, w)
	var failed, opened []string
	var found bool
	report := w.run(t)
	for i := range report.Results {
		r := &report.Results[i]
		if r.State == rehearse.Opened && !slices.Contains(opened, r.Case.Refusal.ID) {
			opened = append(opened, r.Case.Refusal.ID)
		}
		if r.Case.Refusal != nil || r.State == rehearse.Talks {
			continue
		}
		if !slices.Contains(failed, r.Case.Connection.ID) {
			failed = append(failed, r.Case.Connection.ID)
		}
		g := r.Failure
		found = found || r.Case.Connection.ID == f.connections[0] && r.State == f.state && strings.HasPrefix(g.At.String(), f.at) && strings.Contains(g.Text, f.text) &&
			strings.Contains(g.OtherAs, strings.TrimPrefix(f.other, quiet)) && (f.other == "" || g.OtherQuiet == strings.HasPrefix(f.other, quiet)) && g.Check == f.check && strings.HasSuffix(g.File, f.file) && g.Cause != "" && g.Error != ""
	}
	want := slices.Clone(f.connections)
	slices.Sort(want)
	slices.Sort(failed)
	slices.Sort(opened)
	if !slices.Equal(opened, f.opens) {
		t.Errorf("opened %q, want %q", opened, f.opens)
	}
	if !slices.Equal(failed, want) {
		t.Errorf("failed %q, want %q", failed, want)
	}
	if !found || !slices.Equal(failed, want) {
		for i := range report.Results {
			if r := &report.Results[i]; r.State != rehearse.Talks && r.Case.Refusal == nil {
				t.Log(title(r))
			}
		}
	}
	if !found {
		t.Errorf("not seen: %+v", *f)
	}
}

func seeAll(t *testing.T, faults []fault) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.see(t)
		})
	}
}
