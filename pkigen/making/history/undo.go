package history

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"certwright/pkigen/making/store"
)

// Undo is what has to be done to go back to before a run.
type Undo struct {
	Dir  string
	Runs []*Run // which are taken back, the last one first
	// Files are those that will be other than they are, sorted by path.
	Files []File
	// Foreign are files that somebody else has changed since, in words: they would
	// be lost, but for the backup.
	Foreign []string
	// Warnings are sentences on what going back brings and takes.
	Warnings []string
	// Answers is the answers file of the state that comes back; "" for none.
	Answers string
}

// File is one file of an Undo.
type File struct {
	Path string
	Now  *store.Sum // nil: it is not there
	Then *store.Sum // nil: it is taken out
	from string     // the backup in which its bytes are; "" where they lie there already
	text []byte     // the bytes where they are those of no backup; nil for else
}

// Verb is what becomes of a file.
type Verb string

// The verbs.
const (
	Restore   Verb = "restore"    // the older bytes take the place of those that lie there
	BringBack Verb = "bring back" // it is not there
	Remove    Verb = "remove"     // it was not there
	Mode      Verb = "mode"       // only the mode changes
)

// Verb is what becomes of the file.
func (f *File) Verb() Verb {
	switch {
	case f.Then == nil:
		return Remove
	case f.Now == nil:
		return BringBack
	case f.from == "":
		return Mode
	}
	return Restore
}

// NoRunError says that there is no such run to take back.
type NoRunError struct {
	Dir, Name string   // Name is "" where the last one was meant
	Known     []string // those that are there
}

// Error names those that are there.
func (e *NoRunError) Error() string {
	switch {
	case len(e.Known) == 0:
		return fmt.Sprintf("%s has no backup: there is nothing to go back to", e.Dir)
	case len(e.Known) > 5:
		return fmt.Sprintf("%s has no backup %q; there are %d, the last ones are %s", e.Dir, e.Name, len(e.Known), strings.Join(e.Known[:5], ", "))
	}
	return fmt.Sprintf("%s has no backup %q; there are %s", e.Dir, e.Name, strings.Join(e.Known, ", "))
}

// GapError says that a run cannot be taken back, since too little is known of it.
type GapError struct {
	Run *Run
	Why string
}

// Error says of which backup, and why.
func (e *GapError) Error() string {
	return fmt.Sprintf("cannot go back beyond the backup %s: %s", e.Run.Folder, e.Why)
}

// Make decides what it takes to go back to before the named run, "" for the last
// one. now is the time by which certificates have expired.
func Make(dir, name string, now time.Time) (*Undo, error) {
	runs, err := List(dir)
	if err != nil {
		return nil, err
	}
	n, err := find(dir, runs, name)
	if err != nil {
		return nil, err
	}
	u := &Undo{Dir: dir, Runs: runs[:n+1]}
	for i, r := range u.Runs {
		why := gapBefore(runs, i)
		if why == "" {
			why = r.Gap()
		}
		if why != "" {
			return nil, &GapError{r, why}
		}
	}
	tree, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	tracked, err := look(tree, u.Runs)
	if err != nil {
		return nil, err
	}
	present := maps.Clone(tracked.sums)
	for _, r := range u.Runs {
		u.Foreign = append(u.Foreign, tracked.takeBack(r)...)
	}
	u.Answers = runs[n].Manifest.AnswersBefore
	for _, path := range slices.Sorted(maps.Keys(tracked.sums)) {
		f := File{Path: path, Now: present[path], Then: tracked.sums[path]}
		if f.Then != nil {
			if f.Now == nil || f.Now.SHA256 != f.Then.SHA256 {
				if f.from = tracked.from[path]; f.from == "" {
					continue // another hand changed it, and no run has: it stays
				}
			}
			u.settleMode(&f)
			if err := u.keepRecord(tree, &f); err != nil {
				return nil, err
			}
		}
		if equal(f.Now, f.Then) {
			continue
		}
		u.Files = append(u.Files, f)
	}
	return u, u.warn(tree, now)
}

// find is the place of the named run.
func find(dir string, runs []*Run, name string) (int, error) {
	e := &NoRunError{Dir: dir, Name: name}
	for i, r := range runs {
		if name == "" || r.Name() == filepath.Base(filepath.Clean(name)) {
			return i, nil
		}
		e.Known = append(e.Known, r.Name())
	}
	return 0, e
}

// settleMode takes care that no secret becomes readable for others again, and
// that nobody else may write what comes back.
func (u *Undo) settleMode(f *File) {
	mode := modeOf(f.Then)
	want := mode&^0o022 | 0o400
	if f.Now != nil && strings.HasSuffix(f.Now.Mode, "00") || f.Now == nil && mode&0o077 != 0 && f.isSecret() {
		want &^= 0o077
	}
	if want != mode {
		f.Then = &store.Sum{SHA256: f.Then.SHA256, Mode: fmt.Sprintf("%04o", want)}
		u.Warnings = append(u.Warnings, fmt.Sprintf("%s had mode %04o, and gets %04o: it was open to others", f.Path, mode, want))
	}
}

// secretMarks stand in every text that a run keeps closed to others: private keys,
// kubeconfigs that hold one, and the tokens of TLS bootstrapping in their forms.
var secretMarks = [][]byte{[]byte("PRIVATE KEY-----"), []byte("client-key-data: "), []byte("token: "), []byte("token-secret: "), []byte(`,"system:bootstrappers`)}

// isSecret tells by the bytes that come back whether they are for their owner alone.
// Of what cannot be read the run says so.
func (f *File) isSecret() bool {
	data, err := f.Read()
	return err == nil && slices.ContainsFunc(secretMarks, func(mark []byte) bool { return bytes.Contains(data, mark) })
}

// modeOf reads a mode; 0600 for one that cannot be.
func modeOf(s *store.Sum) fs.FileMode {
	mode, err := strconv.ParseUint(s.Mode, 8, 9)
	if err != nil {
		return 0o600
	}
	return fs.FileMode(mode)
}

// Changes are the files for the store, with their bytes, each held against its checksum.
func (u *Undo) Changes() ([]store.Change, error) {
	var out []store.Change
	backups := map[string]*store.Tree{}
	defer func() {
		for _, b := range backups {
			b.Close()
		}
	}()
	for i := range u.Files {
		f := &u.Files[i]
		if f.Then == nil {
			out = append(out, store.Change{Path: f.Path, Remove: true})
			continue
		}
		c := store.Change{Path: f.Path, Mode: modeOf(f.Then), Keep: f.from == ""}
		if !c.Keep {
			b := backups[f.from]
			if b == nil {
				var err error
				if b, err = store.Backup(f.from); err != nil {
					return nil, err
				}
				backups[f.from] = b
			}
			data, err := f.readFrom(b)
			if err != nil {
				return nil, err
			}
			c.Data = data
		}
		out = append(out, c)
	}
	return out, nil
}

// Read are the bytes that come back, from the backup; an error says that it holds
// others than its manifest says.
func (f *File) Read() ([]byte, error) {
	b, err := store.Backup(f.from)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return f.readFrom(b)
}

// Beside reads another file of the backup that the bytes come from.
func (f *File) Beside(path string) ([]byte, error) {
	b, err := store.Backup(f.from)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.ReadFile(path)
}

func (f *File) readFrom(b *store.Tree) ([]byte, error) {
	if f.text != nil {
		return f.text, nil
	}
	data, err := b.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	if store.SumData(data, 0).SHA256 != f.Then.SHA256 {
		return nil, fmt.Errorf("%q has another checksum than its manifest says", filepath.Join(f.from, filepath.FromSlash(f.Path)))
	}
	return data, nil
}

// Check reports whether the new state is what the Undo promises. staged reads a file
// of it.
func (u *Undo) Check(staged func(path string) ([]byte, error)) error {
	for i := range u.Files {
		f := &u.Files[i]
		data, err := staged(f.Path)
		switch {
		case f.Then == nil && errors.Is(err, fs.ErrNotExist):
		case f.Then == nil && err == nil:
			return fmt.Errorf("%s is still there", f.Path)
		case err != nil:
			return err
		case store.SumData(data, 0).SHA256 != f.Then.SHA256:
			return fmt.Errorf("%s is not as it was", f.Path)
		}
	}
	return nil
}

// Since says in what an Undo is another one than the one that was reviewed.
func (u *Undo) Since(now *Undo) []string {
	if u == nil {
		return nil
	}
	before := make(map[string]*File, len(u.Files))
	for i := range u.Files {
		before[u.Files[i].Path] = &u.Files[i]
	}
	var out []string
	if !slices.Equal(u.Names(), now.Names()) {
		out = append(out, "another run was made or taken back meanwhile")
	}
	for i := range now.Files {
		f := &now.Files[i]
		was := before[f.Path]
		delete(before, f.Path)
		if was == nil || !equal(was.Now, f.Now) || !equal(was.Then, f.Then) {
			out = append(out, f.Path+" is another")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		out = append(out, path+" needs no change any more")
	}
	return out
}

func equal(a, b *store.Sum) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// Names are the backups of the runs that are taken back.
func (u *Undo) Names() []string {
	var out []string
	for _, r := range u.Runs {
		out = append(out, r.Name())
	}
	return out
}
