package line

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/rollout/next"
	"certwright/steps"
	"certwright/tui/wizard"
)

// trees makes a set with a tree for each node at a time, and gives its directory.
func trees(t *testing.T, at time.Time) string {
	t.Helper()
	dir, a := filepath.Join(t.TempDir(), "pki"), steps.NewAnswers()
	for key, value := range map[string]string{"nodes": "cp1 10.0.0.1 control-plane,etcd\nw1 10.0.0.2 worker", steps.AlgorithmKey: "ECDSA-P256"} {
		if err := a.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	cluster, problems := steps.Build(a, at)
	if cluster == nil {
		t.Fatal(problems)
	}
	job := pkigen.Job{Dir: dir, Cluster: cluster, Now: func() time.Time { return at }, Options: plan.Options{Answers: a.Replay()}, About: store.About{Operation: "generate"}}
	if _, err := pkigen.Run(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// talk walks through what is typed about a set that has its answers.
func talk(t *testing.T, dir, typed string) string {
	t.Helper()
	a := steps.NewAnswers()
	if err := a.Set(steps.DirKey, dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, plan.AnswersFile)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	_, err = Run(t.Context(), wizard.Options{Answers: a, Now: time.Now,
		Kept: func(string) (*steps.SetAnswers, error) {
			f, bad := steps.ParseFile(file, data)
			if len(bad) > 0 {
				return nil, bad[0]
			}
			return &steps.SetAnswers{Answers: f.Answers, Path: file, Text: data}, nil
		},
		Known: func(dir string) *verify.Known {
			known := wizard.KnownFrom(string(data), dir)
			known.Commands = next.Commands(file, dir)
			return known
		}}, Terminal{In: strings.NewReader(typed), Out: &out, Echo: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// TestVerifiedLeadsOn: what has expired is renewed from the verdict that found it, and the
// archives for the nodes are the last step; Enter leaves either alone.
func TestVerifiedLeadsOn(t *testing.T) {
	dir := trees(t, time.Now().AddDate(-1, 0, -2))
	if out := talk(t, dir, "verify\n\n\n"); !strings.Contains(out, "Go on to the renewal that fixes it? yes or no [no]:") || strings.Contains(out, "Step 3 of") {
		t.Errorf("it was not only looked at:\n%s", out)
	}
	out := talk(t, dir, "verify\n\nyes\n\nyes\nyes\n")
	for _, want := range []string{"would NOT run", "Pack an archive for each node", "cp1.tar", "Install each on its own node"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if info, err := os.Stat(dir + "-handout/cp1.tar"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if out := talk(t, dir, "verify\n\n\n"); strings.Contains(out, "renewal that fixes it") {
		t.Errorf("nothing is left to renew:\n%s", out)
	}
	// Archives of an earlier time are replaced only when that is wanted.
	out = talk(t, dir, "renew\n\nall\nno\nyes\nyes\nno\n")
	if !strings.Contains(out, "Replace those archives? yes or no [no]: no") {
		t.Errorf("nobody asked:\n%s", out)
	}
}
