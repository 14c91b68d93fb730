package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/pkigen"
	"certwright/steps"
)

func answered(t *testing.T, pairs ...string) *steps.Answers {
	t.Helper()
	a := steps.NewAnswers()
	for i := 0; i < len(pairs); i += 2 {
		if err := a.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestDraft(t *testing.T) {
	home, dir := t.TempDir(), filepath.Join(t.TempDir(), "pki")
	s := &session{state: filepath.Join(home, "state", "certwright"), now: time.Now,
		fixed: answered(t, "ca.CN", "from-the-flag")}
	if got := s.saved(dir); len(got) != 0 {
		t.Fatalf("%d sets of answers before any was saved", len(got))
	}
	// Half-typed and wrong text comes back to the letter.
	wrong := answered(t, "nodes", "master1 192.168.214.1/24\nmas", "ca.CN", "typed", "clusterName", "  lab")
	if err := s.saveDraft(dir, wrong); err != nil {
		t.Fatal(err)
	}
	if got := mode(t, s.draftPath(dir)); got != 0o600 {
		t.Errorf("the draft has mode %o", got)
	}
	if got := mode(t, s.state); got != 0o700 {
		t.Errorf("the folder of the drafts has mode %o", got)
	}
	got := s.saved(dir)
	if len(got) != 1 || !strings.HasPrefix(got[0].Label, "the draft of ") {
		t.Fatalf("saved = %+v", got)
	}
	for key, want := range map[string]string{
		"nodes": "master1 192.168.214.1/24\nmas", "clusterName": "  lab", "ca.CN": "from-the-flag",
	} {
		if have := got[0].Answers.Get(key); have != want {
			t.Errorf("%s = %q, want %q", key, have, want)
		}
	}
	if other := s.saved(dir + "2"); len(other) != 0 {
		t.Error("another directory is offered this draft")
	}
	if err := s.removeDraft(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.removeDraft(dir); err != nil {
		t.Errorf("removing no draft: %v", err)
	}
}

func TestNoHomeNoDraft(t *testing.T) {
	for _, env := range []map[string]string{{}, {"HOME": "relative"}, {"XDG_STATE_HOME": "relative"}} {
		state := stateDir(func(k string) string { return env[k] })
		if state != "" {
			t.Errorf("%v: drafts go to %q", env, state)
		}
	}
	t.Chdir(t.TempDir())
	s := &session{now: time.Now, fixed: steps.NewAnswers()}
	if err := s.saveDraft("pki", answered(t, "clusterName", "lab")); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("without a home %v was written", left)
	}
}

// TestAnswersPath holds that the answers lie beside the directory, under its
// name, however that is given.
func TestAnswersPath(t *testing.T) {
	base := t.TempDir()
	if err := os.MkdirAll(filepath.Join(base, "pki", "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(base, "pki"))
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		".":                           here + "-answers.yaml",
		"./":                          here + "-answers.yaml",
		"..":                          filepath.Dir(here) + "-answers.yaml",
		"../..":                       filepath.Dir(filepath.Dir(here)) + "-answers.yaml",
		"sub/..":                      here + "-answers.yaml",
		"sub/":                        "sub-answers.yaml",
		"../pki":                      "../pki-answers.yaml",
		string(filepath.Separator):    string(filepath.Separator) + "certwright-answers.yaml",
		filepath.Join(here, "..sub."): filepath.Join(here, "..sub.") + "-answers.yaml",
	} {
		if got := pkigen.Dir(dir).AnswersBeside(); got != filepath.FromSlash(want) {
			t.Errorf("%q: got %q, want %q", dir, got, want)
		}
	}
}

// TestSaveAnswersInSet holds that answers which are a file of the set are not
// written a second time, and that the draft goes all the same.
func TestSaveAnswersInSet(t *testing.T) {
	home, dir := t.TempDir(), filepath.Join(t.TempDir(), "pki")
	s := &session{state: home, now: time.Now, fixed: steps.NewAnswers()}
	a := answered(t, "layout", "three-ca", "clusterName", "lab")
	if err := s.saveDraft(dir, a); err != nil {
		t.Fatal(err)
	}
	path, err := s.saveAnswers(dir, a)
	if err != nil || path != filepath.Join(dir, "answers.yaml") {
		t.Fatalf("saveAnswers = %q, %v", path, err)
	}
	for _, gone := range []string{path, pkigen.Dir(dir).AnswersBeside(), s.draftPath(dir)} {
		if _, err := os.Lstat(gone); err == nil {
			t.Errorf("%s is there", gone)
		}
	}
}

func TestSaveAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	s := &session{now: time.Now, fixed: steps.NewAnswers()}
	named := func(name string) *steps.Answers { return answered(t, "layout", "article", "clusterName", name) }
	first, second := named("one"), named("two")
	path, err := s.saveAnswers(dir, first)
	if err != nil || path != dir+"-answers.yaml" {
		t.Fatalf("saveAnswers = %q, %v", path, err)
	}
	if got := mode(t, path); got != 0o644 {
		t.Errorf("the answers have mode %o", got)
	}
	if _, err := s.saveAnswers(dir, first); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".bak"); err == nil {
		t.Error("the same answers made a backup")
	}
	if _, err := s.saveAnswers(dir, second); err != nil {
		t.Fatal(err)
	}
	// What is kept stays: the next answers go beside it, and the same go nowhere.
	if _, err := s.saveAnswers(dir, named("three")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.saveAnswers(dir, second); err != nil {
		t.Fatal(err)
	}
	if err := pkigen.WriteAnswers(path, named("one").YAML(), named("two").YAML()); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{path: "two", path + ".bak": "one", path + ".bak.1": "two", path + ".bak.2": "three"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, bad := steps.ParseFile(file, data)
		if len(bad) > 0 || f.Answers.Get("clusterName") != want {
			t.Errorf("%s: clusterName %q, want %q (%v)", file, f.Answers.Get("clusterName"), want, bad)
		}
	}
	if got := s.saved(dir); len(got) != 1 || got[0].Answers.Get("clusterName") != "two" {
		t.Errorf("saved = %+v, want the answers of the last run", got)
	}
	// What lies in the directory is offered before what lies beside it.
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pkigen.Dir(dir).Answers(), answered(t, "clusterName", "set").YAML(), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := s.saved(dir); len(got) != 2 || got[0].Answers.Get("clusterName") != "set" {
		t.Errorf("saved = %+v, want the answers in the directory first", got)
	}
	if got := pkigen.Dir(dir).FindAnswers(); got != pkigen.Dir(dir).Answers() {
		t.Errorf("the answers of the directory are %q", got)
	}
	// A link in the way is not written through.
	target := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "pki")
	if err := os.Symlink(target, pkigen.Dir(linked).AnswersBeside()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.saveAnswers(linked, first); err == nil {
		t.Error("answers were written through a symbolic link")
	}
	if data, _ := os.ReadFile(target); string(data) != "x" {
		t.Errorf("the link's target now holds %q", data)
	}
}
