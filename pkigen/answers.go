package pkigen

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"certwright/pkigen/making/plan"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/walk"
)

// largestAnswers is the size that an answers file may have, in bytes.
const largestAnswers = 4 << 20

// Dir is a directory of certificates, as the operator writes it.
type Dir string

// Answers is where a run leaves its answers in a layout that has a file for
// them.
func (d Dir) Answers() string { return filepath.Join(string(d), plan.AnswersFile) }

// FindAnswers is the file with the answers that made a directory: in it, or
// beside it. It is "" where there is none; of one that cannot be looked at, reading
// it tells why.
func (d Dir) FindAnswers() string {
	for _, path := range []string{d.Answers(), d.AnswersBeside()} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return path
		}
	}
	return ""
}

// OwnAnswers is FindAnswers for a run that signs by them. Nobody has named the file, so
// that one which somebody else has put there is an error.
func (d Dir) OwnAnswers() (string, error) {
	path := d.FindAnswers()
	if path == "" {
		return "", nil
	}
	return path, store.CheckOwn(path)
}

// AnswersBeside is where the wizard leaves the answers of a layout without a file
// for them: beside the directory, so that it holds the layout's files and
// nothing else.
func (d Dir) AnswersBeside() string {
	clean := filepath.Clean(string(d))
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

// WriteAnswers writes answers beside their set. Other ones that lie there, old, are kept.
func WriteAnswers(path string, old, data []byte) error {
	if old != nil {
		if err := keepOld(path, old); err != nil {
			return err
		}
	}
	return store.WriteFile(path, data, 0o644)
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
		switch have, _, err := ReadAnswers(bak); {
		case err == nil && bytes.Equal(have, data):
			return nil
		case errors.Is(err, fs.ErrNotExist):
			return store.WriteFile(bak, data, 0o644)
		}
	}
	return fmt.Errorf("%s has %d backups: move some away", path, most)
}

// ReadAnswers reads answers that are kept, or a draft, with the time at which they
// were written. A link in their place is somebody else's.
func ReadAnswers(path string) ([]byte, time.Time, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return nil, time.Time{}, &walk.UnfitError{Path: path, Why: "it is " + walk.Kind(info.Mode()) + ", and has to be a file"}
	}
	data, err := walk.Read(path, largestAnswers)
	return data, info.ModTime(), err
}

// ReadFile reads a file of at most so many bytes, and nothing but a file, unless it may
// be a pipe, which the operator has named.
func ReadFile(name string, most int64, pipe bool) ([]byte, error) {
	if pipe {
		return walk.ReadGiven(name, most)
	}
	return walk.Read(name, most)
}
