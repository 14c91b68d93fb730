package ansible

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/handout"
	"certwright/pkigen/rollout/leftover"
)

// recordFile lists the sums of the files as they were written, so that one which was edited
// since is told from one which was not.
const recordFile = ".certwright-ansible"

// The modes of what is written: nothing of it is secret.
const (
	folderMode fs.FileMode = 0o755
	fileMode   fs.FileMode = 0o644
)

// Saved is what was written.
type Saved struct {
	Written []string // paths below the folder, sorted
	Same    []string // files that were right already
	Edited  []string // files that somebody has edited, which were left as they are
	Removed []string // folders that killed runs had left
}

// Save writes files into a folder, which is made if it is not there. A file that somebody
// has edited since it was written stays as it is, and one that was never ours is a
// *handout.ExistsError: both are replaced with force. A folder in which others can write is
// refused: root runs on all nodes what lies there.
//
// All files are written and synced in a folder of their own before the first of them gets
// its name. Of a run that is killed in between, some are new, and the next run goes on.
func Save(ctx context.Context, files map[string][]byte, to string, force bool) (_ *Saved, err error) {
	s := &saving{to: to, files: maps.Clone(files), force: force, record: render.SumList{}}
	made := os.Mkdir(to, folderMode) == nil
	if s.root, err = os.OpenRoot(to); err != nil {
		return &s.saved, fmt.Errorf("cannot open the folder %q: %w", to, bare(err))
	}
	defer func() {
		s.root.Close()
		if err != nil && made {
			os.Remove(to) // only where it is empty
		}
	}()
	if err := s.closedToOthers(); err != nil {
		return &s.saved, err
	}
	if err := s.cleanUp(); err != nil {
		return &s.saved, err
	}
	if err := s.decide(); err != nil {
		return &s.saved, err
	}
	return &s.saved, s.write(ctx)
}

// saving is one call of Save.
type saving struct {
	to     string
	root   *os.Root
	files  map[string][]byte
	force  bool
	record render.SumList // of an earlier run
	saved  Saved
}

func (s *saving) shown(p string) string { return filepath.Join(s.to, filepath.FromSlash(p)) }

// closedToOthers refuses a folder in which others can write.
func (s *saving) closedToOthers() error {
	info, err := s.root.Stat(".")
	if err != nil {
		return fmt.Errorf("cannot look at the folder %q: %w", s.to, bare(err))
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o022 != 0 {
		return fmt.Errorf("others can write in %q (%04o), and root runs on all nodes what lies there: chmod go-w it, or give another folder", s.to, mode)
	}
	return nil
}

// cleanUp removes what killed runs have left.
func (s *saving) cleanUp() error {
	names, err := leftover.Clean(s.root, leftover.Handout)
	for _, n := range names {
		s.saved.Removed = append(s.saved.Removed, s.shown(n))
	}
	return err
}

// decide finds out which files are written.
func (s *saving) decide() error {
	text, err := s.read(recordFile)
	if err != nil {
		return err
	}
	if text != nil {
		if s.record, err = render.ParseSums(text); err != nil {
			return fmt.Errorf("%q: %w", s.shown(recordFile), err)
		}
	}
	var strange []string
	for _, p := range slices.Sorted(maps.Keys(s.files)) {
		have, err := s.read(p)
		if err != nil {
			return err
		}
		sum, ours := s.record[p]
		switch {
		case bytes.Equal(have, s.files[p]) && have != nil:
			s.saved.Same = append(s.saved.Same, p)
		case have == nil, ours && render.SumOf(have) == sum, s.force:
			s.saved.Written = append(s.saved.Written, p)
		case ours:
			s.saved.Edited = append(s.saved.Edited, p)
		default:
			strange = append(strange, s.shown(p))
		}
	}
	if len(strange) > 0 {
		return &handout.ExistsError{Files: strange}
	}
	if sums := s.sums(); !bytes.Equal(text, sums) {
		s.files[recordFile] = sums
	}
	return nil
}

// largest is the most bytes that a file has of those that are looked at.
const largest = 64 << 20

// read reads a file; nil where there is none. No link is followed, and no folder above it
// may be one.
func (s *saving) read(p string) ([]byte, error) {
	parts := strings.Split(p, "/")
	for i := range parts {
		at := path.Join(parts[:i+1]...)
		info, err := s.root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("cannot look at %q: %w", s.shown(at), bare(err))
		case at == p && !info.Mode().IsRegular(), at != p && !info.IsDir():
			return nil, fmt.Errorf("%q is %s: move it away, or give another folder", s.shown(at), walk.Kind(info.Mode()))
		case at == p && info.Size() > largest:
			return nil, fmt.Errorf("%q has more than %d bytes: no file of a playbook is that long; move it away", s.shown(at), largest)
		}
	}
	text, err := s.root.ReadFile(p)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", s.shown(p), bare(err))
	}
	return append([]byte{}, text...), nil
}

// write writes all that was decided, the record last.
func (s *saving) write(ctx context.Context) (err error) {
	order := slices.Clone(s.saved.Written)
	if s.files[recordFile] != nil {
		order = append(order, recordFile)
	}
	if len(order) == 0 {
		return nil
	}
	staging, err := leftover.Make(s.root, leftover.Handout)
	if err != nil {
		return fmt.Errorf("cannot write into the folder %q: %w", s.to, bare(err))
	}
	defer func() { err = errors.Join(err, staging.Remove()) }()
	at := func(p string) string { return staging.Name + "/" + p }
	for _, p := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.create(at(p), s.files[p]); err != nil {
			return fmt.Errorf("cannot write %q: %w", s.shown(p), bare(err))
		}
	}
	for _, p := range order {
		if err = s.root.MkdirAll(path.Dir(p), folderMode); err == nil {
			err = s.root.Rename(at(p), p)
		}
		if err != nil {
			return fmt.Errorf("cannot write %q: %w", s.shown(p), bare(err))
		}
	}
	return nil
}

// create writes and syncs one file.
func (s *saving) create(p string, text []byte) error {
	if err := s.root.MkdirAll(path.Dir(p), folderMode); err != nil {
		return err
	}
	f, err := s.root.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(fileMode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sums is the text of the record: of each file as we last wrote it.
func (s *saving) sums() []byte {
	files := map[string][]byte{}
	for _, p := range slices.Concat(s.saved.Written, s.saved.Same) {
		files[p] = s.files[p]
	}
	text := render.Sums(files)
	for _, p := range s.saved.Edited {
		text = fmt.Appendf(text, "%x  %s\n", s.record[p], p)
	}
	return text
}

// bare is an error of the system without the path, which below an opened folder is only
// the end of it.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}
