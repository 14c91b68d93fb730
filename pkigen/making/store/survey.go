package store

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile bounds a file of ours, in bytes. Nothing that certwright makes comes
// near it; a larger one at such a path is somebody else's.
const maxFile = 1 << 20

// survey is what lies in a directory, folders before what is in them.
type survey struct {
	root    *seen // nil if there is no directory
	entries []entry
	at      map[string]*seen
}

// takeSurvey looks at everything that will be carried over.
func (t *Tx) takeSurvey() (*survey, error) {
	s := &survey{at: map[string]*seen{}}
	if t.target == nil {
		return s, nil
	}
	root, err := t.target.self.Stat()
	if err != nil {
		return s, &fs.PathError{Op: "read", Path: t.target.Name(), Err: bare(err)}
	}
	s.root = seenAs(root)
	if s.entries, err = entriesBelow(t.target, t.sys.Workers); err != nil {
		return s, err
	}
	s.at = make(map[string]*seen, len(s.entries))
	for i := range s.entries {
		s.at[s.entries[i].path] = &s.entries[i].seen
	}
	return s, nil
}

// differs tells what was changed below the directory since the survey, "" if nothing.
// Links to one file show the same bytes, so that only the names, and the files
// that were copied, could have been changed behind our back.
func (t *Tx) differs(s *survey) string {
	entries, err := entriesBelow(t.target, t.sys.Workers)
	if err != nil {
		return "."
	}
	for i := range entries {
		e := &entries[i]
		was := s.at[e.path]
		if was == nil || !was.inode.same(e.inode) || was.size != e.size && !e.mode.IsDir() || !was.time.Equal(e.time) && e.mode.IsRegular() {
			return e.path
		}
	}
	return ""
}

// order is a checked set of changes.
type order struct {
	changes []Change // of files
	byPath  map[string]*Change
	folders map[string]bool // every folder above a change: whether a secret file lies in it
	kept    []string        // folders whose mode is to be set
	removed map[string]bool // files that are taken out
}

// secret tells a file that other users must not read by its mode.
func (c *Change) secret() bool { return c.Mode&0o077 == 0 }

// checkChanges refuses what no caller may ask for: these are errors of the
// program, and none of them may end as a strange file on the disk.
func checkChanges(changes []Change) (*order, error) {
	o := &order{byPath: map[string]*Change{}, folders: map[string]bool{}, removed: map[string]bool{}}
	for i := range changes {
		c := &changes[i]
		if c.Remove || c.Mode.IsDir() {
			take := o.addFolder
			if c.Remove {
				take = o.addRemoval
			}
			if err := take(c); err != nil {
				return nil, err
			}
			continue
		}
		o.changes = append(o.changes, *c)
		switch {
		case !validPath(c.Path):
			return nil, fmt.Errorf("%q is no path below the directory", c.Path)
		case o.byPath[c.Path] != nil:
			return nil, fmt.Errorf("%q is to be written twice", c.Path)
		case o.removed[c.Path]:
			return nil, fmt.Errorf("%q is to be written and taken out", c.Path)
		case c.Mode&^0o777 != 0 || c.Mode&0o400 == 0 || c.Mode&0o022 != 0:
			return nil, fmt.Errorf("%q is to have mode %04o: the owner has to read it, and nobody else may write", c.Path, uint32(c.Mode))
		case c.Keep && c.Data != nil:
			return nil, fmt.Errorf("%q is to be kept and written", c.Path)
		case !c.Keep && len(c.Data) == 0:
			return nil, fmt.Errorf("%q is to be written empty", c.Path)
		case c.Past != nil && len(c.Data) == 0:
			return nil, fmt.Errorf("%q is to have a past, and is not written", c.Path)
		case len(c.Data) > maxFile:
			return nil, fmt.Errorf("%q is to be written with %d bytes; at most %d are read again", c.Path, len(c.Data), maxFile)
		}
		o.byPath[c.Path] = c
		parent := path.Dir(c.Path)
		o.folders[parent] = o.folders[parent] || c.secret()
		for parent != "." {
			parent = path.Dir(parent)
			o.folders[parent] = o.folders[parent] || false
		}
	}
	for folder := range o.folders {
		if o.byPath[folder] != nil || o.removed[folder] {
			return nil, fmt.Errorf("%q is to be a file and a folder", folder)
		}
	}
	return o, nil
}

// addRemoval takes a file that is taken out.
func (o *order) addRemoval(c *Change) error {
	switch {
	case !validPath(c.Path):
		return fmt.Errorf("%q is no path below the directory", c.Path)
	case c.Keep || c.Data != nil || c.Past != nil || c.Mode != 0:
		return fmt.Errorf("%q is to be taken out, and to be kept or written", c.Path)
	case o.byPath[c.Path] != nil:
		return fmt.Errorf("%q is to be written and taken out", c.Path)
	}
	o.removed[c.Path] = true
	return nil
}

// addFolder takes a folder of which only the mode is set.
func (o *order) addFolder(c *Change) error {
	if !validPath(c.Path) && c.Path != "." {
		return fmt.Errorf("%q is no path below the directory", c.Path)
	}
	if !c.Keep || c.Data != nil || c.Mode != fs.ModeDir|0o700 {
		return fmt.Errorf("the folder %q is to have mode %v: folders are only kept, with mode 0700", c.Path, c.Mode)
	}
	o.kept = append(o.kept, c.Path)
	return nil
}

func validPath(p string) bool {
	return fs.ValidPath(p) && p != "." && filepath.IsLocal(filepath.FromSlash(p)) && !strings.ContainsRune(p, '\\')
}

// inTheWay refuses what lies where the changes have to go.
func (s *survey) inTheWay(o *order) error {
	for folder := range o.folders {
		if there := s.at[folder]; there != nil && !there.mode.IsDir() {
			return fmt.Errorf("%q is in the way: it is %s, and has to be a folder; move it away", folder, kind(there.mode))
		}
	}
	for _, folder := range o.kept {
		if there := s.at[folder]; folder == "." && s.root == nil || folder != "." && (there == nil || !there.mode.IsDir()) {
			return fmt.Errorf("the folder %q is to be kept, and is not there any more: look at the plan again", folder)
		}
	}
	for name := range o.removed {
		if there := s.at[name]; there != nil && !there.mode.IsRegular() {
			return fmt.Errorf("%q is to be taken out, and is %s, no file: look at it, and move it away", name, kind(there.mode))
		}
	}
	for i := range o.changes {
		c := &o.changes[i]
		there := s.at[c.Path]
		switch {
		case there == nil && c.Keep:
			return fmt.Errorf("%q is to be kept, and is not there any more: look at the plan again", c.Path)
		case there != nil && !there.mode.IsRegular():
			return fmt.Errorf("%q is in the way: it is %s, and has to be a file; move it away", c.Path, kind(there.mode))
		}
	}
	return nil
}

// left are the folders that lose a file or a folder that is taken out: true for
// those in which nothing is left, and which go as well.
func (s *survey) left(o *order) map[string]bool {
	losing := map[string]bool{}
	for name := range o.removed {
		if s.at[name] != nil {
			losing[path.Dir(name)] = true
		}
	}
	// A folder comes before what is in it: backwards, all that is in one has been
	// judged before it.
	holding := map[string]bool{".": true}
	for folder := range o.folders {
		holding[folder] = true
	}
	for _, folder := range o.kept {
		holding[folder] = true
	}
	for _, e := range slices.Backward(s.entries) {
		switch parent := path.Dir(e.path); {
		case o.removed[e.path]:
		case e.mode.IsDir() && losing[e.path] && !holding[e.path]:
			losing[parent] = true
		default:
			holding[parent] = true
		}
	}
	gone := make(map[string]bool, len(losing))
	for folder := range losing {
		gone[folder] = !holding[folder]
	}
	return gone
}

// holds reports whether a file has these bytes already.
func holds(a at, size int64, data []byte) (bool, error) {
	if size != int64(len(data)) {
		return false, nil
	}
	have, err := readRegular(a)
	return err == nil && bytes.Equal(have, data), err
}
