package lab

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/check"
	"certwright/pkigen/plan"
	"certwright/pkigen/spec"
)

// againWord and renewWord stand for the commands that make a set again and renew
// some of it: the shell says them, and the test does them.
const (
	againWord = "echo AGAIN"
	renewWord = "echo RENEW"
)

// byHand are the checks that no command mends: a person has to decide.
var byHand = map[string]bool{"file-too-large": true, "file-unreadable": true}

// mends types what each finding says, and sees the directory clean again.
func mends(t *testing.T, b *Bed, findings []check.Finding) {
	t.Helper()
	for i := range findings {
		run(t, b, &findings[i])
	}
	for _, found := range judge(t, b) {
		t.Errorf("still: %s %s %s", found.Check.ID, found.File, found.What())
	}
}

// run types the command of a finding in a shell.
func run(t *testing.T, b *Bed, f *check.Finding) {
	t.Helper()
	if f.Command == "" {
		t.Fatalf("%s %s has no command", f.Check.ID, f.File)
	}
	line := strings.ReplaceAll(f.Command, "openssl pkey -in", "openssl pkey -passin pass:"+Passphrase+" -in")
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	words := strings.Fields(string(out))
	job := pkigen.Job{Dir: b.Dir, Cluster: b.Cluster, Now: func() time.Time { return b.Now }}
	switch {
	case len(words) == 0:
		return
	case len(words) == 3 && words[1] == "--replace-key":
		job.Options = plan.Options{ReplaceKeys: words[2:]}
	case len(words) == 3 && words[1] == "--expiring":
		within, ps := spec.ParseDuration("", words[2])
		if len(ps) > 0 {
			t.Fatalf("%s: %v", line, ps)
		}
		job.Options = plan.Options{Renewal: &plan.Renewal{Within: within}}
	case words[0] == "RENEW":
		job.Options = plan.Options{Renewal: &plan.Renewal{Names: words[1:]}}
	}
	if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}
