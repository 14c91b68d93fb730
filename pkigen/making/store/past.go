package store

import (
	"bytes"
	"io/fs"
	"path"
	"path/filepath"
)

// pastFile is a file of a backup that holds what a run rewrote or took out, and no more.
type pastFile struct {
	path string
	data []byte
	mode fs.FileMode
}

// pastOf are the files of the backup of a run of which the old state must not be kept,
// and tells the manifest what it holds in the place of others.
func (t *Tx) pastOf(w *work, m *Manifest) error {
	instead := map[string][]byte{}
	for i := range w.files {
		if f := &w.files[i]; f.past != nil {
			instead[f.path] = f.past
		}
	}
	for i := range m.Files {
		r := &m.Files[i]
		past, closed := instead[r.Path]
		switch {
		case r.Before == nil:
			continue
		case closed:
			r.Closed, r.Before.SHA256 = r.Before.SHA256, sum(past)
		}
		if !closed && r.After != nil && r.After.SHA256 == r.Before.SHA256 {
			continue // its bytes are not needed
		}
		if !closed {
			var err error
			if past, err = readRegular(at{t.target, filepath.FromSlash(r.Path)}); err != nil {
				return err
			}
		}
		w.past = append(w.past, pastFile{r.Path, past, modeOf(w.survey.at[r.Path])})
	}
	return nil
}

// modeOf is what a file of a backup gets: nobody but its owner goes there.
func modeOf(from *seen) fs.FileMode {
	if from == nil {
		return 0o600
	}
	return from.mode.Perm()&^0o022 | 0o400
}

// writePast writes them beside the manifest.
func writePast(sys *system, aside *dir, files []pastFile) error {
	made := map[string]bool{".": true}
	var folders []string
	for _, f := range files {
		var missing []string
		for folder := path.Dir(f.path); !made[folder]; folder = path.Dir(folder) {
			made[folder] = true
			missing = append([]string{folder}, missing...)
		}
		for _, folder := range missing {
			if err := sys.mkdir(at{aside, filepath.FromSlash(folder)}, 0o700); err != nil {
				return err
			}
		}
		folders = append(folders, missing...)
		if err := sys.create(at{aside, filepath.FromSlash(f.path)}, bytes.NewReader(f.data), f.mode, nil); err != nil {
			return err
		}
	}
	for _, folder := range folders {
		d, err := aside.open(filepath.FromSlash(folder))
		if err == nil && d != nil {
			err = sys.syncDir(d)
			d.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dropPast takes what no backup may hold out of an old state that is kept after all.
func (t *Tx) dropPast(w *work, old string) error {
	for i := range w.files {
		if f := &w.files[i]; f.past != nil {
			if err := t.sys.remove(t.inWork(filepath.Join(old, filepath.FromSlash(f.path)))); err != nil {
				return err
			}
		}
	}
	return nil
}
