package pkigen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/plan"
)

// TestConclude holds that a result means success, and that what was mended
// before a run is told however the run went.
func TestConclude(t *testing.T) {
	boom, busy := errors.New("boom"), errors.New("busy")
	mended := []string{"mended"}
	r, err := conclude(&Result{Notes: []string{"tightened"}}, nil, mended, busy)
	if err != nil || len(r.Notes) != 3 || r.Notes[0] != "mended" || r.Notes[1] != "tightened" || !strings.HasSuffix(r.Notes[2], "removed: busy") {
		t.Errorf("a lock that stays: %+v, %v", r, err)
	}
	if r, err := conclude(&Result{}, nil, nil, nil); err != nil || r == nil || len(r.Notes) != 0 {
		t.Errorf("all well: %+v, %v", r, err)
	}
	r, err = conclude(&Result{}, boom, nil, nil)
	if r != nil || !errors.Is(err, boom) || errors.As(err, new(*MendedError)) {
		t.Errorf("nothing mended: %+v, %v", r, err)
	}
	r, err = conclude(nil, boom, mended, busy)
	var with *MendedError
	if r != nil || !errors.Is(err, boom) || !errors.Is(err, busy) || !errors.As(err, &with) || !slices.Equal(with.Notes, mended) || strings.Contains(err.Error(), "mended") {
		t.Errorf("mended: %+v, %v", r, err)
	}
}

// TestMendedAndRefused leaves what a killed run leaves, and has the next one
// fail for a reason of its own.
func TestMendedAndRefused(t *testing.T) {
	job := newJob(t)
	mustRun(t, job, nil)
	work := filepath.Join(filepath.Dir(job.Dir), ".pki.certwright")
	if err := os.MkdirAll(filepath.Join(work, "staging"), 0o700); err != nil {
		t.Fatal(err)
	}
	job.Cluster.CA.Subject.CN = "lab-ca"
	_, err := Run(t.Context(), job, nil)
	var mended *MendedError
	var refused *plan.RefusedError
	if !errors.As(err, &mended) || len(mended.Notes) == 0 || !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestChangedErrorIsBounded(t *testing.T) {
	e := &ChangedError{Dir: "pki", Changes: make([]string, 5000)}
	if s := e.Error(); strings.Count(s, "\n") != shownChanges+1 || !strings.HasSuffix(s, "and 4992 more") || len(e.Changes) != 5000 {
		t.Error(s)
	}
}
