package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// OwnerError refuses what certwright relies on and what somebody else has put there
// or can change: a backup that would be restored, answers that would be signed.
type OwnerError struct {
	Path  string
	Owner int         // the number of the user whose it is
	Mode  fs.FileMode // that lets others write, where the owner is right
}

// Error names the owner, and what helps.
func (e *OwnerError) Error() string {
	if e.Mode != 0 {
		return fmt.Sprintf("others can write %q (mode %04o): look at what is in it, and take that right away with chmod go-w, or move it away", e.Path, e.Mode.Perm())
	}
	name := strconv.Itoa(e.Owner)
	if u, err := user.LookupId(name); err == nil {
		name = fmt.Sprintf("%s, uid %s", u.Username, name)
	} else {
		name = "uid " + name
	}
	return fmt.Sprintf("%q belongs to another user (%s): look at it, and take it over with chown, or move it away", e.Path, name)
}

// trusts says why what lies beside a directory cannot be certwright's; nil if it can.
// Where everybody may make files there, one of somebody else may say anything. Root
// takes over what belongs to the owner of the folder around it.
func trusts(info fs.FileInfo, path string, around inode) error {
	own := inodeOf(info)
	if !own.ours() && (os.Geteuid() != 0 || around.owner() != own.owner()) {
		return &OwnerError{Path: path, Owner: own.owner()}
	}
	return nil
}

// checkOwn is trusts, and refuses what others can write.
func checkOwn(info fs.FileInfo, path string, around inode) error {
	if err := trusts(info, path, around); err != nil {
		return err
	}
	if keepsModes && info.Mode().Perm()&0o022 != 0 {
		return &OwnerError{Path: path, Owner: inodeOf(info).owner(), Mode: info.Mode()}
	}
	return nil
}

// CheckOwn refuses a file or folder that certwright finds by its name, as answers
// beside a directory, and that belongs to somebody else: an *OwnerError. What is
// not there is no error.
func CheckOwn(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	up, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	return trusts(info, path, inodeOf(up))
}

// ModeError says that a file system takes a mode and keeps none, so that private
// keys would be open to other users there.
type ModeError struct {
	Path       string
	Want, Have fs.FileMode
}

// Error says what was tried, and where keys can lie.
func (e *ModeError) Error() string {
	return fmt.Sprintf("the file system of %q keeps no permissions (mode %04o was set, and it is %04o): other users could read private keys there; "+
		"give a directory on one that keeps them, such as ext4, XFS or APFS", e.Path, e.Want, e.Have)
}
