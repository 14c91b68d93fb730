package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ManifestFile is the file of a backup that tells of the run before which the
// backup was made. It is no part of the state that the backup holds.
const ManifestFile = ".certwright-run.json"

// BackupSuffix follows the name of a directory in that of the folder of its backups.
const BackupSuffix = ".backup"

// manifestVersion is the form that is written; others are not read.
const manifestVersion = 1

// About is what a manifest says of a run besides its files. It holds no secret.
type About struct {
	Operation  string    `json:"operation"`            // generate, renew, undo
	Command    string    `json:"command,omitempty"`    // as it can be typed again
	Certwright string    `json:"certwright,omitempty"` // the version that made the run
	Time       time.Time `json:"time"`
	// AnswersBefore and AnswersAfter are the answers files before and after, "" where
	// there was none.
	AnswersBefore string `json:"answersBefore,omitempty"`
	AnswersAfter  string `json:"answersAfter,omitempty"`
	// Undid are the backups of the runs that an undo took back, the last one first.
	Undid []string `json:"undid,omitempty"`
}

// Manifest tells of one run: what is needed to go back to before it.
type Manifest struct {
	Version int `json:"version"`
	About
	// Previous is the name of the backup that was the last one at the time; "" for none.
	Previous string     `json:"previous,omitempty"`
	Files    []Recorded `json:"files"` // sorted by path
}

// Recorded is a file that a run made, rewrote, took out, or gave another mode.
type Recorded struct {
	Path   string `json:"path"`
	Before *Sum   `json:"before,omitempty"` // nil: it was not there
	After  *Sum   `json:"after,omitempty"`  // nil: it is not there any more
	// Closed is the SHA-256 of what lay there, where the backup holds something else in
	// its place (Change.Past).
	Closed string `json:"closed,omitempty"`
}

// Sum tells one state of a file from another.
type Sum struct {
	SHA256 string `json:"sha256"` // hexadecimal
	Mode   string `json:"mode"`   // octal: "0600"
}

// Describe says what the commit of this run is. It then leaves a backup in any
// case, with a manifest in it: the state before, or where nothing that existed
// is rewritten or taken out, the manifest alone.
func (t *Tx) Describe(a About) { t.about = &a }

// describe sums up the work for the manifest.
func (t *Tx) describe(ctx context.Context, w *work, o *order) error {
	if t.about == nil {
		return nil
	}
	m := &Manifest{Version: manifestVersion, About: *t.about, Files: []Recorded{}}
	m.Time = m.Time.UTC().Truncate(time.Second)
	runs, err := t.chain(t.parent)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		m.Previous = runs[0]
	}
	var lying []*seen // beside m.Files: the file as it lies there; nil for a new one
	var data [][]byte // and what is written; nil where that stays
	for i := range w.files {
		f := &w.files[i]
		switch {
		case f.data != nil:
			m.Files = append(m.Files, Recorded{Path: f.path, After: &Sum{Mode: octal(f.mode)}})
		case f.mode != f.from.mode:
			m.Files = append(m.Files, Recorded{Path: f.path, After: &Sum{Mode: octal(f.mode)}})
		default:
			continue
		}
		lying, data = append(lying, f.from), append(data, f.data)
	}
	for name := range o.removed {
		if from := w.survey.at[name]; from != nil {
			m.Files, lying, data = append(m.Files, Recorded{Path: name}), append(lying, from), append(data, nil)
		}
	}
	if len(m.Files) == 0 {
		return nil // folders that were closed: nobody goes back to that
	}
	err = t.parallel(ctx, len(m.Files), func(i int) error {
		if data[i] != nil {
			m.Files[i].After.SHA256 = sum(data[i])
		}
		return t.sumBefore(&m.Files[i], lying[i])
	})
	if err != nil {
		return err
	}
	slices.SortFunc(m.Files, func(a, b Recorded) int { return strings.Compare(a.Path, b.Path) })
	if w.closed {
		if err := t.pastOf(w, m); err != nil {
			return err
		}
	}
	w.manifest, err = json.MarshalIndent(m, "", " ")
	return err
}

// sumBefore adds what lay there. A file that only gets another mode has one sum.
func (t *Tx) sumBefore(r *Recorded, from *seen) error {
	if from == nil {
		return nil
	}
	s, err := sumFile(at{t.target, filepath.FromSlash(r.Path)})
	if err != nil {
		return err
	}
	r.Before = &Sum{s, octal(from.mode)}
	if r.After != nil && r.After.SHA256 == "" {
		r.After.SHA256 = s
	}
	return nil
}

// writeManifest writes it beside the state that it will lie in.
func (t *Tx) writeManifest(sys *system, w *work) error {
	if w.manifest == nil {
		return nil
	}
	if err := sys.mkdir(t.inWork(asideName), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	aside, err := t.work.open(asideName)
	if err != nil || aside == nil {
		return errors.Join(err, missing(aside, t.inWork(asideName)))
	}
	defer aside.Close()
	if err := sys.create(at{aside, ManifestFile}, bytes.NewReader(append(w.manifest, '\n')), 0o600, nil); err != nil {
		return err
	}
	if err := writePast(sys, aside, w.past); err != nil {
		return err
	}
	return errors.Join(sys.syncDir(aside), sys.syncDir(t.work))
}

// putAway makes a backup of the old state in the work folder with the manifest in
// it, or of the manifest alone, and returns its name; "" where neither is to be kept.
func (t *Tx) putAway(old string, backup bool) (string, error) {
	told, err := t.manifest().lstat()
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case !backup && told == nil:
		return "", nil
	case !backup:
		return t.keep(asideName)
	case told != nil:
		if err := t.moveManifest(at{t.work, asideName}, at{t.work, old}); err != nil {
			return "", err
		}
	}
	return t.keep(old)
}

// manifest is where it lies until the backup is put away.
func (t *Tx) manifest() at { return t.inWork(filepath.Join(asideName, ManifestFile)) }

// moveManifest moves it from one folder in the work folder to another.
func (t *Tx) moveManifest(from, to at) error {
	a, err1 := from.in.open(from.name)
	b, err2 := to.in.open(to.name)
	defer func() { a.Close(); b.Close() }()
	if err := errors.Join(err1, err2); err != nil || a == nil || b == nil {
		return errors.Join(err, missing(a, from), missing(b, to))
	}
	if err := t.sys.rename(at{a, ManifestFile}, at{b, ManifestFile}); err != nil {
		return err
	}
	return t.sys.syncDir(b)
}

// takeOut is for an old state that is put back: the manifest is none of its files.
func (t *Tx) takeOut(old string) error {
	told, err := t.manifest().lstat()
	if err != nil || told != nil || old == "" || t.about == nil {
		return err
	}
	if there, err := t.inWork(filepath.Join(old, ManifestFile)).lstat(); err != nil || there == nil {
		return err
	}
	return t.moveManifest(at{t.work, old}, at{t.work, asideName})
}

// stampForm is the name of a backup, in UTC; further ones of one second have a
// number behind it.
const stampForm = "20060102-150405"

func parseStamp(name string) (t time.Time, n int, ok bool) {
	if len(name) < len(stampForm) {
		return t, 0, false
	}
	t, err := time.Parse(stampForm, name[:len(stampForm)])
	if rest := name[len(stampForm):]; err == nil && rest != "" {
		n, err = strconv.Atoi(strings.TrimPrefix(rest, "-"))
	}
	return t, n, err == nil
}

// BackupTime is when a backup was made, by its name; false for a folder that is none.
func BackupTime(folder string) (time.Time, bool) {
	t, _, ok := parseStamp(filepath.Base(folder))
	return t, ok
}

// maxManifest bounds a manifest, in bytes: that of a first run for 5,000 nodes
// has some forty million.
const maxManifest = 256 << 20

// readManifest reads the manifest in an open folder. The error is fs.ErrNotExist
// where it has none, as those of early versions.
func readManifest(d *dir) (*Manifest, error) {
	f, err := at{d, ManifestFile}.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var m Manifest
	if err := json.NewDecoder(io.LimitReader(f, maxManifest)).Decode(&m); err != nil {
		return nil, fmt.Errorf("cannot understand %q: %w", f.Name(), err)
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("%q has the form %d, and this certwright reads %d: use the one that wrote it", f.Name(), m.Version, manifestVersion)
	}
	for _, r := range m.Files {
		if !validPath(r.Path) || r.Before == nil && r.After == nil {
			return nil, fmt.Errorf("%q tells of a file %q that cannot be: it was changed since it was written", f.Name(), r.Path)
		}
	}
	return &m, nil
}

func sumFile(a at) (string, error) {
	f, err := a.open()
	if err != nil {
		return "", &fs.PathError{Op: "read", Path: a.path(), Err: bare(err)}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", &fs.PathError{Op: "read", Path: a.path(), Err: bare(err)}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// SumData is the sum that a file with these bytes and this mode has.
func SumData(data []byte, mode fs.FileMode) Sum { return Sum{sum(data), octal(mode)} }

func octal(m fs.FileMode) string { return fmt.Sprintf("%04o", m.Perm()) }
