package lab

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/check"
	"certwright/pkigen/plan"
)

// againWord stands for the command that makes a set again: the shell says it, and
// the test does it.
const againWord = "echo AGAIN"

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
	words, again := strings.CutPrefix(strings.TrimSpace(string(out)), "AGAIN")
	if !again {
		return
	}
	job := pkigen.Job{Dir: b.Dir, Cluster: b.Cluster, Now: func() time.Time { return b.Now }}
	if name, ok := strings.CutPrefix(words, " --replace-key "); ok {
		job.Options = plan.Options{ReplaceKeys: []string{name}}
	}
	if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}
