package verify_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/internal/keytest"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
)

// wrongIn is how much is wrong in a directory.
func wrongIn(t *testing.T, dir string) (int, *verify.Judgement) {
	t.Helper()
	j, err := verify.Directory(t.Context(), dir, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return j.Count(check.Error) + len(j.Wrong()), j
}

// TestRemediationsCostNoKey runs each command that is printed, on a copy of its own in
// which older remains lie in the way. No private key is gone afterwards, and nothing is
// worse. Of a machine only files are here: kubeadm does nothing.
func TestRemediationsCostNoKey(t *testing.T) {
	stub := t.TempDir()
	for _, name := range []string{"kubeadm", "certwright"} {
		if err := os.WriteFile(filepath.Join(stub, name), []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range realities {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			f := r.make()
			older := string(issue(leaf("older", "", ""), nil).KeyPEM)
			for p := range maps.Clone(f) {
				if strings.HasSuffix(p, ".key") {
					f[p+".old"] = older
				}
			}
			dir := f.put(t)
			before, j := wrongIn(t, dir)
			have := keytest.In(t, dir)
			_, first, _ := j.First()
			lines := []shell.Line{first}
			for i := range j.Findings {
				lines = append(lines, j.Findings[i].Command)
			}
			for _, line := range lines {
				if line == "" {
					continue
				}
				work := f.put(t)
				text := strings.ReplaceAll(line.String(), dir, work)
				cmd := exec.CommandContext(t.Context(), "bash", "-c", text)
				cmd.Dir, cmd.Env = work, append(os.Environ(), "PATH="+stub+":"+os.Getenv("PATH"))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", text, err, out)
				}
				keytest.Kept(t, work, have, text)
				if after, _ := wrongIn(t, work); after > before && !strings.Contains(text, "kubeadm") {
					t.Errorf("%d were wrong, and %d are after: %s", before, after, text)
				}
			}
		})
	}
}
