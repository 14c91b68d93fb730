package issue

import (
	"maps"
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
)

// TestPlanIssueVerify goes the whole way with the real planner: plan, make,
// prove; plan again and find nothing to do; then a changed answer and a renewed CA.
func TestPlanIssueVerify(t *testing.T) {
	c := articleCluster(spec.ECDSAP256)
	layout := newPlan(t, c).Layout
	files := map[string][]byte{}
	now := time.Now()
	step := func(what string, wantFiles int) {
		t.Helper()
		have := store.Directory{}
		for path, data := range files {
			have[path] = store.File{Data: data, Mode: 0o600}
		}
		p, err := plan.Make(c, layout, have, now, plan.Options{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		made, err := Run(t.Context(), p, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(made.Files) != wantFiles {
			t.Errorf("%s: made %d files, want %d: %s", what, len(made.Files), wantFiles, p.Summary())
		}
		maps.Copy(files, made.Files)
		read := func(path string) ([]byte, error) { return files[path], nil }
		if _, err := verify.Set(p, nil, read, now); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	step("new", 17)
	step("again", 0)
	c.SANs = []spec.Host{addr("10.9.9.9")}
	step("a name more", 3) // request JSON, request and certificate of kubernetes
	before := parseCert(t, files["ca.pem"])
	c.CA.Expiry = 2 * tenYears
	step("a longer CA", 2) // its JSON and its certificate; the leaves stay
	sameAuthority(t, before, parseCert(t, files["ca.pem"]))
	step("again", 0)
}
