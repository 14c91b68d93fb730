package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"certwright/pkigen/cluster/shell"
)

// LockedError says that another run works on the directory.
type LockedError struct {
	Dir   string
	PID   int       // 0 if the holder has not said yet
	Host  string    // "" if the holder has not said yet
	Since time.Time // zero if the holder has not said yet
}

// Error names the holder and what can be done.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another certwright is working on %s; wait for it, or stop it", e.Dir)
	}
	return fmt.Sprintf("certwright with process %d on host %s has been working on %s since %s; wait for it, or stop it",
		e.PID, e.Host, e.Dir, clock(e.Since, time.Now()))
}

// clock is the time of day, with the date where that is not today.
func clock(t, now time.Time) string {
	t = t.Local()
	if t.Format(time.DateOnly) == now.Local().Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// ErrUnchanged is the end of every error of a commit that failed and left the
// directory as it was, so that nobody has to guess. An error of a commit that
// is not it says how things stand.
var ErrUnchanged = errors.New("nothing was changed")

func (t *Tx) explain(err error) error { return explain(err, t.shown) }

// explain says an error of the system in the operator's words: the path as
// shown gives it, which is not the one in the staging directory, and what would
// help. Several errors become one line. It stays the same error for errors.Is.
func explain(err error, shown func(path string) string) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return explainAll(err, several.Unwrap(), shown)
	}
	p, ok := err.(*fs.PathError)
	if !ok {
		if m, ok := err.(*ModeError); ok {
			return &ModeError{Path: shown(m.Path), Want: m.Want, Have: m.Have}
		}
		return err // it has its words already
	}
	help := ""
	switch {
	case diskFull(p.Err):
		help = ": free some space there, and run it again"
	case readOnly(p.Err):
		help = ": the file system is mounted read-only"
	case errors.Is(p.Err, fs.ErrPermission):
		help = ": it has to be readable and writable for the user who runs certwright"
	case errors.Is(p.Err, fs.ErrExist):
		help = ": another program made it meanwhile, or there is one that differs in upper and lower case only"
	case ofLowerLayer(p.Err, p.Path):
		help = fmt.Sprintf(": it comes from a lower layer of an overlay, as a container's image is one, and cannot be renamed; "+
			"copy it, into a volume or beside it, and give the copy: `%s`", shell.Command("cp -a").File(shown(p.Path), shown(p.Path)+"-copy"))
	case notMovable(p.Err):
		help = ": it is a mount point, or in use; give a folder below a mount point"
	}
	doing := p.Op
	if said, ok := words[p.Op]; ok {
		doing = said
	}
	return fmt.Errorf("cannot %s %q: %w%s", doing, shown(p.Path), p.Err, help)
}

// explainAll is explain for joined errors. A sentence that holds several errors
// (of fmt.Errorf) has its words already.
func explainAll(whole error, list []error, shown func(path string) string) error {
	texts := make([]string, len(list))
	for i, err := range list {
		texts[i] = err.Error()
	}
	if whole.Error() != strings.Join(texts, "\n") {
		return whole
	}
	all := &joined{errs: make([]error, len(list))}
	for i, err := range list {
		all.errs[i] = explain(err, shown)
	}
	return all
}

// joined is errors.Join on one line.
type joined struct{ errs []error }

func (j *joined) Error() string {
	texts := make([]string, len(j.errs))
	for i, err := range j.errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (j *joined) Unwrap() []error { return j.errs }

// words are what people call the system's operations.
var words = map[string]string{
	"mkdir": "make the folder", "chmod": "set the mode of", "chown": "set the owner of", "chtimes": "set the time of",
	"symlink": "make the link", "syncfs": "sync the file system of", "exchange": "swap in the new", "rename": "move something to",
}

// shown is a path below the directory in the words in which dir was given.
func (p place) shown(path string) string {
	for _, base := range []string{filepath.Join(p.work(), stagingName), p.target} {
		if path == base {
			return p.dir
		}
		if rest, ok := strings.CutPrefix(path, base+string(filepath.Separator)); ok {
			return filepath.Join(p.dir, rest)
		}
	}
	return path
}
