package pkigen

import (
	"errors"
	"strings"
	"testing"
)

// TestConclude holds that a result means success, and that what was fixed
// before a run is told however the run went.
func TestConclude(t *testing.T) {
	boom, busy := errors.New("boom"), errors.New("busy")
	fixed := []string{"mended"}
	r, err := conclude(&Result{Notes: []string{"tightened"}}, nil, fixed, busy)
	if err != nil || len(r.Notes) != 3 || r.Notes[0] != "mended" || r.Notes[1] != "tightened" || !strings.HasSuffix(r.Notes[2], "removed: busy") {
		t.Errorf("a lock that stays: %+v, %v", r, err)
	}
	if r, err := conclude(&Result{}, nil, nil, nil); err != nil || r == nil || len(r.Notes) != 0 {
		t.Errorf("all well: %+v, %v", r, err)
	}
	r, err = conclude(&Result{}, boom, nil, nil)
	if r != nil || err == nil || err.Error() != "boom" {
		t.Errorf("nothing recovered: %+v, %v", r, err)
	}
	r, err = conclude(nil, boom, fixed, busy)
	if r != nil || !errors.Is(err, boom) || !errors.Is(err, busy) || !strings.HasSuffix(err.Error(), "; before that: mended") {
		t.Errorf("recovered: %+v, %v", r, err)
	}
}

func TestChangedErrorIsBounded(t *testing.T) {
	e := &ChangedError{Dir: "pki", Changes: make([]string, 5000)}
	if s := e.Error(); strings.Count(s, "\n") != shownChanges+1 || !strings.HasSuffix(s, "and 4992 more") || len(e.Changes) != 5000 {
		t.Error(s)
	}
}
