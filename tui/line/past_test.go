package line

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/store"
	"certwright/steps"
)

// madeArticle makes the article's layout and gives its directory.
func madeArticle(t *testing.T) string {
	t.Helper()
	dir, a := filepath.Join(t.TempDir(), "pki"), steps.NewAnswers()
	for key, value := range map[string]string{"layout": "article", "nodes": "master1 192.168.214.88 control-plane,etcd", steps.AlgorithmKey: "ECDSA-P256"} {
		if err := a.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	cluster, problems := steps.Build(a, time.Now())
	if problem.HasErrors(problems) {
		t.Fatal(problems)
	}
	if _, err := pkigen.Run(t.Context(), pkigen.Job{Dir: dir, Cluster: cluster, About: store.About{Operation: "generate"}}, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// said walks with what is typed, and fails unless that leads to each of the sentences.
func said(t *testing.T, typed string, want ...string) {
	t.Helper()
	out, _, err := walked(t, strings.NewReader(typed))
	if err != nil {
		t.Errorf("%q: %v", typed, err)
	}
	flat := strings.Join(strings.Fields(out), " ")
	for _, s := range want {
		if !strings.Contains(flat, s) {
			t.Errorf("%q: no %q in\n%s", typed, s, out)
		}
	}
}

// TestHistoryLineByLine goes back to before a run, and only when that is confirmed.
func TestHistoryLineByLine(t *testing.T) {
	dir := madeArticle(t)
	said(t, "history\n"+dir+"\n9\n\n", `"9" is none of them: a number from 1 to 1 is expected`)
	said(t, "history\n"+dir+"\n1\nno\n", "17 made", "Not confirmed, so nothing was changed.")
	said(t, "history\n"+dir+"\n1\nyes\n", "Went back in")
	if _, err := os.Stat(filepath.Join(dir, "ca.pem")); err == nil {
		t.Error("what the run made is still there after its undo")
	}
}

// TestAdoptLineByLine asks what no file tells, and writes the answers when it is confirmed.
func TestAdoptLineByLine(t *testing.T) {
	dir := madeArticle(t)
	said(t, "adopt\n"+dir+"\n\n\n", "What no file tells", "open, so nothing was written")
	if file := pkigen.Dir(dir).FindAnswers(); file != "" {
		t.Fatalf("%s was written", file)
	}
	said(t, "adopt\n"+dir+"\n10.96.0.0/12\n\nmaster1 192.168.214.88 control-plane,etcd\n\nyes\n", "Write the answers into", "Wrote the answers into")
	if file := pkigen.Dir(dir).FindAnswers(); file == "" {
		t.Error("no answers were written")
	}
}
