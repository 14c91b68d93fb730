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
	locked := 0
	for range 400 {
		gone, err := t.tryAcquire()
		// Who only looks whether a run is at work holds the lock for a moment.
		if held := (*LockedError)(nil); errors.As(err, &held) && locked < 5 {
			locked++
		} else if !errors.Is(err, errLockGone) {
			return gone, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return holder{}, &LockedError{Dir: t.dir}
}

var errLockGone = errors.New("the lock file was removed meanwhile")

func (t *Tx) tryAcquire() (_ holder, err error) {
	made, err := t.ownWorkFolder()
	if err != nil {
		return holder{}, err
	}
	lock := t.inWork(lockName)
	before, err := lock.lstat()
	if err != nil {
		return holder{}, err
	}
	if before != nil && !before.Mode().IsRegular() {
		return holder{}, fmt.Errorf("%q is in the way: it is %s, and certwright needs a file of its own there; move it away", lock.path(), kind(before.Mode()))
	}
	l := flock.New(lock.path(), flock.SetFlag(os.O_RDWR|os.O_CREATE|openNoFollow), flock.SetPermissions(0o600))
	var ok bool
	err = t.sys.do("lock", lock.path(), func() (err error) { ok, err = l.TryLock(); return err })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return holder{}, errLockGone
	case err != nil:
		// Where no lock can be had nobody holds one.
		if made {
			_ = lock.in.Remove(lock.name)
			t.sys.removeEmpty(at{t.parent, t.workName()})
		}
		return holder{}, err
	case !ok:
		return holder{}, t.lockedBy()
	}
	t.held = l
	if err := t.sys.do("locked", lock.path(), func() error { return nil }); err != nil {
		return holder{}, err
	}
	mine, err1 := l.Stat()
	there, err2 := lock.lstat()
	if err1 != nil || err2 != nil || there == nil || !os.SameFile(mine, there) {
		l.Unlock()
		t.held = nil
		return holder{}, errLockGone
	}
	if there.Mode().Perm() != 0o600 { // an umask such as 0277, under which we could not open it again
		if err := t.sys.chmod(lock, 0o600); err != nil {
			return holder{}, err
		}
	}
	text, _ := lock.in.ReadFile(lock.name)
	gone, _ := parseHolder(string(text))
	return gone, t.signLock()
}

// signLock writes who we are into the lock file.
func (t *Tx) signLock() error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text := holder{pid: os.Getpid(), host: host, since: time.Now()}.text()
	return t.sys.do("write", t.inWork(lockName).path(), func() error {
		f, err := t.work.OpenFile(lockName, os.O_WRONLY|os.O_TRUNC|openNoFollow, 0)
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, text)
		return errors.Join(err, f.Close())
	})
}

// lockedBy reads who holds the lock. A holder that has just taken it needs a
// moment to say so.
func (t *Tx) lockedBy() error {
	for range 50 {
		text, err := t.work.ReadFile(lockName)
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

// ownWorkFolder makes the work folder and opens it, or takes over one that is there:
// keys will lie in it, so it has to be a folder, ours, and closed to others.
func (t *Tx) ownWorkFolder() (made bool, err error) {
	a := at{t.parent, t.workName()}
	err = t.sys.mkdir(a, 0o700)
	made = err == nil
	var open *ModeError
	if errors.As(err, &open) {
		t.sys.removeEmpty(a)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	t.work.Close()
	if t.work, err = t.parent.open(t.workName()); err != nil {
		return false, err
	}
	if t.work == nil {
		return false, errLockGone
	}
	info, err1 := t.work.self.Stat()
	around, err2 := t.parent.inode()
	if err := errors.Join(err1, err2); err != nil {
		return false, err
	}
	if err := trusts(info, a.path(), around); err != nil {
		return false, err
	}
	if info.Mode().Perm() != 0o700 {
		err = t.sys.setMode(t.work.self, a.path(), 0o700)
	}
	return made, err
}

// release gives the lock back and removes the work folder, the lock file last:
// while it lies there under our lock nobody else can work.
func (t *Tx) release(leave bool) error {
	var errs []error
	around := at{t.parent, t.workName()}
	if !leave {
		for _, name := range []string{stateName, stagingName, asideName} {
			errs = append(errs, t.sys.removeTree(t.inWork(name)))
		}
		if errors.Join(errs...) == nil && lockRemovable {
			errs = append(errs, t.sys.remove(t.inWork(lockName)))
			// That it is not empty means that the next run is in it already.
			t.sys.removeEmpty(around)
		}
	}
	errs = append(errs, t.held.Unlock())
	if !leave && !lockRemovable {
		// An open file cannot be removed here; who opens it meanwhile keeps it.
		_ = t.work.Remove(lockName)
		t.work.Close()
		t.sys.removeEmpty(around)
	}
	t.held = nil
	return errors.Join(errs...)
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
