package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/steps"
	"certwright/steps/draft"
)

// session keeps answers between runs: a draft while questions are asked, and
// the answers file once a run is done. It never fails the wizard: without a
// home there is no draft, and that is all.
type session struct {
	state string // the folder of the drafts; "" for none
	now   func() time.Time
	// fixed are the answers of the command line, which win over saved ones.
	fixed *steps.Answers
}

// stateDir is the folder for drafts, by the XDG rules; "" where there is no home.
func stateDir(getenv func(string) string) string {
	// The rules say that a relative path is to be ignored.
	if base := getenv("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "certwright")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "certwright")
	}
	return ""
}

// draftPath is the file of a directory's draft; "" where none can be kept.
func (s *session) draftPath(dir string) string {
	abs, err := filepath.Abs(dir)
	if s.state == "" || dir == "" || err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(s.state, "draft-"+hex.EncodeToString(sum[:6])+".json")
}

// drafts is saveDraft where a draft can be kept; else nil.
func (s *session) drafts() func(dir string, a *steps.Answers) error {
	if s.state == "" {
		return nil
	}
	return s.saveDraft
}

// saveDraft keeps the answers so far, right or wrong. They hold no secret; the
// mode is 0600 all the same, because they map a cluster.
func (s *session) saveDraft(dir string, a *steps.Answers) error {
	path := s.draftPath(dir)
	if path == "" || a.Empty() {
		return nil
	}
	if err := os.MkdirAll(s.state, 0o700); err != nil {
		return err
	}
	return store.WriteFile(path, draft.Text(a), 0o600)
}

// removeDraft forgets the draft of a directory, once its answers are saved.
func (s *session) removeDraft(dir string) error {
	path := s.draftPath(dir)
	if path == "" {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// saved finds what was answered for a directory before: the draft of a run that
// was left, and the answers of one that was finished.
func (s *session) saved(dir string) []draft.Saved {
	var out []draft.Saved
	offer := func(path, label string, parse func([]byte) (*steps.Answers, error)) {
		data, at, err := pkigen.ReadAnswers(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		var a *steps.Answers
		if err == nil {
			a, err = parse(data)
		}
		switch {
		case err != nil:
			out = append(out, draft.Saved{Label: label, Problem: err.Error()})
		case !a.Empty():
			a.Merge(s.fixed)
			out = append(out, draft.Saved{Label: label + " of " + s.clock(at), Answers: a})
		}
	}
	if path := s.draftPath(dir); path != "" {
		offer(path, "the draft", draft.Parse)
		for i := range out {
			out[i].Draft = true
		}
	}
	for _, path := range []string{pkigen.Dir(dir).Answers(), pkigen.Dir(dir).AnswersBeside()} {
		if err := store.CheckOwn(path); err != nil {
			out = append(out, draft.Saved{Label: "the answers file " + path, Problem: err.Error()})
			continue
		}
		offer(path, "the answers file "+path, func(data []byte) (*steps.Answers, error) {
			f, bad := steps.ParseFile(path, data)
			if len(bad) > 0 {
				return nil, bad[0]
			}
			return f.Answers.AsMade(dir).WrittenOut(), nil
		})
	}
	return out
}

// kept are the answers that made a directory, or those of the command line. The
// error says why there are none that can be used.
func (s *session) kept(dir string) (*steps.SetAnswers, error) {
	path, err := pkigen.Dir(dir).OwnAnswers()
	if err != nil {
		return nil, err
	}
	from := &steps.SetAnswers{Answers: s.fixed, Given: s.fixed}
	switch {
	case path != "":
		data, _, err := pkigen.ReadAnswers(path)
		if err != nil {
			return nil, err
		}
		f, bad := steps.ParseFile(path, data)
		if len(bad) > 0 {
			return nil, bad[0]
		}
		from.Answers, from.Path, from.Text = f.Answers.AsMade(dir), path, data
	case s.fixed.Empty():
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s holds no %s, and there is no %s: names and usages of new certificates come from the answers that made the old ones; if they lie elsewhere, start certwright with --answers FILE; if they are lost, %s infers them",
			dir, plan.AnswersFile, pkigen.Dir(dir).AnswersBeside(), shell.Command("certwright adopt").File(dir))
	}
	return from, nil
}

// clock is the time of day, with the date where it is another day's.
func (s *session) clock(t time.Time) string {
	t, now := t.Local(), s.now().Local()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// saveAnswers writes the answers of a finished run, where they are not a file of
// the set already, and removes its draft. A file with other content is kept as
// ".bak", and older ones stay.
func (s *session) saveAnswers(dir string, a *steps.Answers) (string, error) {
	if a.InSet() {
		return pkigen.Dir(dir).Answers(), s.removeDraft(dir)
	}
	path, data := pkigen.Dir(dir).AnswersBeside(), a.YAML()
	old, _, err := pkigen.ReadAnswers(path)
	switch {
	case err == nil:
		if data = a.Rewrite(old); bytes.Equal(old, data) {
			return path, s.removeDraft(dir)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if err := pkigen.WriteAnswers(path, old, data); err != nil {
		return "", err
	}
	return path, s.removeDraft(dir)
}
