// Package history reads what the runs on a directory have left in its backups:
// what was done when, and what it takes to go back to before one of them.
//
// It only reads, and decides nothing by itself: an Undo is a list of files that
// pkigen carries out as one transaction. It knows no answers, no layout and no
// screen.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/internal/parallel"
	"certwright/pkigen/making/store"
)

// Run is one backup of a directory, and the run before which it was made.
type Run struct {
	Folder   string          // of the backup
	Time     time.Time       // when it was made
	Manifest *store.Manifest // nil where it cannot be read, which Unread says
	// Unread is why there is no manifest: fs.ErrNotExist for a backup that has none.
	Unread error
}

// Name is how the operator names the run.
func (r *Run) Name() string { return filepath.Base(r.Folder) }

// List are the backups of a directory, the last one first. A directory without
// any has none; that it is not there itself is no error.
func List(dir string) ([]*Run, error) {
	folders, err := store.Backups(dir)
	if err != nil {
		return nil, err
	}
	runs := make([]*Run, len(folders))
	for i, folder := range folders {
		r := &Run{Folder: folder}
		r.Time, _ = store.BackupTime(folder)
		r.read()
		runs[i] = r
	}
	return runs, nil
}

// read reads the manifest.
func (r *Run) read() {
	backup, err := store.Backup(r.Folder)
	if err != nil {
		r.Unread = err
		return
	}
	defer backup.Close()
	if r.Manifest, r.Unread = backup.Manifest(); r.Unread == nil {
		r.Time = r.Manifest.Time
	}
}

// readers is how many files are summed up at one time.
func readers() int { return 2 * runtime.GOMAXPROCS(0) }

// Damaged are the files that the backup does not hold as its manifest says, with
// what is wrong with each.
func (r *Run) Damaged() []string {
	if r.Manifest == nil {
		return nil
	}
	backup, err := store.Backup(r.Folder)
	if err != nil {
		return []string{err.Error()}
	}
	defer backup.Close()
	wrong := make([]string, len(r.Manifest.Files))
	_ = parallel.Each(len(wrong), readers(), func(i int) error {
		f := &r.Manifest.Files[i]
		if f.Before == nil || f.After != nil && f.After.SHA256 == f.Before.SHA256 {
			return nil // its bytes are not needed
		}
		switch s, err := backup.Sum(f.Path); {
		case err != nil:
			wrong[i] = fmt.Sprintf("%s cannot be read: %v", f.Path, err)
		case s == nil:
			wrong[i] = f.Path + " is missing"
		case s.SHA256 != f.Before.SHA256:
			wrong[i] = f.Path + " has another checksum"
		}
		return nil
	})
	var out []string
	for _, w := range wrong {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// Gap says why nothing can be taken back any more beyond a run, "" where it can:
// what it did is not known, or its backup is broken.
func (r *Run) Gap() string {
	switch {
	case errors.Is(r.Unread, fs.ErrNotExist):
		return "it has no manifest, since an early certwright or a killed run made it: the files in it can only be copied back by hand"
	case r.Unread != nil:
		return "its manifest cannot be read: " + r.Unread.Error()
	}
	if wrong := r.Damaged(); len(wrong) > 0 {
		return "it is damaged: " + spec.List(wrong, 1)
	}
	return ""
}

// Standing says of each run of a list whether it can be taken back: "" where it
// can, with all that came after it, and else why not.
func Standing(dir string, runs []*Run) ([]string, error) {
	out := make([]string, len(runs))
	tree, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	tracked, err := look(tree, runs)
	if err != nil {
		return nil, err
	}
	beyond := ""
	for i, r := range runs {
		if beyond == "" {
			if why := gapBefore(runs, i); why != "" {
				beyond = why
			} else if why := r.Gap(); why != "" {
				beyond = why
			} else if foreign := tracked.takeBack(r); len(foreign) > 0 {
				beyond = "changed since by another hand: " + some(foreign)
			}
			out[i] = beyond
			continue
		}
		if out[i] = r.Gap(); out[i] == "" {
			out[i] = "a later run cannot be taken back"
		}
	}
	return out, nil
}

// gapBefore tells of a backup that was taken away between a run and the next one.
func gapBefore(runs []*Run, i int) string {
	if i == 0 || runs[i-1].Manifest == nil || runs[i-1].Manifest.Previous == runs[i].Name() {
		return ""
	}
	return fmt.Sprintf("the backup %s of a later run is not there any more", runs[i-1].Manifest.Previous)
}

// some joins the first few of a list.
func some(list []string) string { return spec.List(list, 3) }

// Counts are how many files a run made, rewrote, took out, and only gave another
// mode.
type Counts struct{ Created, Replaced, Removed, Modes int }

// Counts are those of the manifest; all zero where there is none.
func (r *Run) Counts() (n Counts) {
	if r.Manifest == nil {
		return n
	}
	for i := range r.Manifest.Files {
		switch f := &r.Manifest.Files[i]; {
		case f.Before == nil:
			n.Created++
		case f.After == nil:
			n.Removed++
		case f.Before.SHA256 == f.After.SHA256 && f.Closed == "":
			n.Modes++
		default:
			n.Replaced++
		}
	}
	return n
}
