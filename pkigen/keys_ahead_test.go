package pkigen

import (
	"testing"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/issue"
)

// TestKeysAhead holds that keys made in the background are those that are used.
func TestKeysAhead(t *testing.T) {
	job := newJob(t)
	job.Keys = issue.NewKeys(t.Context())
	defer job.Keys.Close()
	job.Keys.Want(spec.ECDSAP256, 4)
	for deadline := time.Now().Add(10 * time.Second); job.Keys.Ready(spec.ECDSAP256) < 4; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no keys in ten seconds")
		}
	}
	mustRun(t, job, nil)
	if n := job.Keys.Ready(spec.ECDSAP256); n != 0 {
		t.Errorf("%d keys of 4 are left over", n)
	}
}
