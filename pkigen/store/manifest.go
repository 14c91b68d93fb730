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
	"os"
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

// Recorded is a file that a run made, wrote anew, took out, or gave another mode.
type Recorded struct {
	Path   string `json:"path"`
	Before *Sum   `json:"before,omitempty"` // nil: it was not there
	After  *Sum   `json:"after,omitempty"`  // nil: it is not there any more
}

// Sum tells one state of a file from another.
type Sum struct {
	SHA256 string `json:"sha256"` // hexadecimal
	Mode   string `json:"mode"`   // octal: "0600"
}

// Describe says what the commit of this run is. It then leaves a backup in any
// case, with a manifest in it: the state before, or where nothing that existed
// is written anew or taken out, the manifest alone.
func (t *Tx) Describe(a About) { t.about = &a }

// manifest is where it lies until the backup is put away.
func (p place) manifest() string { return filepath.Join(p.aside(), ManifestFile) }

// describe sums up the work for the manifest.
func (t *Tx) describe(ctx context.Context, w *work, o *order) error {
	if t.about == nil {
		return nil
	}
	m := &Manifest{Version: manifestVersion, About: *t.about, Files: []Recorded{}}
	m.Time = m.Time.UTC().Truncate(time.Second)
	names, err := t.backupNames()
	if err != nil {
		return err
	}
	if len(names) > 0 {
		m.Previous = names[0]
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
	w.manifest, err = json.MarshalIndent(m, "", " ")
	return err
}

// sumBefore adds what lay there. A file that only gets another mode has one sum.
func (t *Tx) sumBefore(r *Recorded, from *seen) error {
	if from == nil {
		return nil
	}
	s, err := sumFile(t.inTarget(r.Path))
	if err != nil {
		return &fs.PathError{Op: "read", Path: t.inTarget(r.Path), Err: bare(err)}
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
	if info, err := lstat(t.aside()); err != nil {
		return err
	} else if info == nil {
		if err := sys.mkdir(t.aside(), 0o700); err != nil {
			return err
		}
	}
	if err := sys.create(t.manifest(), bytes.NewReader(append(w.manifest, '\n')), 0o600, nil); err != nil {
		return err
	}
	return errors.Join(sys.syncDir(t.aside()), sys.syncDir(t.work()))
}

// putAway makes a backup of the old state with the manifest in it, or of the
// manifest alone; "" where neither is to be kept.
func (t *Tx) putAway(old string, backup bool) (string, error) {
	told, err := lstat(t.manifest())
	switch {
	case err != nil:
		return "", err
	case !backup && told == nil:
		return "", nil
	case !backup:
		return t.keep(t.aside())
	case told != nil:
		if err := t.sys.rename(t.manifest(), filepath.Join(old, ManifestFile)); err != nil {
			return "", err
		}
		if err := t.sys.syncDir(old); err != nil {
			return "", err
		}
	}
	return t.keep(old)
}

// takeOut is for an old state that is put back: the manifest is none of its files.
func (t *Tx) takeOut(old string) error {
	told, err := lstat(t.manifest())
	if err != nil || told != nil || old == "" || t.about == nil {
		return err
	}
	if there, err := lstat(filepath.Join(old, ManifestFile)); err != nil || there == nil {
		return err
	}
	return errors.Join(t.sys.rename(filepath.Join(old, ManifestFile), t.manifest()), t.sys.syncDir(old))
}

// Backups are the folders with the backups of dir, the last one first.
func Backups(dir string) ([]string, error) {
	p, err := locate(dir)
	if err != nil {
		return nil, err
	}
	names, err := p.backupNames()
	for i, name := range names {
		names[i] = filepath.Join(p.backups(), name)
	}
	return names, err
}

// backupNames are those that keep gives, the last one first. Others are not ours.
func (p place) backupNames() ([]string, error) {
	entries, err := os.ReadDir(p.backups())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &fs.PathError{Op: "read", Path: p.backups(), Err: bare(err)}
	}
	var names []string
	for _, e := range entries {
		if _, _, ok := parseStamp(e.Name()); ok && e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		ta, na, _ := parseStamp(a)
		tb, nb, _ := parseStamp(b)
		if c := tb.Compare(ta); c != 0 {
			return c
		}
		return nb - na
	})
	return names, nil
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

// ReadManifest reads the manifest of a backup. The error is fs.ErrNotExist where
// it has none, as those of early versions.
func ReadManifest(folder string) (*Manifest, error) {
	f, err := os.OpenFile(filepath.Join(folder, ManifestFile), os.O_RDONLY|openNoFollow|openNonblock, 0)
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

// SumOf is the sum of a file below root by its path there; nil where there is none.
// Anything but a file is an error, and so is a link on the way.
func SumOf(root, path string) (*Sum, error) {
	if !validPath(path) {
		return nil, fmt.Errorf("path %q leaves the directory", path)
	}
	for i, r := range path {
		if r != '/' {
			continue
		}
		switch info, err := lstat(filepath.Join(root, filepath.FromSlash(path[:i]))); {
		case err != nil:
			return nil, err
		case info == nil:
			return nil, nil
		case !info.IsDir():
			return nil, fmt.Errorf("%q is %s, and has to be a folder", path[:i], kind(info.Mode()))
		}
	}
	name := filepath.Join(root, filepath.FromSlash(path))
	info, err := lstat(name)
	if err != nil || info == nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is %s, and has to be a file", path, kind(info.Mode()))
	}
	s, err := sumFile(name)
	return &Sum{s, octal(info.Mode())}, err
}

func sumFile(name string) (string, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openNoFollow|openNonblock, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
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
