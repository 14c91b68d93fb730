//go:build unix

package handout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"certwright/pkigen/rollout/handout"
)

// killedIn names the step before which the child of TestKilled is killed.
const killedIn = "CERTWRIGHT_TEST_KILLED_IN"

// TestKilled kills a run at each kind of step: its folder full of keys is found, and
// removed before the next run, which does all of it.
func TestKilled(t *testing.T) {
	if at := os.Getenv(killedIn); at != "" {
		step, base, _ := strings.Cut(at, " ")
		count := new(atomic.Int32)
		handout.OnStep(func(s string) {
			if n := count.Add(1); s == step && (step == "named" || n > 1) {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		})
		_, err := open(t, filepath.Join(base, "pki")).Save(t.Context(), []string{"a", "b", "c"}, filepath.Join(base, "to"), true)
		t.Fatal("not killed", err)
	}
	for _, step := range []string{"writing", "naming", "named"} {
		base, tree := made(t)
		to := filepath.Join(base, "to")
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killedIn+"="+step+" "+base)
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: %v\n%s", step, err, out)
		}
		left, err := filepath.Glob(filepath.Join(to, ".certwright-handout-*"))
		if err != nil || len(left) != 1 {
			t.Fatalf("%s: left %q; this looks at nothing", step, left)
		}
		if found, err := handout.CleanUp(to); err != nil || !slices.Equal(found, left) {
			t.Errorf("%s: found %q of %q, %v", step, found, left, err)
		}
		if _, err := tree.Save(t.Context(), tree.Nodes(), to, true); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		wantNames(t, to, "drwx------ .", "-rw------- a.tar", "-rw------- b.tar", "-rw------- c.tar")
	}
	if found, err := handout.CleanUp(filepath.Join(t.TempDir(), "nowhere")); len(found) != 0 || err != nil {
		t.Errorf("%q %v", found, err)
	}
}
