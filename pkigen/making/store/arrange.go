package store

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// job is one file of the new state: written, or carried over.
type job struct {
	path string
	data []byte // nil: carried over
	past []byte // what a backup holds in place of what lies there; nil for that
	from *seen  // the file that lies there now; nil for a new one
	mode fs.FileMode
	copy bool // carried over as a copy, not as a link
}

// folder is one folder of the new state.
type folder struct {
	path string
	mode fs.FileMode
	from *seen     // the folder that lies there now; nil for a new one
	time time.Time // kept where nothing in it changes; else zero
}

// work is all that has to be done for a new state: decided before anything is written.
type work struct {
	survey  *survey
	folders []folder // the root first, and each before what is in it
	files   []job
	backup  bool // something that existed is rewritten or taken out
	notes   []string
	closed  bool // what lies there may be in no backup (Change.Past)

	manifest []byte     // nil for a run that was not described
	past     []pastFile // what lies beside the manifest then, where closed
}

// keeps reports whether the work leaves anything in the folder of the backups.
func (w *work) keeps() bool { return w.backup || w.manifest != nil }

// arrange decides what the new state is made of. It is nil where the directory
// is as it should be already.
//
// What is carried over is linked: its bytes are not touched, and cost nothing.
// A file that is rewritten is a new file in any case, so that a backup has
// the old one for itself. Where the old state stays as a backup, others are
// copied too (see ownCopies). A file whose mode changes is always copied: a
// link's mode is the mode of the old file as well.
func (t *Tx) arrange(ctx context.Context, s *survey, o *order) (*work, error) {
	w := &work{survey: s}
	same, err := t.asTheyAre(ctx, s, o)
	if err != nil {
		return nil, err
	}
	changed := w.ownFiles(o, same)
	for name := range o.removed {
		if s.at[name] != nil {
			changed, w.backup = true, true
		}
	}
	if w.ownFolders(t.dir, o) {
		changed = true
	}
	if !changed {
		return nil, nil
	}
	for i := range s.entries {
		e := &s.entries[i]
		if _, ours := o.byPath[e.path]; ours || e.mode.IsDir() || o.removed[e.path] || e.path == ManifestFile {
			continue
		}
		w.files = append(w.files, carried(e.path, &e.seen, e.mode))
	}
	if w.closed {
		w.backup = false
	}
	if w.backup {
		w.ownCopies()
	}
	// By folder, so that each is open once.
	slices.SortFunc(w.files, func(a, b job) int {
		return cmp.Or(strings.Compare(path.Dir(a.path), path.Dir(b.path)), strings.Compare(a.path, b.path))
	})
	return w, nil
}

// smallSet is up to how many carried files a backup shares none with the live
// directory. Each copy costs a sync: of this many, some hundredths of a second,
// and of 20,000 four seconds, to renew one certificate.
const smallSet = 200

// ownCopies gives the new state files of its own where the old state stays as a
// backup, since a program that writes in place (cfssljson, an editor) would
// else change the backup together with the live file. In a large set that is
// done for secret files only, which are what nobody can make again; the others
// are one file under two names. Files over maxFile are no keys, and linked.
func (w *work) ownCopies() {
	carried := 0
	for i := range w.files {
		if w.files[i].data == nil {
			carried++
		}
	}
	for i := range w.files {
		f := &w.files[i]
		if f.data != nil || !f.from.mode.IsRegular() || f.from.size > maxFile {
			continue
		}
		f.copy = f.copy || carried <= smallSet || f.from.mode.Perm()&0o077 == 0
	}
}

func carried(path string, from *seen, mode fs.FileMode) job {
	return job{path: path, from: from, mode: mode, copy: mode != from.mode}
}

// asTheyAre tells for each change whether the file has its bytes already.
func (t *Tx) asTheyAre(ctx context.Context, s *survey, o *order) ([]bool, error) {
	same := make([]bool, len(o.changes))
	err := t.parallel(ctx, len(same), func(i int) (err error) {
		c := &o.changes[i]
		if from := s.at[c.Path]; c.Keep || from == nil {
			same[i] = c.Keep
		} else if same[i], err = holds(at{t.target, filepath.FromSlash(c.Path)}, from.size, c.Data); err != nil {
			return fmt.Errorf("cannot read %q: %w", c.Path, err)
		}
		return nil
	})
	return same, err
}

// ownFiles arranges the files of the changes, and reports whether any of them
// will be other than it is.
func (w *work) ownFiles(o *order, same []bool) (changed bool) {
	for i := range o.changes {
		c := &o.changes[i]
		from := w.survey.at[c.Path]
		if from == nil {
			w.files = append(w.files, job{path: c.Path, data: c.Data, mode: c.Mode})
			changed = true
			continue
		}
		if same[i] {
			f := carried(c.Path, from, c.Mode)
			changed = changed || f.copy
			w.files = append(w.files, f)
			continue
		}
		w.files = append(w.files, job{path: c.Path, data: c.Data, past: c.Past, from: from, mode: c.Mode})
		changed, w.backup = true, true
		w.closed = w.closed || c.Past != nil
	}
	return changed
}

// ownFolders arranges all folders, and reports whether the mode of any changes.
func (w *work) ownFolders(dir string, o *order) (changed bool) {
	left := w.survey.left(o)
	add := func(path string, from *seen) {
		secret, above := o.folders[path]
		// The article's layout keeps its keys in the directory itself.
		secret = secret || path == "." || slices.Contains(o.kept, path)
		switch {
		case from == nil && secret:
			w.folders = append(w.folders, folder{path: path, mode: 0o700})
		case from == nil:
			w.folders = append(w.folders, folder{path: path, mode: 0o755})
		default:
			f := folder{path: path, mode: from.mode, from: from}
			if perm := from.mode.Perm(); secret && perm&0o077 != 0 {
				f.mode, changed = 0o700, true
				w.notes = append(w.notes, fmt.Sprintf("%s was open to other users (%04o); it holds private keys, and is 0700 now",
					filepath.Join(dir, filepath.FromSlash(path)), perm))
			}
			if path == "." {
				f.mode = 0o700 // the swap itself needs to write into it
			}
			if _, loses := left[path]; !above && !loses {
				f.time = from.time
			}
			w.folders = append(w.folders, f)
		}
	}
	add(".", w.survey.root)
	for i := range w.survey.entries {
		if e := &w.survey.entries[i]; e.mode.IsDir() && !left[e.path] {
			add(e.path, &e.seen)
		}
	}
	for path := range o.folders {
		if path != "." && w.survey.at[path] == nil {
			add(path, nil)
		}
	}
	sortFolders(w.folders)
	return changed
}

// sortFolders puts each folder before what is in it.
func sortFolders(folders []folder) {
	slices.SortFunc(folders, func(a, b folder) int {
		if d := depth(a.path) - depth(b.path); d != 0 {
			return d
		}
		return strings.Compare(a.path, b.path)
	})
}

// depth is 0 for the root.
func depth(p string) int {
	if p == "." {
		return 0
	}
	return 1 + strings.Count(p, "/")
}
