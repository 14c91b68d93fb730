package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/making/plan"
	"certwright/steps"
)

// TestRenewAfterTheEnd renews sets that were made long ago: leaves that have
// ended are made again, and below a CA that has expired nothing is, until it is
// signed again.
func TestRenewAfterTheEnd(t *testing.T) {
	answers := steps.NewAnswers()
	for key, value := range map[string]string{
		"layout": "three-ca", "ca.CN": "lab-ca", "ca.expiry": "2y", "encryptionAlgorithm": "ECDSA-P256",
		"nodes": "m1 10.1.0.1 control-plane,etcd", "serviceSubnet": "10.96.0.0/12", "tlsBootstrap": "off",
	} {
		if err := answers.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		ago  time.Duration
		runs []string // arguments behind DIR, or "generate"; the code; what is said
	}{
		{"leaves", 400 * 24 * time.Hour, []string{
			"admin", "3", "hint: certwright renew DIR --expiring 1h renews all that have expired; or name them too",
			"--expiring 1h", "0", "Renewed 14 certificates.",
			"admin", "0", "Renewed 1 certificate.",
		}},
		{"CA", 900 * 24 * time.Hour, []string{
			"--all", "3", "the CA ca has expired, and nothing can be renewed below it",
			"--all", "3", "hint: certwright generate --dir DIR signs ca again with its own key, so that what it signed stays valid",
			"generate", "0", "ca.crt is rewritten for its old key",
			"--all", "0", "Renewed 14 certificates.",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := makeSet(t, answers, time.Now().Add(-test.ago))
			for i := 0; i < len(test.runs); i += 3 {
				args := append([]string{"renew", dir}, strings.Fields(test.runs[i])...)
				if test.runs[i] == "generate" {
					args = []string{"generate", "--dir", dir}
				}
				said, code := execute(t, args...)
				want := strings.ReplaceAll(test.runs[i+2], "DIR", dir)
				flat := strings.Join(strings.Fields(said), " ")
				if test.runs[i+1] != string(rune('0'+code)) || !strings.Contains(flat, want) {
					t.Errorf("%s: exit %d, want %s, with %q:\n%s", test.runs[i], code, test.runs[i+1], want, said)
				}
			}
		})
	}
}

// makeSet makes the set of answers at a time, and gives its directory.
func makeSet(t *testing.T, answers *steps.Answers, at time.Time) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	cluster, problems := steps.Build(answers, at)
	for _, p := range only(problems, "error") {
		t.Fatal(p)
	}
	job := pkigen.Job{Dir: dir, Cluster: cluster, Now: func() time.Time { return at }, Options: plan.Options{Answers: answers.Replay()}}
	if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// execute runs the program in this process, and gives what it printed.
func execute(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	var out bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(string) string { return "" }, caught: context.Background()}
	root := p.command()
	root.SetArgs(args)
	code = p.exit(root.ExecuteContext(t.Context()))
	return out.String(), code
}
