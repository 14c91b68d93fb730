// Package leftover makes the folders in which a command keeps what is not finished
// yet, and finds those that a killed run left behind, with the keys in them.
//
// A folder is one of ours by its name, its owner, and the marker in it, all together.
// The run that works in it holds a lock on the marker, so that nobody else takes it
// for a leftover. What is not all of that is never touched.
package leftover

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Kind is the command that a folder belongs to.
type Kind string

// The kinds.
const (
	Handout Kind = "handout"
	Lab     Kind = "lab new"
)

// Kinds are all of them.
var Kinds = []Kind{Handout, Lab}

// prefix is how the names of the folders of a kind begin.
func (k Kind) prefix() string { return ".certwright-" + strings.ReplaceAll(string(k), " ", "-") + "-" }

// marker is the file in each folder, and markerText what it begins with.
const (
	marker     = "certwright.lock"
	markerText = "certwright "
)

// Folder is one that a run works in.
type Folder struct {
	Name   string // below the folder in which it was made
	parent *os.Root
	lock   *os.File // nil where the file system knows no locks
}

// testOnlyStep is called before each step in which a folder comes or goes.
var testOnlyStep = func(string) {}

// Make makes a folder (0700) for a run of a command.
func Make(parent *os.Root, kind Kind) (*Folder, error) {
	// Somebody who cleans up may take a folder that is not locked yet.
	for try := 0; ; try++ {
		f := &Folder{Name: kind.prefix() + rand.Text()[:10], parent: parent}
		err := f.make(kind)
		switch {
		case err == nil:
			return f, nil
		case try == 20 || !errors.Is(err, errTaken) && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
}

// errTaken: somebody else holds the lock, or has removed the folder.
var errTaken = errors.New("the folder was removed meanwhile")

func (f *Folder) make(kind Kind) (err error) {
	if err := f.parent.Mkdir(f.Name, 0o700); err != nil {
		return err
	}
	testOnlyStep("made")
	lock, err := f.parent.OpenFile(f.Name+"/"+marker, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		f.parent.Remove(f.Name)
		return err
	}
	defer func() {
		if err != nil {
			lock.Close()
			remove(f.parent, f.Name)
		}
	}()
	if _, err := io.WriteString(lock, markerText+string(kind)+": what a run has not finished yet; the next one removes it where this one was killed\n"); err != nil {
		return err
	}
	testOnlyStep("marked")
	switch held, err := tryLock(lock); {
	case err != nil: // nobody can tell then that we are gone, and the folder is left alone
		lock.Close()
		return nil
	case !held || !same(f.parent, f.Name+"/"+marker, lock):
		return errTaken
	}
	f.lock = lock
	testOnlyStep("locked")
	return nil
}

// same reports whether a name still stands for an open file.
func same(root *os.Root, name string, f *os.File) bool {
	mine, err1 := f.Stat()
	there, err2 := root.Lstat(name)
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}

// Remove removes the folder with all that is in it.
func (f *Folder) Remove() error {
	err := remove(f.parent, f.Name)
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	return err
}

// remove takes the marker last: what is left of a folder stays one of ours. Once the
// marker is gone, somebody else may take the folder first.
func remove(parent *os.Root, name string) error {
	if err := empty(parent, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := parent.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func empty(parent *os.Root, name string) error {
	names, err := Entries(parent, name)
	if err != nil {
		return err
	}
	for _, n := range append(slices.DeleteFunc(names, func(n string) bool { return n == marker }), marker) {
		testOnlyStep("removing")
		if err := parent.RemoveAll(name + "/" + n); err != nil {
			return err
		}
	}
	return nil
}

// Entries are the names in a folder below an open one, sorted.
func Entries(root *os.Root, folder string) ([]string, error) {
	f, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// Find are the names of the folders below parent that killed runs of a command left.
func Find(parent *os.Root, kind Kind) ([]string, error) {
	return each(parent, kind, func(string) error { return nil }, func(string) {})
}

// Clean removes what Find finds, and the empty folders of runs that were killed before
// they had marked them.
func Clean(parent *os.Root, kind Kind) ([]string, error) {
	return each(parent, kind, func(name string) error {
		if err := remove(parent, name); err != nil {
			return fmt.Errorf("cannot remove %q, which a killed run left: %w", name, err)
		}
		return nil
	}, func(name string) { _ = parent.Remove(name) })
}

// each calls do for each leftover, while nobody else can take it for one, and bare for
// each folder of ours without a marker.
func each(parent *os.Root, kind Kind, do func(name string) error, bare func(name string)) (found []string, err error) {
	names, err := Entries(parent, ".")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, kind.prefix()) {
			continue
		}
		if info, err := parent.Lstat(name); err != nil || !info.IsDir() || !ours(info) {
			continue
		}
		if _, err := parent.Lstat(name + "/" + marker); errors.Is(err, fs.ErrNotExist) {
			bare(name)
			continue
		}
		lock := left(parent, name, kind)
		if lock == nil {
			continue
		}
		err := do(name)
		lock.Close()
		if err != nil {
			return found, err
		}
		found = append(found, name)
	}
	return found, nil
}

// left is the marker of a folder that nobody works in any more, locked; nil where it is
// none of ours, or somebody works in it.
func left(parent *os.Root, name string, kind Kind) *os.File {
	at := name + "/" + marker
	info, err := parent.Lstat(at)
	if err != nil || !info.Mode().IsRegular() || !ours(info) {
		return nil
	}
	f, err := parent.OpenFile(at, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	// What was killed while it wrote the marker has less of it.
	text, err := io.ReadAll(io.LimitReader(f, 1<<10))
	want := markerText + string(kind) + ":"
	if held, lockErr := tryLock(f); err != nil || lockErr != nil || !held || !same(parent, at, f) ||
		!strings.HasPrefix(string(text), want) && !strings.HasPrefix(want, string(text)) {
		f.Close()
		return nil
	}
	return f
}
