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
	"strconv"
	"syscall"
	"time"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
	"certwright/steps"
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
	return store.WriteFile(path, a.Draft(), 0o600)
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
func (s *session) saved(dir string) []steps.Saved {
	var out []steps.Saved
	offer := func(path, label string, parse func([]byte) (*steps.Answers, error)) {
		data, at, err := readSmall(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		var a *steps.Answers
		if err == nil {
			a, err = parse(data)
		}
		switch {
		case err != nil:
			out = append(out, steps.Saved{Label: label, Problem: err.Error()})
		case !a.Empty():
			a.Merge(s.fixed)
			out = append(out, steps.Saved{Label: label + " of " + s.clock(at), Answers: a})
		}
	}
	if path := s.draftPath(dir); path != "" {
		offer(path, "the draft", steps.ParseDraft)
		for i := range out {
			out[i].Draft = true
		}
	}
	for _, path := range []string{setAnswers(dir), besideAnswers(dir)} {
		if err := store.CheckOwn(path); err != nil {
			out = append(out, steps.Saved{Label: "the answers file " + path, Problem: err.Error()})
			continue
		}
		offer(path, "the answers file "+path, func(data []byte) (*steps.Answers, error) {
			f, bad := steps.ParseFile(path, data)
			if len(bad) > 0 {
				return nil, bad[0]
			}
			return f.Answers, nil
		})
	}
	return out
}

// kept are the answers that made a directory, or those of the command line. The
// error says why there are none that can be used.
func (s *session) kept(dir string) (*steps.SetAnswers, error) {
	path, err := ownAnswers(dir)
	if err != nil {
		return nil, err
	}
	from := &steps.SetAnswers{Answers: s.fixed, Given: s.fixed}
	switch {
	case path != "":
		data, _, err := readSmall(path)
		if err != nil {
			return nil, err
		}
		f, bad := steps.ParseFile(path, data)
		if len(bad) > 0 {
			return nil, bad[0]
		}
		from.Answers, from.Path, from.Text = f.Answers, path, data
	case s.fixed.Empty():
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s holds no %s, and there is no %s: names and usages of new certificates come from the answers that made the old ones; if they lie elsewhere, start certwright with --answers FILE; if they are lost, %s infers them",
			dir, plan.AnswersFile, besideAnswers(dir), shell.Command("certwright adopt").File(dir))
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

// setAnswers is where a run leaves its answers in a layout that has a file for
// them.
func setAnswers(dir string) string { return filepath.Join(dir, plan.AnswersFile) }

// keptAnswers is the file with the answers that made a directory: in it, or
// beside it. It is "" where there is none; of one that cannot be looked at, reading
// it tells why.
func keptAnswers(dir string) string {
	for _, path := range []string{setAnswers(dir), besideAnswers(dir)} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return path
		}
	}
	return ""
}

// ownAnswers is keptAnswers for a run that signs by them. Nobody has named the file, so
// that one which somebody else has put there is an error.
func ownAnswers(dir string) (string, error) {
	path := keptAnswers(dir)
	if path == "" {
		return "", nil
	}
	return path, store.CheckOwn(path)
}

// besideAnswers is where the wizard leaves the answers of a layout without a file
// for them: beside the directory, so that it holds the layout's files and
// nothing else.
func besideAnswers(dir string) string {
	clean := filepath.Clean(dir)
	// "." and ".." are no names: "./-answers.yaml" would lie inside, and hidden.
	if last := filepath.Base(clean); last == "." || last == ".." {
		if abs, err := filepath.Abs(clean); err == nil {
			clean = abs
		}
	}
	if clean == filepath.Dir(clean) { // the root has nothing beside it
		return filepath.Join(clean, "certwright-answers.yaml")
	}
	return clean + "-answers.yaml"
}

// keepOld writes bytes that are about to be lost beside their file, under the
// first name that is free or holds the same: FILE.bak, FILE.bak.1 and so on.
func keepOld(path string, data []byte) error {
	const most = 1000
	for n := range most {
		bak := path + ".bak"
		if n > 0 {
			bak += "." + strconv.Itoa(n)
		}
		switch have, _, err := readSmall(bak); {
		case err == nil && bytes.Equal(have, data):
			return nil
		case errors.Is(err, fs.ErrNotExist):
			return store.WriteFile(bak, data, 0o644)
		}
	}
	return fmt.Errorf("%s has %d backups: move some away", path, most)
}

// saveAnswers writes the answers of a finished run, where they are not a file of
// the set already, and removes its draft. A file with other content is kept as
// ".bak", and older ones stay.
func (s *session) saveAnswers(dir string, a *steps.Answers) (string, error) {
	if a.InSet() {
		return setAnswers(dir), s.removeDraft(dir)
	}
	path, data := besideAnswers(dir), a.YAML()
	old, _, err := readSmall(path)
	if err == nil {
		data = a.Rewrite(old)
	}
	switch {
	case err == nil && bytes.Equal(old, data):
		return path, s.removeDraft(dir)
	case err == nil:
		if err := keepOld(path, old); err != nil {
			return "", err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if err := store.WriteFile(path, data, 0o644); err != nil {
		return "", err
	}
	return path, s.removeDraft(dir)
}

// readSmall reads answers that are kept, or a draft, with the time at which they
// were written. A link in their place is somebody else's.
func readSmall(path string) ([]byte, time.Time, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return nil, time.Time{}, &walk.UnfitError{Path: path, Why: "it is " + walk.Kind(info.Mode()) + ", and has to be a file"}
	}
	data, err := walk.Read(path, steps.MaxFile)
	return data, info.ModTime(), err
}
