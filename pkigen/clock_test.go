package pkigen

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/making/plan"
)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// TestClockThatCannotBeRight gives Run clocks that no certificate may be dated
// by. The error says what the clock says, and not a byte is written, neither
// where there is nothing yet nor beside a set.
func TestClockThatCannotBeRight(t *testing.T) {
	there := newJob(t)
	mustRun(t, there, nil)
	for _, test := range []struct {
		name string
		now  time.Time
		set  bool // a set lies there already
		says string
	}{
		{"before 1970", time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), false, "the clock says 1969-12-31 23:00 UTC"},
		{"before 1970, with a set", time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), true, "the clock says 1969-12-31 23:00 UTC"},
		{"before our era", time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC), false, "the clock says "},
		{"no time at all", time.Time{}, false, "the clock says 0001-01-01 00:00 UTC"},
		{"an empty battery", time.Unix(0, 0), true, "the clock says 1970-01-01 00:00 UTC"},
		{"after 9999", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), false, "the clock says 10000-01-01 00:00 UTC"},
		{"so late that no CA fits", time.Date(9995, 1, 1, 0, 0, 0, 0, time.UTC), false, `certificate "ca" would expire in the year 10004`},
		{"before the CA begins", t0.AddDate(-1, 0, 0), true, "is valid only from 2026-11-23 09:26 UTC: set the clock"},
		{"a second before it begins", t0.Round(time.Minute).Add(-5*time.Minute - time.Second), true, "set the clock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := newJob(t)
			if test.set {
				job.Dir = there.Dir
			}
			job.Now = at(test.now)
			job.Cluster.DNSDomain = "other" // something to do, if it were not for the clock
			before := snapshot(t, job.Dir)
			_, planned := Plan(job)
			result, err := Run(t.Context(), job, nil)
			for door, err := range map[string]error{"Plan": planned, "Run": err} {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: got %v, want %q", door, err, test.says)
				}
			}
			if result != nil {
				t.Errorf("a result beside the error: %+v", result)
			}
			if c := changed(before, snapshot(t, job.Dir)); len(c) > 0 {
				t.Errorf("touched %q", c)
			}
			if _, err := os.Lstat(filepath.Join(filepath.Dir(job.Dir), ".pki.certwright")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the work folder is still there: %v", err)
			}
		})
	}
}

// TestAfterTheEnd runs when certificates have expired. The plan says so for each
// and writes nothing; the run then makes them again for their old keys, so that
// what trusts the CA has to learn a file and no new key.
func TestAfterTheEnd(t *testing.T) {
	for _, test := range []struct {
		name string
		now  time.Time
		want map[string]string // certificate -> what its reason begins with; "" to keep it
	}{
		{"of the leaves", t0.AddDate(1, 1, 0), map[string]string{
			"ca": "", "kubernetes": "expired 2027-11-23", "admin": "expired 2027-11-23", "kube-proxy": "expired 2027-11-23",
		}},
		{"of the CA", t0.AddDate(10, 1, 0), map[string]string{
			"ca": "expired 2036-11-20", "kubernetes": "expired 2027-11-23", "admin": "expired 2027-11-23", "kube-proxy": "expired 2027-11-23",
		}},
		{"in another century", t0.AddDate(200, 0, 0), map[string]string{
			"ca": "expired 2036-11-20", "kubernetes": "expired 2027-11-23", "admin": "expired 2027-11-23", "kube-proxy": "expired 2027-11-23",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := newJob(t)
			mustRun(t, job, nil)
			job.Now = at(test.now)
			before := snapshot(t, job.Dir)
			p := mustPlan(t, job)
			if c := changed(before, snapshot(t, job.Dir)); len(c) > 0 {
				t.Fatalf("planning touched %q", c)
			}
			for name, reason := range test.want {
				c := p.Find(name)
				verb := plan.Keep
				if reason != "" {
					verb = plan.Renew
				}
				if c.Cert != verb || c.Key != plan.Keep || !strings.HasPrefix(c.Reason, reason) {
					t.Errorf("%s: certificate %s, key %s, because %q; want %s, because %q", name, c.Cert, c.Key, c.Reason, verb, reason)
				}
				if !c.NotAfter.After(test.now) || c.NotAfter.After(p.Find("ca").NotAfter) {
					t.Errorf("%s would end %v, at %v", name, c.NotAfter, test.now)
				}
			}
			if warned := strings.Contains(strings.Join(p.Warnings, " "), "ca.pem is rewritten for its old key"); warned != (test.want["ca"] != "") {
				t.Errorf("warnings %q", p.Warnings)
			}

			r := mustRun(t, job, p)
			if r.Backup == "" || len(r.Proofs) == 0 {
				t.Errorf("result %+v", r)
			}
			after := snapshot(t, job.Dir)
			roots := x509.NewCertPool()
			roots.AddCert(readCert(t, job.Dir, "ca.pem"))
			for name := range test.want {
				if key := "pki/" + name + "-key.pem"; before[key] != after[key] {
					t.Errorf("%s was touched", key)
				}
				options := x509.VerifyOptions{Roots: roots, CurrentTime: test.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
				if _, err := readCert(t, job.Dir, name+".pem").Verify(options); err != nil {
					t.Errorf("%s.pem: %v", name, err)
				}
			}
			if r := mustRun(t, job, nil); !r.Unchanged {
				t.Errorf("the run after: %s", r.Plan.Summary())
			}
		})
	}
}

// TestAfterTheEndWithoutTheKey has a CA that has expired and whose key is kept
// elsewhere: it cannot be renewed, and says so, rather than become another CA.
func TestAfterTheEndWithoutTheKey(t *testing.T) {
	job := newJob(t)
	mustRun(t, job, nil)
	if err := os.Remove(filepath.Join(job.Dir, "ca-key.pem")); err != nil {
		t.Fatal(err)
	}
	job.Now = at(t0.AddDate(11, 0, 0))
	before := snapshot(t, job.Dir)
	_, err := Run(t.Context(), job, nil)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "ca-key.pem is not here: put it back") {
		t.Errorf("got %v", err)
	}
	if c := changed(before, snapshot(t, job.Dir)); len(c) > 0 {
		t.Errorf("touched %q", c)
	}
}

// TestClockIsSetWhileItRuns has a clock that jumps over the end of the CA after
// the review was confirmed: the set would have expired before it is there.
func TestClockIsSetWhileItRuns(t *testing.T) {
	for _, jump := range []time.Duration{-20 * 365 * 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
		job := newJob(t)
		reviewed := mustPlan(t, job)
		calls := 0
		job.Now = func() time.Time {
			if calls++; calls > 1 {
				return t0.Add(jump)
			}
			return t0
		}
		if r, err := Run(t.Context(), job, reviewed); err == nil || r != nil {
			t.Errorf("jump of %v: result %+v, error %v", jump, r, err)
		}
		if left, err := os.ReadDir(filepath.Dir(job.Dir)); err != nil || len(left) > 0 {
			t.Errorf("jump of %v: left %v, %v", jump, left, err)
		}
	}
}
