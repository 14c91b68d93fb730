package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// holder is who holds the lock, as the lock file says it.
type holder struct {
	pid   int
	host  string
	since time.Time
}

func (h holder) text() string {
	return fmt.Sprintf("pid %d\nhost %q\nsince %s\n", h.pid, h.host, h.since.UTC().Format(time.RFC3339))
}

// parseHolder reads what text wrote. The file of a run that was stopped in the
// middle of writing it names nobody.
func parseHolder(s string) (holder, bool) {
	var h holder
	var since string
	if _, err := fmt.Sscanf(s, "pid %d\nhost %q\nsince %s\n", &h.pid, &h.host, &since); err != nil {
		return holder{}, false
	}
	t, err := time.Parse(time.RFC3339, since)
	h.since = t
	return h, err == nil
}

// String is the holder in a note about a run that was stopped.
func (h holder) String() string {
	if h.pid == 0 {
		return "an earlier run"
	}
	return fmt.Sprintf("a run that began at %s (process %d on host %s)", clock(h.since, time.Now()), h.pid, h.host)
}

// acquire makes the work folder and takes the lock in it. What the lock file
// says of a holder that is gone is returned: that run did not end as it should.
func (t *Tx) acquire() (holder, error) {
	// A holder that ends removes the work folder. Whoever opened the lock
	// before that holds a file that nobody else will find, and tries again.
	for range 400 {
		gone, err := t.tryAcquire()
		if !errors.Is(err, errLockGone) {
			return gone, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return holder{}, &LockedError{Dir: t.dir}
}

var errLockGone = errors.New("the lock file was removed meanwhile")

func (t *Tx) tryAcquire() (holder, error) {
	if err := t.ownWorkFolder(); err != nil {
		return holder{}, err
	}
	if err := refuseLink(t.lock()); err != nil {
		return holder{}, err
	}
	l := flock.New(t.lock(), flock.SetFlag(os.O_RDWR|os.O_CREATE|openNoFollow), flock.SetPermissions(0o600))
	var ok bool
	err := t.sys.do("lock", t.lock(), func() (err error) { ok, err = l.TryLock(); return err })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return holder{}, errLockGone
	case err != nil:
		return holder{}, t.explain(err)
	case !ok:
		return holder{}, t.lockedBy()
	}
	t.held = l
	if err := t.sys.do("locked", t.lock(), func() error { return nil }); err != nil {
		return holder{}, t.explain(err)
	}
	mine, err1 := l.Stat()
	there, err2 := os.Lstat(t.lock())
	if err1 != nil || err2 != nil || !os.SameFile(mine, there) {
		l.Unlock()
		t.held = nil
		return holder{}, errLockGone
	}
	if there.Mode().Perm() != 0o600 { // an umask such as 0277, under which we could not open it again
		if err := t.sys.chmod(t.lock(), 0o600); err != nil {
			return holder{}, err
		}
	}
	before, _ := os.ReadFile(t.lock())
	gone, _ := parseHolder(string(before))
	return gone, t.signLock()
}

// signLock writes who we are into the lock file.
func (t *Tx) signLock() error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text := holder{pid: os.Getpid(), host: host, since: time.Now()}.text()
	err = t.sys.do("write", t.lock(), func() error {
		f, err := os.OpenFile(t.lock(), os.O_WRONLY|os.O_TRUNC|openNoFollow, 0)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, text)
		return errors.Join(err, f.Close())
	})
	return t.explain(err)
}

// lockedBy reads who holds the lock. A holder that has just taken it needs a
// moment to say so.
func (t *Tx) lockedBy() error {
	for range 50 {
		text, err := os.ReadFile(t.lock())
		if errors.Is(err, fs.ErrNotExist) {
			return errLockGone
		}
		if h, ok := parseHolder(string(text)); ok {
			return &LockedError{Dir: t.dir, PID: h.pid, Host: h.host, Since: h.since}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return &LockedError{Dir: t.dir}
}

// ownWorkFolder makes the work folder, or takes over one that is there: keys
// will lie in it, so it has to be a folder, ours, and closed to others.
func (t *Tx) ownWorkFolder() error {
	work := t.work()
	err := t.sys.do("mkdir", work, func() error { return os.Mkdir(work, 0o700) })
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return t.explain(err)
	}
	info, err := os.Lstat(work)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errLockGone
	case err != nil:
		return fmt.Errorf("cannot look at %q: %w", work, bare(err))
	case !info.IsDir():
		return fmt.Errorf("%q is in the way: certwright needs that name for its staging directory, and it is %s; move it away",
			work, kind(info.Mode()))
	}
	if !t.trusts(info) {
		return fmt.Errorf("%q belongs to another user (uid %d): let that user end the run, or move it away", work, inodeOf(info).owner())
	}
	if info.Mode().Perm() != 0o700 {
		if err := t.sys.chmod(work, 0o700); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return errLockGone
			}
			return t.explain(err)
		}
	}
	return nil
}

// trusts tells whether a work folder can be ours: where everybody may make folders
// beside the directory, one of a stranger may say anything. Root takes over that of
// whoever owns the parent.
func (p place) trusts(work fs.FileInfo) bool {
	if inodeOf(work).ours() {
		return true
	}
	up, err := os.Lstat(p.parent())
	return err == nil && os.Geteuid() == 0 && inodeOf(up).owner() == inodeOf(work).owner()
}

// release gives the lock back and removes the work folder, the lock file last:
// while it lies there under our lock nobody else can work.
func (t *Tx) release(leave bool) error {
	var errs []error
	if !leave {
		for _, p := range []string{t.state(), t.staging(), t.aside()} {
			errs = append(errs, t.sys.removeTree(p))
		}
		if errors.Join(errs...) == nil && lockRemovable {
			errs = append(errs, t.sys.remove(t.lock()))
			// That it is not empty means that the next run is in it already.
			t.sys.removeEmpty(t.work())
		}
	}
	errs = append(errs, t.held.Unlock())
	if !leave && !lockRemovable {
		// An open file cannot be removed here; who opens it meanwhile keeps it.
		os.Remove(t.lock())
		t.sys.removeEmpty(t.work())
	}
	t.held = nil
	return errors.Join(errs...)
}

func refuseLink(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%q is in the way: it is %s, and certwright needs a file of its own there; move it away", path, kind(info.Mode()))
	}
	return nil
}

// kind names what is not a regular file.
func kind(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m.IsRegular():
		return "a file"
	}
	return "not a regular file (" + strings.TrimSpace(m.Type().String()) + ")"
}
