package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// place is where a directory lies, and the names beside it that are ours.
type place struct {
	dir    string // as the operator gave it, for messages
	target string // absolute; its parent without symbolic links
}

func (p place) parent() string { return filepath.Dir(p.target) }

// The names in the parent: of the directory, of the folder in which a run works, and
// of that with the backups.
func (p place) name() string        { return filepath.Base(p.target) }
func (p place) workName() string    { return "." + p.name() + ".certwright" }
func (p place) backupsName() string { return p.name() + BackupSuffix }

func (p place) work() string    { return filepath.Join(p.parent(), p.workName()) }
func (p place) backups() string { return filepath.Join(p.parent(), p.backupsName()) }

// The names in the work folder.
const (
	lockName    = "lock"
	stateName   = "state"
	stagingName = "staging"
	oldName     = "old"
	asideName   = "replaced" // the manifest, before the backup has its place
	journalName = "journal"  // of certwright 1
)

// locate finds the absolute path. The parent may be reached through symbolic
// links (/tmp is one on macOS); the directory itself may not be one.
func locate(dir string) (place, error) {
	if strings.TrimSpace(dir) == "" {
		return place{}, errors.New("no directory given; name a folder such as pki")
	}
	clean := filepath.Clean(dir)
	abs, err := filepath.Abs(clean)
	if err != nil {
		return place{}, err
	}
	p := place{dir: clean, target: abs}
	if last := filepath.Base(clean); last == "." || last == ".." {
		// The operator named no link here, even if the shell came through one.
		p.dir = abs
		if p.target, err = filepath.EvalSymlinks(abs); err != nil {
			return place{}, err
		}
		return p, nil
	}
	// Of the parent, as much as is there already.
	have, rest := filepath.Dir(abs), filepath.Base(abs)
	for {
		real, err := filepath.EvalSymlinks(have)
		if err == nil {
			p.target = filepath.Join(real, rest)
			return p, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || have == filepath.Dir(have) {
			return place{}, fmt.Errorf("cannot reach %q: %w", have, bare(err))
		}
		if _, err := os.Lstat(have); err == nil {
			return place{}, fmt.Errorf("%q is a symbolic link that leads nowhere", have)
		}
		have, rest = filepath.Dir(have), filepath.Join(filepath.Base(have), rest)
	}
}

// look reports whether the directory is there, and refuses what is not a folder
// of its own.
func (p place) look() (fs.FileInfo, error) {
	info, err := os.Lstat(p.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("cannot look at %q: %w", p.dir, bare(err))
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%q is a symbolic link: give the folder that it leads to", p.dir)
	case !info.IsDir():
		return nil, fmt.Errorf("%q is a file: give a folder, or a name that is free", p.dir)
	}
	return info, nil
}

// systemFolders hold what others rely on: none of them may be swapped.
var systemFolders = []string{"bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run",
	"sbin", "srv", "sys", "tmp", "usr", "var", "Applications", "Library", "System", "Users", "Volumes", "private"}

// refuse says why a folder must not be the output directory. The folder is
// replaced as a whole and made 0700: that is for a folder of its own only.
func (p place) refuse(info fs.FileInfo) error {
	own := "give a folder of its own, such as " + fmt.Sprintf("%q", filepath.Join(p.dir, "pki"))
	root := filepath.VolumeName(p.target) + string(filepath.Separator)
	if p.target == root {
		return fmt.Errorf("%q is the root of the file system; %s", p.dir, own)
	}
	if p.parent() == root && slices.Contains(systemFolders, filepath.Base(p.target)) {
		return fmt.Errorf("%q is a folder of the system; %s", p.dir, own)
	}
	if home, err := os.UserHomeDir(); err == nil {
		if real, err := filepath.EvalSymlinks(home); err == nil {
			home = real
		}
		if home == p.target {
			return fmt.Errorf("%q is your home folder; %s", p.dir, own)
		}
		if strings.HasPrefix(home, p.target+string(filepath.Separator)) {
			return fmt.Errorf("%q holds your home folder; %s", p.dir, own)
		}
	}
	if info == nil {
		return nil
	}
	if info.Mode()&fs.ModeSticky != 0 {
		return fmt.Errorf("%q is a folder that users share; %s", p.dir, own)
	}
	if err := p.backupOf(); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(p.target, ".git")); err == nil {
		return fmt.Errorf("%q is the root of a git work tree, and a run replaces the folder as a whole; %s, or move .git a folder up", p.dir, own)
	}
	return nil
}

// closed says why no run can have a folder, though there is nothing against it:
// the system does not let its name go to another, or nothing be written.
func (p place) closed(info fs.FileInfo) error {
	if info == nil {
		return p.parentClosed()
	}
	if p.mounted(info) {
		return fmt.Errorf("%q is a mount point, which cannot be swapped as a whole; give a folder of its own, such as %q", p.dir, filepath.Join(p.dir, "pki"))
	}
	if err := writable(p.target); err != nil {
		return &fs.PathError{Op: "write", Path: p.target, Err: err}
	}
	return p.parentClosed()
}

// parentClosed says why nothing can be made beside the directory, where a run works: the
// folder around it, or the nearest that is there, is not open to us.
func (p place) parentClosed() error {
	for parent := p.parent(); ; parent = filepath.Dir(parent) {
		err := writable(parent)
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist) && parent == filepath.Dir(parent):
			return nil
		case !errors.Is(err, fs.ErrNotExist):
			return &fs.PathError{Op: "write", Path: parent, Err: err}
		}
	}
}

// openParent opens the folder around the directory; nil where there is none.
func (p place) openParent() (*dir, error) {
	parent, err := openDir(p.parent())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return parent, explain(err, p.shown)
}

// mounted reports whether something is mounted at the directory.
func (p place) mounted(info fs.FileInfo) bool {
	parent, err := openDir(p.parent())
	if err != nil {
		return false // told by whoever has to write there
	}
	defer parent.Close()
	return isMountPoint(at{parent, p.name()}, info)
}

// backupOf refuses a backup in its place, which has to stay what it is: a run in
// it would be lost to the directory that it belongs to, and the way back with it.
// Who stands in a directory that was replaced stands in one, and mostly does not
// know.
func (p place) backupOf() error {
	of := backedUp(p.target)
	if of == "" {
		return nil
	}
	if p.standsIn() != "" {
		return fmt.Errorf("%q is the backup of %q, and your shell stands in it since a run has replaced that folder: type `cd .`, and run this again", p.dir, of)
	}
	return fmt.Errorf("%q is a backup of %q, and stays as it is: give %q; certwright undo goes back to a backup", p.dir, of, of)
}

// IsBackup reports whether a folder is the backup of a run, wherever it lies.
func IsBackup(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, ManifestFile))
	return err == nil
}

// backedUp is the directory of which a folder is a backup in its place; "" for none.
func backedUp(folder string) string {
	of, ok := strings.CutSuffix(filepath.Dir(folder), BackupSuffix)
	if !ok || !IsBackup(folder) {
		return ""
	}
	return of
}

// StandsInBackup tells of a shell that stands in the backup of a directory, since a
// run has put another one in its place: the directory's name, or "". What is read
// there as "." is not what lies in the directory now.
func StandsInBackup() string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; here != filepath.Dir(here); here = filepath.Dir(here) {
		if of := backedUp(here); of != "" {
			return of
		}
	}
	return ""
}

// standsIn is the working directory of the process if that is the target or
// below it: a swap takes it away from under our feet.
func (p place) standsIn() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return ""
	}
	if dir == p.target || strings.HasPrefix(dir, p.target+string(filepath.Separator)) {
		return dir
	}
	return ""
}

// Usable says why a run cannot have dir as its output directory, as far as that
// shows without writing; nil if it can. It need not be there.
func Usable(dir string) error {
	p, err := locate(dir)
	if err != nil {
		return err
	}
	return p.usable()
}

// Fit is Usable for who only looks, and writes nothing there.
func Fit(dir string) error {
	p, err := locate(dir)
	if err != nil {
		return err
	}
	info, err := p.look()
	if err != nil {
		return err
	}
	return p.refuse(info)
}

// NoBackup refuses a directory that is a backup in its place, as Usable does.
func NoBackup(dir string) error {
	p, err := locate(dir)
	if err != nil {
		return err
	}
	return p.backupOf()
}

func (p place) usable() error {
	info, err := p.look()
	if err != nil {
		return err
	}
	if err := p.refuse(info); err != nil {
		return err
	}
	return explain(p.closed(info), p.shown)
}

// renameIfFree is for systems that cannot do it in one step. The lock keeps
// other runs away; a folder that a stranger fills meanwhile is not replaced,
// since rename refuses that.
func renameIfFree(from, to at) error {
	if there, err := to.lstat(); there != nil || err != nil {
		return cmp.Or(err, fs.ErrExist)
	}
	return renameAt(from, to)
}
